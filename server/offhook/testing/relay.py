"""A TURN server that relays nothing: it checks who asks, as RFC 8656 says, and counts what it gave."""

import asyncio
import hashlib
import hmac
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

REALM, NONCE = b"offhook.example", b"once"
MAGIC = bytes.fromhex("2112a442")


@dataclass(slots=True)
class Relay:
    """Who may ask, how it is asked, and what it gave.

    Attributes:
        password: Of any name.
        spoil: What to answer in place of the truth.
        deaf: How many requests it does not hear.
        open: Allocations that were not given back.
    """

    password: str = ""
    spoil: bytes = b""
    deaf: int = 0
    open: int = 0
    port: int = 0
    asked: list[int] = field(default_factory=list[int])

    def answer(self, request: bytes, remote: tuple[str, int]) -> bytes:
        """What it says to a request."""
        if self.deaf:
            self.deaf -= 1
            return b""
        if self.spoil:
            return self.spoil
        kind, _, magic, transaction = struct.unpack_from("!H2s4s12s", request)
        if magic != MAGIC:
            return b""
        self.asked.append(kind)
        if kind == 1:
            return _message(kind | 0x100, transaction, (0x0020, _masked(remote)))
        given = _attributes(request)
        if not self.password:
            return _message(kind | 0x110, transaction, (0x0009, b"\0\0\4\3Forbidden"))
        if 0x0008 not in given or not self._signed(request, given):
            refusal = (0x0009, b"\0\0\4\1Unauthorized"), (0x0014, REALM), (0x0015, NONCE)
            return _message(kind | 0x110, transaction, *refusal)
        if kind == 3 and given.get(0x0019) == b"\x11\0\0\0":
            self.open += 1
            return _message(kind | 0x100, transaction, (0x0016, _masked(("192.0.2.9", 49152))))
        if kind == 4 and given.get(0x000D) == bytes(4):
            self.open -= 1
            return _message(kind | 0x100, transaction, (0x000D, bytes(4)))
        return _message(kind | 0x110, transaction, (0x0009, b"\0\0\4\0Bad Request"))

    def _signed(self, request: bytes, given: dict[int, bytes]) -> bool:
        secret = given[0x0006] + b":" + REALM + b":" + self.password.encode()
        key = hashlib.md5(secret, usedforsecurity=False).digest()
        # The signature is the last: what it covers says so in its length.
        mac = hmac.digest(key, request[:-24], "sha1")
        return given[0x0008] == mac and given[0x0015] == NONCE


@asynccontextmanager
async def relaying(relay: Relay) -> AsyncGenerator[Relay]:
    """The relay, by UDP and TCP on one loopback port."""

    class Udp(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            said = relay.answer(data, addr)
            if said:
                transport.sendto(said, addr)

    over: list[asyncio.Event] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over.append(gone := asyncio.Event())
        while head := await reader.read(20):
            request = head + await reader.readexactly(int.from_bytes(head[2:4]))
            writer.write(relay.answer(request, writer.get_extra_info("peername")))
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Udp, local_addr=("127.0.0.1", relay.port))
    async with server:
        yield relay
    for gone in over:
        await gone.wait()
    transport.close()


def _message(kind: int, transaction: bytes, *attributes: tuple[int, bytes]) -> bytes:
    parts = [
        struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4)
        for name, value in attributes
    ]
    body = b"".join(parts)
    return struct.pack("!HH", kind, len(body)) + MAGIC + transaction + body


def _attributes(request: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 20
    while at < len(request):
        name, length = struct.unpack_from("!HH", request, at)
        found[name] = request[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
    return found


def _masked(address: tuple[str, int]) -> bytes:
    host = bytes(int(part) for part in address[0].split("."))
    port = address[1] ^ int.from_bytes(MAGIC[:2])
    return b"\0\1" + port.to_bytes(2) + bytes(a ^ b for a, b in zip(host, MAGIC, strict=True))
