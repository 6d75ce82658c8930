"""Feedback of users and pages on a call's quality, and the engine's packet counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

Sample = Mapping[str, float | int | str | bool | None]
"""One second of a call, as a page measured it; at most 32 values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """Feedback on a call.

    Attributes:
        score: 1, bad, to 5, very good.
        issues: Words for what was wrong, at most 16.
        note: In the person's own words.
        log: Lines of the page's log, only if the person agreed.
        at: When it was given.
    """

    score: int
    issues: Sequence[str] = ()
    note: str = ""
    log: Sequence[str] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCounts:
    """Packets of a leg since it began.

    Attributes:
        received: That its party sent and the engine got.
        sent: That the engine sent to it.
    """

    received: int
    sent: int
