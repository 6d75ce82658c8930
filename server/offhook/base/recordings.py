"""Recordings: what is asked for, what is known of one apart from its sound, and its reports."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from offhook.base.ids import AccountId, CallId, ConferenceId, LegId, RecordingId


class RecordingState(StrEnum):
    """How far a recording is. The values stand in the database and are never renamed."""

    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    COMPLETED = "completed"
    ABSENT = "absent"
    """There is nothing to keep: silence that was trimmed, or no sound at all."""
    FAILED = "failed"
    """Less was kept than was recorded; what there is can be played."""


RUNNING: Final = frozenset({RecordingState.IN_PROGRESS, RecordingState.PAUSED})


class RecordingSource(StrEnum):
    """What asked for a recording. The values stand in the database and are never renamed."""

    RECORD_VERB = "record-verb"
    DIAL_VERB = "dial-verb"
    SESSION = "session"
    CONFERENCE = "conference"
    API = "api"


class Tracks(StrEnum):
    """Which tracks of a leg are recorded."""

    INBOUND = "inbound"
    """What its party sends."""
    OUTBOUND = "outbound"
    """What its bridge or its conference sends to it."""
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTerms:
    """How to record.

    Attributes:
        tracks: Which tracks of the leg.
        dual: With both tracks: each has a channel of its own.
        most_s: Ends after so many seconds.
        silence_s: Ends when no voice was heard for so long; nothing for never.
        trim: Leave out silence at both ends.
    """

    tracks: Tracks = Tracks.INBOUND
    dual: bool = False
    most_s: float = 3_600.0
    silence_s: float | None = None
    trim: bool = False

    @property
    def channels(self) -> int:
        """1 or 2."""
        return 2 if self.dual and self.tracks is Tracks.BOTH else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingNotice:
    """Where a recording's callbacks go.

    Attributes:
        url: Absolute.
        method: `GET` or `POST`.
        states: Of which states.
        format: The ending of the link to the sound; empty for none.
    """

    url: str
    method: str = "POST"
    states: frozenset[RecordingState] = frozenset({RecordingState.COMPLETED})
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording.

    Attributes:
        call: The call that was recorded; the first one, if it is of a conference.
        conference: The conference that was recorded; nothing for that of a call.
        dialect: Of the application that asked for it.
        channels: 1 or 2.
        tracks: Which tracks of the leg.
        format: The ending of its file, such as `wav`.
        started_at: When the first sample was recorded.
        duration_s: Its length in seconds; nothing while it runs.
        size_bytes: Of its file; nothing while it runs.
        reason: Why it failed; empty otherwise.
        notice: Where its callbacks go; nothing for none.
    """

    id: RecordingId
    account: AccountId
    call: CallId
    conference: ConferenceId | None = None
    source: RecordingSource
    dialect: str = ""
    channels: int = 1
    tracks: Tracks = Tracks.INBOUND
    format: str = "wav"
    state: RecordingState = RecordingState.IN_PROGRESS
    started_at: datetime
    duration_s: float | None = None
    size_bytes: int | None = None
    reason: str = ""
    notice: RecordingNotice | None = None

    @property
    def runs(self) -> bool:
        """Whether its end is still to come."""
        return self.state in RUNNING

    @property
    def key(self) -> str:
        """The name of its file in the storage, with its account's folder."""
        return f"{self.account}/{self.id}.{self.format}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingReport:
    """What a callback says of a recording.

    Attributes:
        recording: As it is now.
        base_url: Where people reach the server, without a path.
    """

    recording: Recording
    base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    """A recording that is to begin.

    Attributes:
        leg: Whose audio; of a conference, the leg of the member that asked for it.
        terms: How.
    """

    recording: Recording
    leg: LegId
    terms: RecordingTerms
