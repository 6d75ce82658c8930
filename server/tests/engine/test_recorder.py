"""Recordings of legs on the real engine core, into real files."""

import wave
from pathlib import Path

import pytest
from offhook.base import events
from offhook.base.errors import PeerError
from offhook.base.ids import CallId, LegId, RecordingId, Sdp
from offhook.base.recording_events import RecordingEnded, RecordingWritten
from offhook.base.recordings import RecordingTerms, Tracks
from offhook.engine.media import EngineMedia
from offhook.testing.spectrum import purity
from offhook_engine import Source, World, events_of

CALL, ALICE, BOB = CallId("c" * 32), LegId("a" * 32), LegId("b" * 32)
ONE = RecordingId("1" * 32)


class Server:
    """An engine with two pages, each with a tone of its own, whose legs are bridged."""

    def __init__(self) -> None:
        self.world = World(seed=1)
        self.engine = self.world.engine("192.0.2.1", lite=True)
        self.news: list[events.LegEvent] = []
        self.media = EngineMedia(self.engine, 1, self.news.append)
        self.count = 1
        for leg, hz in ((ALICE, 440.0), (BOB, 1_000.0)):
            self.media.open(leg, CALL)
            self.load(leg, hz)
        self.media.bridge(ALICE, BOB)

    def load(self, leg: LegId, hz: float) -> None:
        self.count += 1
        page = self.world.engine(f"192.0.2.{self.count}", lite=False)
        number = page.open()
        page.accept(number, self.media.answer(leg, Sdp(page.offer(number))))
        page.play(number, Source.tones([(hz, 0.0, 1.0, -10.0)]), 0)
        self.pass_time(1.0)

    def pass_time(self, seconds: float) -> None:
        until = self.world.now + seconds
        while self.world.now < until:
            self.world.advance(until)
            self.media.handle(events_of(self.engine))

    def of(self, kind: type[events.LegEvent]) -> list[events.LegEvent]:
        return [event for event in self.news if type(event) is kind]


def channels(path: Path) -> tuple[float, list[bytes]]:
    """The seconds and the samples of each channel, as any player reads them."""
    with wave.open(str(path)) as file:
        count, frames, rate_hz = file.getnchannels(), file.getnframes(), file.getframerate()
        samples = file.readframes(frames)
    assert rate_hz == 16_000
    one = [
        b"".join(samples[at : at + 2] for at in range(2 * n, len(samples), 2 * count))
        for n in range(count)
    ]
    return frames / rate_hz, one


def test_both_sides_of_a_bridge_are_in_the_file(tmp_path: Path) -> None:
    server, path = Server(), tmp_path / "account" / "one.wav"
    terms = RecordingTerms(tracks=Tracks.BOTH, dual=True)
    server.media.recorder.begin(ALICE, ONE, path, terms)
    server.pass_time(3.0)
    server.media.close(ALICE)
    server.pass_time(0.5)
    seconds, (left, right) = channels(path)
    assert seconds == pytest.approx(3.0, abs=0.05)
    assert purity(16_000, left[16_000:], 440.0) > 10.0
    assert purity(16_000, right[16_000:], 1_000.0) > 10.0
    (ended,) = server.of(RecordingEnded)
    (written,) = server.of(RecordingWritten)
    assert isinstance(ended, RecordingEnded)
    assert isinstance(written, RecordingWritten)
    assert (ended.leg, ended.recording, ended.reason) == (ALICE, ONE, "stopped")
    assert (written.seconds, written.error) == (seconds, "")
    assert written.size_bytes == path.stat().st_size
    assert len(server.media.recorder) == 0


def test_a_page_that_is_loaded_again_is_recorded_in_another_part(tmp_path: Path) -> None:
    server = Server()
    first, second = tmp_path / "one.wav", tmp_path / "one.1.wav"
    terms = RecordingTerms()
    server.media.recorder.begin(ALICE, ONE, first, terms)
    server.pass_time(2.0)
    server.media.renew(ALICE)
    server.load(ALICE, 600.0)
    assert server.of(RecordingEnded) == server.of(RecordingWritten) == []
    server.media.recorder.begin(ALICE, ONE, second, terms)
    server.pass_time(2.0)
    server.media.recorder.stop(ONE)
    server.pass_time(0.5)
    for path, hz in ((first, 440.0), (second, 600.0)):
        seconds, (samples,) = channels(path)
        assert seconds == pytest.approx(2.0, abs=0.1)
        assert purity(16_000, samples[16_000:], hz) > 10.0
    assert len(server.of(RecordingEnded)) == len(server.of(RecordingWritten)) == 1
    assert len(server.media.recorder) == 0


def test_a_limit_ends_it_and_a_cut_shortens_it(tmp_path: Path) -> None:
    server = Server()
    server.media.recorder.begin(ALICE, ONE, tmp_path / "one.wav", RecordingTerms(most_s=1.0))
    two = RecordingId("2" * 32)
    server.media.recorder.begin(BOB, two, tmp_path / "two.wav", RecordingTerms())
    server.pass_time(2.0)
    server.media.recorder.stop(two, cut_s=0.5)
    server.pass_time(0.5)
    assert channels(tmp_path / "one.wav")[0] == pytest.approx(1.0)
    assert channels(tmp_path / "two.wav")[0] == pytest.approx(1.5, abs=0.05)


def test_a_file_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    server = Server()
    (tmp_path / "file").write_text("")
    server.media.recorder.begin(ALICE, ONE, tmp_path / "file" / "one.wav", RecordingTerms())
    server.pass_time(1.0)
    (written,) = server.of(RecordingWritten)
    assert isinstance(written, RecordingWritten)
    assert written.error
    assert len(server.media.recorder) == 0


def test_a_leg_that_is_gone_cannot_be_recorded(tmp_path: Path) -> None:
    server = Server()
    with pytest.raises(PeerError):
        server.media.recorder.begin(LegId("d" * 32), ONE, tmp_path / "one.wav", RecordingTerms())
    server.media.recorder.stop(ONE)
    server.media.recorder.pause(ONE, skip=True)
    server.media.recorder.resume(ONE)
