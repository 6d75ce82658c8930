"""Records what the caller says, until a key, silence, a limit or the end of the call."""

from dataclasses import dataclass

from offhook.base.events import DtmfReceived
from offhook.base.ids import RecordingId
from offhook.base.journal import recording_entries as entries
from offhook.base.journal.call_entries import DigitReceived
from offhook.base.recording_events import RecordingEnded
from offhook.calls.recordings import RecordingRequest
from offhook.verbs.base import Context, Continuation, Continue, Outcome, Progress, RequestNext
from offhook.verbs.context import CallOver, Redirected
from offhook.verbs.playing import BEEP, play_out
from offhook.verbs.results import RecordResult

HANGUP = "hangup"
"""In place of a key, if the caller hung up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Record the caller.

    Attributes:
        request: How, and whom to tell.
        end_keys: Keys that end it.
        beeps: Whether a tone is played before.
        then: Whom to ask with it; nothing to go on with the next verb.
        format: The ending of the link to the sound; empty for none.
    """

    request: RecordingRequest
    end_keys: str = ""
    beeps: bool = True
    then: Continuation | None = None
    format: str = ""

    async def run(self, call: Context) -> Outcome:
        """Beep, record, and ask what follows."""
        call.answer()
        if self.beeps:
            await play_out(call, BEEP)
        if call.leg.ended:
            raise CallOver
        id = call.control.recordings.begin(call.leg, self.request)
        return await self._follow(call, id)

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Go on with the recording of before; its parts are joined."""
        id: RecordingId | None = None
        digits = ""
        for entry in progress.entries:
            match entry.body:
                case entries.RecordingStarted(recording=started):
                    id = RecordingId(started)
                case DigitReceived(pii_digit=digit) if (
                    id is not None and digit in self.end_keys and entry.leg == call.leg.id
                ):
                    digits = digits or digit
                case _:
                    pass
        if id is None:
            return await self.run(call)
        call.answer()
        if digits:
            call.control.recordings.stop(id)
            return await self._outcome(call, id, digits)
        return await self._follow(call, id)

    async def _follow(self, call: Context, id: RecordingId | None) -> Outcome:
        if id is None:
            return Continue()
        recordings = call.control.recordings
        try:
            digits = await self._ended(call, id)
        except CallOver:
            recordings.stop(id)
            outcome = await self._outcome(call, id, HANGUP)
            if isinstance(outcome, Continue):
                raise
            return outcome
        except Redirected:
            recordings.stop(id)
            raise
        return await self._outcome(call, id, digits)

    async def _ended(self, call: Context, id: RecordingId) -> str:
        """Wait until it is over. Returns the key that ended it."""
        recordings = call.control.recordings
        while id in recordings.running:
            match await call.next():
                case DtmfReceived(leg=leg, digit=digit, seconds=seconds, signalled=signalled) if (
                    leg == call.leg.id and digit in self.end_keys
                ):
                    # The tone of the key is no part of what was said.
                    recordings.stop(id, 0.0 if signalled else seconds)
                    return digit
                case RecordingEnded(recording=ended) if ended == id:
                    break
                case _:
                    pass
        return ""

    async def _outcome(self, call: Context, id: RecordingId, digits: str) -> Outcome:
        if self.then is None:
            return Continue()
        kept = await call.recorded(id)
        result = RecordResult(
            recording=id,
            seconds=0.0 if kept is None else kept.seconds,
            started_at=call.control.recordings.started_at(id),
            digits=digits,
            format=self.format,
        )
        return RequestNext(self.then, result=result)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInBackground:
    """Record the call from now on, or from the moment when the caller is bridged, while other verbs run.

    Attributes:
        request: How, and whom to tell.
        when_bridged: Begin with the next bridge of the caller.
        then: Whom to tell at once that it runs; nothing for no one.
        format: The ending of the link to the sound; empty for none.
    """

    request: RecordingRequest
    when_bridged: bool = False
    then: Continuation | None = None
    format: str = ""

    async def run(self, call: Context) -> Outcome:
        """Begin."""
        recordings = call.control.recordings
        if self.when_bridged:
            return self._outcome(call, recordings.begin_when_bridged(self.request))
        call.answer()
        return self._outcome(call, recordings.begin(call.leg, self.request))

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Begin, unless that was done."""
        for entry in progress.entries:
            if isinstance(entry.body, entries.RecordingStarted):
                return self._outcome(call, RecordingId(entry.body.recording))
        return await self.run(call)

    def _outcome(self, call: Context, id: RecordingId | None) -> Outcome:
        if self.then is None or id is None:
            return Continue()
        started_at = call.control.recordings.started_at(id)
        result = RecordResult(recording=id, seconds=None, started_at=started_at, format=self.format)
        return RequestNext(self.then, result=result)
