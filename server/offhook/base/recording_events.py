"""What happens to recordings of a leg, as events of that leg."""

from dataclasses import dataclass

from offhook.base.events import LegEvent
from offhook.base.ids import RecordingId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEnded(LegEvent):
    """Nothing more is recorded; the file is written out now.

    Attributes:
        reason: `stopped`, which includes the end of its leg, `limit` or `silence`.
        seconds: Of what is kept.
    """

    recording: RecordingId
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingWritten(LegEvent):
    """The file is complete, or cannot be: then `error` is why. For who keeps recordings, not for the call."""

    recording: RecordingId
    seconds: float
    size_bytes: int
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingKept(LegEvent):
    """The recording has ended in a `base.recordings.RecordingState`, and can be fetched."""

    recording: RecordingId
    state: str
    seconds: float
