"""A TURN server that relays nothing: it authenticates requests (RFC 8656) and counts allocations."""

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
class FakeTurnServer:
    """The server and its state.

    Attributes:
        password: Password of every user name; empty to forbid everything.
        response: Bytes to respond with in place of the right response.
        ignore: Number of further requests to ignore.
        open: Allocations that were not released.
        requests: Message types of all requests.
    """

    password: str = ""
    response: bytes = b""
    ignore: int = 0
    open: int = 0
    port: int = 0
    requests: list[int] = field(default_factory=list[int])

    def respond(self, request: bytes, remote: tuple[str, int]) -> bytes:
        """The response to a request; empty for none."""
        if self.ignore:
            self.ignore -= 1
            return b""
        if self.response:
            return self.response
        kind, _, magic, transaction = struct.unpack_from("!H2s4s12s", request)
        if magic != MAGIC:
            return b""
        self.requests.append(kind)
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
        # MESSAGE-INTEGRITY is the last attribute: the header's length covers it (RFC 8489 section 14.5).
        mac = hmac.digest(key, request[:-24], "sha1")
        return given[0x0008] == mac and given[0x0015] == NONCE


@asynccontextmanager
async def serving(relay: FakeTurnServer) -> AsyncGenerator[FakeTurnServer]:
    """Serve by UDP and TCP on one loopback port."""

    class Udp(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            response = relay.respond(data, addr)
            if response:
                transport.sendto(response, addr)

    closed: list[asyncio.Event] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        closed.append(gone := asyncio.Event())
        while head := await reader.read(20):
            request = head + await reader.readexactly(int.from_bytes(head[2:4]))
            writer.write(relay.respond(request, writer.get_extra_info("peername")))
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Udp, local_addr=("127.0.0.1", relay.port))
    async with server:
        yield relay
    for gone in closed:
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
