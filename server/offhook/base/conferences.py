"""Values about conferences: who is in one, what happens in one, and what applications are notified of."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from offhook.base.ids import AccountId, ApplicationId, CallId, ConferenceId, LegId


class ConferenceKind(StrEnum):
    """What a conference is to applications; names of one kind are apart from those of another."""

    CONFERENCE = "conference"
    MULTI_PARTY_CALL = "multi-party-call"
    """Its members have roles."""


class PartyRole(StrEnum):
    """What a party is in a multi-party call."""

    NONE = ""
    AGENT = "agent"
    CUSTOMER = "customer"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundDocument:
    """A document of the application that only plays, speaks and pauses, or a sound file.

    Attributes:
        url: Absolute.
    """

    url: str
    method: str = "POST"


class Tone(StrEnum):
    """What is played to a conference when a member enters or leaves."""

    NONE = ""
    ENTER = "beep:1"
    EXIT = "beep:2"


class LeaveReason(StrEnum):
    """Why a member leaves."""

    HUNG_UP = "hung-up"
    """It hung up, or its connection broke."""
    MOVED = "moved"
    """A program has requested another document for its call."""
    KICKED = "kicked"
    """It was removed."""
    CONFERENCE_ENDED = "conference-ended"
    """The conference is over."""
    ENDED_BY_PROGRAM = "ended-by-program"
    """A program has ended the conference."""


class Refusal(StrEnum):
    """Why a party cannot become a member."""

    FULL = "full"
    LABEL_TAKEN = "label-taken"
    NO_SUCH_MEMBER = "no-such-member"
    """The member that it wants to coach is not there."""


class Ending(StrEnum):
    """Why a conference is over."""

    LAST_LEFT = "last-left"
    LAST_KICKED = "last-kicked"
    MODERATOR_LEFT = "moderator-left"
    MODERATOR_KICKED = "moderator-kicked"
    BY_PROGRAM = "by-program"
    TIME_LIMIT = "time-limit"
    """It has lasted as long as it may."""


class Happening(StrEnum):
    """What applications can be notified of."""

    INITIALIZED = "initialized"
    """It has its first member."""
    START = "start"
    END = "end"
    JOIN = "join"
    LEAVE = "leave"
    MUTE = "mute"
    UNMUTE = "unmute"
    HOLD = "hold"
    UNHOLD = "unhold"
    COACH_START = "coach-start"
    """A member coaches from now on."""
    COACH_STOP = "coach-stop"
    ANNOUNCEMENT_END = "announcement-end"
    ANNOUNCEMENT_FAIL = "announcement-fail"
    SPEECH_START = "speech-start"
    SPEECH_STOP = "speech-stop"
    DIGITS = "digits"
    """A member has pressed keys that its application waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRequests:
    """Where an application wants to be notified of what happens in a conference.

    Attributes:
        url: Absolute.
        events: What it wants to be notified of.
        for_all: The first member's requests are for the whole conference; otherwise each member's are for
            that member.
    """

    url: str
    method: str = "POST"
    events: frozenset[Happening] = frozenset()
    for_all: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberOptions:
    """How a party wants to be a member of a conference.

    Attributes:
        role: What the party is in a multi-party call.
        starts: The conference may start once this member and another one are there.
        starts_alone: With `starts`, it starts without another one.
        ends: The conference ends when this member leaves.
        ends_together: It ends only when all who have `ends` have left.
        stays_alone: The member stays when it is the last one.
        muted: The others do not hear it.
        held: It is on hold from the beginning.
        coaches: Only the member of that call hears it.
        coaches_agents: Only agents hear it.
        relays_digits: The others hear the keys that it presses, as tones.
        enter: Played to all when it enters.
        exit: Played to all when it leaves.
        most: Members that there may be, this one included.
        longest_s: Seconds that the conference may last, of its first member; 0 for no limit.
        label: Its name in the conference, possibly empty.
        requests: Where its application wants to be notified.
    """

    role: PartyRole = PartyRole.NONE
    starts: bool = True
    starts_alone: bool = False
    ends: bool = False
    ends_together: bool = False
    stays_alone: bool = True
    muted: bool = False
    held: bool = False
    coaches: CallId | None = None
    coaches_agents: bool = False
    relays_digits: bool = False
    enter: Tone | SoundDocument = Tone.NONE
    exit: Tone | SoundDocument = Tone.NONE
    most: int = 250
    longest_s: float = 0.0
    label: str = ""
    requests: StatusRequests | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One party of a conference.

    Attributes:
        leg: Of the party.
        call: That the leg belongs to.
        application: Of the call; its dialect spells the notifications.
    """

    leg: LegId
    call: CallId
    application: ApplicationId
    dialect: str
    options: MemberOptions = field(default_factory=MemberOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a member may say and hear.

    Attributes:
        coaches: Only that member hears this one.
        coaches_agents: Only agents hear this one.
        agent: The member hears those who coach agents.
    """

    muted: bool = False
    deaf: bool = False
    held: bool = False
    coaches: LegId | None = None
    coaches_agents: bool = False
    agent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of a member programs can change.

    Attributes:
        muted: The others do not hear it.
        held: It neither hears nor is heard, and has music.
        hold: What it hears on hold, if the program has said it.
        coaches: Only the member of that call hears it.
        coaches_agents: Only agents hear it.
    """

    muted: bool = False
    held: bool = False
    hold: SoundDocument | None = None
    coaches: CallId | None = None
    coaches_agents: bool = False

    @property
    def is_coaching(self) -> bool:
        """Whether only some members hear it."""
        return self.coaches_agents or self.coaches is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A member of before its server was restarted.

    Attributes:
        number: Its number among the members.
        started: Whether the conference had started.
        age_s: How long the conference has lasted.
        standing: What programs had made of the member.
    """

    conference: ConferenceId
    number: int
    started: bool
    age_s: float = 0.0
    standing: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Something that an application wants to be notified of.

    Attributes:
        sequence: Counts the reports of one conference, from 1.
        member: Whom it is about, if it is about one; of an end, the member that ended the conference.
        number: Of that member.
        leaving: Why the member left.
        ending: Why the conference ended.
        standing: Of the member.
        digits: The keys that it has pressed.
        age_s: How long the conference has lasted.
        announced: The URL of the announcement that has ended.
        failure: Why an announcement has failed.
    """

    kind: ConferenceKind = ConferenceKind.CONFERENCE

    happening: Happening
    account: AccountId
    conference: ConferenceId
    name: str
    sequence: int
    at: datetime
    requests: StatusRequests
    dialect: str
    member: Member | None = None
    number: int = 0
    leaving: LeaveReason | None = None
    ending: Ending | None = None
    standing: Standing = field(default_factory=Standing)
    digits: str = ""
    age_s: float = 0.0
    announced: str = ""
    failure: str = ""


# Messages of calls to a conference.


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """A party wants to become a member.

    Attributes:
        name: Of the conference, among those of its kind that the account has.
        resumed: It was a member before its server was restarted.
    """

    account: AccountId
    name: str
    member: Member
    kind: ConferenceKind = ConferenceKind.CONFERENCE
    resumed: Resumed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A member leaves."""

    leg: LegId
    reason: LeaveReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """A member began or stopped to speak."""

    leg: LegId
    speaking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMuted:
    """A member is to be heard no more, or again."""

    leg: LegId
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHeld:
    """A member is put on hold, or is there again.

    Attributes:
        hold: What it hears meanwhile; nothing for what its own document says.
    """

    leg: LegId
    held: bool
    hold: SoundDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCoaching:
    """Only some members hear a member from now on, or all of them again.

    Attributes:
        coaches: The call of the one that hears it.
        agents: All agents hear it.
    """

    leg: LegId
    coaches: CallId | None = None
    agents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """A program removes a member."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPressed:
    """A member has pressed keys that its application waits for."""

    leg: LegId
    digits: str


ConferenceMessage = Enter | Leave | Spoke | SetMuted | SetHeld | SetCoaching | Remove | KeysPressed
"""What calls send to a conference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The conference ends for all."""

    ending: Ending = Ending.BY_PROGRAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """An announcement has ended.

    Attributes:
        url: Where it came from; empty for a text.
        failure: Why it was not heard; empty if it was.
    """

    url: str = ""
    failure: str = ""
