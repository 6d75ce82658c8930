"""What a peer may take on a WebSocket: control frames, fragments, memory, time."""

import asyncio
from typing import Any

import pytest
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Cut
from offhook.testing.attack import EMPTY_PINGS, FRAGMENTS, PING, PINGS, PONG, TEXT, Peer, frame

from .conftest import App

BOUNDS = Bounds()
TAKEN = 1_000_000
"""Ceiling of what is taken from a flood: socket buffers and one read."""


async def opened(peer: Peer) -> None:
    """Ask for the link and get it."""
    assert b" 101 " in await peer.upgrade()


async def gone(it: Any) -> None:
    """Wait until the server has no connection left."""
    while it.open:  # noqa: ASYNC110  # it is sockets that are waited for
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("flood", "reason"),
    [
        (PINGS, Cut.CONTROL),
        (EMPTY_PINGS, Cut.CONTROL),
        (frame(PONG) * 10_000, Cut.CONTROL),
        (FRAGMENTS, Cut.CONTROL),
        (frame(2, b"", fin=False) + frame(0, fin=False) * 10_000, Cut.CONTROL),
    ],
    ids=["pings", "empty pings", "pongs", "fragments", "binary fragments"],
)
@pytest.mark.parametrize("signs_in", [False, True])
@pytest.mark.real_time
@pytest.mark.threat("websocket-frames")
async def test_a_flood_of_frames_is_cut(
    serve: Any, flood: bytes, reason: Cut, signs_in: bool
) -> None:
    async with serve(App(signs_in=signs_in)) as it, Peer(it.target) as peer:
        await opened(peer)
        assert await peer.flood(flood, 50_000_000) < TAKEN
        assert peer.cut
        await gone(it)
    assert it.listener.admission.tally == {reason: 1}
    assert it.app.texts == []


@pytest.mark.real_time
async def test_a_few_pings_are_answered(serve: Any) -> None:
    async with serve() as it, Peer(it.target) as peer:
        await opened(peer)
        await peer.send(frame(PING, b"x") * BOUNDS.control_burst)
        answers = b""
        while len(answers) < 3 * BOUNDS.control_burst and (data := await peer.receive()):
            answers += data
    assert answers == bytes([0x80 | PONG, 1]) + b"x" * 1 + answers[3:]
    assert answers.count(b"x") == BOUNDS.control_burst


@pytest.mark.real_time
async def test_a_message_may_have_64_fragments(serve: Any) -> None:
    async with serve() as it, Peer(it.target) as peer:
        await opened(peer)
        middle = frame(0, b"a", fin=False) * (BOUNDS.fragments - 2)
        await peer.send(frame(TEXT, b"a", fin=False) + middle + frame(0, b"a"))
        while not it.app.texts:  # noqa: ASYNC110  # it is sockets that are waited for
            await asyncio.sleep(0.01)
    assert it.app.texts == ["a" * BOUNDS.fragments]


@pytest.mark.parametrize(
    "start",
    [frame(TEXT, b"a", fin=False), frame(TEXT, b"a" * 100)[:50], frame(TEXT)[:1]],
    ids=["fragment", "half a frame", "half a head"],
)
@pytest.mark.threat("websocket-frames")
async def test_a_message_has_ten_seconds(serve: Any, start: bytes) -> None:
    loop = asyncio.get_running_loop()
    async with serve(App(signs_in=True)) as it, Peer(it.target) as peer:
        await opened(peer)
        await asyncio.sleep(100)
        began = loop.time()
        await peer.send(start)
        await asyncio.sleep(9)
        assert it.open == 1
        await peer.rest()
        assert loop.time() - began <= 11
    assert it.listener.admission.tally == {Cut.TOO_SLOW: 1}


@pytest.mark.threat("unauthenticated-flood")
async def test_an_unauthenticated_socket_is_closed_in_time(serve: Any) -> None:
    loop = asyncio.get_running_loop()
    async with serve() as it, Peer(it.target) as peer:
        await opened(peer)
        while loop.time() < 29:
            await peer.send(frame(PING))
            await asyncio.sleep(1)
        assert it.open == 1
        await peer.rest()
        assert loop.time() <= 31
    assert it.listener.admission.tally == {Cut.TOO_SLOW: 1}


async def test_a_signed_in_socket_may_be_silent(serve: Any) -> None:
    async with serve(App(signs_in=True)) as it, Peer(it.target) as peer:
        await opened(peer)
        await asyncio.sleep(500)
        assert it.open == 1


@pytest.mark.parametrize("signs_in", [False, True])
@pytest.mark.threat("websocket-frames")
async def test_a_socket_that_does_not_read_is_paused_then_closed(
    serve: Any, signs_in: bool
) -> None:
    loop = asyncio.get_running_loop()
    app = App(signs_in=signs_in, chatter="x" * 60_000)
    async with serve(app) as it, Peer(it.target) as peer:
        await opened(peer)
        await peer.send(frame(TEXT, b"go"))
        await asyncio.sleep(5)
        connection = next(iter(it.listener.admission._open))
        assert connection.transport.get_write_buffer_size() < 200_000
        # What is sent meanwhile stays where it is: nothing more has to be answered.
        async with asyncio.timeout(10):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await peer.flood(frame(TEXT, b"a" * 1000), 50_000_000)
        assert peer.sent < TAKEN
        assert len(app.texts) == 1
        await asyncio.sleep(22)
        assert it.open == 0
        assert loop.time() < 35
        app.chatter = ""
    assert it.listener.admission.tally == {Cut.NOT_READ: 1}


async def test_a_close_that_is_not_read_ends_all_the_same(serve: Any) -> None:
    app = App(signs_in=True, closes=True)
    async with serve(app) as it, Peer(it.target) as peer:
        await opened(peer)
        await peer.send(frame(TEXT, b"go"))
        await asyncio.sleep(5)
        assert it.open == 0


@pytest.mark.real_time
async def test_an_unauthenticated_socket_may_not_send_ahead(serve: Any) -> None:
    async with serve(App(takes=False)) as it, Peer(it.target) as peer:
        await opened(peer)
        await peer.send(frame(TEXT, b"hello"))
        await peer.flood(frame(TEXT, b"a" * 1000), 50_000_000)
        assert peer.cut
        assert peer.sent < TAKEN
        for task in it.listener._server.server_state.tasks:
            task.cancel()


@pytest.mark.real_time
async def test_data_sent_ahead_arrives_whole_and_in_order(serve: Any) -> None:
    async with serve(App(signs_in=True)) as it, Peer(it.target) as peer:
        await opened(peer)
        await it.app.accepts.wait()
        texts = [f"{number}" + "a" * (number * 7 % 3000) for number in range(500)]
        await peer.send(b"".join(frame(TEXT, text.encode()) for text in texts))
        async with asyncio.timeout(30):
            while len(it.app.texts) < len(texts):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert it.app.texts == texts
