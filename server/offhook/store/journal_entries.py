"""What stands in the journal: the kinds of its entries, and how each is written.

Each entry of a call carries the epoch of its writer (`base.ownership`) and its own number, so that
writing it again changes nothing. Callbacks are sealed as in the database, and so are personal data and
what only the call itself needs.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

from pydantic_core import to_json

from offhook.base.ids import CallId
from offhook.base.journal.entry import Entry, Epoch, parted
from offhook.base.journal.inputs import Input, write_event
from offhook.base.records import CallRecord
from offhook.store.outcomes import Outcome
from offhook.store.sealing import Sealer, seal

Row = Mapping[str, Any]


class Kind(IntEnum):
    """What an entry of the journal is. Numbers are never used again."""

    OPENED = 1
    NOTED = 2
    ENDED = 3
    SETTLED = 4
    ALIVE = 5
    ANSWERED = 6
    FOLDED = 7
    INPUT = 8
    CLAIMED = 9
    QUEUED = 10
    STORED = 11
    ORDER = 12


class Ended(NamedTuple):
    """A call that has ended: its record, and its callbacks as rows of the outbox."""

    record: CallRecord
    rows: tuple[Row, ...]


Frame = tuple[Kind, bytes]


def opened(call: CallId, epoch: Epoch, began: float) -> Frame:
    """A call begins, or is written again, at `began` of its process's forward clock."""
    return Kind.OPENED, _write([call, *epoch, began])


def claimed(call: CallId, epoch: Epoch, position: tuple[int, int], inputs: int) -> Frame:
    """The call has another owner.

    Args:
        call: Its id.
        epoch: Of the new owner. What has a lower one and comes after these has no effect.
        position: Of the last entry that the new owner knows.
        inputs: The number of the last input that it knows.
    """
    return Kind.CLAIMED, _write([call, *epoch, *position, inputs])


def noted(call: CallId, entry: Entry, sealer: Sealer) -> Frame:
    """One entry of a call's own journal."""
    plain, sealed = parted(entry.body)
    number, detail, at, leg = entry.number, entry.detail, entry.at, entry.leg
    row = [call, *entry.epoch, number, detail, at, entry.event, leg, plain]
    if sealed or entry.input is not None:
        row += [entry.input, seal(_write(sealed), context(call), sealer) if sealed else None]
    return Kind.NOTED, _write(row)


def received(call: CallId, entry: Input, sealer: Sealer) -> Frame:
    """One input of a call."""
    sealed = seal(_write(write_event(entry.event)), context(call), sealer)
    return Kind.INPUT, _write([call, *entry.epoch, entry.number, entry.after, entry.at, sealed])


def ended(call: CallId, epoch: Epoch, rows: Sequence[Row]) -> Frame:
    """The call has ended, with these callbacks pending."""
    callbacks = [{**row, "request": base64.b64encode(row["request"]).decode()} for row in rows]
    return Kind.ENDED, _write([call, *epoch, callbacks])


def settled(call: CallId, epoch: Epoch) -> Frame:
    """The database has the call, or nothing is to remain of it."""
    return Kind.SETTLED, _write([call, *epoch])


def alive(now: float, wall: datetime) -> Frame:
    """The process runs, at `now` of its forward clock."""
    return Kind.ALIVE, _write([now, wall.isoformat()])


def answered(outcome: Outcome) -> Frame:
    """A callback was sent, with this outcome."""
    return Kind.ANSWERED, _write(outcome.row())


def folded(keys: Sequence[str]) -> Frame:
    """The database has the outcomes of these callbacks."""
    return Kind.FOLDED, _write(list(keys))


def queued(row: Row) -> Frame:
    """A callback that is pending while its call goes on, as a row of the outbox."""
    return Kind.QUEUED, _write({**row, "request": base64.b64encode(row["request"]).decode()})


def stored(keys: Sequence[str]) -> Frame:
    """The database has these callbacks."""
    return Kind.STORED, _write(list(keys))


def order(order: CallId, number: int) -> Frame:
    """The last number of an order of callbacks; 0 when there are no more of it."""
    return Kind.ORDER, _write([order, number])


def context(call: CallId) -> str:
    """What sealed values of a call are bound to."""
    return f"journal:{call}"


def _write(value: object) -> bytes:
    # pydantic's writer takes a sixth of the time of json's; 20 entries are written for a call.
    try:
        return to_json(value, fallback=str)
    except ValueError:
        # Bytes, or half a surrogate pair that a page sent.
        return json.dumps(value, separators=(",", ":"), default=str, skipkeys=True).encode()
