"""What is looked for in legs' audio."""

from typing import Any

import offhook_engine as compiled
import pytest
from offhook.base.events import BeepDetected, SilenceDetected, Speaking
from offhook.base.ids import LegId, Sdp
from offhook.base.media import NOTHING, Detection
from offhook.engine.detection import DetectorTable

LEG = LegId("a" * 32)
WITH, WITHOUT = Sdp("a=rtpmap:101 telephone-event/8000\r\n"), Sdp("a=rtpmap:0 PCMU/8000\r\n")


class Engine:
    """Remembers what it was told to do."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def detect(self, leg: int, *, digits: bool, beep: bool, silence_s: float | None) -> None:
        self.done.append((leg, digits, beep, silence_s))

    def tap(self, leg: int, frames: int) -> None:
        self.done.append(("tap", leg, frames))

    def untap(self, leg: int) -> None:
        self.done.append(("untap", leg))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def detectors(engine: Any) -> DetectorTable:
    return DetectorTable(engine)


def test_keys_are_looked_for_where_there_are_no_telephone_events(
    engine: Engine, detectors: DetectorTable
) -> None:
    detectors.described(LEG, 7, WITH)
    assert engine.done == []
    detectors.described(LEG, 7, WITHOUT)
    detectors.described(LEG, 7, WITHOUT)
    detectors.detect(LEG, 7, Detection(beep=True, silence_s=2.0))
    detectors.detect(LEG, 7, NOTHING)
    assert engine.done == [(7, True, False, None), (7, True, True, 2.0), (7, True, False, None)]


def test_a_voice_is_reported_when_it_begins_and_ends(
    engine: Engine, detectors: DetectorTable
) -> None:
    def found(voice: bool) -> Any:
        return detectors.found(compiled.AudioTapped(7, 0.0, 0, b"", voice, 0), LEG)

    assert found(True) is None, "it is not looked for"
    detectors.detect(LEG, 7, Detection(voice=True))
    assert found(False) is None
    assert found(True) == Speaking(leg=LEG, speaking=True)
    assert found(True) is None
    assert found(False) == Speaking(leg=LEG, speaking=False)
    detectors.detect(LEG, 7, NOTHING)
    assert [each for each in engine.done if each[0] in ("tap", "untap")] == [
        ("tap", 7, 5),
        ("untap", 7),
    ]
    detectors.forget(LEG)
    assert found(True) is None


def test_a_beep_and_silence_are_events_of_the_call(detectors: DetectorTable) -> None:
    beep = detectors.found(compiled.BeepDetected(7, 1.0, 1000.04, 0.5), LEG)
    assert beep == BeepDetected(leg=LEG, hz=1000.0, seconds=0.5)
    assert detectors.found(compiled.SilenceDetected(7, 1.0, 2.0), LEG) == SilenceDetected(
        leg=LEG, seconds=2.0
    )
