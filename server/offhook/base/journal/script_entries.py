"""Entries about the documents of an application and their verbs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from offhook.base.journal.entry import JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRequested(JournalEntry):
    """A document is about to be requested.

    Attributes:
        purpose: Such as `answer` or `action`.
        nonce: The same for every time that this request is sent.
        secret_question: What is asked, as `flow.position` writes it.
    """

    EVENT: ClassVar[str] = "document-requested"
    STATE: ClassVar[bool] = True

    purpose: str
    method: str
    pii_url: str
    nonce: str
    secret_question: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReceived(JournalEntry):
    """A document came, or a program gave one.

    Attributes:
        took_ms: How long the request took.
        verbs: The names of its verbs.
        purpose: What it was requested for.
        secret_document: The document with its URL, as `flow.position` writes it.
    """

    EVENT: ClassVar[str] = "document-received"
    STATE: ClassVar[bool] = True

    status: int
    took_ms: int
    verbs: Sequence[str]
    purpose: str
    secret_document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFailed(JournalEntry):
    """No usable document came.

    Attributes:
        code: The code of the dialect.
    """

    EVENT: ClassVar[str] = "document-failed"
    STATE: ClassVar[bool] = True

    code: str
    reason: str
    took_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWarning(JournalEntry):
    """Something in the document was not understood, and passed over."""

    EVENT: ClassVar[str] = "document-warning"

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSent(JournalEntry):
    """A request is about to be sent whose answer is ignored."""

    EVENT: ClassVar[str] = "notification-sent"
    STATE: ClassVar[bool] = True

    purpose: str
    method: str
    pii_url: str
    nonce: str
    secret_question: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationAnswered(JournalEntry):
    """It was answered."""

    EVENT: ClassVar[str] = "notification-answered"
    STATE: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationFailed(JournalEntry):
    """It was not."""

    EVENT: ClassVar[str] = "notification-failed"
    STATE: ClassVar[bool] = True

    code: str
    reason: str
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyDocuments(JournalEntry):
    """The call has requested too many documents in too short a time."""

    EVENT: ClassVar[str] = "too-many-documents"

    at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbStarted(JournalEntry):
    """A verb begins.

    Attributes:
        index: Its place in the document, from 0.
    """

    EVENT: ClassVar[str] = "verb-started"
    STATE: ClassVar[bool] = True

    index: int
    verb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbEnded(JournalEntry):
    """It is over.

    Attributes:
        secret_outcome: How the call goes on, as `flow.position` writes it.
    """

    EVENT: ClassVar[str] = "verb-ended"
    STATE: ClassVar[bool] = True

    index: int
    secret_outcome: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundMissing(JournalEntry):
    """A sound could not be fetched."""

    EVENT: ClassVar[str] = "sound-missing"

    message: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundUnplayable(JournalEntry):
    """A sound cannot be played."""

    EVENT: ClassVar[str] = "sound-unplayable"

    message: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechUnavailable(JournalEntry):
    """A text could not be spoken."""

    EVENT: ClassVar[str] = "speech-unavailable"

    message: str


ENTRIES: tuple[type[JournalEntry], ...] = (
    DocumentRequested,
    DocumentReceived,
    DocumentFailed,
    DocumentWarning,
    NotificationSent,
    NotificationAnswered,
    NotificationFailed,
    TooManyDocuments,
    VerbStarted,
    VerbEnded,
    SoundMissing,
    SoundUnplayable,
    SpeechUnavailable,
)

SCRIPT: tuple[type[JournalEntry], ...] = (
    DocumentRequested,
    DocumentReceived,
    DocumentFailed,
    NotificationSent,
    NotificationAnswered,
    NotificationFailed,
    VerbStarted,
    VerbEnded,
)
"""Entries that a call goes on from, and needs no more once it has another document."""
