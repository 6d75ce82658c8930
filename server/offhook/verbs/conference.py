"""Lets the caller be a member of a conference."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from offhook.base.conferences import (
    ConferenceKind,
    Enter,
    KeysPressed,
    Leave,
    LeaveReason,
    Member,
    MemberOptions,
    Refusal,
    Resumed,
    Role,
    SoundDocument,
    Spoke,
    Standing,
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
from offhook.base.ids import CallId, ConferenceId
from offhook.base.journal import conference_entries as entries
from offhook.base.journal.script_entries import DocumentWarning
from offhook.calls.call_control import CallControl
from offhook.verbs.base import Context, Continuation, Continue, Outcome, Progress, RequestNext
from offhook.verbs.context import CallOver, Redirected
from offhook.verbs.results import ConferenceResult
from offhook.verbs.wait_music import MUSIC, WaitKind, WaitMusic, WaitSource

_MOST_KEYS: Final = 24
"""The longest keys that an application may wait for."""


@dataclass(slots=True)
class _Stay:
    """How far the caller's stay in a conference is.

    Attributes:
        began: When the caller became a member, by the forward clock.
        entered_s: The same, in seconds of the call.
        waits_since: Since when it waits, by the forward clock; nothing once the conference has started.
        role: What it may say and hear, once the conference has started.
        standing: What programs have made of it.
        keys: What was pressed since the last keys that the application waits for.
    """

    conference: ConferenceId | None = None
    number: int = 0
    began: float | None = None
    entered_s: float = 0.0
    waits_since: float | None = None
    role: Role | None = None
    standing: Standing = field(default_factory=Standing)
    over: bool = False
    refused: Refusal | None = None
    keys: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """Be a member of a conference until it is over, or the caller leaves.

    Attributes:
        name: Of the conference.
        kind: Of the conference.
        options: How the caller wants to be a member.
        wait: What the caller hears until the conference starts.
        wait_s: Seconds that it waits for that; then it leaves. 0 for no limit.
        hold: What it hears on hold, unless the program that holds it says otherwise.
        limit_s: Seconds that the caller may stay.
        star_ends: The caller's `*` ends its stay.
        digits: Keys that the application waits for.
        all_digits: It waits for every key.
        element: What documents call it.
        codes: The dialect's codes for a refusal, by the refusal.
        then: Whom to ask when it is over; nothing to go on with the next verb.
    """

    name: str
    kind: ConferenceKind = ConferenceKind.CONFERENCE
    options: MemberOptions = field(default_factory=MemberOptions)
    wait: WaitSource = MUSIC
    wait_s: float = 0.0
    hold: WaitSource = MUSIC
    limit_s: float = 86_400.0
    star_ends: bool = False
    digits: tuple[str, ...] = ()
    all_digits: bool = False
    element: str = "Conference"
    codes: tuple[tuple[Refusal, str], ...] = ()
    then: Continuation | None = None

    async def run(self, call: Context) -> Outcome:
        """Enter, and stay."""
        call.control.answer()
        self._enter(call.control, None)
        return await self._stay(call, _Stay(), self.limit_s)

    def expect(self, call: CallControl, progress: Progress) -> None:
        """A member of before is one, though its page is not back."""
        stay, resumed = self._before(call, progress)
        if resumed is not None and not stay.over:
            self._enter(call, resumed)

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Be a member again, of the same conference under the same number, if the caller was one."""
        call.control.answer()
        stay, resumed = self._before(call.control, progress)
        if stay.over and resumed is not None:
            return self._outcome(call, stay)
        self._enter(call.control, resumed)
        return await self._stay(call, stay, self.limit_s - progress.elapsed_s)

    def _before(self, control: CallControl, progress: Progress) -> tuple[_Stay, Resumed | None]:
        """What the journal has of the caller's stay."""
        stay, resumed = _Stay(), None
        for entry in progress.entries:
            match entry.body:
                case entries.ConferenceEntered(conference=id, number=number) as entered:
                    resumed = Resumed(
                        conference=ConferenceId(id),
                        number=number,
                        started=entered.started or (resumed is not None and resumed.started),
                        age_s=entered.age_s + progress.since(entry),
                        standing=None if resumed is None else resumed.standing,
                    )
                    stay.conference, stay.number = resumed.conference, number
                    if stay.began is None:
                        stay.began = control.now() - progress.since(entry)
                        stay.entered_s = entry.at
                case entries.ConferenceStarted() if resumed is not None:
                    resumed = replace(resumed, started=True)
                case entries.ConferenceMemberChanged() as changed if resumed is not None:
                    resumed = replace(resumed, standing=_standing(changed))
                case entries.ConferenceLeft():
                    stay.over = True
                case _:
                    pass
        return stay, resumed

    def _enter(self, control: CallControl, resumed: Resumed | None) -> None:
        origin = control.call.origin
        member = Member(
            leg=control.caller_leg.id,
            call=origin.id,
            application=origin.application,
            dialect=origin.dialect,
            options=self.options,
        )
        enter = Enter(
            account=origin.account, name=self.name, member=member, kind=self.kind, resumed=resumed
        )
        control.conferences.send(enter)

    async def _stay(self, call: Context, stay: _Stay, limit_s: float) -> Outcome:
        control, leg = call.control, call.control.caller_leg
        music = WaitMusic(call, self.wait)
        end = control.now() + limit_s
        try:
            while not stay.over:
                event = await music.next(self._until(stay, end))
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

    def _until(self, stay: _Stay, end: float) -> float:
        """When the caller leaves by itself."""
        if not self.wait_s or stay.waits_since is None:
            return end
        return min(end, stay.waits_since + self.wait_s)

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
            case DtmfReceived(digit=digit) if self.all_digits:
                control.conferences.send(KeysPressed(leg=leg.id, digits=digit))
            case DtmfReceived(digit=digit) if self.digits:
                self._press(call, stay, digit)
            case ConferenceEvent():
                self._follow(call, stay, music, event)
            case _:
                pass

    def _follow(self, call: Context, stay: _Stay, music: WaitMusic, event: ConferenceEvent) -> None:
        control, leg = call.control, call.control.caller_leg
        match event:
            case ConferenceEntered(conference=id, number=number, started=started):
                if stay.began is None:
                    stay.began, stay.entered_s = control.now(), control.at()
                stay.conference, stay.number = id, number
                entered = entries.ConferenceEntered(
                    conference=id,
                    pii_name=self.name,
                    number=number,
                    started=started,
                    age_s=round(event.age_s, 6),
                )
                control.note(entered, leg.id)
                stay.standing = event.standing
                stay.role = event.role if started else None
                stay.waits_since = None if started else control.now()
                self._hear(call, stay, music)
            case ConferenceStarted(role=role) if stay.conference is not None:
                control.note(entries.ConferenceStarted(), leg.id)
                stay.role, stay.waits_since = role, None
                self._hear(call, stay, music)
            case ConferenceRoleChanged(role=role, standing=standing) if stay.conference is not None:
                if standing != stay.standing:
                    control.note(_changed(standing), leg.id)
                stay.standing = standing
                stay.role = None if stay.role is None else role
                self._hear(call, stay, music)
            case ConferenceRefused(reason=reason):
                stay.over, stay.refused = True, reason
                code = dict(self.codes).get(reason, "")
                message = f"<{self.element}>: the caller is not a member: {reason}"
                control.note(DocumentWarning(code=code, message=message))
            case ConferenceLeft():
                control.note(entries.ConferenceLeft(), leg.id)
                stay.over = True
            case _:
                pass

    def _hear(self, call: Context, stay: _Stay, music: WaitMusic) -> None:
        """Let the caller hear what its role says: the others, what one hears on hold, or waits with."""
        if stay.role is not None and stay.conference is not None:
            call.control.confer(call.control.caller_leg, stay.conference, stay.role)
        if stay.standing.held:
            music.start(_held(stay.standing.hold) or self.hold)
        elif stay.role is None:
            music.start(self.wait)
        else:
            music.stop()

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
        first = datetime.fromisoformat(call.control.call.origin.wall)
        result = ConferenceResult(
            conference=stay.conference or ConferenceId(""),
            name=self.name,
            number=stay.number,
            duration_s=call.control.now() - began,
            kind=self.kind,
            role=self.options.role,
            entered_at=first + timedelta(seconds=stay.entered_s),
            left_at=first + timedelta(seconds=call.control.at()),
        )
        return RequestNext(self.then, result=result)


def _held(hold: SoundDocument | None) -> WaitSource | None:
    if hold is None:
        return None
    return WaitSource(kind=WaitKind.URL, url=hold.url, method=hold.method, loops=True)


def _changed(standing: Standing) -> entries.ConferenceMemberChanged:
    hold = standing.hold
    return entries.ConferenceMemberChanged(
        muted=standing.muted,
        held=standing.held,
        coaching=standing.is_coaching,
        coaches=standing.coaches,
        secret_hold=None if hold is None else {"url": hold.url, "method": hold.method},
    )


def _standing(changed: entries.ConferenceMemberChanged) -> Standing:
    hold = changed.secret_hold
    coaches = None if changed.coaches is None else CallId(changed.coaches)
    return Standing(
        muted=changed.muted,
        held=changed.held,
        hold=None
        if hold is None
        else SoundDocument(url=str(hold["url"]), method=str(hold["method"])),
        coaches=coaches,
        coaches_agents=changed.coaching and coaches is None,
    )
