"""Values about conferences: who is in one, what happens in one, and what applications are notified of."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from offhook.base.ids import AccountId, ApplicationId, CallId, ConferenceId, LegId


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


class Happening(StrEnum):
    """What applications can be notified of."""

    START = "start"
    END = "end"
    JOIN = "join"
    LEAVE = "leave"
    MUTE = "mute"
    UNMUTE = "unmute"
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
        starts: The conference may start once this member and another one are there.
        ends: The conference ends when this member leaves.
        ends_together: It ends only when all who have `ends` have left.
        stays_alone: The member stays when it is the last one.
        muted: The others do not hear it.
        coaches: Only the member of that call hears it.
        enter: Played to all when it enters.
        exit: Played to all when it leaves.
        most: Members that there may be, this one included.
        label: Its name in the conference, possibly empty.
        requests: Where its application wants to be notified.
    """

    starts: bool = True
    ends: bool = False
    ends_together: bool = False
    stays_alone: bool = True
    muted: bool = False
    coaches: CallId | None = None
    enter: Tone = Tone.NONE
    exit: Tone = Tone.NONE
    most: int = 250
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
    """

    muted: bool = False
    deaf: bool = False
    held: bool = False
    coaches: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A member of before its server was restarted.

    Attributes:
        number: Its number among the members.
        started: Whether the conference had started.
    """

    conference: ConferenceId
    number: int
    started: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Something that an application wants to be notified of.

    Attributes:
        sequence: Counts the reports of one conference, from 1.
        member: Whom it is about, if it is about one; of an end, the member that ended the conference.
        number: Of that member.
        leaving: Why the member left.
        ending: Why the conference ended.
        muted: Whether the others do not hear the member.
        digits: The keys that it has pressed.
    """

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
    muted: bool = False
    digits: str = ""


# Messages of calls to a conference.


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """A party wants to become a member.

    Attributes:
        name: Of the conference, among those of the account.
        resumed: It was a member before its server was restarted.
    """

    account: AccountId
    name: str
    member: Member
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
class KeysPressed:
    """A member has pressed keys that its application waits for."""

    leg: LegId
    digits: str


ConferenceMessage = Enter | Leave | Spoke | SetMuted | KeysPressed
"""What calls send to a conference."""
