"""Entries about a call and its legs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from offhook.base.journal.entry import PROGRESS, STATE, EntryClass, JournalEntry, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(JournalEntry):
    """The call begins.

    Attributes:
        direction: `inbound` or `outbound`.
        at: When, in ISO 8601, UTC.
        secret_parameters: What the application gets with every request.
        secret_headers: Custom headers of the call.
        secret_outbound: How a program wants it to begin; nothing for a call that a party began.
    """

    EVENT: ClassVar[str] = "call-started"
    CLASS: ClassVar[EntryClass] = STATE

    account: str
    application: str
    dialect: str
    direction: str
    at: str
    pii_caller: str
    pii_callee: str
    secret_parameters: Mapping[str, str] | None = None
    secret_headers: Mapping[str, str] | None = None
    secret_outbound: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(JournalEntry):
    """A server that was restarted has taken the call up.

    Attributes:
        seen_s: Seconds after the call's beginning at which the server before ran last.
        away_s: Seconds from then until the start of this one.
    """

    EVENT: ClassVar[str] = "call-resumed"
    CLASS: ClassVar[EntryClass] = STATE

    seen_s: float
    away_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCrashed(JournalEntry):
    """A defect of the server ended the call."""

    EVENT: ClassVar[str] = "call-crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFull(JournalEntry):
    """From here on only entries are written that the call cannot do without."""

    EVENT: ClassVar[str] = "journal-full"

    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStarted(JournalEntry):
    """One more party.

    Attributes:
        target: Which of the targets of the verb that dials, from 0; nothing for any other leg.
    """

    EVENT: ClassVar[str] = "leg-started"
    CLASS: ClassVar[EntryClass] = STATE

    direction: str
    pii_peer: str
    target: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging(JournalEntry):
    """A device of the party rings, or the caller was notified of ringing."""

    EVENT: ClassVar[str] = "leg-ringing"
    CLASS: ClassVar[EntryClass] = PROGRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(JournalEntry):
    """The party answered, or its call was answered."""

    EVENT: ClassVar[str] = "leg-answered"
    CLASS: ClassVar[EntryClass] = STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(JournalEntry):
    """The leg is over.

    Attributes:
        by: `peer`, `server` or `other-leg`.
    """

    EVENT: ClassVar[str] = "leg-ended"
    CLASS: ClassVar[EntryClass] = STATE

    cause: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsBridged(JournalEntry):
    """The leg hears another one, and that one it."""

    EVENT: ClassVar[str] = "legs-bridged"
    CLASS: ClassVar[EntryClass] = STATE

    with_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsUnbridged(JournalEntry):
    """It does no longer."""

    EVENT: ClassVar[str] = "legs-unbridged"
    CLASS: ClassVar[EntryClass] = STATE

    from_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsJoined(JournalEntry):
    """The leg hears a leg of another call, after an attended transfer."""

    EVENT: ClassVar[str] = "legs-joined"
    CLASS: ClassVar[EntryClass] = STATE

    with_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorChanged(JournalEntry):
    """The call lives for this leg from now on: the party of the first has transferred it."""

    EVENT: ClassVar[str] = "anchor-changed"
    CLASS: ClassVar[EntryClass] = STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMuted(JournalEntry):
    """What the leg sends is silence.

    Attributes:
        by: `server` if a program wanted it; absent if the party muted itself.
    """

    EVENT: ClassVar[str] = "leg-muted"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT
    DROPPABLE: ClassVar[bool] = True

    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegUnmuted(JournalEntry):
    """It is heard again."""

    EVENT: ClassVar[str] = "leg-unmuted"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT
    DROPPABLE: ClassVar[bool] = True

    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnded(JournalEntry):
    """A dial is over.

    Attributes:
        by: `caller`, `callee` or `server`.
    """

    EVENT: ClassVar[str] = "dial-ended"
    CLASS: ClassVar[EntryClass] = STATE

    answered: bool
    cause: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequested(JournalEntry):
    """The party requests a transfer of the other end.

    Attributes:
        with_: The party's own leg of another call, for an attended transfer.
    """

    EVENT: ClassVar[str] = "transfer-requested"
    CLASS: ClassVar[EntryClass] = STATE
    ROLE: ClassVar[Role | None] = Role.INPUT
    DROPPABLE: ClassVar[bool] = True

    pii_to: str
    with_: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(JournalEntry):
    """The transfer that the party requested was not carried out."""

    EVENT: ClassVar[str] = "transfer-failed"
    CLASS: ClassVar[EntryClass] = STATE
    DROPPABLE: ClassVar[bool] = True

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendedTransfer(JournalEntry):
    """The other end is joined with a leg of another call.

    Attributes:
        with_: That leg; nothing if the other call had none to give.
        pii_name: The address of its party.
    """

    EVENT: ClassVar[str] = "attended-transfer"
    CLASS: ClassVar[EntryClass] = STATE

    with_: str | None = None
    pii_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitReceived(JournalEntry):
    """The party pressed a key.

    Attributes:
        pii_digit: Empty if the application wants it nowhere to be seen.
        secret_digit: It, in that case.
        signalled: It came over the link, not in the media.
    """

    EVENT: ClassVar[str] = "digit-received"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT
    DROPPABLE: ClassVar[bool] = True

    pii_digit: str
    seconds: float
    signalled: bool
    secret_digit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(JournalEntry):
    """The party sent a message within the call."""

    EVENT: ClassVar[str] = "message-received"
    CLASS: ClassVar[EntryClass] = PROGRESS
    ROLE: ClassVar[Role | None] = Role.INPUT
    DROPPABLE: ClassVar[bool] = True

    type: str
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAccepted(JournalEntry):
    """A program's request took effect.

    Attributes:
        id: Of the request.
        kind: Such as `redirect`.
        play: The number of the entry with which what it plays began.
        secret_action: The request itself, where the call needs it to go on.
    """

    EVENT: ClassVar[str] = "control-accepted"
    CLASS: ClassVar[EntryClass] = STATE
    ROLE: ClassVar[Role | None] = Role.INPUT

    id: str
    kind: str
    play: int | None = None
    secret_action: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFailed(JournalEntry):
    """A program's request did not take effect."""

    EVENT: ClassVar[str] = "control-failed"

    id: str
    kind: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoute(JournalEntry):
    """No way leads to an address of that kind."""

    EVENT: ClassVar[str] = "no-route"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandUnsupported(JournalEntry):
    """The party's device has no way to carry out a command."""

    EVENT: ClassVar[str] = "command-unsupported"

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUnloading(JournalEntry):
    """The party's page is unloaded."""

    EVENT: ClassVar[str] = "page-unloading"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReattached(JournalEntry):
    """A page that was reloaded, or whose server was, has the call again."""

    EVENT: ClassVar[str] = "page-reattached"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost(JournalEntry):
    """The link to the party's device broke."""

    EVENT: ClassVar[str] = "link-lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkResumed(JournalEntry):
    """It works again."""

    EVENT: ClassVar[str] = "link-resumed"


ENTRIES: tuple[type[JournalEntry], ...] = (
    CallStarted,
    CallResumed,
    CallCrashed,
    JournalFull,
    LegStarted,
    LegRinging,
    LegAnswered,
    LegEnded,
    LegsBridged,
    LegsUnbridged,
    LegsJoined,
    AnchorChanged,
    LegMuted,
    LegUnmuted,
    DialEnded,
    TransferRequested,
    TransferFailed,
    AttendedTransfer,
    DigitReceived,
    MessageReceived,
    ControlAccepted,
    ControlFailed,
    NoRoute,
    CommandUnsupported,
    PageUnloading,
    PageReattached,
    LinkLost,
    LinkResumed,
)
