"""What follows from an event of a conference: commands that its task carries out."""

from dataclasses import dataclass, field

from offhook.base.conferences import (
    Ending,
    Happening,
    LeaveReason,
    Member,
    SoundDocument,
    Standing,
    StatusRequests,
    Tone,
)
from offhook.base.events import ConferenceEvent


@dataclass(frozen=True, slots=True)
class Notify:
    """Post an event to the call of a member."""

    event: ConferenceEvent


@dataclass(frozen=True, slots=True)
class PlaySound:
    """Play to all members; `dialect` is that of a document."""

    sound: Tone | SoundDocument
    dialect: str = ""


@dataclass(frozen=True, slots=True)
class PlayKeys:
    """Play keys to all members, as tones."""

    digits: str


@dataclass(frozen=True, slots=True)
class SendReport:
    """Notify an application; the task of the conference adds who, what and when."""

    happening: Happening
    requests: StatusRequests
    dialect: str
    member: Member | None = None
    number: int = 0
    standing: Standing = field(default_factory=Standing)
    leaving: LeaveReason | None = None
    ending: Ending | None = None
    digits: str = ""
    announced: str = ""
    failure: str = ""


Command = Notify | PlaySound | PlayKeys | SendReport
"""What follows from an event."""
