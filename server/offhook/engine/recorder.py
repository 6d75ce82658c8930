"""Which recordings the engine makes: it counts from 1 in each process, and knows nothing of parts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook_engine import Legs, NoSuchLeg, Recorded
from offhook_engine import RecordingEnded as Ended

from offhook.base.errors import PeerError
from offhook.base.events import LegEvent
from offhook.base.ids import LegId, RecordingId
from offhook.base.recording_events import RecordingEnded, RecordingWritten
from offhook.base.recordings import RecordingTerms

_RATE_HZ: Final = 8_000
"""Of a leg with G.711, which has no more."""
_WIDE_HZ: Final = 16_000
"""Of a leg with Opus."""


@dataclass(slots=True)
class _Part:
    id: RecordingId
    leg: LegId
    path: Path
    terms: RecordingTerms
    rate_hz: int
    replaced: bool = False
    """Another part follows: what becomes of this one matters no more."""


class EngineRecorder:
    """Records legs, as `offhook.calls.ports.Recorder`."""

    def __init__(
        self, engine: Legs, deliver: Callable[[LegEvent], None], number_of: Callable[[LegId], int]
    ) -> None:
        """No recording yet.

        Args:
            engine: The engine.
            deliver: Takes what happens to recordings.
            number_of: The engine's number of a leg; raises `NoSuchLeg`.
        """
        self._engine = engine
        self._deliver = deliver
        self._number_of = number_of
        self._parts: dict[int, _Part] = {}
        self._numbers: dict[RecordingId, int] = {}

    def __len__(self) -> int:
        """How many files are being written."""
        return len(self._parts)

    def begin(self, leg: LegId, id: RecordingId, path: Path, terms: RecordingTerms) -> None:
        """Record a leg into a file that does not exist yet.

        Raises:
            PeerError: the leg is closed.
        """
        try:
            number = self._number_of(leg)
            codec = self._engine.codec(number)
            rate_hz = _WIDE_HZ if codec.startswith("opus") else _RATE_HZ
            self._begin(number, _Part(id, leg, path, terms, rate_hz))
        except NoSuchLeg:
            raise PeerError("the leg is closed") from None

    def stop(self, id: RecordingId, cut_s: float = 0.0) -> None:
        """End a recording without the last `cut_s` seconds of it."""
        number = self._numbers.get(id)
        if number is not None:
            self._engine.stop_recording(number, max(0.0, cut_s))

    def pause(self, id: RecordingId, *, skip: bool) -> None:
        """Record silence, or nothing."""
        number = self._numbers.get(id)
        if number is not None:
            self._engine.pause_recording(number, skip)

    def resume(self, id: RecordingId) -> None:
        """Record again."""
        number = self._numbers.get(id)
        if number is not None:
            self._engine.resume_recording(number)

    def replaced(self, leg: LegId) -> None:
        """The leg's media is about to be replaced: another part of its recordings will follow."""
        for part in self._parts.values():
            if part.leg == leg and self._numbers.get(part.id) is not None:
                part.replaced = True

    def handle(self, event: Ended | Recorded) -> None:
        """Deliver what happened to a recording."""
        part = self._parts.get(event.recording)
        if part is None:
            return
        if isinstance(event, Ended):
            if self._numbers.get(part.id) == event.recording:
                del self._numbers[part.id]
            if not part.replaced:
                seconds = event.length / part.rate_hz
                ended = RecordingEnded(
                    leg=part.leg, recording=part.id, reason=event.reason, seconds=seconds
                )
                self._deliver(ended)
            return
        del self._parts[event.recording]
        self._engine.forget_recording(event.recording)
        if self._numbers.get(part.id) == event.recording:
            # It could not even begin.
            del self._numbers[part.id]
        if not part.replaced:
            self._deliver(
                RecordingWritten(
                    leg=part.leg,
                    recording=part.id,
                    seconds=event.length / part.rate_hz,
                    size_bytes=event.size_bytes,
                    error=event.error,
                )
            )

    def _begin(self, number: int, part: _Part) -> None:
        terms = part.terms
        made = self._engine.record(
            number,
            str(part.path),
            tracks=str(terms.tracks),
            dual=terms.channels == 2,
            rate_hz=part.rate_hz,
            most_s=terms.most_s,
            silence_s=terms.silence_s,
            trim=terms.trim,
        )
        self._parts[made] = part
        self._numbers[part.id] = made
