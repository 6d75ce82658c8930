"""A conference: who is in it, when it starts and ends, and what follows from each event.

init --a member that starts it, and another one--> in progress --the last one, or a moderator, leaves--> over
  `--the last one, or a moderator, leaves--> over
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from offhook.base import conferences as values
from offhook.base.conferences import (
    Ending,
    Happening,
    LeaveReason,
    Member,
    MemberOptions,
    Refusal,
    Role,
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


@dataclass(frozen=True, slots=True)
class Notify:
    """Post an event to the call of a member."""

    event: ConferenceEvent


@dataclass(frozen=True, slots=True)
class PlayTone:
    """Play to all members."""

    tone: Tone


@dataclass(frozen=True, slots=True)
class SendReport:
    """Notify an application; the task of the conference adds who, what and when."""

    happening: Happening
    requests: StatusRequests
    dialect: str
    member: Member | None = None
    number: int = 0
    muted: bool = False
    leaving: LeaveReason | None = None
    ending: Ending | None = None
    digits: str = ""


Command = Notify | PlayTone | SendReport
"""What follows from an event."""


@dataclass(slots=True, kw_only=True)
class _Present:
    member: Member
    number: int
    muted: bool
    speaking: bool = False


@dataclass(slots=True)
class Conference:
    """One conference of an account.

    Attributes:
        name: As the application wrote it.
    """

    id: ConferenceId
    account: AccountId
    name: str
    state: State = State.INIT
    _present: dict[LegId, _Present] = field(default_factory=dict[LegId, _Present])
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

    def handle(self, message: values.ConferenceMessage) -> list[Command]:
        """Take one message of a call. Returns what follows from it, in order."""
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
        number = self._last_number + 1 if resumed is None else resumed.number
        self._last_number = max(self._last_number, number)
        if options.requests is not None and options.requests.for_all and self._requests is None:
            self._requests = options.requests, member.dialect
        present = _Present(member=member, number=number, muted=options.muted)
        self._present[member.leg] = present
        started = self.state is State.IN_PROGRESS or (resumed is not None and resumed.started)
        entered = ConferenceEntered(
            leg=member.leg,
            conference=self.id,
            number=number,
            started=started,
            role=self._role(present),
        )
        self._notify(entered)
        if resumed is None:
            self._report(Happening.JOIN, present)
            if started:
                self._tone(options.enter)
        if self.state is State.INIT and (started or self._may_start()):
            self._start(silently=resumed is not None and started, but=present if started else None)

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
        if present is None or present.muted is message.muted:
            return
        present.muted = message.muted
        self._notify(ConferenceRoleChanged(leg=message.leg, role=self._role(present)))
        self._report(Happening.MUTE if message.muted else Happening.UNMUTE, present)

    def keys_pressed(self, message: values.KeysPressed) -> None:
        """A member has pressed keys that its application waits for."""
        present = self._present.get(message.leg)
        if present is not None:
            self._report(Happening.DIGITS, present, digits=message.digits)

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
        starts = any(present.member.options.starts for present in self._present.values())
        return starts and len(self._present) > 1

    def _start(self, *, silently: bool, but: _Present | None) -> None:
        """The members hear each other; `but` has been notified already."""
        self._move(Step.STARTED)
        for leg, present in self._present.items():
            if present is not but:
                self._notify(ConferenceStarted(leg=leg, role=self._role(present)))
        if not silently:
            newest = list(self._present.values())[-1]
            self._tone(newest.member.options.enter)
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
            self._uncoach(present.member)
            if self.state is State.IN_PROGRESS:
                self._tone(present.member.options.exit)
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

    def _uncoach(self, gone: Member) -> None:
        """A coach whose agent has left still hears the conference, and is not heard."""
        for leg, present in self._present.items():
            if present.member.options.coaches == gone.call:
                self._notify(ConferenceRoleChanged(leg=leg, role=self._role(present)))

    def _end(self, ending: Ending, by: _Present) -> None:
        for leg, present in tuple(self._present.items()):
            del self._present[leg]
            self._notify(ConferenceLeft(leg=leg))
            self._report(Happening.LEAVE, present, leaving=LeaveReason.CONFERENCE_ENDED)
        self._move(Step.ENDED)
        self._report(Happening.END, by, ending=ending)

    def _role(self, present: _Present) -> Role:
        coaches = present.member.options.coaches
        if coaches is None:
            return Role(muted=present.muted)
        coached = next(
            (leg for leg, other in self._present.items() if other.member.call == coaches), None
        )
        return Role(muted=present.muted or coached is None, coaches=coached)

    def _move(self, step: Step) -> None:
        self.state = _NEXT.get((self.state, step), self.state)

    def _notify(self, event: ConferenceEvent) -> None:
        self._commands.append(Notify(event))

    def _tone(self, tone: Tone) -> None:
        if tone is not Tone.NONE:
            self._commands.append(PlayTone(tone))

    def _report(
        self,
        happening: Happening,
        present: _Present | None = None,
        *,
        leaving: LeaveReason | None = None,
        ending: Ending | None = None,
        digits: str = "",
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
                    muted=present is not None and present.muted,
                    leaving=leaving,
                    ending=ending,
                    digits=digits,
                )
                self._commands.append(report)


# Each handler takes the type that it is found by, which the type of a table cannot express.
_HANDLERS: Final[Mapping[type[values.ConferenceMessage], Callable[[Conference, Any], None]]] = {
    values.Enter: Conference.enter,
    values.Leave: Conference.leave,
    values.Spoke: Conference.spoke,
    values.SetMuted: Conference.set_muted,
    values.KeysPressed: Conference.keys_pressed,
}
