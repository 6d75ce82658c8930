"""The engine on real threads and sockets."""

import asyncio
import os
import select
import socket
import threading
from pathlib import Path

import pytest
from offhook_engine import (
    Closed,
    Connected,
    Engine,
    MediaStarted,
    Reported,
    Source,
    events_of,
)

pytestmark = pytest.mark.real_time

TONE = Source.tones([(440.0, 0.0, 0.5, -13.0)])


@pytest.fixture
def engines():
    """Makes engines that end with the test."""
    made = []

    def engine(**settings):
        made.append(Engine(**settings))
        return made[-1]

    yield engine
    for engine in made:
        engine.shutdown()


def open_descriptors():
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_two_engines_connect_and_sound_flows(engines, agree, really_told, address):
    server, browser = engines(listen=[address]), engines(listen=[address], lite=False)
    far, leg = server.open(), browser.open()
    agree(browser, leg, server, far)
    connected = really_told(server, Connected)
    assert (connected.leg, connected.transport) == (far, "udp")
    browser.play(leg, TONE, times=0)
    assert really_told(server, MediaStarted).leg == far
    server.close(far)
    assert really_told(server, Reported).report.codec == "opus/48000/2"
    assert really_told(server, Closed).leg == far
    counts = server.statistics()
    assert counts["datagrams_in"] > 5
    assert counts["bugs"] == 0


def test_events_wake_an_event_loop(engines, agree):
    server, browser = engines(), engines(lite=False)

    async def connected():
        loop = asyncio.get_running_loop()
        told = asyncio.Event()

        def read():
            if any(isinstance(event, Connected) for event in events_of(server)):
                told.set()

        loop.add_reader(server.fileno(), read)
        agree(browser, browser.open(), server, server.open())
        async with asyncio.timeout(10.0):
            await told.wait()
        loop.remove_reader(server.fileno())

    asyncio.run(connected())


def test_the_descriptor_is_readable_only_while_something_waits(engines, agree, really_told):
    server, browser = engines(), engines(lite=False)
    assert select.select([server.fileno()], [], [], 0.0)[0] == []
    agree(browser, browser.open(), server, server.open())
    really_told(server, Connected)
    assert server.events() == []
    assert select.select([server.fileno()], [], [], 0.0)[0] == []


def test_two_hundred_legs_come_and_go_and_leave_nothing(engines, agree):
    server, browser = engines(), engines(lite=False)
    descriptors, threads = open_descriptors(), threading.active_count()
    pairs = [(browser.open(), server.open()) for _ in range(200)]
    for leg, far in pairs:
        agree(browser, leg, server, far)

    def all_told(engine, wanted, count):
        seen = set()
        while len(seen) < count and select.select([engine.fileno()], [], [], 10.0)[0]:
            seen |= {event.leg for event in events_of(engine) if isinstance(event, wanted)}
        assert len(seen) == count

    all_told(server, Connected, 200)
    assert server.statistics()["legs"] == 200
    for leg, far in pairs:
        browser.close(leg)
        server.close(far)
    all_told(server, Closed, 200)
    all_told(browser, Closed, 200)
    for engine in (server, browser):
        counts = engine.statistics()
        assert (counts["legs"], counts["bugs"], counts["send_refused"]) == (0, 0, 0)
    assert (open_descriptors(), threading.active_count()) == (descriptors, threads)


def test_shutting_down_leaves_no_thread_and_no_descriptor():
    before = open_descriptors(), len(os.listdir("/proc/self/task"))
    for _ in range(20):
        engine = Engine(workers=3, listen=["127.0.0.1", "::1"])
        assert len(set(engine.ports)) == 3
        engine.shutdown()
        assert engine.workers == 0
        with pytest.raises(ValueError, match="worker must be less than 0"):
            engine.open()
        del engine
    assert (open_descriptors(), len(os.listdir("/proc/self/task"))) == before


def test_a_leg_of_an_engine_that_was_shut_down_says_so(engines):
    engine = engines()
    leg = engine.open()
    engine.shutdown()
    with pytest.raises(RuntimeError, match="cannot ask a worker that has stopped"):
        engine.part(leg)


def test_workers_are_threads_with_names_of_their_own(engines):
    engines(workers=2)
    tasks = Path("/proc/self/task").iterdir()
    assert {"offhook-0", "offhook-1"} <= {(task / "comm").read_text().strip() for task in tasks}


def test_a_port_that_is_taken_is_named(engines):
    first = engines()
    with pytest.raises(OSError, match=f"cannot bind 127.0.0.1:{first.ports[0]}"):
        engines(port=first.ports[0])


def test_noise_from_strangers_is_counted_and_changes_nothing(engines):
    engine = engines()
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    noise = [b"", b"\x00", b"\x16\xfe\xfd" + bytes(50), b"\x80" + bytes(11), bytes(3000)]
    with stranger:
        for datagram in noise * 20:
            stranger.sendto(datagram, ("127.0.0.1", engine.ports[0]))
        for _ in range(200):
            counts = engine.statistics()
            if counts["datagrams_in"] + counts["overlong"] == 100:
                break
            select.select([], [], [], 0.01)
    assert (counts["overlong"], counts["datagrams_in"]) == (20, 80)
    assert (counts["datagrams_out"], counts["legs"], counts["bugs"]) == (0, 0, 0)


def test_audio_goes_on_while_the_interpreter_is_busy(engines, agree, really_told):
    server, browser = engines(), engines(lite=False)
    far, leg = server.open(), browser.open()
    agree(browser, leg, server, far)
    really_told(server, Connected)
    browser.play(leg, TONE, times=0)
    really_told(server, MediaStarted)
    before = server.statistics()["datagrams_in"]
    # One C call that holds the interpreter's lock: nothing of Python runs for its length.
    sum(range(40_000_000))
    assert server.statistics()["datagrams_in"] > before + 10
