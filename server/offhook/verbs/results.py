"""How verbs end: one union of results, which documents are requested with."""

from dataclasses import dataclass

from offhook.base.causes import Cause
from offhook.base.ids import ConferenceId, LegId


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
    """

    caller: LegId
    callee: LegId | None
    answered: bool
    rang: bool
    duration_s: float
    cause: Cause
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectResult:
    """What was collected.

    Attributes:
        digits: Keys, without the one that ended it; empty if there were none.
        typed: The application is told that it is keys.
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
    """

    conference: ConferenceId
    name: str
    number: int
    duration_s: float


Result = DialResult | CollectResult | ConferenceResult
"""The result of any verb that has one; a dialect spells each in its own parameters."""
