"""Peers that misbehave below the application: for tests of the listener's bounds, and for the bench."""

import asyncio
import base64
import contextlib
import json
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

TEXT: Final = 1
PING: Final = 9
PONG: Final = 10
PIECE: Final = b"a" * 65_536
SHORT_HEADERS: Final = b"".join(b"X-%d: aaaaaaaaaaaaaaaa\r\n" % n for n in range(3000))
_MANY: Final = 200_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Who is attacked.

    Attributes:
        source: Address to come from; empty for any.
        token: Lets a page in, for attacks by those who may log in.
    """

    host: str
    port: int
    source: str = ""
    token: str = ""

    @property
    def authority(self) -> str:
        """Host and port, as in a URL."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


class Peer:
    """One TCP connection, driven byte by byte. It reads only when it is asked to.

    Attributes:
        sent: Bytes that the system took.
        cut: Whether the other side ended it.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.sent = 0
        self.cut = False
        family = socket.AF_INET6 if ":" in target.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        # What the system takes for us says nothing of what the server took.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if target.source:
            self._socket.bind((target.source, 0))

    async def __aenter__(self) -> Self:
        """Connect."""
        try:
            address = (self.target.host, self.target.port)
            await asyncio.get_running_loop().sock_connect(self._socket, address)
        except BaseException:
            self._socket.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self._socket.close()

    async def send(self, data: bytes) -> bool:
        """Whether all of it was taken."""
        loop = asyncio.get_running_loop()
        try:
            for start in range(0, len(data), 4096):
                piece = data[start : start + 4096]
                await loop.sock_sendall(self._socket, piece)
                self.sent += len(piece)
        except OSError:
            self.cut = True
        return not self.cut

    async def flood(self, piece: bytes, most_bytes: int = _MANY) -> int:
        """Send `piece` over and over until the other side ends it; returns the bytes that were taken."""
        while self.sent < most_bytes and await self.send(piece):
            pass
        return self.sent

    async def receive(self, size: int = 65_536) -> bytes:
        """What comes next; nothing at the end."""
        try:
            data = await asyncio.get_running_loop().sock_recv(self._socket, size)
        except OSError:
            data = b""
        self.cut = self.cut or not data
        return data

    async def rest(self) -> bytes:
        """All that comes until the other side ends it."""
        found = b""
        while data := await self.receive():
            found += data
        return found

    async def upgrade(self) -> bytes:
        """Ask for the link, as a page does; returns what is answered."""
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        host = self.target.authority
        await self.send(
            f"GET /link HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: offhook.link.1\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer and (data := await self.receive()):
            answer += data
        return answer


def frame(opcode: int, data: bytes = b"", *, fin: bool = True) -> bytes:
    """A masked frame (RFC 6455 section 5.2)."""
    size = len(data)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8, "big")
    return bytes([(0x80 if fin else 0) | opcode]) + length + bytes(4) + data


PINGS: Final = frame(PING, b"x" * 125) * 500
EMPTY_PINGS: Final = frame(PING) * 10_000
FRAGMENTS: Final = frame(TEXT, b"{", fin=False) + frame(0, fin=False) * 10_000
TRAILERS: Final = (
    b"POST /v1/tokens HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-a: "
)
EXTENSIONS: Final = b"POST /v1/tokens HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;a="
CHUNKS: Final = b"POST /v1/tokens HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD: Final = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def _once(target: Target, first: bytes, piece: bytes) -> None:
    async with Peer(target) as peer:
        await peer.send(first)
        await peer.flood(piece)


async def head_without_end(target: Target) -> None:
    """One header that never ends."""
    await _once(target, HEAD + b"X-a: ", PIECE)


async def short_headers(target: Target) -> None:
    """Headers that never end."""
    await _once(target, HEAD, SHORT_HEADERS)


async def url_without_end(target: Target) -> None:
    """A request line that never ends."""
    await _once(target, b"GET /", PIECE)


async def body_without_end(target: Target) -> None:
    """A chunked body that never ends."""
    await _once(target, CHUNKS, b"10000\r\n" + PIECE + b"\r\n")


async def trailers_without_end(target: Target) -> None:
    """A trailer that never ends."""
    await _once(target, TRAILERS, PIECE)


async def pipelined(target: Target) -> None:
    """Requests, and no answer is read."""
    await _once(target, b"", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000)


async def garbage(target: Target) -> None:
    """What is no HTTP at all."""
    await _once(
        target, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 garbage\r\n\r\n", b"\0" * 512
    )


async def requests(target: Target) -> None:
    """Requests of the API without a log-in, one after the other, on 16 connections."""

    async def ask() -> None:
        async with Peer(target) as peer:
            request = b"GET /v1/endpoints HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\n\r\n"
            while await peer.send(request) and await peer.receive():
                pass

    await _together(16, ask)


async def pings_unread(target: Target) -> None:
    """WebSockets that ping and never read."""

    async def ping() -> None:
        async with Peer(target) as peer:
            if b" 101 " in await peer.upgrade():
                await peer.flood(PINGS)

    await _together(10, ping)


async def empty_pings(target: Target) -> None:
    """WebSockets that send the smallest pings there are."""

    async def ping() -> None:
        async with Peer(target) as peer:
            if b" 101 " in await peer.upgrade():
                await peer.flood(EMPTY_PINGS)

    await _together(10, ping)


async def fragments(target: Target) -> None:
    """WebSocket messages of empty fragments that never end."""

    async def send() -> None:
        async with Peer(target) as peer:
            if b" 101 " in await peer.upgrade():
                await peer.flood(FRAGMENTS)

    await _together(10, send)


async def half_open(target: Target) -> None:
    """Half a request on each of 1,100 connections, opened again as they are cut."""

    async def hold() -> None:
        async with Peer(target) as peer:
            await peer.send(HEAD + b"X-a: ")
            await peer.rest()

    await _together(1_100, hold)


async def connections(target: Target) -> None:
    """Connections that are opened and closed, as fast as it goes."""

    async def open_and_close() -> None:
        for _ in range(100):
            async with Peer(target):
                pass

    await _together(8, open_and_close)


async def stuck_readers(target: Target) -> None:
    """Pages that log in, ask for much, and read none of it."""

    async def stop_reading() -> None:
        async with Peer(target) as peer:
            if b" 101 " not in await peer.upgrade():
                return
            hello = {"type": "hello", "version": 1, "auth": {"token": target.token}}
            await peer.send(frame(TEXT, json.dumps(hello).encode()))
            # Each is answered by an error of some hundred bytes, at the pace that a page may have.
            unknown = frame(TEXT, b'{"type":"x","seq":1}')
            for _ in range(100_000):
                if not await peer.send(unknown):
                    return
                await asyncio.sleep(0.025)

    await _together(20, stop_reading)


async def downloads_unread(target: Target) -> None:
    """Large files that are asked for and never read."""

    async def ask() -> None:
        async with Peer(target) as peer:
            await peer.flood(b"GET /sdk/offhook.js HTTP/1.1\r\nHost: x\r\n\r\n", 600)
            await asyncio.Event().wait()

    await _together(64, ask)


async def _together(count: int, act: Callable[[], Awaitable[None]]) -> None:
    async def safely() -> None:
        with contextlib.suppress(OSError):
            await act()

    await asyncio.gather(*(safely() for _ in range(count)))


ATTACKS: Final[Mapping[str, Callable[[Target], Awaitable[None]]]] = {
    each.__name__: each
    for each in (
        head_without_end,
        short_headers,
        url_without_end,
        body_without_end,
        trailers_without_end,
        pipelined,
        garbage,
        requests,
        pings_unread,
        empty_pings,
        fragments,
        half_open,
        connections,
        stuck_readers,
        downloads_unread,
    )
}


async def attack(name: str, target: Target, seconds: float) -> int:
    """Repeat an attack for `seconds`; returns how often it was begun."""
    begun = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                begun += 1
                with contextlib.suppress(OSError):
                    await ATTACKS[name](target)
                await asyncio.sleep(0)
    return begun
