"""Recordings without sound and without files: how long each would be."""

import asyncio
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

from offhook.base import recording_events
from offhook.base.errors import PeerError
from offhook.base.events import LegEvent
from offhook.base.ids import LegId, RecordingId
from offhook.base.recordings import RecordingTerms


@dataclass(slots=True)
class FakeRecording:
    """A recording that runs.

    Attributes:
        began: When, by the loop's clock.
        skipped: Seconds that were left out.
        paused: Since when, and whether that is left out; nothing while it is not paused.
    """

    leg: LegId
    path: Path
    terms: RecordingTerms
    began: float
    end: asyncio.TimerHandle | None = None
    skipped: float = 0.0
    paused: tuple[float, bool] | None = None

    def resume(self, now: float) -> None:
        """It goes on after a pause."""
        if self.paused is not None and self.paused[1]:
            self.skipped += now - self.paused[0]
        self.paused = None


class FakeRecorder:
    """As `offhook.calls.ports.Recorder`, for unit tests.

    Attributes:
        quiet: Legs whose party says nothing.
        recordings: Those that run.
        disk_error: Why files lack something.
        on_written: Called with the name and the seconds of each file.
    """

    def __init__(self, on_event: Callable[[LegEvent], None], legs: Container[LegId]) -> None:
        """Report events to `on_event`; only those `legs` are open."""
        self.quiet: set[LegId] = set()
        self.recordings: dict[RecordingId, FakeRecording] = {}
        self.disk_error = ""
        self.on_written: Callable[[str, float], object] = lambda _path, _seconds: None
        self._on_event = on_event
        self._legs = legs

    def begin(self, leg: LegId, id: RecordingId, path: Path, terms: RecordingTerms) -> None:
        """Record as if somebody spoke all the time, but in what `quiet` says."""
        if leg not in self._legs:
            raise PeerError("the leg is closed")
        loop = asyncio.get_running_loop()
        recording = self.recordings[id] = FakeRecording(leg, path, terms, loop.time())
        ends = [(terms.most_s, "limit")]
        if terms.silence_s is not None and leg in self.quiet:
            ends.append((terms.silence_s, "silence"))
        seconds, reason = min(ends)
        recording.end = loop.call_later(seconds, self._end, id, reason, 0.0)

    def stop(self, id: RecordingId, cut_s: float = 0.0) -> None:
        """End it."""
        self._end(id, "stopped", cut_s)

    def pause(self, id: RecordingId, *, skip: bool) -> None:
        """Leave the time out, if `skip`."""
        state = self.recordings.get(id)
        if state is not None:
            state.paused = (asyncio.get_running_loop().time(), skip)

    def resume(self, id: RecordingId) -> None:
        """Record again."""
        state = self.recordings.get(id)
        if state is not None:
            state.resume(asyncio.get_running_loop().time())

    def _end(self, id: RecordingId, reason: str, cut_s: float) -> None:
        state = self.recordings.pop(id, None)
        if state is None:
            return
        if state.end is not None:
            state.end.cancel()
        loop = asyncio.get_running_loop()
        state.resume(loop.time())
        trimmed = state.terms.trim and state.leg in self.quiet
        seconds = 0.0 if trimmed else max(0.0, loop.time() - state.began - state.skipped - cut_s)
        self.on_written(str(state.path), seconds)
        ended = recording_events.RecordingEnded(
            leg=state.leg, recording=id, reason=reason, seconds=seconds
        )
        written = recording_events.RecordingWritten(
            leg=state.leg,
            recording=id,
            seconds=seconds,
            size_bytes=round(seconds * 16_000),
            error=self.disk_error,
        )
        loop.call_soon(self._on_event, ended)
        loop.call_soon(self._on_event, written)

    def cut_off(self) -> None:
        """The process dies: files have what was recorded until now, and nothing more is recorded."""
        now = asyncio.get_running_loop().time()
        for state in self.recordings.values():
            if state.end is not None:
                state.end.cancel()
            state.resume(now)
            self.on_written(str(state.path), max(0.0, now - state.began - state.skipped))
        self.recordings.clear()
        self._legs = ()

    def leg_closed(self, leg: LegId) -> None:
        """What was recorded of it ends."""
        for id in [id for id, state in self.recordings.items() if state.leg == leg]:
            self._end(id, "stopped", 0.0)
