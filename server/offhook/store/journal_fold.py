"""What all entries of a call in the journal come to.

The last entry of a number counts. Entries of an earlier owner that were written after another one claimed
the call do not count.
"""

import base64
import json
import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from offhook.base.ids import CallId, LegId
from offhook.base.journal.entry import Entry, Epoch
from offhook.base.journal.inputs import Input, read_event
from offhook.base.journal.table import decode
from offhook.base.records import UnfinishedCall
from offhook.store.former_entries import FormerEntries
from offhook.store.journal_entries import Kind, Row, context
from offhook.store.sealing import Sealer, unseal
from offhook.store.segments import FORMER, Content

log = logging.getLogger("offhook.store")

_OF_CALLS: Final = frozenset(
    (Kind.OPENED, Kind.NOTED, Kind.ENDED, Kind.SETTLED, Kind.INPUT, Kind.CLAIMED)
)

_NONE: Final = Epoch(0)


class _Claim(NamedTuple):
    """A change of owner, with the last entry and the last input that the new owner knew."""

    epoch: Epoch
    position: tuple[int, int]
    input: int


@dataclass(slots=True)
class Found:
    """What the journal has of a call.

    Attributes:
        first: The segment of its first entry.
        last: The segment of its last one.
        began: When it began, by its process's forward clock.
        alive: When its process ran last, by the same clock.
        seen: When its process ran last, as people read it.
        epoch: Of its last owner.
    """

    call: CallId
    first: int
    last: int
    began: float = 0.0
    alive: float = 0.0
    seen: datetime | None = None
    epoch: Epoch = _NONE
    _opened: Epoch = _NONE
    _rows: tuple[Epoch, list[Row]] | None = None
    _settled: Epoch | None = None
    _claims: list[_Claim] = field(default_factory=list[_Claim])
    _numbered: dict[tuple[int, int], Entry] = field(
        default_factory=dict[tuple[int, int], Entry], repr=False
    )
    _inputs: dict[int, Input] = field(default_factory=dict[int, Input], repr=False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its own journal, as far as it was written."""
        in_order = (self._numbered[position] for position in sorted(self._numbered))
        return tuple(e for e in in_order if not self._too_late(e.epoch, position=e.position))

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What its parties did, in order."""
        in_order = (self._inputs[number] for number in sorted(self._inputs))
        return tuple(each for each in in_order if not self._too_late(each.epoch, input=each.number))

    @property
    def rows(self) -> list[Row] | None:
        """Its pending callbacks; nothing while it has not ended."""
        if self._rows is None or self._too_late(self._rows[0]):
            return None
        return self._rows[1]

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self._settled is not None and not self._too_late(self._settled)

    def unfinished(self, epoch: Epoch) -> UnfinishedCall:
        """The call as its process left it, for an owner with `epoch`."""
        return UnfinishedCall(
            id=self.call,
            entries=self.entries,
            inputs=self.inputs,
            seen_s=max(0.0, self.alive - self.began),
            seen=self.seen,
            epoch=epoch,
        )

    def take(self, kind: int, row: list[Any], sealer: Sealer) -> bool:
        """Read one entry. Returns whether the call is written from here on by the clock of this segment."""
        _, call_epoch, node_epoch, *rest = row
        epoch = Epoch(call_epoch, node_epoch)
        self.epoch = max(self.epoch, epoch)
        match kind:
            case Kind.OPENED if epoch >= self._opened:
                # A process that takes a call up writes all of it again, by its own clock.
                self._opened, self.began = epoch, rest[0]
                return True
            case Kind.NOTED:
                self._take_entry(epoch, rest, sealer)
            case Kind.INPUT:
                self._take_input(epoch, rest, sealer)
            case Kind.CLAIMED:
                self._claims.append(_Claim(epoch, (rest[0], rest[1]), rest[2]))
            case Kind.ENDED:
                callbacks: list[Row] = [
                    {**each, "request": base64.b64decode(each["request"])} for each in rest[0]
                ]
                if self._rows is None or epoch >= self._rows[0]:
                    self._rows = epoch, callbacks
            case Kind.SETTLED:
                self._settled = max(self._settled or epoch, epoch)
            case _:
                pass
        return False

    def _too_late(
        self, epoch: Epoch, *, position: tuple[int, int] | None = None, input: int | None = None
    ) -> bool:
        """Whether an owner that had lost the call wrote it: the owner since then does not know of it."""
        for claim in self._claims:
            if claim.epoch.call <= epoch.call:
                continue
            known = position is not None and position <= claim.position
            if not known and not (input is not None and input <= claim.input):
                return True
        return False

    def _take_entry(self, epoch: Epoch, row: list[Any], sealer: Sealer) -> None:
        number, detail, at, event, leg, details, *more = row
        cause, sealed = more or (None, None)
        secret: Mapping[str, Any] = unseal(sealed, context(self.call), sealer) if sealed else {}
        before = self._numbered.get((number, detail))
        if before is not None and before.epoch > epoch:
            return
        self._numbered[number, detail] = Entry(
            number=number,
            at=at,
            body=decode(event, {**details, **secret}),
            leg=None if leg is None else LegId(leg),
            input=cause,
            detail=detail,
            epoch=epoch,
        )

    def _take_input(self, epoch: Epoch, row: list[Any], sealer: Sealer) -> None:
        number, after, at, sealed = row
        try:
            event = read_event(unseal(sealed, context(self.call), sealer))
        except ValueError:
            # Another version knows more of them: the call goes on without it.
            log.warning("input.unreadable", extra={"call": self.call, "number": number})
            return
        before = self._inputs.get(number)
        if before is None or before.epoch <= epoch:
            self._inputs[number] = Input(
                number=number, at=at, event=event, after=after, epoch=epoch
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
    processes: dict[CallId, str] = {}
    beats: dict[str, tuple[float, datetime]] = {}
    former = FormerEntries()
    for number, content in contents:
        for kind, payload in content.frames:
            row = json.loads(payload)
            if kind == Kind.ALIVE:
                beats[content.epoch] = row[0], datetime.fromisoformat(row[1])
            elif kind in _OF_CALLS and (only is None or row[0] in only):
                call = CallId(row[0])
                found = calls.setdefault(call, Found(call, number, number))
                found.last = number
                row = former.read(kind, row) if content.version == FORMER else row
                if found.take(kind, row, sealer):
                    processes[call] = content.epoch
    for call, found in calls.items():
        beat = beats.get(processes.get(call, ""))
        if beat is not None:
            found.alive, found.seen = beat
        yield found
