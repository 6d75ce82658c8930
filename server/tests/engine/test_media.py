"""Legs of calls on the real engine core, in virtual time."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from offhook.base import events
from offhook.base.errors import PeerError
from offhook.base.ids import CallId, LegId, PlayId, Sdp
from offhook.base.media import Encoded, PlayEnd, Silence, Tone, Tones
from offhook.engine.media import EngineMedia
from offhook.testing.spectrum import purity
from offhook_engine import MediaReport, Reported, Source, World, events_of

CALL = CallId("c" * 32)
A, B = LegId("a" * 32), LegId("b" * 32)


@dataclass
class Page:
    """A browser with one leg."""

    engine: Any
    leg: int
    reports: list[MediaReport] = field(default_factory=list[MediaReport])

    def hum(self, hz: float) -> None:
        """One tone, for ever."""
        self.engine.play(self.leg, Source.tones([(hz, 0.0, 1.0, -10.0)]), 0)

    def level_db(self, hz: float) -> float:
        """How loud the tone is beside everything else in the last second, in dB."""
        rate_hz, samples = self.engine.captured(self.leg, 1.0)
        return purity(rate_hz, samples, hz)


class EngineHarness:
    """A server's engine and one like a browser's, in a world of their own."""

    def __init__(self) -> None:
        self.world = World(seed=1)
        self.engine = self.world.engine("192.0.2.1", lite=True)
        self.browser = self.world.engine("192.0.2.2", lite=False)
        self.pages: list[Page] = []
        self.news: list[Any] = []
        self.media = EngineMedia(self.engine, 1, self.news.append)

    def pass_time(self, seconds: float) -> None:
        until = self.world.now + seconds
        while self.world.now < until:
            self.world.advance(until)
            self.media.handle(events_of(self.engine))
            self.browser.events()
            for page in self.pages:
                reported = events_of(page.engine)
                page.reports += [event.report for event in reported if isinstance(event, Reported)]

    def connect(self, leg: LegId) -> int:
        """A leg that the browser called, up and connected; returns the browser's number for it."""
        number = self.browser.open()
        self.media.open(leg, CALL)
        self.browser.accept(number, self.media.answer(leg, Sdp(self.browser.offer(number))))
        self.pass_time(2)
        return number

    def load(self, leg: LegId) -> Page:
        """A page that takes the leg, at an address of its own, up and connected."""
        engine = self.world.engine(f"192.0.2.{10 + len(self.pages)}", lite=False, capture_s=5.0)
        page = Page(engine, engine.open())
        self.pages.append(page)
        engine.accept(page.leg, self.media.answer(leg, Sdp(engine.offer(page.leg))))
        self.pass_time(2)
        return page

    def kinds(self, leg: LegId) -> list[str]:
        return [type(event).__name__ for event in self.news if event.leg == leg]


def test_a_leg_connects_is_bridged_and_closed() -> None:
    harness = EngineHarness()
    alice, bob = harness.connect(A), harness.connect(B)
    assert harness.media.codec(A) == "opus/48000/2"
    assert harness.kinds(A)[0] == harness.kinds(B)[0] == "Connected"
    harness.media.bridge(A, B)
    harness.pass_time(3)
    assert alice != bob
    for leg in A, B:
        harness.media.unbridge(leg)
        harness.media.close(leg)
    harness.pass_time(1)
    for leg in A, B:
        assert harness.kinds(leg)[-2:] == ["Reported", "MediaClosed"]
    assert harness.media.legs == 0


def test_a_leg_that_never_connected_is_closed_too() -> None:
    harness = EngineHarness()
    harness.media.open(A, CALL)
    harness.media.open(B, CALL)
    harness.media.offer(B)
    harness.media.close(A)
    harness.media.close(B)
    harness.pass_time(1)
    assert harness.kinds(A)[-1] == harness.kinds(B)[-1] == "MediaClosed"
    assert harness.media.legs == 0


def test_a_finished_play_reports_its_number() -> None:
    harness = EngineHarness()
    harness.connect(A)
    play, again = PlayId(17), PlayId(23)
    harness.media.play(A, Tones("beep", (Tone((440.0,), 0.5), Tone((), 0.1))), play, times=2)
    harness.pass_time(3)
    finished = [event for event in harness.news if isinstance(event, events.Played)]
    assert [(event.play, event.end.value) for event in finished] == [(play, "finished")]
    harness.media.play(A, Silence(10), again)
    harness.media.stop(A)
    harness.pass_time(1)
    assert harness.news[-1].play == again
    assert harness.news[-1].end.value == "stopped"


def test_dtmf_becomes_an_event_of_calls() -> None:
    harness = EngineHarness()
    number = harness.connect(A)
    harness.browser.digits(number, "5")
    harness.pass_time(2)
    pressed = [event for event in harness.news if isinstance(event, events.DtmfReceived)]
    assert [(event.digit, event.signalled) for event in pressed] == [("5", False)]


def test_an_unusable_description_is_a_peer_error_with_a_code() -> None:
    harness = EngineHarness()
    harness.media.open(A, CALL)
    with pytest.raises(PeerError) as raised:
        harness.media.answer(A, Sdp("no sdp at all"))
    assert raised.value.code == "malformed"
    with pytest.raises(PeerError):
        harness.media.accept(A, Sdp("v=0"))
    with pytest.raises(PeerError):
        harness.media.send_digits(A, "hello", PlayId(1))


def test_commands_for_a_closed_leg_are_ignored() -> None:
    harness = EngineHarness()
    harness.media.open(A, CALL)
    harness.media.close(A)
    harness.media.close(A)
    for command in harness.media.unbridge, harness.media.stop, harness.media.withdraw:
        command(A)
        command(B)
    harness.media.mute(A, True)
    harness.media.bridge(A, B)
    assert harness.media.codec(A) == harness.media.codec(B) == ""
    for raising in harness.media.offer, lambda leg: harness.media.play(leg, Silence(1), PlayId(1)):
        with pytest.raises(PeerError, match="closed"):
            raising(A)


def test_calls_are_spread_over_workers_and_their_legs_stay_together() -> None:
    class PacketStats:
        def __init__(self) -> None:
            self.workers: list[int] = []

        def open(self, worker: int = 0) -> int:
            self.workers.append(worker)
            return len(self.workers)

    counting = PacketStats()
    media = EngineMedia(counting, 2, lambda event: None)  # type: ignore[arg-type]
    for number in range(4):
        media.open(LegId(f"{number}a"), CallId(str(number)))
        media.open(LegId(f"{number}b"), CallId(str(number)))
    assert counting.workers == [0, 0, 1, 1, 0, 0, 1, 1]


def test_an_event_that_fails_does_not_delay_others() -> None:
    harness = EngineHarness()
    seen: list[Any] = []

    def tell(event: Any) -> None:
        seen.append(event)
        raise RuntimeError("out of order")

    harness.media = EngineMedia(harness.engine, 1, tell)
    harness.connect(A)
    harness.media.close(A)
    harness.pass_time(1)
    assert isinstance(seen[-1], events.MediaClosed)
    assert len(seen) >= 3


def test_a_file_that_is_not_audio_is_rejected_with_its_type() -> None:
    harness = EngineHarness()
    harness.connect(A)
    noise = Encoded(b"this is not a sound but a sentence", "noise.txt")
    with pytest.raises(PeerError, match=r"noise\.txt: the file is text, not audio"):
        harness.media.play(A, noise, PlayId(1))


def meeting() -> tuple[EngineHarness, Page, Page]:
    """Two pages whose legs are bridged."""
    harness = EngineHarness()
    for leg in A, B:
        harness.media.open(leg, CALL)
    alice, bob = harness.load(A), harness.load(B)
    harness.media.bridge(A, B)
    return harness, alice, bob


def test_replaced_media_are_combined_in_one_report() -> None:
    harness, alice, bob = meeting()
    alice.hum(440.0)
    harness.pass_time(3)
    harness.media.renew(A)
    again = harness.load(A)
    harness.media.bridge(A, B)
    assert harness.kinds(A).count("Connected") == 2
    again.hum(880.0)
    bob.hum(600.0)
    harness.pass_time(3)
    assert bob.level_db(880.0) > 20.0
    assert again.level_db(600.0) > 20.0
    bob.engine.report(bob.leg)
    harness.pass_time(0.1)
    # A jump in the numbers would count as loss.
    assert 290 <= bob.reports[-1].received.packets <= 310
    assert bob.reports[-1].received.lost == 0


def test_counts_continue_after_a_media_replacement() -> None:
    harness, alice, _ = meeting()
    alice.hum(440.0)
    harness.pass_time(2)
    for _ in range(2):
        harness.media.renew(A)
        harness.load(A).hum(440.0)
        harness.pass_time(2)
    assert "Reported" not in harness.kinds(A), "the old one's last word is not told"
    harness.media.report(A)
    harness.pass_time(0.1)
    (reported,) = (event for event in harness.news if isinstance(event, events.Reported))
    # Old pages keep sending; it is dropped.
    assert 290 <= reported.report.received.packets <= 310
    assert reported.report.codec == "opus/48000/2"
    harness.media.close(A)
    harness.pass_time(1)
    assert harness.kinds(A)[-2:] == ["Reported", "MediaClosed"]
    assert harness.kinds(A).count("MediaClosed") == 1
    assert harness.engine.statistics()["legs"] == 1


def test_a_play_of_replaced_media_is_reported_as_stopped() -> None:
    harness = EngineHarness()
    harness.media.open(A, CALL)
    harness.load(A)
    play = PlayId(17)
    harness.media.play(A, Tones("tune", (Tone((440.0,), 1.0),)), play, times=0)
    harness.pass_time(1)
    harness.media.renew(A)
    harness.load(A)
    (played,) = (event for event in harness.news if isinstance(event, events.Played))
    assert (played.play, played.end) == (play, PlayEnd.STOPPED)


def test_media_of_an_unknown_leg_cannot_be_replaced() -> None:
    harness = EngineHarness()
    with pytest.raises(PeerError, match="closed"):
        harness.media.renew(A)
    harness.connect(A)
    harness.media.close(A)
    with pytest.raises(PeerError, match="closed"):
        harness.media.renew(A)


class _Workers:
    """The calls that an engine with two workers would get about bridges."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._opened = 0

    def open(self, worker: int = 0) -> int:
        del worker
        self._opened += 1
        return self._opened

    def bridge(self, a: int, b: int) -> None:
        self.calls.append(("bridge", a, b))

    def unbridge(self, leg: int) -> None:
        self.calls.append(("unbridge", leg))

    def stop(self, leg: int) -> None:
        self.calls.append(("stop", leg))

    def join(self, mixer: int, leg: int, **role: object) -> None:
        del role
        self.calls.append(("join", mixer, leg))

    def leave(self, leg: int) -> None:
        self.calls.append(("leave", leg))

    def link(self, mixer: int, worker: int, others: list[int]) -> None:
        self.calls.append(("link", mixer, worker, *others))

    def close(self, leg: int) -> None:
        self.calls.append(("close", leg))


def test_legs_on_different_workers_are_bridged_by_a_conference_of_two() -> None:
    engine = _Workers()
    media = EngineMedia(engine, 2, lambda event: None)  # type: ignore[arg-type]
    for name in "abc":
        media.open(LegId(name), CallId(name))
    a, b, c = (LegId(name) for name in "abc")
    assert media.together(a, b)
    media.bridge(a, b)
    media.bridge(b, a)
    assert ("bridge", 1, 2) not in engine.calls
    assert [call for call in engine.calls if call[0] == "join"] == [
        ("join", 1, 1),
        ("join", 1, 2),
        ("join", 1, 2),
        ("join", 1, 1),
    ]
    assert ("link", 1, 0, 1) in engine.calls
    assert ("link", 1, 1, 0) in engine.calls
    engine.calls.clear()
    media.unbridge(b)
    assert {("leave", 1), ("leave", 2), ("unbridge", 2)} <= set(engine.calls)
    engine.calls.clear()
    media.bridge(a, c)
    assert engine.calls == [("bridge", 1, 3)]
    media.bridge(a, b)
    engine.calls.clear()
    media.close(a)
    assert {("leave", 1), ("leave", 2), ("close", 1)} <= set(engine.calls)
    assert not media.together(a, b)
