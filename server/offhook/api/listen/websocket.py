"""WebSockets with bounds: uvicorn's protocol answers pings that are never read, and waits for ever."""

from asyncio.transports import BaseTransport
from math import inf
from typing import TYPE_CHECKING, Final, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.protocol import OPEN, Protocol

from offhook.api.listen import text_frames
from offhook.api.listen.admission import Admission
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection, Cut
from offhook.base.light_queue import LightQueue
from offhook.base.rate_limit import TokenBucket

if TYPE_CHECKING:
    from types import GeneratorType

_PIECE_BYTES: Final = 4_096
"""What is parsed before the bounds are looked at again: some 700 empty frames."""


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which reads no more than the application takes and the peer reads."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        *,
        connection: Connection,
        admission: Admission,
        bounds: Bounds,
    ) -> None:
        """A protocol for `connection`; the application finds it in its scope's `state`."""
        super().__init__(config, server_state, {"connection": connection})
        self.close_timeout = bounds.linger_s
        # Only what both kinds of queue have is used of it.
        self.queue = LightQueue[ASGIReceiveEvent]()  # type: ignore[assignment]
        self._connection = connection
        self._admission = admission
        self._bounds = bounds
        self._control = TokenBucket(bounds.control_per_s, bounds.control_burst, self.loop.time())
        self._fragments = 0
        self._write_paused = False
        self._cut = False
        self._left = False
        self._longest = config.ws_max_size
        self._ahead = b""
        """Received, and not parsed yet: the application has not taken what was before it."""

    # What the transport calls.

    def connection_made(self, transport: BaseTransport) -> None:
        """Serve on `transport`."""
        super().connection_made(transport)
        self._connection.expire = self._expire
        self._connection.texts = self
        self._connection.read_by = self._connection.write_by = inf
        if not self._connection.signed_in:
            self._connection.sign_in_by = self.loop.time() + self._bounds.sign_in_s

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._admission.closed(self._connection)
        self._ahead = b""
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The other side does not read: neither do we, so that nothing more has to be answered."""
        super().pause_writing()
        self._write_paused = True
        self.transport.pause_reading()
        self._connection.expect_reader(self.loop.time() + self._bounds.write_s)

    def resume_writing(self) -> None:
        """It reads."""
        super().resume_writing()
        self._write_paused = False
        self._connection.write_by = inf
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Parse what came, as far as it is wanted by now."""
        self._ahead += data
        self._parse()
        bounds = self._bounds
        most = bounds.ahead_bytes if self._connection.signed_in else bounds.early_bytes
        if len(self._ahead) > most:
            self._end(Cut.TOO_LARGE)
        elif self._ahead:
            self.transport.pause_reading()

    def _parse(self) -> None:
        start = 0
        while start < len(self._ahead) and not self._blocked():
            whole = self._whole_text(start)
            if whole is None:
                super().data_received(self._ahead[start : start + _PIECE_BYTES])
                start += _PIECE_BYTES
            else:
                text, start = whole
                self._take(text)
        self._ahead = self._ahead[start:] if start < len(self._ahead) else b""
        incomplete = bool(self.frames or self.conn.reader.buffer)
        if not incomplete:
            self._connection.read_by = inf
        elif self._connection.read_by == inf:
            self._connection.read_by = self.loop.time() + self._bounds.message_s

    def _whole_text(self, start: int) -> tuple[str, int] | None:
        """A text in one frame, if that is what begins there."""
        if self.handshake_complete and not self.close_sent and _expects_frame(self.conn):
            return text_frames.read(self._ahead, start, self._longest)
        return None

    def _take(self, text: str) -> None:
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        # Nothing more is parsed until the application has it. The transport need not know:
        # it is paused when more comes.
        self.read_paused = True
        if not self._connection.signed_in:
            self.transport.pause_reading()

    def _blocked(self) -> bool:
        return self._cut or self._write_paused or self.read_paused or self.transport.is_closing()

    def _go_on(self) -> None:
        if not self._blocked():
            self._parse()
        if not self._blocked() and not self._ahead:
            self.transport.resume_reading()

    # What the parser finds.

    def handle_ping(self) -> None:
        """Answer it (RFC 6455 section 5.5.2), unless there are too many."""
        if self._admits_control():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Take it; unasked ones count too (section 5.5.3)."""
        if self._admits_control():
            super().handle_pong(event)

    def handle_text(self, event: Frame) -> None:
        """The first frame of a message, or all of it."""
        self._fragments = 1
        if not self._cut:
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """The first frame of a message, or all of it."""
        self._fragments = 1
        if not self._cut:
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """A further frame of a message: they may be empty, so that their bytes say nothing."""
        self._fragments += 1
        if self._fragments > self._bounds.fragments:
            self._end(Cut.CONTROL)
        elif not self._cut:
            super().handle_cont(event)

    def _admits_control(self) -> bool:
        if not self._cut and not self._control.allows(self.loop.time()):
            self._end(Cut.CONTROL)
        return not self._cut

    # What the application calls.

    async def receive(self) -> ASGIReceiveEvent:
        """The next message; what was sent behind it is looked at once it is taken."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._go_on()
        return message

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a close has a time within which it must have been read."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            # The request and its response are 5 kB that nothing reads any more.
            del self.request, self.response
        if self.close_sent:
            self._connection.expect_reader(self.loop.time() + 2 * self._bounds.linger_s)

    async def receive_text(self) -> str | None:
        """As `receive`, for an application that takes texts alone."""
        if self._left:
            return None
        message = await self.receive()
        if message["type"] == "websocket.receive":
            return message.get("text") or ""
        self._left = True
        return None

    def write_text(self, text: str) -> bool:
        """As `send`, for a text, if the other side reads. Returns whether it does."""
        if self._write_paused:
            return False
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(text_frames.write(text))
        return True

    # How it ends.

    def _expire(self, reason: Cut) -> None:
        self._end(reason)

    def _end(self, reason: Cut) -> None:
        if not self._cut:
            self._cut = True
            self._ahead = b""
            self._admission.cut(self._connection, reason)


def _expects_frame(conn: Protocol) -> bool:
    """Whether the parser waits for a frame to begin, of a message that has not begun either."""
    if conn.state is not OPEN or conn.current_size is not None or conn.extensions:
        return False
    # It may have taken the first bytes of a frame and nothing of them is in its buffer: the generator
    # itself says where it waits.
    inner = cast("GeneratorType[None, None, None]", conn.parser)
    while (
        deeper := cast("GeneratorType[None, None, None] | None", inner.gi_yieldfrom)
    ) is not None:
        inner = deeper
    return inner.gi_code.co_name == "at_eof"
