"""How a dial ended and who ended the call: for the record and the caller's page."""

from typing import Final

from offhook.base.cause_catalog import CAUSES
from offhook.base.causes import Cause
from offhook.base.commands import Notify
from offhook.base.ids import LegId
from offhook.base.journal.call_entries import DialEnded
from offhook.base.journal.entry import Entry, details
from offhook.base.journal.media_entries import DigitsSent, PlayStarted
from offhook.base.records import DialRecord
from offhook.calls.call_control import CallControl
from offhook.calls.leg import EndedBy, Leg

CALLER: Final = "caller"
CALLEE: Final = "callee"
APPLICATION: Final = "application"
SERVER: Final = "server"

_CHOSEN: Final = frozenset({Cause.NORMAL, Cause.REJECTED, Cause.BUSY, Cause.CANCELLED})
"""Causes with which a party ends its own leg; any other one is a failure that it did not choose."""
_DOCUMENT: Final = frozenset({Cause.NORMAL, Cause.REJECTED, Cause.BUSY, Cause.DOCUMENT_ENDED})
"""Causes with which a document ends the caller's leg."""
_SERVED: Final = (PlayStarted, DigitsSent)
"""What an application does for the caller: an end after it is the application's own."""


def dialled(control: CallControl, callee: Leg | None, cause: Cause, *, answered: bool) -> None:
    """Record how a dial ended, and notify the caller's page, unless the caller is gone.

    Args:
        control: The call.
        callee: The leg that answered, or the one with the most specific failure.
        cause: Why it ended.
        answered: Whether a party answered.
    """
    by = _party_of(None if callee is None else callee.ended_by, cause, own=CALLEE, other=CALLER)
    ended = DialEnded(answered=answered, cause=str(cause), by=by)
    control.note(ended, None if callee is None else callee.id)
    if not control.caller_leg.ended:
        fields = details(ended) | {"message": CAUSES[cause].sentence}
        control.signal.send(control.caller_leg.id, Notify(ended.event, fields))


def read(ended: DialEnded, leg: LegId | None) -> DialRecord:
    """The record of a dial, from its line in the journal."""
    return DialRecord(leg=leg, answered=ended.answered, cause=Cause(ended.cause), by=ended.by)


def served(entry: Entry, first: LegId) -> bool:
    """Whether the application did something for the caller."""
    return entry.leg == first and isinstance(entry.body, _SERVED)


def hung_up_by(cause: Cause, by: str, dial: DialRecord | None, *, inbound: bool = True) -> str:
    """Who ended a call.

    Args:
        cause: Why the first leg ended.
        by: Who ended that leg, an `EndedBy`.
        dial: The last dial, unless the application did something for the caller after it.
        inbound: The first leg is that of the caller; else of the party that a program called.
    """
    who = _party_of(by, cause, own=CALLER if inbound else CALLEE, other=CALLEE)
    if who != SERVER or cause not in _DOCUMENT:
        return who
    # A document without verbs after a bridged call leaves the end to the party that ended that.
    return CALLEE if dial is not None and dial.by == CALLEE else APPLICATION


def _party_of(by: str | None, cause: Cause, *, own: str, other: str) -> str:
    if cause is Cause.TRANSFERRED or (by == EndedBy.PEER and cause in _CHOSEN):
        return own
    return other if by == EndedBy.OTHER_LEG else SERVER
