"""What stands in the journal: the kinds of its entries, and what all entries of a call come to.

Entries carry their number within the call, and the last one of a number counts: writing an entry again
changes nothing. Callbacks are sealed as in the database, and so are personal data and what only the call
itself needs.
"""

import base64
import json
import logging
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

from offhook.base.causes import Cause
from offhook.base.events import HungUp
from offhook.base.ids import CallId, LegId
from offhook.base.journal.entry import Entry, secrets
from offhook.base.journal.inputs import Input, read_event, write_event
from offhook.base.journal.table import decode
from offhook.base.records import CallRecord, UnfinishedCall
from offhook.store.outcomes import Outcome
from offhook.store.sealing import Sealer, seal, unseal
from offhook.store.segments import Content

log = logging.getLogger("offhook.store")

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


_FORMER_INPUTS: Final = frozenset({"hangup-received", "hang-up-received"})
"""Entries of a server before its upgrade that are inputs now."""
_FORMER_NUMBERS: Final = (1 << 30) - 1
"""Their numbers began behind this one."""
_OF_CALLS = frozenset((Kind.OPENED, Kind.NOTED, Kind.ENDED, Kind.SETTLED, Kind.INPUT))


class Ended(NamedTuple):
    """A call that has ended: its record, and its callbacks as rows of the outbox."""

    record: CallRecord
    rows: tuple[Row, ...]


Frame = tuple[Kind, bytes]


def opened(call: CallId, began: float) -> Frame:
    """A call begins, at `began` of its process's forward clock."""
    return Kind.OPENED, _write([call, began])


def noted(call: CallId, entry: Entry, sealer: Sealer) -> Frame:
    """One entry of a call's own journal."""
    plain = entry.details
    sealed = secrets(entry.body)
    for key in [key for key in plain if key.startswith("pii_")]:
        sealed[key] = plain.pop(key)
    row = [call, entry.number, entry.at, entry.event, entry.leg, plain]
    if sealed or entry.input is not None:
        row += [entry.input, seal(_write(sealed), _context(call), sealer) if sealed else None]
    return Kind.NOTED, _write(row)


def received(call: CallId, entry: Input, sealer: Sealer) -> Frame:
    """One input of a call."""
    sealed = seal(_write(write_event(entry.event)), _context(call), sealer)
    return Kind.INPUT, _write([call, entry.number, entry.at, sealed])


def ended(call: CallId, rows: Sequence[Row]) -> Frame:
    """The call has ended, with these callbacks pending."""
    owed = [{**row, "request": base64.b64encode(row["request"]).decode()} for row in rows]
    return Kind.ENDED, _write([call, owed])


def settled(call: CallId) -> Frame:
    """The database has the call, or nothing is to remain of it."""
    return Kind.SETTLED, _write([call])


def alive(now: float, wall: datetime) -> Frame:
    """The process runs, at `now` of its forward clock."""
    return Kind.ALIVE, _write([now, wall.isoformat()])


def answered(outcome: Outcome) -> Frame:
    """A callback was sent, with this outcome."""
    return Kind.ANSWERED, _write(outcome.row())


def folded(keys: Sequence[str]) -> Frame:
    """The database has the outcomes of these callbacks."""
    return Kind.FOLDED, _write(list(keys))


@dataclass(slots=True)
class Found:
    """What the journal has of a call.

    Attributes:
        first: The segment of its first entry.
        last: The segment of its last one.
        began: When it began, by its process's forward clock.
        alive: When its process ran last, by the same clock.
        rows: Its pending callbacks; nothing while it has not ended.
        settled: Nothing more is to be done for it.
        seen: When its process ran last, as people read it.
    """

    call: CallId
    first: int
    last: int
    began: float = 0.0
    alive: float = 0.0
    rows: list[Row] | None = None
    settled: bool = False
    seen: datetime | None = None
    numbered: dict[int, Entry] = field(default_factory=dict[int, Entry])
    inputs: dict[int, Input] = field(default_factory=dict[int, Input])

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its own journal, as far as it was written."""
        return tuple(self.numbered[number] for number in sorted(self.numbered))

    def unfinished(self) -> UnfinishedCall:
        """The call as its process left it."""
        return UnfinishedCall(
            id=self.call,
            entries=self.entries,
            inputs=tuple(self.inputs[number] for number in sorted(self.inputs)),
            seen_s=max(0.0, self.alive - self.began),
            seen=self.seen,
        )


def gather(
    contents: Iterable[tuple[int, Content]],
    sealer: Sealer,
    *,
    only: Container[CallId] | None = None,
) -> Iterator[Found]:
    """The entries of segments by call, in the order in which calls began.

    Args:
        contents: Segments with their numbers, in order.
        sealer: Opens what is sealed.
        only: These calls alone.
    """
    calls: dict[CallId, Found] = {}
    epochs: dict[CallId, str] = {}
    beats: dict[str, tuple[float, datetime]] = {}
    for number, content in contents:
        for kind, payload in content.frames:
            row = json.loads(payload)
            if kind == Kind.ALIVE:
                beats[content.epoch] = row[0], datetime.fromisoformat(row[1])
            elif kind in _OF_CALLS and (only is None or row[0] in only):
                call = CallId(row[0])
                found = calls.setdefault(call, Found(call, number, number))
                if kind == Kind.OPENED:
                    # A process that takes a call up writes all of it again, by its own clock.
                    epochs[call] = content.epoch
                found.last = number
                _take(found, kind, row, sealer)
    for call, found in calls.items():
        beat = beats.get(epochs.get(call, ""))
        if beat is not None:
            found.alive, found.seen = beat
        yield found


def _take(found: Found, kind: int, row: list[Any], sealer: Sealer) -> None:
    match kind:
        case Kind.OPENED:
            found.began = row[1]
        case Kind.NOTED:
            _take_entry(found, row, sealer)
        case Kind.INPUT:
            _take_input(found, row, sealer)
        case Kind.ENDED:
            found.rows = [{**owed, "request": base64.b64decode(owed["request"])} for owed in row[1]]
        case Kind.SETTLED:
            found.settled = True
        case _:
            pass


def _take_input(found: Found, row: list[Any], sealer: Sealer) -> None:
    _, number, at, sealed = row
    try:
        event = read_event(unseal(sealed, _context(found.call), sealer))
    except ValueError:
        # Another version knows more of them: the call goes on without it.
        log.warning("input.unreadable", extra={"call": found.call, "number": number})
        return
    found.inputs[number] = Input(number=number, at=at, event=event)


def _take_entry(found: Found, row: list[Any], sealer: Sealer) -> None:
    _, number, at, event, leg, details, *rest = row
    if event in _FORMER_INPUTS:
        ended = HungUp(leg=LegId(leg), cause=Cause(details["cause"]))
        number -= _FORMER_NUMBERS
        found.inputs[number] = Input(number=number, at=at, event=ended)
        return
    cause, sealed = rest or (None, None)
    secret: Mapping[str, Any] = unseal(sealed, _context(found.call), sealer) if sealed else {}
    found.numbered[number] = Entry(
        number=number,
        at=at,
        body=decode(event, {**details, **secret}),
        leg=None if leg is None else LegId(leg),
        input=cause,
    )


def _context(call: CallId) -> str:
    return f"journal:{call}"


def _write(value: object) -> bytes:
    # pydantic's writer takes a sixth of the time of json's; 20 entries are written for a call.
    try:
        return to_json(value, fallback=str)
    except ValueError:
        # Bytes, or half a surrogate pair that a page sent.
        return json.dumps(value, separators=(",", ":"), default=str, skipkeys=True).encode()
