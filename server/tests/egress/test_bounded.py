"""A web server that sends without end is cut off, in every part of the response."""

import asyncio
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from offhook.base.web import WebFailure, WebFault
from offhook.egress import bounded
from offhook.egress.bounded import HEAD_BYTES, MOST_INTERIM, SPARE_BYTES, BoundedResponses
from offhook.webhooks.client import WebhookClient

pytestmark = pytest.mark.real_time
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BODY_BYTES = 50_000
CUT_AFTER = 64_000_000
"""Far more than the buffers of a connection hold, so that a reader that never ends is seen."""

ENDLESS: dict[str, tuple[bytes, Callable[[int], bytes], WebFault]] = {
    "100 Continue": (b"", lambda _: b"HTTP/1.1 100 Continue\r\n\r\n" * 300, WebFault.PROTOCOL),
    "102 Processing": (b"", lambda _: b"HTTP/1.1 102 Processing\r\n\r\n" * 300, WebFault.PROTOCOL),
    "103 Early Hints": (
        b"",
        lambda n: b"HTTP/1.1 103 Early Hints\r\nLink: </%d>\r\n\r\n" % n * 100,
        WebFault.PROTOCOL,
    ),
    "unknown interim": (b"", lambda _: b"HTTP/1.1 199 \r\n\r\n" * 300, WebFault.PROTOCOL),
    "long interim": (
        b"",
        lambda _: b"HTTP/1.1 103 E\r\n" + b"A: " + b"x" * 8000 + b"\r\n\r\n",
        WebFault.PROTOCOL,
    ),
    "status line": (b"HTTP/1.1 200 ", lambda _: b"x" * 10_000, WebFault.PROTOCOL),
    "header name": (OK, lambda _: b"x" * 10_000, WebFault.PROTOCOL),
    "header value": (OK + b"A: ", lambda _: b"x" * 10_000, WebFault.PROTOCOL),
    "headers": (OK, lambda n: b"A%d: x\r\n" % n * 1000, WebFault.PROTOCOL),
    "big headers": (OK, lambda n: b"A%d: %s\r\n" % (n, b"x" * 8000), WebFault.PROTOCOL),
    "empty lines": (b"", lambda _: b"\r\n" * 5000, WebFault.PROTOCOL),
    "body": (OK + b"\r\n", lambda _: b"x" * 10_000, WebFault.TOO_LARGE),
    "chunks": (CHUNKED, lambda _: b"2710\r\n" + b"x" * 10_000 + b"\r\n", WebFault.TOO_LARGE),
    "small chunks": (CHUNKED, lambda _: b"1\r\nx\r\n" * 1000, WebFault.TOO_LARGE),
    "chunk extension": (CHUNKED + b"1;a=", lambda _: b"x" * 10_000, WebFault.TOO_LARGE),
    "chunk extensions": (
        CHUNKED,
        lambda _: (b"1;a=" + b"x" * 5000 + b"\r\nx\r\n") * 2,
        WebFault.TOO_LARGE,
    ),
    "chunk size": (CHUNKED, lambda _: b"0" * 10_000, WebFault.TOO_LARGE),
    "trailers": (CHUNKED + b"0\r\n", lambda n: b"A%d: x\r\n" % n * 1000, WebFault.PROTOCOL),
    "trailer": (CHUNKED + b"0\r\nA: ", lambda _: b"x" * 10_000, WebFault.PROTOCOL),
}


class EndlessSite:
    """Sends a part of a response without end, after complete responses to the requests before it."""

    def __init__(self, part: str, *before: bytes) -> None:
        """Answer with `before`, one request each, and then with the part of that name."""
        self._begin, self._more, self._fault = ENDLESS[part]
        self._before = before
        self._sent = 0
        self._cut = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        for response in self._before:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(response)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._begin)
        try:
            for n in itertools.count():
                part = self._more(n)
                writer.write(part)
                self._sent += len(part)
                await writer.drain()
                if self._sent > CUT_AFTER:
                    return
        except ConnectionError:
            self._cut.set()

    async def assert_cut(self, fault: WebFault) -> None:
        """Wait until the connection is cut: in time, and for the right reason."""
        await self._cut.wait()
        assert fault in (self._fault, WebFault.PROTOCOL)
        assert self._sent <= CUT_AFTER


@pytest.mark.parametrize("part", ENDLESS)
@pytest.mark.threat("response-bombs")
async def test_a_part_without_end_is_cut_off(
    client: WebhookClient, raw_site: Any, request_to: Any, part: str
) -> None:
    site = EndlessSite(part)
    with pytest.raises(WebFailure) as failed:
        await client.fetch(request_to(await raw_site(site.talk), body_bytes=BODY_BYTES))
    await site.assert_cut(failed.value.fault)


async def test_bytes_after_a_complete_response_close_the_connection(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    cut = asyncio.Event()
    served = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        await reader.readuntil(b"\r\n\r\n")
        try:
            while True:
                writer.write(OK + b"Content-Length: 2\r\n\r\nok")
                await writer.drain()
        except ConnectionError:
            cut.set()

    url = await raw_site(talk)
    assert (await client.fetch(request_to(url, method="GET"))).body == b"ok"
    await cut.wait()
    assert (await client.fetch(request_to(url, method="GET"))).body == b"ok"
    assert served == 2


async def test_a_few_interim_responses_are_skipped(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * MOST_INTERIM)
            writer.write(OK + b"Content-Length: 2\r\n\r\nok")
            await writer.drain()

    url = await raw_site(talk)
    for _ in range(3):  # each request on the kept connection has its own count
        assert (await client.fetch(request_to(url, method="GET"))).body == b"ok"


async def test_a_body_in_single_bytes_is_read(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(CHUNKED + b"1\r\nx\r\n" * 60_000 + b"0\r\n\r\n")
        await writer.drain()

    reply = await client.fetch(request_to(await raw_site(talk), method="GET"))
    assert reply.body == b"x" * 60_000


class FakeTransport(asyncio.Transport):
    """A connection whose other end is the test."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""


def _connection() -> tuple[BoundedResponses, FakeTransport]:
    transport = FakeTransport()
    connection = BoundedResponses(asyncio.get_running_loop())
    connection.transport = transport
    connection.set_response_params(auto_decompress=False)
    return connection, transport


def _parsed(connection: BoundedResponses, transport: FakeTransport, pieces: Iterable[bytes]) -> int:
    """How many bytes reach the parser before the connection is cut."""
    counted = 0
    inner: Any = connection._parser

    class PacketStats:
        def feed_data(self, data: bytes) -> Any:
            nonlocal counted
            counted += len(data)
            return inner.feed_data(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

    counting: Any = PacketStats()
    connection._parser = counting
    for piece in pieces:
        connection.data_received(piece)
        if transport.aborted:
            return counted
    raise AssertionError("never cut")


async def test_one_read_of_the_socket_is_not_parsed_as_a_whole() -> None:
    connection, transport = _connection()
    flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000
    assert _parsed(connection, transport, [flood]) <= bounded._HEAD_CHUNK_BYTES
    assert isinstance(connection.exception(), bounded.EndlessBody)
    assert len(connection) == 0


async def test_no_more_of_a_head_is_parsed_than_a_head_may_have() -> None:
    connection, transport = _connection()
    head = OK + b"".join(b"A%d: %s\r\n" % (n, b"x" * 8000) for n in range(100))
    assert _parsed(connection, transport, [head]) <= HEAD_BYTES


async def test_no_more_of_a_body_is_parsed_than_was_allowed() -> None:
    connection, transport = _connection()
    connection.data_received(CHUNKED)
    connection.allow(1000)
    flood = (b"1;a=" + b"x" * 5000 + b"\r\nx\r\n" for _ in range(10_000))
    assert _parsed(connection, transport, flood) <= 1000 + SPARE_BYTES


async def test_unsolicited_bytes_are_not_kept() -> None:
    connection, transport = _connection()
    connection.data_received(OK + b"Content-Length: 0\r\n\r\n")
    await connection.read()
    assert not connection.should_close
    assert _parsed(connection, transport, [OK + b"Content-Length: 0\r\n\r\n"]) == 0
    assert connection.should_close
