"""Lets the caller be a member of a conference."""

from dataclasses import dataclass, field, replace
from typing import Final

from offhook.base.conferences import (
    Enter,
    KeysPressed,
    Leave,
    LeaveReason,
    Member,
    MemberOptions,
    Refusal,
    Resumed,
    Spoke,
)
from offhook.base.events import (
    ConferenceEntered,
    ConferenceEvent,
    ConferenceLeft,
    ConferenceRefused,
    ConferenceRoleChanged,
    ConferenceStarted,
    DtmfReceived,
    LegEvent,
    Speaking,
)
from offhook.base.ids import ConferenceId
from offhook.base.journal import conference_entries as entries
from offhook.base.journal.script_entries import DocumentWarning
from offhook.verbs.base import Context, Continuation, Continue, Outcome, Progress, RequestNext
from offhook.verbs.context import CallOver, Redirected
from offhook.verbs.results import ConferenceResult
from offhook.verbs.wait_music import MUSIC, WaitMusic, WaitSource

_MOST_KEYS: Final = 24
"""The longest keys that an application may wait for."""


@dataclass(slots=True)
class _Stay:
    """How far the caller's stay in a conference is.

    Attributes:
        began: When the caller became a member, by the forward clock.
        keys: What was pressed since the last keys that the application waits for.
    """

    conference: ConferenceId | None = None
    number: int = 0
    began: float | None = None
    over: bool = False
    refused: Refusal | None = None
    keys: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """Be a member of a conference until it is over, or the caller leaves.

    Attributes:
        name: Of the conference.
        options: How the caller wants to be a member.
        wait: What the caller hears until the conference starts.
        limit_s: Seconds that the caller may stay.
        star_ends: The caller's `*` ends its stay.
        digits: Keys that the application waits for.
        codes: The dialect's codes for a refusal, by the refusal.
        then: Whom to ask when it is over; nothing to go on with the next verb.
    """

    name: str
    options: MemberOptions = field(default_factory=MemberOptions)
    wait: WaitSource = MUSIC
    limit_s: float = 86_400.0
    star_ends: bool = False
    digits: tuple[str, ...] = ()
    codes: tuple[tuple[Refusal, str], ...] = ()
    then: Continuation | None = None

    async def run(self, call: Context) -> Outcome:
        """Enter, and stay."""
        call.control.answer()
        self._enter(call, None)
        return await self._stay(call, _Stay(), self.limit_s)

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Be a member again, of the same conference under the same number, if the caller was one."""
        call.control.answer()
        stay, resumed = _Stay(), None
        for entry in progress.entries:
            match entry.body:
                case entries.ConferenceEntered(conference=id, number=number, started=started):
                    resumed = Resumed(conference=ConferenceId(id), number=number, started=started)
                    stay.began = call.control.now() - progress.since(entry)
                case entries.ConferenceStarted() if resumed is not None:
                    resumed = replace(resumed, started=True)
                case entries.ConferenceLeft():
                    stay.over = True
                case _:
                    pass
        if stay.over and resumed is not None:
            stay.conference, stay.number = resumed.conference, resumed.number
            return self._outcome(call, stay)
        self._enter(call, resumed)
        return await self._stay(call, stay, self.limit_s - progress.elapsed_s)

    def _enter(self, call: Context, resumed: Resumed | None) -> None:
        origin = call.control.call.origin
        member = Member(
            leg=call.control.caller_leg.id,
            call=origin.id,
            application=origin.application,
            dialect=origin.dialect,
            options=self.options,
        )
        enter = Enter(account=origin.account, name=self.name, member=member, resumed=resumed)
        call.control.conferences.send(enter)

    async def _stay(self, call: Context, stay: _Stay, limit_s: float) -> Outcome:
        control, leg = call.control, call.control.caller_leg
        music = WaitMusic(call, self.wait)
        until = control.now() + limit_s
        try:
            while not stay.over:
                event = await music.next(until)
                if event is None:
                    break
                self._take(call, stay, music, event)
        except Redirected:
            self._leave(call, stay, LeaveReason.MOVED)
            raise
        except CallOver:
            self._leave(call, stay, LeaveReason.HUNG_UP)
            if self.then is None or stay.conference is None:
                raise
        else:
            if not stay.over:
                self._leave(call, stay, LeaveReason.HUNG_UP)
        music.stop()
        if stay.conference is not None and not leg.ended:
            control.confer(leg, stay.conference, None)
        return self._outcome(call, stay)

    def _take(self, call: Context, stay: _Stay, music: WaitMusic, event: LegEvent) -> None:
        control, leg = call.control, call.control.caller_leg
        if event.leg != leg.id:
            return
        match event:
            case Speaking(speaking=speaking):
                control.conferences.send(Spoke(leg=leg.id, speaking=speaking))
            case DtmfReceived(digit="*") if self.star_ends:
                self._leave(call, stay, LeaveReason.HUNG_UP)
                stay.over = True
            case DtmfReceived(digit=digit) if self.digits:
                self._press(call, stay, digit)
            case ConferenceEvent():
                self._follow(call, stay, music, event)
            case _:
                pass

    def _follow(self, call: Context, stay: _Stay, music: WaitMusic, event: ConferenceEvent) -> None:
        control, leg = call.control, call.control.caller_leg
        match event:
            case ConferenceEntered(conference=id, number=number, started=started, role=role):
                stay.conference, stay.number = id, number
                if stay.began is None:
                    stay.began = control.now()
                entered = entries.ConferenceEntered(
                    conference=id, pii_name=self.name, number=number, started=started
                )
                control.note(entered, leg.id)
                if started:
                    control.confer(leg, id, role)
                else:
                    music.start()
            case ConferenceStarted(role=role) if stay.conference is not None:
                control.note(entries.ConferenceStarted(), leg.id)
                music.stop()
                control.confer(leg, stay.conference, role)
            case ConferenceRoleChanged(role=role) if stay.conference is not None:
                if not music.is_on:
                    control.confer(leg, stay.conference, role)
            case ConferenceRefused(reason=reason):
                stay.over, stay.refused = True, reason
                code = dict(self.codes).get(reason, "")
                message = f"<Conference>: the caller is not a member: {reason}"
                control.note(DocumentWarning(code=code, message=message))
            case ConferenceLeft():
                control.note(entries.ConferenceLeft(), leg.id)
                stay.over = True
            case _:
                pass

    def _press(self, call: Context, stay: _Stay, digit: str) -> None:
        stay.keys = (stay.keys + digit)[-_MOST_KEYS:]
        found = next((keys for keys in self.digits if stay.keys.endswith(keys)), None)
        if found is not None:
            stay.keys = ""
            pressed = KeysPressed(leg=call.control.caller_leg.id, digits=found)
            call.control.conferences.send(pressed)

    def _leave(self, call: Context, stay: _Stay, reason: LeaveReason) -> None:
        control = call.control
        control.conferences.send(Leave(leg=control.caller_leg.id, reason=reason))
        if stay.conference is not None:
            control.note(entries.ConferenceLeft(), control.caller_leg.id)
            if not control.caller_leg.ended:
                control.confer(control.caller_leg, stay.conference, None)

    def _outcome(self, call: Context, stay: _Stay) -> Outcome:
        wanted = stay.refused is None or stay.refused is Refusal.NO_SUCH_MEMBER
        if self.then is None or not wanted:
            return Continue()
        began = call.control.now() if stay.began is None else stay.began
        result = ConferenceResult(
            conference=stay.conference or ConferenceId(""),
            name=self.name,
            number=stay.number,
            duration_s=call.control.now() - began,
        )
        return RequestNext(self.then, result=result)
