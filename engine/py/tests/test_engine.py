"""The engine on real threads and sockets."""

import asyncio
import contextlib
import os
import select
import socket
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
    for each in made:
        each.shutdown()


def open_descriptors():
    return len(os.listdir("/proc/self/fd"))


def threads():
    """The names of all threads, Python's and the workers'."""
    names = []
    for task in Path("/proc/self/task").iterdir():
        # One that has just ended may be gone between the list and the look.
        with contextlib.suppress(FileNotFoundError):
            names.append((task / "comm").read_text().strip())
    return sorted(names)


def eventually(true, limit_s=5.0):
    """Whether something becomes true soon: the system names and forgets threads in its own time."""
    for _ in range(int(limit_s / 0.01)):
        if true():
            return True
        select.select([], [], [], 0.01)
    return False


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
    assert server.statistics()["panics"] == 0


def test_events_wake_an_event_loop(engines, agree):
    server, browser = engines(), engines(lite=False)

    async def connected():
        loop = asyncio.get_running_loop()
        reported = asyncio.Event()

        def read():
            if any(isinstance(event, Connected) for event in events_of(server)):
                reported.set()

        loop.add_reader(server.fileno(), read)
        agree(browser, browser.open(), server, server.open())
        async with asyncio.timeout(10.0):
            await reported.wait()
        loop.remove_reader(server.fileno())

    asyncio.run(connected())


def test_the_descriptor_is_readable_only_while_something_waits(engines, agree, really_told):
    server, browser = engines(), engines(lite=False)
    assert select.select([server.fileno()], [], [], 0.0)[0] == []
    agree(browser, browser.open(), server, server.open())
    really_told(server, Connected)
    assert server.events() == []
    assert select.select([server.fileno()], [], [], 0.0)[0] == []


def test_two_hundred_legs_come_and_go_and_leave_nothing(engines, agree, really_told):
    server = engines()
    # Each leg's peer has a port of its own, as browsers do.
    browsers = [engines(lite=False, workers=50) for _ in range(4)]
    # Their number: a thread that has just begun has the name of its parent for a moment.
    before = open_descriptors(), len(threads())
    pairs = [
        (browser, browser.open(worker), server.open())
        for browser in browsers
        for worker in range(50)
    ]
    for browser, leg, far in pairs:
        agree(browser, leg, server, far)
    assert {really_told(server, Connected).leg for _ in pairs} == {far for *_, far in pairs}
    assert server.statistics()["legs"] == 200
    for browser, leg, far in pairs:
        browser.close(leg)
        server.close(far)
    assert {really_told(server, Closed).leg for _ in pairs} == {far for *_, far in pairs}
    for browser in browsers:
        assert len({really_told(browser, Closed).leg for _ in range(50)}) == 50
    for engine in (server, *browsers):
        counts = engine.statistics()
        assert (counts["legs"], counts["panics"], counts["send_errors"]) == (0, 0, 0)
    assert (open_descriptors(), len(threads())) == before


def test_shutting_down_leaves_no_thread_and_no_descriptor():
    before = open_descriptors(), threads()
    for _ in range(20):
        engine = Engine(workers=3, listen=["127.0.0.1", "::1"])
        assert len(set(engine.ports)) == 3
        engine.shutdown()
        assert engine.workers == 0
        with pytest.raises(ValueError, match="worker must be less than 0"):
            engine.open()
        del engine
    assert eventually(lambda: (open_descriptors(), threads()) == before)


def test_a_leg_of_an_engine_that_was_shut_down_says_so(engines):
    engine = engines()
    leg = engine.open()
    engine.shutdown()
    with pytest.raises(RuntimeError, match="cannot send a command to a worker that has stopped"):
        engine.unbridge(leg)


def test_workers_are_threads_with_names_of_their_own(engines):
    engines(workers=2)
    assert eventually(lambda: {"offhook-0", "offhook-1"} <= set(threads()))


def test_a_port_that_is_taken_is_named(engines):
    first = engines()
    with pytest.raises(OSError, match=f"cannot bind 127.0.0.1:{first.ports[0]}"):
        engines(port=first.ports[0])


@pytest.mark.threat("rtp-injection")
def test_noise_from_strangers_is_counted_and_changes_nothing(engines):
    engine = engines()
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    noise = [b"", b"\x00", b"\x16\xfe\xfd" + bytes(50), b"\x80" + bytes(11), bytes(3000)]
    with stranger:
        for datagram in noise * 20:
            stranger.sendto(datagram, ("127.0.0.1", engine.ports[0]))

        def counted():
            counts = engine.statistics()
            return counts["datagrams_in"] + counts["oversized"] == 100

        assert eventually(counted)
    counts = engine.statistics()
    assert (counts["oversized"], counts["datagrams_in"]) == (20, 80)
    assert (counts["datagrams_out"], counts["legs"], counts["panics"]) == (0, 0, 0)


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
