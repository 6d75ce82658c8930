"""Asks STUN and TURN servers, for the doctor: how we look from there, and whether they relay for us."""

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

_MAGIC: Final = 0x2112A442
_HEADER: Final = struct.Struct("!HHI12s")
_BINDING: Final = 0x0001
_ALLOCATE: Final = 0x0003
_REFRESH: Final = 0x0004
_SUCCESS: Final = 0x0100
_FAILURE: Final = 0x0110
_USERNAME: Final = 0x0006
_INTEGRITY: Final = 0x0008
_ERROR: Final = 0x0009
_LIFETIME: Final = 0x000D
_REALM: Final = 0x0014
_NONCE: Final = 0x0015
_RELAYED: Final = 0x0016
_TRANSPORT: Final = 0x0019
_MAPPED: Final = 0x0020
_OVER_UDP: Final = b"\x11\0\0\0"
_REPEATS_S: Final = (0.5, 1.0, 1.5)
"""Pauses between requests over UDP (RFC 8489 §6.2.1), three of them."""

TransportProtocol = Literal["udp", "tcp", "tls"]
Exchange = Callable[[bytes], Awaitable[bytes]]


class NoAnswer(Exception):
    """The server cannot be reached, or its response is not STUN."""


class Refused(Exception):
    """The server answers with an error.

    Attributes:
        code: As the standard numbers reasons, 300 to 699.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code


@dataclass(frozen=True, slots=True)
class Server:
    """The server, and how to reach it."""

    host: str
    port: int
    way: TransportProtocol

    @staticmethod
    def of(url: str) -> "Server":
        """As a URL says (RFC 7064, RFC 7065).

        Raises:
            ValueError: it is no such URL.
        """
        scheme, _, rest = url.partition(":")
        where, _, query = rest.partition("?")
        secure = scheme in ("stuns", "turns")
        host, colon, port = where.rpartition(":")
        if not colon or where.endswith("]"):
            host, port = where, "5349" if secure else "3478"
        way: TransportProtocol = "tls" if secure else "tcp" if query == "transport=tcp" else "udp"
        if scheme not in ("stun", "stuns", "turn", "turns") or not host:
            raise ValueError(f"{url!r} names no STUN or TURN server")
        return Server(host.strip("[]"), int(port), way)


@dataclass(frozen=True, slots=True)
class _Message:
    kind: int
    transaction: bytes
    attributes: Mapping[int, bytes] = field(default_factory=dict[int, bytes])

    def octets(self, key: bytes = b"") -> bytes:
        """As it travels; signed if there is a key (RFC 8489 §14.5)."""
        body = b"".join(_attribute(kind, value) for kind, value in self.attributes.items())
        if not key:
            return _HEADER.pack(self.kind, len(body), _MAGIC, self.transaction) + body
        head = _HEADER.pack(self.kind, len(body) + 24, _MAGIC, self.transaction)
        return head + body + _attribute(_INTEGRITY, hmac.digest(key, head + body, hashlib.sha1))

    @staticmethod
    def read(octets: bytes) -> "_Message":
        """What came.

        Raises:
            NoAnswer: it is no STUN message.
        """
        try:
            kind, length, magic, transaction = _HEADER.unpack_from(octets)
            body = octets[_HEADER.size :]
            if magic != _MAGIC or length != len(body):
                raise NoAnswer("what answers there speaks no STUN")
            attributes: dict[int, bytes] = {}
            while body:
                name, size = struct.unpack_from("!HH", body)
                attributes.setdefault(name, body[4 : 4 + size])
                body = body[4 + (size + 3) // 4 * 4 :]
        except struct.error:
            raise NoAnswer("what answers there speaks no STUN") from None
        return _Message(kind, transaction, attributes)


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


async def own_address(server: Server) -> str:
    """Our address and port as that server sees them.

    Raises:
        NoAnswer: it cannot be reached.
        Refused: it does not say.
    """
    async with _asking(server) as exchange:
        answer = await _exchange(exchange, _request(_BINDING, {}))
    return _address(answer, _MAPPED)


async def relay(server: Server, username: str, password: str) -> str:
    """The address that a TURN server relays for, with those credentials; it is given back at once.

    Raises:
        NoAnswer: it cannot be reached.
        Refused: it does not relay for us.
    """
    asked = {_TRANSPORT: _OVER_UDP}
    async with _asking(server) as exchange:
        try:
            await _exchange(exchange, _request(_ALLOCATE, asked))
        except _Challenge as challenge:
            realm, nonce = challenge.realm, challenge.nonce
        else:
            raise Refused(200, "it relays for anybody, without a password")
        # RFC 8489 §9.2.2.
        secret = b":".join((username.encode(), realm, password.encode()))
        key = hashlib.md5(secret, usedforsecurity=False).digest()
        signed = {_USERNAME: username.encode(), _REALM: realm, _NONCE: nonce}
        answer = await _exchange(exchange, _request(_ALLOCATE, asked | signed), key)
        relayed = _address(answer, _RELAYED)
        await _exchange(exchange, _request(_REFRESH, {_LIFETIME: bytes(4)} | signed), key)
    return relayed


class _Challenge(Refused):
    def __init__(self, reason: str, realm: bytes, nonce: bytes) -> None:
        super().__init__(401, reason)
        self.realm, self.nonce = realm, nonce


def _request(kind: int, attributes: Mapping[int, bytes]) -> _Message:
    return _Message(kind, secrets.token_bytes(12), attributes)


async def _exchange(exchange: Exchange, request: _Message, key: bytes = b"") -> _Message:
    answer = _Message.read(await exchange(request.octets(key)))
    if answer.transaction != request.transaction:
        raise NoAnswer("the answer is to another question")
    if answer.kind == request.kind | _SUCCESS:
        return answer
    if answer.kind != request.kind | _FAILURE:
        raise NoAnswer("what answers there speaks no STUN")
    error = answer.attributes.get(_ERROR, bytes(4)).ljust(4, b"\0")
    code, reason = error[2] * 100 + error[3], error[4:].decode(errors="replace")
    realm, nonce = answer.attributes.get(_REALM), answer.attributes.get(_NONCE)
    if code == 401 and not key and realm is not None and nonce is not None:
        raise _Challenge(reason, realm, nonce)
    raise Refused(code, reason)


def _address(answer: _Message, attribute: int) -> str:
    value = answer.attributes.get(attribute, b"")
    mask = struct.pack("!I", _MAGIC) + answer.transaction
    if len(value) not in (8, 20):
        raise NoAnswer("the answer names no address")
    port = int.from_bytes(value[2:4]) ^ _MAGIC >> 16
    ip = ipaddress.ip_address(bytes(a ^ b for a, b in zip(value[4:], mask, strict=False)))
    return f"[{ip}]:{port}" if ip.version == 6 else f"{ip}:{port}"


@asynccontextmanager
async def _asking(server: Server) -> AsyncGenerator[Exchange]:
    try:
        async with asyncio.timeout(2 * sum(_REPEATS_S)):
            if server.way == "udp":
                async with _udp(server) as exchange:
                    yield exchange
            else:
                async with _stream(server) as exchange:
                    yield exchange
    except TimeoutError:
        raise NoAnswer("no answer") from None
    except (OSError, asyncio.IncompleteReadError) as error:
        raise NoAnswer(str(error) or "the connection broke") from None


class _Inbox(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes | Exception] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        self.came.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        self.came.put_nowait(exc)


@asynccontextmanager
async def _udp(server: Server) -> AsyncGenerator[Exchange]:
    loop = asyncio.get_running_loop()
    remote = (server.host, server.port)
    transport, inbox = await loop.create_datagram_endpoint(_Inbox, remote_addr=remote)

    async def exchange(request: bytes) -> bytes:
        for pause in _REPEATS_S:
            transport.sendto(request)
            try:
                async with asyncio.timeout(pause):
                    came = await inbox.came.get()
            except TimeoutError:
                continue
            if isinstance(came, Exception):
                raise came
            return came
        raise NoAnswer("no answer")

    try:
        yield exchange
    finally:
        transport.close()


@asynccontextmanager
async def _stream(server: Server) -> AsyncGenerator[Exchange]:
    tls = ssl.create_default_context() if server.way == "tls" else None
    reader, writer = await asyncio.open_connection(server.host, server.port, ssl=tls)

    async def exchange(request: bytes) -> bytes:
        writer.write(request)
        head = await reader.readexactly(_HEADER.size)
        return head + await reader.readexactly(int.from_bytes(head[2:4]))

    try:
        yield exchange
    finally:
        writer.close()
        await writer.wait_closed()
