"""What is looked for in the audio of each leg: keys, beeps, silence, voice."""

from dataclasses import dataclass
from typing import Final

import offhook_engine as compiled

from offhook.base.events import BeepDetected, LegEvent, SilenceDetected, Speaking
from offhook.base.ids import LegId, Sdp
from offhook.base.media import NOTHING, Detection

_FRAMES: Final = 5
"""Of 20 ms each, between two looks at a party's voice."""
_EVENTS: Final = "telephone-event/"
Detected = compiled.BeepDetected | compiled.SilenceDetected | compiled.AudioTapped


@dataclass(slots=True)
class _Listened:
    wanted: Detection = NOTHING
    in_band: bool = False
    speaking: bool = False


class DetectorTable:
    """Sets the detectors of legs. Without telephone events keys are looked for in the audio."""

    def __init__(self, legs: compiled.Legs) -> None:
        """Nothing is looked for.

        Args:
            legs: The engine.
        """
        self._engine = legs
        self._listened: dict[LegId, _Listened] = {}

    def described(self, leg: LegId, number: int, description: Sdp) -> None:
        """The party has sent its description: without telephone events its keys are tones (Q.24)."""
        in_band = _EVENTS not in description.lower()
        known = self._listened.get(leg)
        if in_band == (known is not None and known.in_band):
            return
        listened = self._listened.setdefault(leg, _Listened())
        listened.in_band = in_band
        self._set(number, listened)

    def detect(self, leg: LegId, number: int, wanted: Detection) -> None:
        """Look for that from now on, and for nothing else but keys."""
        listened = self._listened.setdefault(leg, _Listened())
        before, listened.wanted = listened.wanted, wanted
        self._set(number, listened)
        if wanted.voice != before.voice:
            listened.speaking = False
            if wanted.voice:
                self._engine.tap(number, _FRAMES)
            else:
                self._engine.untap(number)

    def forget(self, leg: LegId) -> None:
        """The leg is gone, or its media is a new one."""
        self._listened.pop(leg, None)

    def found(self, event: Detected, leg: LegId) -> LegEvent | None:
        """What was found, as the call's event; nothing for a voice that goes on as it was."""
        match event:
            case compiled.BeepDetected(hz=hz, seconds=seconds):
                return BeepDetected(leg=leg, hz=round(hz, 1), seconds=seconds)
            case compiled.SilenceDetected(seconds=seconds):
                return SilenceDetected(leg=leg, seconds=seconds)
            case compiled.AudioTapped(voice=voice):
                listened = self._listened.get(leg)
                if listened is None or not listened.wanted.voice or listened.speaking == voice:
                    return None
                listened.speaking = voice
                return Speaking(leg=leg, speaking=voice)

    def _set(self, number: int, listened: _Listened) -> None:
        wanted = listened.wanted
        self._engine.detect(
            number, digits=listened.in_band, beep=wanted.beep, silence_s=wanted.silence_s
        )
