"""One accepted connection: its source and its deadlines."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio


class Cut(StrEnum):
    """Why a connection was refused or ended."""

    TOO_MANY = "too_many"
    """There were too many, or it was closed for a new one."""
    TOO_FAST = "too_fast"
    """Its source opened connections faster than it may."""
    HANDSHAKE = "handshake"
    """The TLS handshake failed."""
    MALFORMED = "malformed"
    """It was no HTTP."""
    TOO_LARGE = "too_large"
    """A head, a body or their framing was too large."""
    PIPELINED = "pipelined"
    """It sent too many requests without waiting for responses."""
    TOO_SLOW = "too_slow"
    """It did not complete what it began, or did not sign in."""
    NOT_READ = "not_read"
    """It did not read what it was sent."""
    CONTROL = "control"
    """It sent too many WebSocket pings, pongs or fragments."""


class Texts(Protocol):
    """The WebSocket of a connection, for an application that sends and takes texts alone."""

    async def receive_text(self) -> str | None:
        """The next text, empty for what is no text; nothing once it is closed."""
        ...

    def write_text(self, text: str) -> bool:
        """Send, if the other side reads. Returns whether it does.

        Raises:
            OSError: it is closed.
        """
        ...


class Connection:
    """A connection. Its protocol sets the deadlines, the acceptor enforces them.

    Attributes:
        source: Where it is from: an IPv4 address or an IPv6 /64.
        proxy: Whether it is of a trusted proxy, which sends requests of many clients.
        signed_in: Whether it is authenticated.
        read_by: When what is being received must be complete.
        write_by: When some of the write buffer must have been read.
        unread: Its bytes when that time began.
        sign_in_by: When a user must have signed in.
        transport: What carries it; nothing during a TLS handshake.
        handshake: The task of that handshake.
        texts: Its WebSocket, if it is one.
    """

    __slots__ = (
        "_on_sign_in",
        "expire",
        "handshake",
        "proxy",
        "read_by",
        "sign_in_by",
        "signed_in",
        "source",
        "texts",
        "transport",
        "unread",
        "write_by",
    )

    def __init__(self, source: str, *, proxy: bool) -> None:
        """A connection that is not signed in."""
        self.source = source
        self.proxy = proxy
        self.signed_in = False
        self.read_by = self.write_by = self.sign_in_by = inf
        self.unread = 0
        self.transport: asyncio.Transport | None = None
        self.handshake: asyncio.Task[None] | None = None
        self.texts: Texts | None = None
        self.expire: Callable[[Cut], None] = self._abort
        """Ends it; its protocol may replace it, to answer first."""
        self._on_sign_in: Callable[[Connection], None] | None = None

    def when_signed_in(self, call: Callable[["Connection"], None]) -> None:
        """Call `call` once the connection is authenticated."""
        self._on_sign_in = call

    def sign_in(self) -> None:
        """The connection is authenticated from now on."""
        if self.signed_in:
            return
        self.signed_in = True
        self.sign_in_by = inf
        if self._on_sign_in is not None:
            self._on_sign_in(self)

    def expect_reader(self, by: float) -> None:
        """The other side must have read some of what there is by then."""
        self.write_by = by
        self.unread = 0 if self.transport is None else self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """End it at once; what was not sent is lost, descriptor and buffers are free."""
        if self.transport is not None:
            self.transport.abort()
        elif self.handshake is not None:
            self.handshake.cancel()

    def _abort(self, _cut: Cut) -> None:
        self.abort()


def of_scope(scope: Mapping[str, Any]) -> Connection | None:
    """The connection that a request or WebSocket came on; nothing with another listener."""
    found = scope.get("state", {}).get("connection")
    return found if isinstance(found, Connection) else None
