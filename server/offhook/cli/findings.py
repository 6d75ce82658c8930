"""The result of one check of `offhook doctor`, and how to fix what it found."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        check: What was checked.
        detail: What the check found.
        hint: How to fix it; empty when the check passed.
    """

    check: str
    status: Status
    detail: str
    hint: str = ""


def ok(check: str, detail: str) -> Finding:
    """The check passed."""
    return Finding(check, Status.OK, detail)
