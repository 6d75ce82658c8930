"""Bounds what a web server may send: aiohttp alone has no limit for most of it."""

import asyncio
import functools
import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientPayloadError, TCPConnector
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from aiohttp.helpers import set_exception
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader
from yarl import URL

from offhook.egress import body

HEADER_BYTES: Final = 8190
"""Longest header field."""
HEAD_BYTES: Final = 64 * 1024
"""Longest head of a response, with all interim responses before it."""
MOST_INTERIM: Final = 16
SPARE_BYTES: Final = 1024 * 1024
_HEAD_CHUNK_BYTES: Final = 4 * 1024
_BODY_CHUNK_BYTES: Final = 16 * 1024


@dataclass(slots=True)
class Use:
    """How a request uses its connection.

    Attributes:
        reused: Whether another request was sent on it before.
    """

    reused: bool = False


USE: Final[ContextVar[Use | None]] = ContextVar("use", default=None)
"""Of the request that this task sends; aiohttp reports it to none but to traces, which cost a tenth of it."""


class EndlessBody(ClientPayloadError):
    """The server sends more than any response needs."""


class BoundedResponses(ResponseHandler):
    """Reads the responses of one connection, and closes it when there is too much.

    aiohttp limits a header line (`max_line_size`, `max_field_size`), but not the number of interim
    responses, chunk extensions (RFC 9112 section 7.1.1), trailers, or what arrives while nothing is
    expected. It also parses all that one read of the socket brought before anything else can run.
    Here bytes are counted before they are parsed, and parsed in chunks.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._head_done = False
        self._interim = 0
        self._left = HEAD_BYTES
        self._cut = False
        self._used = False

    def set_response_params(self, **settings: Any) -> None:  # noqa: ANN401  (aiohttp's own)
        """A request goes out: one response may come."""
        self._head_done = False
        self._interim = 0
        self._left = HEAD_BYTES
        use = USE.get()
        if use is not None:
            use.reused = self._used
        self._used = True
        super().set_response_params(**settings)

    def allow(self, body_bytes: int) -> None:
        """How long the body may be; framing may take as much again, or a MiB if that is more.

        Args:
            body_bytes: Length of the body, as sent.
        """
        self._left = body_bytes + max(body_bytes, SPARE_BYTES)

    def data_received(self, data: bytes) -> None:
        """Parse what came, chunk by chunk, as long as it is within bounds."""
        if not data:
            super().data_received(data)
            return
        place = 0
        while place < len(data) and not self._cut:
            if self._head_done and (self._payload is None or self._payload.is_eof()):
                # Bytes after a complete response without a request (RFC 9112 section 9.2).
                self._end(None)
                return
            chunk = data[
                place : place + (_BODY_CHUNK_BYTES if self._head_done else _HEAD_CHUNK_BYTES)
            ]
            place += len(chunk)
            self._left -= len(chunk)
            if self._left < 0:
                self._end(
                    body.TooLarge() if self._head_done else EndlessBody("the head does not end")
                )
                return
            super().data_received(chunk)
            error = self.exception()
            if error is not None:
                # For aiohttp an error in a trailer does not end the body.
                self._end(error, ClientPayloadError("the trailer section is invalid"))
                return

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Take a parsed head; interim responses are dropped (RFC 9110 section 15.2)."""
        if self._cut:
            return
        code = data[0].code
        if 100 <= code < 200 and code != 101:
            self._interim += 1
            if self._interim > MOST_INTERIM:
                self._end(EndlessBody("too many interim responses"))
        elif self._head_done:
            self._end(None)
        else:
            self._head_done = True
            self._left = SPARE_BYTES
            super().feed_data(data, size)

    def _end(self, error: BaseException | None, of_body: Exception | None = None) -> None:
        self._cut = True
        self._should_close = True
        if error is not None:
            self.set_exception(error)
            if self._payload is not None and not self._payload.is_eof():
                set_exception(self._payload, of_body or error)
        if self.transport is not None:
            self.transport.abort()


async def read_body(
    protocol: BoundedResponses | None,
    headers: Mapping[str, str],
    content: body.ChunkReader,
    most: int,
) -> bytes:
    """The whole body of a success, unpacked.

    Args:
        protocol: What reads it; nothing if all of it has come.
        headers: Of the response.
        content: The body as it comes.
        most: Its longest length in bytes, packed or unpacked.

    Raises:
        TooLarge: it is longer.
        BadEncoding: it cannot be unpacked.
    """
    if protocol is not None:
        protocol.allow(most)
    length = headers.get("Content-Length")
    if length is not None and int(length) > most:
        raise body.TooLarge
    return await body.read(content, headers.get("Content-Encoding", ""), most)


class BoundedConnector(TCPConnector):
    """Connections whose responses are bounded."""

    def __init__(
        self, resolver: AbstractResolver, tls: ssl.SSLContext, *, keep_s: float, limit: int
    ) -> None:
        """No connections yet.

        Args:
            resolver: How names become addresses; used for each connection.
            tls: Which certificates are accepted.
            keep_s: Seconds for which an unused connection is kept.
            limit: How many connections there may be; 0 for any number.
        """
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            resolver=resolver,
            use_dns_cache=False,
            ssl=tls,
            keepalive_timeout=keep_s,
            limit=limit,
        )
        self._factory = functools.partial(BoundedResponses, loop=self._loop)

    async def kept(self, url: URL) -> Connection | None:
        """A connection to that server that is open and unused; nothing if there is none."""
        host, port, secure = url.raw_host or "", url.port, url.scheme == "https"
        key = ConnectionKey(host, port, secure, True, None, None, None, None)
        return await self._get(key, [])
