"""Dials other parties and bridges one with the caller."""

from dataclasses import dataclass, replace

from offhook.base.journal.call_entries import DialEnded
from offhook.base.media import Tones
from offhook.base.recordings import RecordingSource
from offhook.calls.bridge import BridgeLimits
from offhook.calls.dial_target import DialTarget
from offhook.calls.dialing import DialPolicy
from offhook.calls.outcome import dialled
from offhook.calls.recordings import RecordingRequest
from offhook.verbs.base import Context, Continuation, Continue, Outcome, Progress, RequestNext
from offhook.verbs.context import CallOver, Redirected
from offhook.verbs.dial_attempt import DialAttempt, DialOptions
from offhook.verbs.dial_state import dial_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Dial targets, and bridge the caller with the first to answer.

    Attributes:
        targets: Whom to ring.
        ring_s: Seconds before giving up.
        limit_s: Seconds the two may talk.
        caller_id: Who calls, as shown to the targets; nothing for the caller itself.
        caller_name: A name to show with it.
        answer_on_bridge: The caller keeps ringing until a target answers.
        star_ends: The caller's `*` ends the other leg.
        one_by_one: Ring the next target only when the one before failed.
        ringback: What the caller hears while a target rings.
        then: Whom to ask when it is over; nothing to go on with the next verb.
        recording: How to record it; nothing for not at all.
        records_ringing: It is recorded from the first ring; otherwise from the answer.
    """

    targets: tuple[DialTarget, ...]
    ring_s: float
    limit_s: float
    ringback: Tones
    caller_id: str | None = None
    caller_name: str = ""
    answer_on_bridge: bool = False
    star_ends: bool = False
    one_by_one: bool = False
    then: Continuation | None = None
    recording: RecordingRequest | None = None
    records_ringing: bool = False

    async def run(self, call: Context) -> Outcome:
        """Ring, join, and wait until one of the two is gone."""
        if not self.answer_on_bridge:
            call.control.answer()
        attempt = self._attempt(call)
        self._record(call)
        attempt.start()
        return await self._follow(call, attempt)

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Go on ringing those that rang, or with the conversation."""
        if not self.answer_on_bridge:
            call.control.answer()
        ended = next((e for e in progress.entries if isinstance(e.body, DialEnded)), None)
        attempt = self._attempt(call)
        attempt.resume(dial_state(call.control.call, progress))
        if ended is not None:
            return self._outcome(call, attempt)
        return await self._follow(call, attempt)

    def _attempt(self, call: Context) -> DialAttempt:
        return DialAttempt(call, self._targets(call), self._options())

    def _record(self, call: Context) -> None:
        recordings = call.control.recordings
        if self.recording is not None and self.records_ringing:
            recordings.begin(call.control.caller_leg, self.recording)
        elif self.recording is not None:
            recordings.begin_when_bridged(self.recording)

    async def _follow(self, call: Context, attempt: DialAttempt) -> Outcome:
        try:
            await attempt.ring()
            await attempt.talk()
        except Redirected:
            attempt.give_up()
            _note(call, attempt)
            raise
        except CallOver:
            attempt.give_up()
            _note(call, attempt)
            if self.then is None:
                raise
        else:
            _note(call, attempt)
        finally:
            if self.recording is not None:
                call.control.recordings.stop_all(RecordingSource.DIAL_VERB)
        return self._outcome(call, attempt)

    def _outcome(self, call: Context, attempt: DialAttempt) -> Outcome:
        result = attempt.result()
        if self.recording is not None:
            recording = call.control.recordings.of_source(RecordingSource.DIAL_VERB)
            result = replace(result, recording=recording)
        if self.then is not None:
            return RequestNext(self.then, result=result)
        return Continue(failed=None if result.answered else result.cause)

    def _targets(self, call: Context) -> list[DialTarget]:
        caller = self.caller_id or call.control.caller_leg.peer
        return [replace(each, caller=caller, caller_name=self.caller_name) for each in self.targets]

    def _options(self) -> DialOptions:
        return DialOptions(
            ringing=DialPolicy(ring_s=self.ring_s, one_by_one=self.one_by_one),
            limits=BridgeLimits(limit_s=self.limit_s, star_ends=self.star_ends),
            ringback=self.ringback,
        )


def _note(call: Context, attempt: DialAttempt) -> None:
    result = attempt.result()
    callee = None if result.callee is None else call.control.call.leg(result.callee)
    dialled(call.control, callee, result.cause, answered=result.answered)
