"""Entries about recordings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from offhook.base.journal.entry import PROGRESS, STATE, EntryClass, JournalEntry, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(JournalEntry):
    """A recording begins.

    Attributes:
        recording: Its id.
        source: What asked for it.
        waits: It begins with the next bridge of the leg.
        secret_start: How, as JSON values.
    """

    EVENT: ClassVar[str] = "recording-started"
    CLASS: ClassVar[EntryClass] = STATE

    recording: str
    source: str
    waits: bool = False
    secret_start: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBegun(JournalEntry):
    """A recording that has waited for the bridge begins.

    Attributes:
        recording: Its id.
    """

    EVENT: ClassVar[str] = "recording-begun"
    CLASS: ClassVar[EntryClass] = STATE

    recording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEnded(JournalEntry):
    """Nothing more is recorded.

    Attributes:
        recording: Its id.
        reason: `stopped`, `limit` or `silence`.
    """

    EVENT: ClassVar[str] = "recording-ended"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT

    recording: str
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingKept(JournalEntry):
    """The recording can be fetched.

    Attributes:
        recording: Its id.
        state: `completed`, `absent` or `failed`.
    """

    EVENT: ClassVar[str] = "recording-kept"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT

    recording: str
    state: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed(JournalEntry):
    """A recording cannot begin."""

    EVENT: ClassVar[str] = "recording-failed"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused(JournalEntry):
    """Nothing that is said is recorded until the recording is resumed.

    Attributes:
        recording: Its id.
        skip: The time is left out; otherwise it is silence.
    """

    EVENT: ClassVar[str] = "recording-paused"
    CLASS: ClassVar[EntryClass] = STATE

    recording: str
    skip: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResumed(JournalEntry):
    """The recording goes on after a pause.

    Attributes:
        recording: Its id.
    """

    EVENT: ClassVar[str] = "recording-resumed"
    CLASS: ClassVar[EntryClass] = STATE

    recording: str


ENTRIES: tuple[type[JournalEntry], ...] = (
    RecordingStarted,
    RecordingBegun,
    RecordingEnded,
    RecordingKept,
    RecordingFailed,
    RecordingPaused,
    RecordingResumed,
)
