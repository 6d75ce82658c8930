"""Entries about the documents of an application and their verbs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from offhook.base.journal.entry import PROGRESS, STATE, EntryClass, JournalEntry, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRequested(JournalEntry):
    """A document is about to be requested.

    Attributes:
        purpose: Such as `answer` or `action`.
        nonce: The same for every time that this request is sent.
        sent: How many requests the call has sent by now, this one included.
        secret_question: What is asked, as `flow.position` writes it.
    """

    EVENT: ClassVar[str] = "document-requested"
    CLASS: ClassVar[EntryClass] = STATE

    purpose: str
    method: str
    pii_url: str
    nonce: str
    secret_question: Mapping[str, object]
    sent: int | None = None


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
    CLASS: ClassVar[EntryClass] = STATE
    ROLE: ClassVar[Role | None] = Role.INPUT

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
    CLASS: ClassVar[EntryClass] = STATE
    ROLE: ClassVar[Role | None] = Role.INPUT

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
    CLASS: ClassVar[EntryClass] = STATE

    purpose: str
    method: str
    pii_url: str
    nonce: str
    secret_question: Mapping[str, object]
    sent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationAnswered(JournalEntry):
    """It was answered."""

    EVENT: ClassVar[str] = "notification-answered"
    CLASS: ClassVar[EntryClass] = STATE
    ROLE: ClassVar[Role | None] = Role.INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationFailed(JournalEntry):
    """It was not."""

    EVENT: ClassVar[str] = "notification-failed"
    CLASS: ClassVar[EntryClass] = STATE
    ROLE: ClassVar[Role | None] = Role.INPUT

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
    CLASS: ClassVar[EntryClass] = PROGRESS

    index: int
    verb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbEnded(JournalEntry):
    """It is over.

    Attributes:
        secret_outcome: How the call goes on, as `flow.position` writes it.
    """

    EVENT: ClassVar[str] = "verb-ended"
    CLASS: ClassVar[EntryClass] = STATE

    index: int
    secret_outcome: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerRequested(JournalEntry):
    """A document is about to be requested that runs within a verb.

    Attributes:
        purpose: Such as `callee`.
        nonce: The same for every time that this request is sent.
        secret_question: What is asked.
    """

    EVENT: ClassVar[str] = "inner-document-requested"
    CLASS: ClassVar[EntryClass] = STATE

    purpose: str
    method: str
    pii_url: str
    nonce: str
    secret_question: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerReceived(JournalEntry):
    """It came.

    Attributes:
        took_ms: How long the request took.
        verbs: The names of its verbs.
        purpose: What it was requested for.
        secret_document: The document with its URL.
    """

    EVENT: ClassVar[str] = "inner-document-received"
    CLASS: ClassVar[EntryClass] = STATE

    status: int
    took_ms: int
    verbs: Sequence[str]
    purpose: str
    secret_document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerFailed(JournalEntry):
    """It did not come, or cannot be used.

    Attributes:
        code: The code of the dialect.
    """

    EVENT: ClassVar[str] = "inner-document-failed"
    CLASS: ClassVar[EntryClass] = STATE

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntered(JournalEntry):
    """The caller waits in a queue."""

    EVENT: ClassVar[str] = "queue-entered"
    CLASS: ClassVar[EntryClass] = PROGRESS

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft(JournalEntry):
    """It has left it.

    Attributes:
        result: Such as `bridged` or `leave`.
    """

    EVENT: ClassVar[str] = "queue-left"

    queue: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDialled(JournalEntry):
    """The caller waits for a member of a queue."""

    EVENT: ClassVar[str] = "queue-dialled"

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStarted(JournalEntry):
    """A verb within another verb begins.

    Attributes:
        index: Its place in it, from 0.
    """

    EVENT: ClassVar[str] = "part-started"
    CLASS: ClassVar[EntryClass] = PROGRESS

    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectStarted(JournalEntry):
    """The prompts of a verb that collects keys begin.

    Attributes:
        attempt: From 1; another one follows when the caller pressed no key, or a wrong one.
    """

    EVENT: ClassVar[str] = "collect-started"
    CLASS: ClassVar[EntryClass] = PROGRESS

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectWaiting(JournalEntry):
    """The prompts are over, and the wait for a key begins."""

    EVENT: ClassVar[str] = "collect-waiting"
    CLASS: ClassVar[EntryClass] = PROGRESS


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
    InnerRequested,
    InnerReceived,
    InnerFailed,
    QueueEntered,
    QueueLeft,
    QueueDialled,
    PartStarted,
    CollectStarted,
    CollectWaiting,
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
    InnerRequested,
    InnerReceived,
    InnerFailed,
    PartStarted,
    CollectStarted,
    CollectWaiting,
)
"""Entries that a call goes on from, and needs no more once it has another document."""
