"""The recordings of one call: which of them run, and what became of the others."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from offhook.base import recording_events
from offhook.base.clock import Clock
from offhook.base.errors import OffhookError
from offhook.base.events import LegEvent
from offhook.base.ids import Ids, LegId, RecordingId
from offhook.base.journal import recording_entries as entries
from offhook.base.journal.entry import JournalEntry
from offhook.base.recordings import (
    Recording,
    RecordingNotice,
    RecordingSource,
    RecordingTerms,
    StartRecording,
)
from offhook.calls.call import Call
from offhook.calls.leg import Leg
from offhook.calls.ports import Media, Recordings

_MAX_REASON: Final = 200
_START: Final = TypeAdapter(StartRecording)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRequest:
    """A recording that a verb or a program wants.

    Attributes:
        source: Who asks for it.
        terms: How to record.
        notice: Where its callbacks go; nothing for none.
    """

    source: RecordingSource
    terms: RecordingTerms
    notice: RecordingNotice | None = None


@dataclass(slots=True)
class _Running:
    start: StartRecording
    waits: bool = False
    """It begins with the next bridge."""
    skip: bool | None = None
    """Whether the time of its pause is left out; nothing while it is not paused."""
    kept: recording_events.RecordingKept | None = None
    ended: bool = False


class CallRecordings:
    """Begins, pauses and ends them. What becomes of each arrives as events of its leg."""

    def __init__(
        self, call: Call, keeper: Recordings, media: Media, clock: Clock, ids: Ids
    ) -> None:
        """Those of `call`, which may have some of an earlier process."""
        self._call = call
        self._keeper = keeper
        self._media = media
        self._clock = clock
        self._ids = ids
        self._all: dict[RecordingId, _Running] = {}
        for entry in call.journal:
            self._fold(entry.body)

    def begin(self, leg: Leg, wanted: RecordingRequest) -> RecordingId | None:
        """Begin one; nothing if none can begin, which the journal says."""
        start = self._start(leg, wanted)
        id = start.recording.id
        return id if leg.detached or self._started(start) else None

    def begin_when_bridged(self, wanted: RecordingRequest) -> RecordingId:
        """Begin one with the first leg's next bridge."""
        start = self._start(self._call.caller_leg, wanted, waits=True)
        return start.recording.id

    def bridged(self) -> None:
        """The first leg hears another one from now on."""
        for id, one in tuple(self._all.items()):
            if one.waits and not one.ended:
                one.waits = False
                recording = replace(one.start.recording, started_at=self._clock.wall())
                one.start = replace(one.start, recording=recording)
                self._note(entries.RecordingBegun(recording=id), one.start.leg)
                self._started(one.start)

    def _start(self, leg: Leg, wanted: RecordingRequest, *, waits: bool = False) -> StartRecording:
        origin = self._call.origin
        recording = Recording(
            id=RecordingId(self._ids.hex32()),
            account=origin.account,
            call=origin.id,
            source=wanted.source,
            dialect=origin.dialect,
            channels=wanted.terms.channels,
            tracks=wanted.terms.tracks,
            started_at=self._clock.wall(),
            notice=wanted.notice,
        )
        start = StartRecording(recording=recording, leg=leg.id, terms=wanted.terms)
        self._all[recording.id] = _Running(start, waits=waits)
        body = entries.RecordingStarted(
            recording=recording.id,
            source=str(wanted.source),
            waits=waits,
            secret_start=_START.dump_python(start, mode="json"),
        )
        self._note(body, leg.id)
        return start

    def stop(self, id: RecordingId, cut_s: float = 0.0) -> None:
        """End a recording without the last `cut_s` seconds of it."""
        self._media.recorder.stop(id, cut_s)

    def stop_all(self, source: RecordingSource) -> None:
        """End all that were begun by that source; those that wait for a bridge do not begin."""
        for id in self.running:
            one = self._all[id]
            if one.start.recording.source is source:
                one.ended = one.waits
                self.stop(id)

    def of_source(self, source: RecordingSource) -> RecordingId | None:
        """The last one that was begun by that source; nothing if none has begun."""
        found = (id for id, one in self._all.items() if one.start.recording.source is source)
        return next((id for id in reversed([*found]) if not self._all[id].waits), None)

    def pause(self, id: RecordingId, *, skip: bool) -> None:
        """Record silence, or with `skip` nothing, until it is resumed."""
        self._all[id].skip = skip
        self._media.recorder.pause(id, skip=skip)
        leg = self._all[id].start.leg
        self._note(entries.RecordingPaused(recording=id, skip=skip), leg)

    def resume(self, id: RecordingId) -> None:
        """Record again after a pause."""
        self._all[id].skip = None
        self._media.recorder.resume(id)
        self._note(entries.RecordingResumed(recording=id), self._all[id].start.leg)

    @property
    def running(self) -> list[RecordingId]:
        """Those that have not ended, oldest first."""
        return [id for id, one in self._all.items() if not one.ended]

    def started_at(self, id: RecordingId) -> datetime:
        """When it began."""
        return self._all[id].start.recording.started_at

    def kept(self, id: RecordingId) -> recording_events.RecordingKept | None:
        """What became of it; nothing before."""
        return self._all[id].kept

    def handle(self, event: LegEvent) -> None:
        """Take an event of a leg."""
        match event:
            case recording_events.RecordingEnded(recording=id) if id in self._all:
                self._all[id].ended = True
            case recording_events.RecordingKept(recording=id) if id in self._all:
                self._all[id].kept, self._all[id].ended = event, True
            case _:
                pass

    def restore(self, leg: Leg) -> None:
        """The leg has new media: what was recorded of it is recorded on."""
        for id in self.running:
            one = self._all[id]
            if one.start.leg != leg.id or one.waits:
                continue
            if self._started(one.start) and one.skip is not None:
                self._media.recorder.pause(id, skip=one.skip)

    def _started(self, start: StartRecording) -> bool:
        try:
            self._keeper.begin(start)
        except OffhookError as error:
            self._all[start.recording.id].ended = True
            self._note(entries.RecordingFailed(reason=str(error)[:_MAX_REASON]), start.leg)
            return False
        return True

    def _note(self, body: JournalEntry, leg: LegId) -> None:
        self._call.journal.note(self._clock.now(), body, leg)

    def _fold(self, body: object) -> None:
        match body:
            case entries.RecordingStarted(recording=id, waits=waits, secret_start=secret) if (
                secret is not None
            ):
                self._all[RecordingId(id)] = _Running(_START.validate_python(secret), waits=waits)
            case entries.RecordingBegun(recording=id) if id in self._all:
                self._all[RecordingId(id)].waits = False
            case entries.RecordingEnded(recording=id) if id in self._all:
                self._all[RecordingId(id)].ended = True
            case entries.RecordingPaused(recording=id, skip=skip) if id in self._all:
                self._all[RecordingId(id)].skip = skip
            case entries.RecordingResumed(recording=id) if id in self._all:
                self._all[RecordingId(id)].skip = None
            case entries.RecordingKept(recording=id, state=state, seconds=seconds) if (
                id in self._all
            ):
                one = self._all[RecordingId(id)]
                one.ended = True
                one.kept = recording_events.RecordingKept(
                    leg=one.start.leg, recording=RecordingId(id), state=state, seconds=seconds
                )
            case _:
                pass
