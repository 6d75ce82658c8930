"""What came of sending a callback: the values that the journal keeps until the database has them.

An outcome names moments, not pauses, so that the database may take it late, and twice, without harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """How an attempt to send a callback ended. The values stand in journals and are never renamed."""

    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt to send a callback.

    Attributes:
        key: Of the callback.
        at: Unix seconds: when a failed one is due again, or when a dead one was given up.
        reason: What went wrong; empty when nothing did.
    """

    key: str
    result: Result
    at: float = 0.0
    reason: str = ""

    def row(self) -> list[object]:
        """JSON values for the journal."""
        return [self.key, self.result.value, self.at, self.reason]

    @classmethod
    def of_row(cls, row: Sequence[object]) -> "Outcome":
        """The outcome that `row` gave.

        Raises:
            ValueError: it is no such row.
        """
        match row:
            case [str() as key, str() as result, int() | float() as at, str() as reason]:
                return cls(key, Result(result), at, reason)
            case _:
                raise ValueError("no outcome of a callback")
