"""Callbacks that are queued while calls run, such as those of conferences: journaled first, then stored.

Those of one order (a conference) are numbered, and the last number outlives the process: an application sees
no number twice.
"""

import asyncio
import base64
import json
import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from offhook.base.clock import Clock
from offhook.base.errors import Fenced, Unavailable
from offhook.base.ids import CallId
from offhook.base.records import Callback
from offhook.store import journal_entries as entries
from offhook.store.batches import AT_ONCE, write_batches
from offhook.store.journal import JournalFile
from offhook.store.journal_entries import Kind, Row
from offhook.store.segments import Content

log = logging.getLogger("offhook.store")

_FAR_BEHIND: Final = 8


class OutboxRows(Protocol):
    """The outbox, as `store.outbox.Outbox`."""

    def rows(self, callbacks: Sequence[Callback]) -> list[dict[str, Any]]:
        """Callbacks as rows, sealed."""
        ...

    async def add_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert those that are not there yet."""
        ...


class _Waiting(NamedTuple):
    """A callback that the database does not have, and the segment that it is in."""

    row: Row
    segment: int


class _Order(NamedTuple):
    """The last number of an order, and the segment that it is in."""

    number: int
    segment: int


class QueuedCallbacks:
    """Queues callbacks without waiting, and numbers them."""

    def __init__(self, journal: JournalFile, outbox: OutboxRows, clock: Clock) -> None:
        """Nothing waits.

        Args:
            journal: Where they are written first.
            outbox: Where they end up.
            clock: For pauses while the database is away.
        """
        self._journal = journal
        self._outbox = outbox
        self._clock = clock
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._orders: dict[CallId, _Order] = {}
        self._more = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many the database does not have."""
        return len(self._waiting)

    @property
    def needed(self) -> int | None:
        """The first segment of the journal that is needed; nothing if none is."""
        segments = [each.segment for each in self._waiting.values()]
        segments += [each.segment for each in self._orders.values()]
        return min(segments, default=None)

    def queue(self, callback: Callback) -> None:
        """One more; it is written before this returns."""
        row = self._outbox.rows([callback])[0]
        self._journal.append(*entries.queued(row))
        segment = self._journal.number
        self._waiting[callback.key] = _Waiting(row, segment)
        self._orders[callback.call] = _Order(callback.order, segment)
        self._more.set()

    def last(self, order: CallId) -> int:
        """The number of the last callback of that order; 0 before the first."""
        known = self._orders.get(order)
        return 0 if known is None else known.number

    def forget(self, order: CallId) -> None:
        """There are no more of that order."""
        if self._orders.pop(order, None) is not None:
            self._journal.append(*entries.order(order, 0), hold=True)

    def compact(self) -> None:
        """Write old numbers again: a long conference must not keep all segments."""
        for order, known in tuple(self._orders.items()):
            if known.segment + _FAR_BEHIND <= self._journal.number and not self._journal.failure:
                self._journal.append(*entries.order(order, known.number), hold=True)
                self._orders[order] = _Order(known.number, self._journal.number)

    def clear(self) -> None:
        """Nothing waits any more: it is no longer ours to write."""
        self._waiting.clear()
        self._orders.clear()

    def recover(self, contents: Iterable[tuple[int, Content]]) -> Iterator[tuple[int, Content]]:
        """Take up what earlier processes queued, from segments, which are yielded again."""
        for number, content in contents:
            for kind, payload in content.frames:
                self._recover(kind, payload, number)
            yield number, content
        if self._waiting:
            self._more.set()

    def _recover(self, kind: int, payload: bytes, segment: int) -> None:
        if kind == Kind.QUEUED:
            row = json.loads(payload)
            row["request"] = base64.b64decode(row["request"])
            self._waiting[row["key"]] = _Waiting(row, segment)
            self._orders[CallId(row["call"])] = _Order(row["position"], segment)
        elif kind == Kind.STORED:
            for key in json.loads(payload):
                self._waiting.pop(key, None)
        elif kind == Kind.ORDER:
            order, number = json.loads(payload)
            if number:
                self._orders[CallId(order)] = _Order(number, segment)
            else:
                self._orders.pop(CallId(order), None)

    def keep_only(self, orders: Iterable[CallId]) -> None:
        """After a restart: the numbers of other orders are not needed."""
        for order in self._orders.keys() - set(orders):
            self.forget(order)

    async def run(self) -> None:
        """Write them to the database, until cancelled."""
        # Without a pause: each of a conference's requests waits for the one before it.
        await write_batches(
            self.store_some, lambda: self.waiting, self._more, self._clock, pace_s=0.0
        )

    async def stop(self) -> None:
        """Write what waits, if the database takes it; the next start takes up the rest."""
        while self._waiting and await self.store_some():
            pass

    async def store_some(self) -> bool:
        """Write the oldest to the database. Returns whether it took them."""
        return await self._store(list(self._waiting.items())[:AT_ONCE])

    async def _store(self, oldest: Sequence[tuple[str, _Waiting]]) -> bool:
        try:
            await self._outbox.add_rows([each.row for _, each in oldest])
        except (Fenced, Unavailable):
            return False
        except Exception:
            # One that the database refuses, as of an account that was deleted, must not block the others.
            if len(oldest) > 1:
                for one in oldest:
                    if not await self._store([one]):
                        return False
                return True
            log.exception("callback.refused", extra={"key": oldest[0][0]})
        keys = [key for key, _ in oldest]
        self._journal.append(*entries.stored(keys))
        for key in keys:
            self._waiting.pop(key, None)
        return True
