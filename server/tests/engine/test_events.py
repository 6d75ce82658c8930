"""Every event of the compiled engine has a word that calls understand."""

import typing
from dataclasses import replace

import offhook_engine as compiled
import pytest
from offhook.base import events
from offhook.base.ids import LegId
from offhook.base.media import MediaReport, PlayEnd, StreamReport
from offhook.engine.events import continued, translated

LEG = LegId("a" * 32)
STREAM = compiled.StreamReport(10, 100, 1, 1, 0.002, 4.2)
EXAMPLES = [
    compiled.Connected(1, 0.0, "udp", "192.0.2.1:5000", "AEAD_AES_128_GCM"),
    compiled.MediaStarted(1, 0.0),
    compiled.MediaLost(1, 0.0),
    compiled.MediaResumed(1, 0.0),
    compiled.Failed(1, 0.0, "ice-timeout"),
    compiled.PathChanged(1, 0.0, "udp", "192.0.2.1:5001"),
    compiled.DigitPressed(1, 0.0, "5", 0.1),
    compiled.PlayFinished(1, 0.0, 7, "finished", ""),
    compiled.Reported(1, 0.0, compiled.MediaReport("opus/48000/2", STREAM, STREAM, 0.05, 0)),
    compiled.Speaking(1, 0.0, True),
    compiled.Closed(1, 0.0),
]


def test_there_is_an_example_of_each_event() -> None:
    # What ends for all members of a conference is no event of a leg, nor is what becomes of a recording.
    # Taps and detectors are not asked for by the server.
    others = {
        compiled.MixerPlayFinished,
        compiled.Recorded,
        compiled.RecordingEnded,
        compiled.AudioTapped,
        compiled.BeepDetected,
        compiled.SilenceDetected,
    }
    of_legs = set(typing.get_args(compiled.Event)) - others
    assert {type(event) for event in EXAMPLES} == of_legs


def test_each_event_is_of_the_right_leg_and_without_addresses() -> None:
    for event in EXAMPLES:
        reported = translated(event, LEG)
        assert reported.leg == LEG
        assert "192.0.2" not in repr(reported)


def test_every_figure_of_a_stream_arrives() -> None:
    received, sent = replace(STREAM, packets=11, bytes=12, lost=13, longest_loss=14), STREAM
    report = compiled.MediaReport("opus/48000/2", received, sent, 0.05, 0)
    event = translated(compiled.Reported(1, 0.0, report), LEG)
    assert isinstance(event, events.Reported)
    assert event.report.received == StreamReport(
        packets=11, bytes=12, lost=13, longest_loss=14, jitter_ms=2.0, mos=4.2
    )


def test_figures_are_in_milliseconds() -> None:
    reported = translated(EXAMPLES[8], LEG)
    assert isinstance(reported, events.Reported)
    assert (reported.report.rtt_ms, reported.report.received.jitter_ms) == (50.0, 2.0)


def test_a_level_is_the_mean_of_the_peers_packets() -> None:
    level = compiled.LevelReport(-127.0, -42.5, False, 3)
    stream = replace(STREAM, level=level)
    report = compiled.MediaReport("opus/48000/2", stream, STREAM, 0.05, 0)
    event = translated(compiled.Reported(1, 0.0, report), LEG)
    assert isinstance(event, events.Reported)
    assert event.report.received.level_dbov == -42.5
    assert event.report.sent.level_dbov is None


def test_how_a_play_ended() -> None:
    reported = translated(EXAMPLES[7], LEG)
    assert reported == events.Played(leg=LEG, play=7, end=PlayEnd.FINISHED)  # type: ignore[arg-type]


def test_two_media_sessions_of_a_leg_make_one_report() -> None:
    loud = StreamReport(packets=300, bytes=900, lost=3, longest_loss=3, jitter_ms=9.0, mos=4.0)
    good = StreamReport(packets=100, bytes=500, lost=1, longest_loss=1, jitter_ms=1.0, mos=4.4)
    before = MediaReport(codec="opus/48000/2", received=loud, sent=good, rtt_ms=20.0)
    since = MediaReport(received=good)
    whole = continued(before, since)
    assert (whole.codec, whole.rtt_ms) == ("opus/48000/2", 20.0)
    assert whole.received.mos == pytest.approx(4.1)
    assert whole.received == replace(
        loud, packets=400, bytes=1400, lost=4, jitter_ms=1.0, mos=whole.received.mos
    )
    # The level of each part counts by its packets; a part without one does not count.
    parts = [replace(before, received=replace(loud, level_dbov=-20.0)), since]
    assert continued(*parts).received.level_dbov == -20.0
    parts[1] = replace(since, received=replace(good, level_dbov=-60.0))
    assert continued(*parts).received.level_dbov == -30.0
    # Nothing was sent since: what is known stays.
    assert whole.sent == good
    assert continued(MediaReport(), MediaReport()) == MediaReport()
