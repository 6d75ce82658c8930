"""Entries about media: offers and answers, the path, what is played and measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from offhook.base.journal.entry import PROGRESS, STATE, EntryClass, JournalEntry, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed(JournalEntry):
    """No offer could be made to the party."""

    EVENT: ClassVar[str] = "offer-failed"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRefused(JournalEntry):
    """The party's offer cannot be used."""

    EVENT: ClassVar[str] = "offer-refused"

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefused(JournalEntry):
    """The party's answer cannot be used."""

    EVENT: ClassVar[str] = "answer-refused"

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferReceived(JournalEntry):
    """The party offers again (RFC 3264 §8).

    Attributes:
        reason: Such as `hold` or `attach`.
    """

    EVENT: ClassVar[str] = "offer-received"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT
    DROPPABLE: ClassVar[bool] = True

    number: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAnswered(JournalEntry):
    """The party answered our offer."""

    EVENT: ClassVar[str] = "offer-answered"

    number: int
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaConnected(JournalEntry):
    """Media can flow.

    Attributes:
        transport: `udp` or `tcp`.
        profile: The SRTP protection profile.
    """

    EVENT: ClassVar[str] = "media-connected"

    transport: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStarted(JournalEntry):
    """The first authenticated RTP packet came."""

    EVENT: ClassVar[str] = "media-started"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLost(JournalEntry):
    """No RTP came for some seconds."""

    EVENT: ClassVar[str] = "media-lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaResumed(JournalEntry):
    """RTP comes again."""

    EVENT: ClassVar[str] = "media-resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportFailed(JournalEntry):
    """The transport failed, or was never established."""

    EVENT: ClassVar[str] = "transport-failed"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathChanged(JournalEntry):
    """The party's media comes from another address."""

    EVENT: ClassVar[str] = "path-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaClosed(JournalEntry):
    """The engine has forgotten the leg."""

    EVENT: ClassVar[str] = "media-closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaReported(JournalEntry):
    """How the media of the leg fared: the fields of `base.media.MediaReport`."""

    EVENT: ClassVar[str] = "media-reported"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT

    codec: str
    received: Mapping[str, int | float | None]
    sent: Mapping[str, int | float | None]
    rtt_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityWarning(JournalEntry):
    """The page's quality monitor raised a warning."""

    EVENT: ClassVar[str] = "quality-warning"

    name: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityWarningCleared(JournalEntry):
    """It cleared one."""

    EVENT: ClassVar[str] = "quality-warning-cleared"

    name: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayStarted(JournalEntry):
    """Something is played to the leg.

    Attributes:
        sound: Its kind, such as `tones`.
        times: How often; 0 until it is stopped.
    """

    EVENT: ClassVar[str] = "play-started"
    CLASS: ClassVar[EntryClass] = PROGRESS

    sound: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyMediaConnected(JournalEntry):
    """The party hears what another one sends that rings: its carrier's early media."""

    EVENT: ClassVar[str] = "early-media-connected"

    with_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeepDetected(JournalEntry):
    """The party's audio had a steady tone, as of an answering machine.

    Attributes:
        hz: Its frequency.
        seconds: Its length.
    """

    EVENT: ClassVar[str] = "beep-detected"

    hz: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceDetected(JournalEntry):
    """The party has not spoken for so long.

    Attributes:
        seconds: How long.
    """

    EVENT: ClassVar[str] = "silence-detected"

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDetected(JournalEntry):
    """It is decided who answered, a person or a machine.

    Attributes:
        by: `human`, `machine`, `machine-beep`, `machine-silence`, `machine-other` or `unknown`.
        seconds: Since the answer.
    """

    EVENT: ClassVar[str] = "machine-detected"
    CLASS: ClassVar[EntryClass] = STATE

    by: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayFailed(JournalEntry):
    """It cannot be played."""

    EVENT: ClassVar[str] = "play-failed"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayEnded(JournalEntry):
    """What was played, or the keys that were sent, are over.

    Attributes:
        play: The number of the entry with which they began.
        end: `finished`, `stopped`, `interrupted` (by a key) or `unplayable`.
    """

    EVENT: ClassVar[str] = "play-ended"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT

    play: int
    end: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsSent(JournalEntry):
    """Keys are sent to the leg.

    Attributes:
        keys: How many.
    """

    EVENT: ClassVar[str] = "digits-sent"
    CLASS: ClassVar[EntryClass] = PROGRESS

    keys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsFailed(JournalEntry):
    """They cannot be sent."""

    EVENT: ClassVar[str] = "digits-failed"

    reason: str


ENTRIES: tuple[type[JournalEntry], ...] = (
    OfferFailed,
    OfferRefused,
    AnswerRefused,
    OfferReceived,
    OfferAnswered,
    MediaConnected,
    MediaStarted,
    MediaLost,
    MediaResumed,
    TransportFailed,
    PathChanged,
    MediaClosed,
    MediaReported,
    QualityWarning,
    QualityWarningCleared,
    EarlyMediaConnected,
    BeepDetected,
    SilenceDetected,
    MachineDetected,
    PlayStarted,
    PlayFailed,
    PlayEnded,
    DigitsSent,
    DigitsFailed,
)
