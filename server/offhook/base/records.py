"""What remains of a call: its record, the records of its legs, its journal."""

from dataclasses import dataclass, field
from datetime import datetime

from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.journal.entry import FIRST, Entry, Epoch
from offhook.base.journal.inputs import Input
from offhook.base.media import MediaReport
from offhook.base.web import WebRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRecord:
    """What remains of one party's part in a call.

    Attributes:
        direction: `inbound` (it called us) or `outbound` (we called it).
        peer: Its address in canonical form.
        ended_by: `peer`, `server` or `other-leg`.
        media: The engine's last report; nothing if media never began.
    """

    id: LegId
    direction: str
    peer: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    cause: Cause
    ended_by: str
    media: MediaReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRecord:
    """How the last dial of a call ended.

    Attributes:
        leg: The leg that answered, or with the most specific failure; nothing if no leg was made.
        answered: Whether a party answered.
        cause: Why it ended.
        by: Who ended it: `caller`, `callee` or `server`.
    """

    leg: LegId | None
    answered: bool
    cause: Cause
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """What remains of a call.

    Attributes:
        direction: `inbound` (a party called us) or `outbound` (the API placed the call).
        caller: The caller's address in canonical form.
        callee: Who was called, as the caller named it.
        cause: Why the first leg ended.
        hung_up_by: Who ended the call: `caller`, `callee`, `application` or `server`; empty if
            that was not recorded.
        dialled: How the last dial ended; nothing if no party was dialled.
        legs: The first leg first.
        journal: All that happened, in order.
    """

    id: CallId
    account: AccountId
    application: ApplicationId
    dialect: str
    direction: str
    caller: str
    callee: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    cause: Cause
    hung_up_by: str = ""
    dialled: DialRecord | None = None
    legs: tuple[LegRecord, ...]
    journal: tuple[Entry, ...] = field(repr=False)

    @property
    def duration_s(self) -> float:
        """Seconds from the beginning to the end."""
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def answered_s(self) -> float:
        """Seconds from the answer to the end; 0 if it was never answered."""
        if self.answered_at is None:
            return 0.0
        return (self.ended_at - self.answered_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedCall:
    """A call that was up when its server died.

    Attributes:
        entries: Its journal, as far as it was written.
        inputs: What its parties did, in order.
        seen_s: Seconds after its beginning at which its server ran last.
        seen: When that was, as people read it; nothing if it was in the call's first second.
        epoch: With which this process has it now.
    """

    id: CallId
    entries: tuple[Entry, ...]
    seen_s: float
    inputs: tuple[Input, ...] = ()
    seen: datetime | None = None
    epoch: Epoch = FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A request that must reach a user's web server sooner or later, its answer ignored.

    Attributes:
        key: The same for every try: what a receiver needs to count it once.
        order: Callbacks of one call leave in this order.
        request: What to send.
    """

    key: str
    call: CallId
    order: int
    request: WebRequest


@dataclass(frozen=True, slots=True)
class Due:
    """A callback that may be sent now, before it is decided which of all are sent.

    Attributes:
        key: Of the callback.
        account: Whose it is.
        server: The same text for all callbacks to one web server.
    """

    key: str
    account: AccountId
    server: str
