"""What a check of `offhook doctor` saw, and what mends it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing is."""

    WELL = "well"
    LOOK = "look"
    AMISS = "amiss"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw.

    Attributes:
        cure: What mends it; empty when all is well.
    """

    what: str
    state: State
    seen: str
    cure: str = ""


def well(what: str, seen: str) -> Finding:
    """All is well with it."""
    return Finding(what, State.WELL, seen)
