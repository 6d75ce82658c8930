"""HTTP/1.1 with bounds: uvicorn's protocol has none on a head, on pipelined requests, or on time."""

import asyncio
import json
from enum import Enum
from http import HTTPStatus
from math import inf
from typing import Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from offhook.api.listen.admission import Admission
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection, Cut
from offhook.api.listen.websocket import BoundedWebSocket
from offhook.base.error_catalog import error_spec

_CODES: Final = {
    Cut.MALFORMED: "bad-request",
    Cut.TOO_SLOW: "request-timeout",
    Cut.TOO_LARGE: "too-large",
}


class _Phase(Enum):
    """What is being received."""

    BETWEEN = "between"
    """Nothing, or line ends before a request (RFC 9112 section 2.2)."""
    HEAD = "head"
    BODY = "body"


class _Over(Exception):
    """A bound was exceeded within the parser: parsing ends."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, fed no more than the bounds allow.

    What comes is counted before it is parsed, for the parser joins the pieces of a header by copying all
    of them, each time. Deadlines are in `connection` and enforced by the acceptor.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        *,
        connection: Connection,
        admission: Admission,
        bounds: Bounds,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """A protocol for `connection`; requests find it in their scope's `state`."""
        super().__init__(config, server_state, {"connection": connection}, _loop=loop)
        self._connection = connection
        self._admission = admission
        self._bounds = bounds
        self._phase = _Phase.BETWEEN
        self._head_bytes = 0
        self._fields = 0
        self._wire_bytes = 0
        self._idle_bytes = 0
        self._over: Cut | None = None
        self._dropped: int | None = None
        self._upgraded = False

    @property
    def _latest(self) -> RequestResponseCycle | None:
        """The request whose head came last; nothing before the first, whatever uvicorn says."""
        return self.cycle

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Serve on `transport`."""
        super().connection_made(transport)
        self._connection.transport = transport
        self._connection.expire = self._expire

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._admission.closed(self._connection)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read: from now on it has a deadline."""
        super().pause_writing()
        self._connection.expect_reader(self.loop.time() + self._bounds.write_s)

    def resume_writing(self) -> None:
        """It reads."""
        super().resume_writing()
        self._connection.write_by = inf

    def data_received(self, data: bytes) -> None:
        """Parse what came, in pieces within the bounds."""
        start = 0
        while start < len(data) and not self._upgraded and not self.transport.is_closing():
            if self._dropped is not None:
                self._drop(len(data) - start)
                return
            size = self._bounds.head_bytes
            if self._phase is not _Phase.BODY:
                size -= self._head_bytes
            if size <= 0:
                self._refuse(Cut.TOO_LARGE)
                continue
            self._feed(data[start : start + size] if start or size < len(data) else data)
            start += size

    def _feed(self, piece: bytes) -> None:
        phase = self._phase
        if phase is _Phase.BODY:
            self._wire_bytes += len(piece)
            self._idle_bytes += len(piece)
        else:
            self._head_bytes += len(piece)
        try:
            if self.parser is not None:
                self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._upgrade()
            return
        except httptools.HttpParserError:
            self._refuse(self._over or Cut.MALFORMED)
            return
        bounds = self._bounds
        if self._phase is _Phase.BODY:
            # Chunk extensions and trailers are neither head nor body.
            large = (
                self._wire_bytes > bounds.body_wire_bytes or self._idle_bytes > bounds.head_bytes
            )
        else:
            large = self._head_bytes > bounds.head_bytes
        if large:
            self._refuse(Cut.TOO_LARGE)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        if len(self.pipeline) >= self._bounds.pipelined:
            self._stop(Cut.PIPELINED)
        self._phase = _Phase.HEAD
        self._fields = 0
        if self._latest is not None:
            # The time of the first one has run since the connection was accepted.
            self._connection.read_by = self.loop.time() + self._bounds.head_s
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field; or one of a trailer, which changes nothing (RFC 9110 section 6.5.1)."""
        self._fields += 1
        if self._fields > self._bounds.headers:
            self._stop(Cut.TOO_LARGE)
        if self._phase is _Phase.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A head is complete: it is served, or waits for its turn."""
        super().on_headers_complete()
        self._phase = _Phase.BODY
        self._head_bytes = self._wire_bytes = self._idle_bytes = 0
        self._connection.read_by = self.loop.time() + self._bounds.body_s
        self._admission.request_received(self._connection)

    def on_body(self, body: bytes) -> None:
        """Some of the content."""
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is complete."""
        super().on_message_complete()
        self._phase = _Phase.BETWEEN
        self._head_bytes = 0
        # While it is served, the client has no deadline.
        self._connection.read_by = inf
        latest = self._latest
        if latest is None or latest.response_complete:
            self._rest()

    def on_response_complete(self) -> None:
        """A response is complete: the next request is served, or waited for."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._phase is _Phase.BETWEEN:
            self._rest()

    def _rest(self) -> None:
        self._connection.read_by = self.loop.time() + self._bounds.idle_s

    def _stop(self, reason: Cut) -> None:
        self._over = reason
        raise _Over(reason)

    # How it ends.

    def _upgrade(self) -> None:
        if self._should_upgrade():
            self._upgraded = True
            self.handle_websocket_upgrade()
            return
        # Something else was offered, which may be passed over (RFC 9110 section 7.8). What follows
        # may be of the other protocol, so that this is the last request.
        if (latest := self._latest) is not None:
            latest.keep_alive = False
        self._dropped = 0

    def handle_websocket_upgrade(self) -> None:
        """Give the transport to the WebSocket's protocol, with the head as it came."""
        self.connections.discard(self)
        parts = [self.scope["method"].encode(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.scope["headers"]:
            parts += [name, b": ", value, b"\r\n"]
        protocol = BoundedWebSocket(
            self.config,
            self.server_state,
            connection=self._connection,
            admission=self._admission,
            bounds=self._bounds,
        )
        protocol.connection_made(self.transport)
        protocol.data_received(b"".join([*parts, b"\r\n"]))
        self.transport.set_protocol(protocol)

    def _expire(self, reason: Cut) -> None:
        if self._dropped is not None:
            # The reason was sent, and counted.
            self._connection.abort()
        elif self._phase is _Phase.BETWEEN and self.transport.get_write_buffer_size():
            # The last response is still being read.
            self._rest()
        elif self._phase is _Phase.BETWEEN and not self._head_bytes:
            # A client may repeat its request elsewhere; a response would be to a request that it never made.
            self._connection.read_by = inf
            self.transport.close()
        else:
            self._refuse(reason)

    def _refuse(self, reason: Cut) -> None:
        """Send the reason, unless it could be taken for the response to another request, and close."""
        code = _CODES.get(reason)
        if self.transport.is_closing():
            return
        if code is None or not self._may_answer():
            self._admission.cut(self._connection, reason)
            return
        self._admission.tally[reason] += 1
        bounds = self._bounds
        if self._phase is not _Phase.BODY and reason is Cut.TOO_LARGE:
            most = f"a head may have {bounds.head_bytes} bytes and {bounds.headers} fields"
            self.transport.write(_answer(431, code, most))
        elif reason is Cut.TOO_LARGE:
            most = f"a body may take {bounds.body_wire_bytes} bytes"
            self.transport.write(_answer(413, code, most))
        else:
            self.transport.write(
                _answer(error_spec(code).status or 400, code, error_spec(code).message)
            )
        if (latest := self._latest) is not None:
            latest.disconnected = True
            latest.message_event.set()
        self._linger()

    def _may_answer(self) -> bool:
        if self.pipeline:
            return False
        latest = self._latest
        if self._phase is _Phase.BODY:
            return latest is not None and not latest.response_started
        return latest is None or latest.response_complete

    def _linger(self) -> None:
        """Read on for a moment, so that a reset does not destroy the response (RFC 9112 section 9.6)."""
        self._dropped = 0
        self._connection.read_by = self.loop.time() + self._bounds.linger_s
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _drop(self, size: int) -> None:
        self._dropped = (self._dropped or 0) + size
        if self._dropped > self._bounds.linger_bytes:
            self._connection.abort()


def _answer(status: int, code: str, message: str) -> bytes:
    body = {"code": code, "message": message, "hint": error_spec(code).hint}
    content = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + content
