"""What a peer may take before and while its requests are served: bytes, fields, requests, time."""

import asyncio
import json
import logging
from typing import Any

import pytest
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Cut
from offhook.testing.attack import (
    CHUNKS,
    EXTENSIONS,
    HEAD,
    PIECE,
    SHORT_HEADERS,
    TRAILERS,
    Peer,
)

BOUNDS = Bounds()
TAKEN = 1_000_000
"""Ceiling of what is taken from a flood: socket buffers, one read, what is dropped while it lingers."""
OK = b"HTTP/1.1 200 OK"


def head(size: int) -> bytes:
    """A whole head of `size` bytes."""
    start = HEAD + b"X-a: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


async def asked(peer: Peer, request: bytes) -> bytes:
    """The answer to a request without content."""
    await peer.send(request)
    return await peer.receive()


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (HEAD + b"X-a: ", PIECE),
        (HEAD, PIECE),
        (HEAD, SHORT_HEADERS),
        (b"GET /", PIECE),
        (b"", b"\r\n" * 30_000),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + HEAD + b"X-a: ", PIECE),
    ],
    ids=["header", "name", "headers", "url", "line ends", "second head"],
)
@pytest.mark.real_time
@pytest.mark.threat("endless-heads")
async def test_a_head_without_end_is_cut(serve: Any, first: bytes, piece: bytes) -> None:
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(first)
        assert await peer.flood(piece, 50_000_000) < TAKEN
        assert peer.cut
    assert it.listener.admission.tally[Cut.TOO_LARGE] == 1
    assert it.open == 0
    assert len(it.app.asked) <= first.count(b"\r\n\r\n")


@pytest.mark.real_time
async def test_a_head_may_have_16_kib_and_not_a_byte_more(serve: Any) -> None:
    async with serve() as it:
        async with Peer(it.target) as peer:
            for _ in range(3):
                assert (await asked(peer, head(16_384))).startswith(OK)
        async with Peer(it.target) as peer:
            await peer.send(head(16_385)[:-1])
            assert (await asked(peer, b"\n")).startswith(b"HTTP/1.1 431 ")
    assert len(it.app.asked) == 3


@pytest.mark.real_time
async def test_a_head_may_come_in_any_pieces(serve: Any) -> None:
    async with serve() as it, Peer(it.target) as peer:
        for byte in head(400)[:-1]:
            await peer.send(bytes([byte]))
        assert (await asked(peer, b"\n")).startswith(OK)


@pytest.mark.parametrize(("fields", "status"), [(99, b"200"), (100, b"431")])
@pytest.mark.real_time
@pytest.mark.threat("endless-heads")
async def test_a_head_may_have_100_fields(serve: Any, fields: int, status: bytes) -> None:
    async with serve() as it, Peer(it.target) as peer:
        answer = await asked(peer, HEAD + b"a: b\r\n" * fields + b"\r\n")
    assert answer.split()[1] == status


@pytest.mark.real_time
async def test_a_refusal_names_what_is_too_large_and_closes(serve: Any) -> None:
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(b"GET /" + b"a" * 20_000)
        status, _, rest = (await peer.rest()).partition(b"\r\n")
    assert status == b"HTTP/1.1 431 Request Header Fields Too Large"
    said = json.loads(rest.partition(b"\r\n\r\n")[2])
    assert (said["code"], said["message"]) == (
        "too-large",
        "a head may have 16384 bytes and 100 fields",
    )


async def test_a_refused_peer_that_stays_is_cut_after_two_seconds(serve: Any) -> None:
    loop = asyncio.get_running_loop()
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(b"garbage\r\n\r\n")
        await asyncio.sleep(1)
        assert it.open == 1
        await asyncio.sleep(2)
        assert it.open == 0
        assert loop.time() < 4
    assert it.listener.admission.tally == {Cut.MALFORMED: 1}


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (CHUNKS, b"10000\r\n" + PIECE + b"\r\n"),
        (TRAILERS, PIECE),
        (TRAILERS, b"b\r\nX-a: c"),
        (EXTENSIONS, PIECE),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n", PIECE),
    ],
    ids=["chunks", "trailer", "trailers", "extension", "length"],
)
@pytest.mark.real_time
async def test_a_body_without_end_is_cut(serve: Any, first: bytes, piece: bytes) -> None:
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(first)
        assert await peer.flood(piece, 50_000_000) < TAKEN
        assert peer.cut
    assert it.listener.admission.tally[Cut.TOO_LARGE] == 1
    assert it.app.bodies == []


@pytest.mark.real_time
async def test_a_trailer_changes_no_header(serve: Any) -> None:
    async with serve() as it, Peer(it.target) as peer:
        answer = await asked(peer, CHUNKS + b"1\r\na\r\n0\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n")
        assert answer.startswith(OK)
    assert it.app.bodies == [b"a"]
    assert [name for name, _ in it.app.asked[0]["headers"]] == [b"host", b"transfer-encoding"]


@pytest.mark.real_time
async def test_requests_that_wait_for_no_answer_are_cut(serve: Any) -> None:
    async with serve() as it, Peer(it.target) as peer:
        await peer.flood(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 600, 10_000_000)
        assert peer.cut
    assert it.listener.admission.tally[Cut.PIPELINED] == 1
    assert len(it.app.asked) <= 1 + BOUNDS.pipelined


@pytest.mark.real_time
async def test_a_few_requests_may_wait(serve: Any) -> None:
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * BOUNDS.pipelined)
        answers = b""
        while answers.count(OK) < BOUNDS.pipelined and (data := await peer.receive()):
            answers += data
    assert len(it.app.asked) == BOUNDS.pipelined


@pytest.mark.parametrize("drip", [b"", b"a", b"\r\nb: c"])
@pytest.mark.threat("endless-heads")
async def test_a_head_has_ten_seconds_however_it_comes(serve: Any, drip: bytes) -> None:
    loop = asyncio.get_running_loop()
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(HEAD + b"X-a: ")
        for _ in range(9):
            await asyncio.sleep(1)
            await peer.send(drip)
        assert it.open == 1
        assert (await peer.rest()).startswith(b"HTTP/1.1 408 ")
        assert loop.time() <= 11
    assert it.listener.admission.tally == {Cut.TOO_SLOW: 1}
    assert it.app.asked == []


@pytest.mark.parametrize("drip", [b"", b"\r\n"])
async def test_a_connection_without_a_request_is_closed(serve: Any, drip: bytes) -> None:
    loop = asyncio.get_running_loop()
    async with serve() as it, Peer(it.target) as peer:
        for _ in range(9):
            await asyncio.sleep(1)
            await peer.send(drip)
        await peer.rest()
        assert 9 < loop.time() <= 11


@pytest.mark.parametrize("drip", [b"", b"\r\n"])
async def test_a_connection_is_kept_for_five_seconds(serve: Any, drip: bytes) -> None:
    loop = asyncio.get_running_loop()
    async with serve() as it, Peer(it.target) as peer:
        assert (await asked(peer, head(100))).startswith(OK)
        await asyncio.sleep(4)
        assert (await asked(peer, head(100))).startswith(OK)
        began = loop.time()
        for _ in range(4):
            await asyncio.sleep(1)
            await peer.send(drip)
        await peer.rest()
        assert 4 < loop.time() - began <= 6


async def test_a_further_head_has_ten_seconds_too(serve: Any) -> None:
    loop = asyncio.get_running_loop()
    async with serve() as it, Peer(it.target) as peer:
        assert (await asked(peer, head(100))).startswith(OK)
        await asyncio.sleep(3)
        began = loop.time()
        await peer.send(b"G")
        assert (await peer.rest()).startswith(b"HTTP/1.1 408 ")
        assert 10 <= loop.time() - began <= 11


@pytest.mark.parametrize("length", [b"Content-Length: 1000", b"Transfer-Encoding: chunked"])
async def test_a_body_has_ten_seconds(serve: Any, length: bytes) -> None:
    loop = asyncio.get_running_loop()
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(b"POST / HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n\r\n")
        for _ in range(9):
            await asyncio.sleep(1)
            await peer.send(b"1\r\n1\r\n")
        assert (await peer.rest()).startswith(b"HTTP/1.1 408 ")
        assert loop.time() <= 11
        assert it.app.bodies == []
    assert it.open == 0


@pytest.mark.parametrize("more", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
@pytest.mark.threat("slow-connections")
async def test_a_peer_that_does_not_read_is_closed(serve: Any, more: bytes) -> None:
    loop = asyncio.get_running_loop()
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(b"GET /big HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n")
        await asyncio.sleep(19)
        assert it.open == 1
        await asyncio.sleep(3)
        assert it.open == 0
        assert loop.time() < 23
    assert it.listener.admission.tally == {Cut.NOT_READ: 1}


@pytest.mark.real_time
async def test_garbage_is_refused_counted_and_not_logged(serve: Any, caplog: Any) -> None:
    with caplog.at_level(logging.INFO):
        async with serve() as it:
            for _ in range(50):
                async with Peer(it.target) as peer:
                    await peer.send(b"\x16\x03\x01\0garbage\r\n\r\n")
                    assert (await peer.rest()).startswith(b"HTTP/1.1 400 ")
    assert it.listener.admission.tally == {Cut.MALFORMED: 50}
    assert len(caplog.records) < 10


async def test_refusals_are_logged_once_a_minute(serve: Any, caplog: Any) -> None:
    async with serve() as it:
        for minute in range(3):
            for _ in range(20):
                async with Peer(it.target) as peer:
                    await peer.send(b"garbage\r\n\r\n")
                    await peer.rest()
            await asyncio.sleep(61 if minute < 2 else 0)
    reported = [record for record in caplog.records if record.name == "offhook.listen"]
    assert [(record.message, record.malformed) for record in reported] == [
        ("connections.refused", 20),
        ("connections.refused", 20),
    ]


@pytest.mark.real_time
async def test_an_offered_protocol_upgrade_is_ignored(serve: Any) -> None:
    async with serve() as it, Peer(it.target) as peer:
        await peer.send(
            HEAD
            + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\nPRI * HTTP/2.0\r\n\r\n"
        )
        answer = await peer.rest()
    assert answer.startswith(OK)
    assert answer.count(b"HTTP/1.1") == 1
