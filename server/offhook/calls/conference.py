"""A conference: who is in it, when it starts and ends, and what follows from each event.

init --a member that starts it, and another one--> in progress --the last one, or a moderator, leaves--> over
  `--the last one, or a moderator, leaves--> over
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from offhook.base import conferences as values
from offhook.base.conferences import (
    ConferenceKind,
    Ending,
    Happening,
    LeaveReason,
    Member,
    MemberOptions,
    Refusal,
    SoundDocument,
    Standing,
    StatusRequests,
    Tone,
)
from offhook.base.events import (
    ConferenceEntered,
    ConferenceEvent,
    ConferenceLeft,
    ConferenceRefused,
    ConferenceRoleChanged,
    ConferenceStarted,
)
from offhook.base.ids import AccountId, ConferenceId, LegId
from offhook.calls.conference_commands import Command, Notify, PlayKeys, PlaySound, SendReport
from offhook.calls.membership import Membership, first_standing, role_of


class State(StrEnum):
    """How far a conference is."""

    INIT = "init"
    """Members wait until it starts."""
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"


class Step(StrEnum):
    """What moves a conference."""

    STARTED = "started"
    ENDED = "ended"


_NEXT: Final[Mapping[tuple[State, Step], State]] = {
    (State.INIT, Step.STARTED): State.IN_PROGRESS,
    (State.INIT, Step.ENDED): State.COMPLETED,
    (State.IN_PROGRESS, Step.ENDED): State.COMPLETED,
}


@dataclass(slots=True)
class Conference:
    """One conference of an account.

    Attributes:
        name: As the application wrote it.
        longest_s: Seconds that it may last, as its first member wants it; 0 for no limit.
    """

    id: ConferenceId
    account: AccountId
    name: str
    kind: ConferenceKind = ConferenceKind.CONFERENCE
    state: State = State.INIT
    longest_s: float = 0.0
    _present: dict[LegId, Membership] = field(default_factory=dict[LegId, Membership])
    _last_number: int = 0
    _requests: tuple[StatusRequests, str] | None = None
    _commands: list[Command] = field(default_factory=list[Command])

    @property
    def over(self) -> bool:
        """Whether it is over."""
        return self.state is State.COMPLETED

    @property
    def legs(self) -> tuple[LegId, ...]:
        """The members' legs, in the order in which they entered."""
        return tuple(self._present)

    @property
    def members(self) -> tuple[Membership, ...]:
        """The members, in the order in which they entered."""
        return tuple(self._present.values())

    def handle(
        self, message: values.ConferenceMessage | values.Finish | values.Announced
    ) -> list[Command]:
        """Take one message. Returns what follows from it, in order."""
        if not self.over:
            _HANDLERS[type(message)](self, message)
        commands, self._commands = self._commands, []
        return commands

    def enter(self, message: values.Enter) -> None:
        """A party wants to become a member."""
        member, resumed = message.member, message.resumed
        options = member.options
        refusal = None if resumed is not None else self._refusal(options)
        if refusal is not None:
            self._notify(ConferenceRefused(leg=member.leg, reason=refusal))
            if not self._present:
                # It began with this party, and has no members.
                self._move(Step.ENDED)
            return
        known = self._present.get(member.leg)
        if known is not None:
            # Its page is back after a restart.
            self._admit(known, announced=False)
            return
        first = not self._present
        number = self._last_number + 1 if resumed is None else resumed.number
        self._last_number = max(self._last_number, number)
        if options.requests is not None and options.requests.for_all and self._requests is None:
            self._requests = options.requests, member.dialect
        self.longest_s = self.longest_s or options.longest_s
        standing = None if resumed is None else resumed.standing
        present = Membership(
            member=member, number=number, standing=standing or first_standing(member)
        )
        self._present[member.leg] = present
        if first and resumed is None:
            self._report(Happening.INITIALIZED)
        started = resumed is not None and resumed.started
        if started and self.state is State.INIT:
            self._start(silently=True, but=present)
        self._admit(present, announced=resumed is None)
        if self.state is State.INIT and self._may_start():
            self._start(silently=False, but=None)
        self._refresh()

    def _admit(self, present: Membership, *, announced: bool) -> None:
        """Tell a member's call that it is one."""
        started = self.state is State.IN_PROGRESS
        options = present.member.options
        present.role = role_of(present, self._present)
        entered = ConferenceEntered(
            leg=present.member.leg,
            conference=self.id,
            number=present.number,
            started=started,
            role=present.role,
            standing=present.standing,
        )
        self._notify(entered)
        if announced:
            self._report(Happening.JOIN, present)
            if started:
                self._play(options.enter, present)

    def leave(self, message: values.Leave) -> None:
        """A member leaves."""
        self._leave(message.leg, message.reason)

    def spoke(self, message: values.Spoke) -> None:
        """A member began or stopped to speak."""
        present = self._present.get(message.leg)
        if present is not None and present.speaking is not message.speaking:
            present.speaking = message.speaking
            happening = Happening.SPEECH_START if message.speaking else Happening.SPEECH_STOP
            self._report(happening, present)

    def set_muted(self, message: values.SetMuted) -> None:
        """A member is to be heard no more, or again."""
        present = self._present.get(message.leg)
        if present is None or present.standing.muted is message.muted:
            return
        self._change(present, replace(present.standing, muted=message.muted))
        self._report(Happening.MUTE if message.muted else Happening.UNMUTE, present)

    def set_held(self, message: values.SetHeld) -> None:
        """A member is put on hold, or is there again; other music for one on hold is no news."""
        present = self._present.get(message.leg)
        if present is None:
            return
        before = present.standing
        hold = message.hold if message.held else None
        if (before.held, before.hold) == (message.held, hold):
            return
        self._change(present, replace(before, held=message.held, hold=hold))
        if before.held is not message.held:
            self._report(Happening.HOLD if message.held else Happening.UNHOLD, present)

    def set_coaching(self, message: values.SetCoaching) -> None:
        """Only some members hear a member from now on, or all of them again."""
        present = self._present.get(message.leg)
        if present is None:
            return
        before = present.standing
        after = replace(before, coaches=message.coaches, coaches_agents=message.agents)
        if after == before:
            return
        self._change(present, after)
        coaching = after.is_coaching
        self._report(Happening.COACH_START if coaching else Happening.COACH_STOP, present)

    def remove(self, message: values.Remove) -> None:
        """A program removes a member."""
        if message.leg in self._present:
            self._notify(ConferenceLeft(leg=message.leg))
            self._leave(message.leg, LeaveReason.KICKED)

    def finish(self, message: values.Finish) -> None:
        """It ends for all."""
        if self._present:
            self._end(message.ending, None)

    def announced(self, message: values.Announced) -> None:
        """An announcement has ended."""
        happening = Happening.ANNOUNCEMENT_FAIL if message.failure else Happening.ANNOUNCEMENT_END
        self._report(happening, announced=message.url, failure=message.failure)

    def keys_pressed(self, message: values.KeysPressed) -> None:
        """A member has pressed keys that its application waits for."""
        present = self._present.get(message.leg)
        if present is None:
            return
        self._report(Happening.DIGITS, present, digits=message.digits)
        if present.member.options.relays_digits and self.state is State.IN_PROGRESS:
            self._commands.append(PlayKeys(message.digits))

    def _refusal(self, options: MemberOptions) -> Refusal | None:
        others = [present.member for present in self._present.values()]
        if len(others) >= options.most:
            return Refusal.FULL
        if options.label and any(other.options.label == options.label for other in others):
            return Refusal.LABEL_TAKEN
        if options.coaches is not None and all(other.call != options.coaches for other in others):
            return Refusal.NO_SUCH_MEMBER
        return None

    def _may_start(self) -> bool:
        options = [present.member.options for present in self._present.values()]
        if any(each.starts and each.starts_alone for each in options):
            return True
        return any(each.starts for each in options) and len(options) > 1

    def _start(self, *, silently: bool, but: Membership | None) -> None:
        """The members hear each other; `but` has been notified already."""
        self._move(Step.STARTED)
        for leg, present in self._present.items():
            if present is not but:
                present.role = role_of(present, self._present)
                self._notify(ConferenceStarted(leg=leg, role=present.role))
        if not silently:
            newest = self.members[-1]
            if len(self._present) > 1:
                self._play(newest.member.options.enter, newest)
            self._report(Happening.START)

    def _leave(self, leg: LegId, reason: LeaveReason) -> None:
        present = self._present.pop(leg, None)
        if present is None:
            return
        self._report(Happening.LEAVE, present, leaving=reason)
        kicked = reason is LeaveReason.KICKED
        if self._ends(present.member):
            self._end(Ending.MODERATOR_KICKED if kicked else Ending.MODERATOR_LEFT, present)
        elif not self._present:
            self._end(Ending.LAST_KICKED if kicked else Ending.LAST_LEFT, present)
        else:
            self._refresh()
            if self.state is State.IN_PROGRESS:
                self._play(present.member.options.exit, present)
            self._leave_alone()

    def _ends(self, member: Member) -> bool:
        if not member.options.ends:
            return False
        left = any(present.member.options.ends for present in self._present.values())
        return not (member.options.ends_together and left)

    def _leave_alone(self) -> None:
        """The last member stays only if it wants to."""
        if len(self._present) != 1 or self.state is not State.IN_PROGRESS:
            return
        (leg, last), *_ = self._present.items()
        if not last.member.options.stays_alone:
            self._notify(ConferenceLeft(leg=leg))
            self._leave(leg, LeaveReason.KICKED)

    def _refresh(self) -> None:
        """Tell those whose role follows from who is there."""
        for leg, present in self._present.items():
            role = role_of(present, self._present)
            if role != present.role:
                present.role = role
                changed = ConferenceRoleChanged(leg=leg, role=role, standing=present.standing)
                self._notify(changed)

    def _change(self, present: Membership, standing: Standing) -> None:
        """A program changes a member."""
        present.standing = standing
        present.role = role_of(present, self._present)
        leg = present.member.leg
        self._notify(ConferenceRoleChanged(leg=leg, role=present.role, standing=standing))

    def _end(self, ending: Ending, by: Membership | None) -> None:
        program = ending is Ending.BY_PROGRAM
        reason = LeaveReason.ENDED_BY_PROGRAM if program else LeaveReason.CONFERENCE_ENDED
        for leg, present in tuple(self._present.items()):
            del self._present[leg]
            self._notify(ConferenceLeft(leg=leg))
            self._report(Happening.LEAVE, present, leaving=reason)
        self._move(Step.ENDED)
        self._report(Happening.END, by, ending=ending)

    def _move(self, step: Step) -> None:
        self.state = _NEXT.get((self.state, step), self.state)

    def _notify(self, event: ConferenceEvent) -> None:
        self._commands.append(Notify(event))

    def _play(self, sound: Tone | SoundDocument, of: Membership) -> None:
        if sound is not Tone.NONE:
            dialect = of.member.dialect if isinstance(sound, SoundDocument) else ""
            self._commands.append(PlaySound(sound, dialect))

    def _report(
        self,
        happening: Happening,
        present: Membership | None = None,
        *,
        leaving: LeaveReason | None = None,
        ending: Ending | None = None,
        digits: str = "",
        announced: str = "",
        failure: str = "",
    ) -> None:
        asked = [] if self._requests is None else [self._requests]
        own = None if present is None else present.member.options.requests
        if present is not None and own is not None and not own.for_all:
            asked.append((own, present.member.dialect))
        for requests, dialect in asked:
            if happening in requests.events:
                report = SendReport(
                    happening=happening,
                    requests=requests,
                    dialect=dialect,
                    member=None if present is None else present.member,
                    number=0 if present is None else present.number,
                    standing=Standing() if present is None else present.standing,
                    leaving=leaving,
                    ending=ending,
                    digits=digits,
                    announced=announced,
                    failure=failure,
                )
                self._commands.append(report)


# Each handler takes the type that it is found by, which the type of a table cannot express.
_HANDLERS: Final[Mapping[type[object], Callable[[Conference, Any], None]]] = {
    values.Enter: Conference.enter,
    values.Leave: Conference.leave,
    values.Spoke: Conference.spoke,
    values.SetMuted: Conference.set_muted,
    values.SetHeld: Conference.set_held,
    values.SetCoaching: Conference.set_coaching,
    values.Remove: Conference.remove,
    values.Finish: Conference.finish,
    values.Announced: Conference.announced,
    values.KeysPressed: Conference.keys_pressed,
}
