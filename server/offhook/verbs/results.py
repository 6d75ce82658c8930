"""How verbs end: one union of results, which documents are requested with."""

from dataclasses import dataclass
from datetime import datetime

from offhook.base.causes import Cause
from offhook.base.conferences import ConferenceKind, PartyRole
from offhook.base.ids import ConferenceId, LegId, RecordingId
from offhook.base.queues import Place
from offhook.calls.machine_detection import AnsweredBy


@dataclass(frozen=True, slots=True, kw_only=True)
class DialResult:
    """How a dial ended.

    Attributes:
        caller: The leg that dialled.
        callee: The leg that answered, or the one with the most specific failure; nothing if none was made.
        answered: Whether a party answered.
        rang: Whether any device rang.
        duration_s: Seconds that the two legs were bridged.
        cause: Why it ended.
        cancelled: The caller gave up before an answer.
        recording: The one of this dial.
    """

    caller: LegId
    callee: LegId | None
    answered: bool
    rang: bool
    duration_s: float
    cause: Cause
    cancelled: bool = False
    recording: RecordingId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectResult:
    """What was collected.

    Attributes:
        digits: Keys, without the one that ended it; empty if there were none.
        typed: The application learns that it is keys.
    """

    digits: str
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceResult:
    """How a stay in a conference ended.

    Attributes:
        conference: Empty if the party was refused.
        name: Of the conference.
        number: Of the member.
        duration_s: Seconds that the party was a member.
        kind: Of the conference.
        role: What the party was in a multi-party call.
        entered_at: When it became a member.
        left_at: When it left.
    """

    conference: ConferenceId
    name: str
    number: int
    duration_s: float
    kind: ConferenceKind = ConferenceKind.CONFERENCE
    role: PartyRole = PartyRole.NONE
    entered_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitResult:
    """What a caller who waits in a queue is about to hear is to know.

    Attributes:
        queue: The id of the queue.
        waited_s: How long it has waited.
        place: Where it is in the queue, while it waits.
        agent: The leg of the agent who has taken it.
    """

    queue: str
    waited_s: float
    place: Place | None = None
    agent: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueResult:
    """How a caller left a queue.

    Attributes:
        queue: The id of the queue.
        result: `bridged`, `leave`, `queue-full`, `error` or `hangup`.
        waited_s: Seconds since it had entered.
    """

    queue: str
    result: str
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DequeueResult:
    """How an agent's dial of a queue ended.

    Attributes:
        queue: The id of the queue.
        caller: The leg of the caller that the agent got; nothing if there was none.
        waited_s: How long it had waited.
        duration_s: How long the two were bridged.
    """

    queue: str
    caller: LegId | None
    waited_s: float
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineResult:
    """Who answered a call that a program began.

    Attributes:
        by: A person, a machine and how far its greeting is, or unknown.
        seconds: How long the decision took, from the answer on.
    """

    by: AnsweredBy
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordResult:
    """What was recorded, or is from now on.

    Attributes:
        recording: Its id.
        seconds: How long it is; nothing while it runs.
        started_at: When it began.
        digits: The key that ended it, `hangup` if the caller did, else empty.
        format: The ending of the link to the sound; empty for none.
    """

    recording: RecordingId
    seconds: float | None
    started_at: datetime
    digits: str = ""
    format: str = ""


Result = (
    MachineResult
    | DialResult
    | CollectResult
    | ConferenceResult
    | WaitResult
    | QueueResult
    | DequeueResult
    | RecordResult
)
"""The result of any verb that has one; a dialect spells each in its own parameters."""
