"""Calls that are not lost: written to the journal as they happen, to the database as it takes them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from offhook.base.clock import Clock
from offhook.base.errors import Unavailable, UsageError
from offhook.base.ids import CallId
from offhook.base.journal.entry import Entry
from offhook.base.journal.inputs import Input
from offhook.base.records import Callback, CallRecord, UnfinishedCall
from offhook.store import journal_entries as entries
from offhook.store.deliveries import Deliveries
from offhook.store.durable_links import DurableLinks
from offhook.store.journal import JournalFile
from offhook.store.sealing import Sealer

log = logging.getLogger("offhook.store")

_AT_ONCE: Final = 64
"""Calls written in one transaction."""
_IN_MEMORY: Final = 2_000
"""Ended calls that wait in memory; what is known of more is read back from the journal."""
_HEARTBEAT_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 5.0
_FAR_BEHIND: Final = 8
"""Segments after which what an open call has written is written again, so that the old ones can go."""

Fold = Callable[[Iterable[Entry]], CallRecord]
Offload = Callable[[Callable[[], None]], Awaitable[None]]


class RecordStore(Protocol):
    """Where records and callbacks end up, as `store.calls.Calls`."""

    async def keep_all(self, ended: Sequence[tuple[CallRecord, Sequence[entries.Row]]]) -> None:
        """Keep records with their callbacks, all or none; those that are kept already stay."""
        ...


class OutboxRows(Protocol):
    """The outbox, as `store.outbox.Outbox`."""

    def rows(self, callbacks: Sequence[Callback]) -> list[dict[str, Any]]:
        """Callbacks as rows, sealed."""
        ...


@dataclass(slots=True)
class _Known:
    """A call that is in the journal and not in the database.

    Attributes:
        first: The segment that its entries begin in.
        began: When it began, by the forward clock.
        entries: What it has written; nothing for a call of an earlier process.
        last: The segment that its end is in; nothing while it lives.
        inputs: What its parties did that no entry names as its cause yet, by number.
    """

    first: int
    began: float
    entries: Iterable[Entry]
    last: int | None = None
    inputs: dict[int, Input] = field(default_factory=dict[int, Input])


class DurableCalls:
    """What calls write down, as `flow.ports.Records`. Nothing here makes a call wait."""

    def __init__(
        self,
        journal: JournalFile,
        calls: RecordStore,
        outbox: OutboxRows,
        deliveries: Deliveries,
        links: DurableLinks,
        clock: Clock,
        fold: Fold,
        sealer: Sealer,
        *,
        offload: Offload = asyncio.to_thread,
        in_memory: int = _IN_MEMORY,
    ) -> None:
        """Calls of this process; those of earlier ones come by `recover`.

        Args:
            journal: Where entries are written first.
            calls: Where they end up.
            outbox: Seals callbacks.
            deliveries: What came of sending them; it writes into the same journal.
            links: What links write down; into the same journal, too.
            clock: The clock.
            fold: Reads the record out of a call's entries.
            sealer: Seals what only the call itself needs.
            offload: Runs what waits for the disk beside the loop.
            in_memory: How many ended calls may wait in memory.
        """
        self._journal = journal
        self._calls = calls
        self._outbox = outbox
        self.deliveries = deliveries
        """Where the sender of callbacks takes them from, and says what came of them."""
        self.links = links
        """What links are written to."""
        self._clock = clock
        self._fold = fold
        self._sealer = sealer
        self._offload = offload
        self._in_memory = in_memory
        self._known: OrderedDict[CallId, _Known] = OrderedDict()
        self._waiting: OrderedDict[CallId, entries.Ended | None] = OrderedDict()
        self._more = asyncio.Event()
        self.failure = ""
        """Why the database does not take what waits; empty when it does."""

    # Called by calls.

    def begin(self, call: CallId, began: float, written: Iterable[Entry]) -> None:
        """A call begins.

        Args:
            call: Its id.
            began: When, by the forward clock.
            written: Returns all its entries.
        """
        before = self._known.get(call)
        inputs = {} if before is None else before.inputs
        self._known[call] = _Known(self._journal.number, began, written, inputs=inputs)
        self._known.move_to_end(call)
        self._journal.append(*entries.opened(call, began), hold=True)

    def note(self, call: CallId, entry: Entry) -> None:
        """The call has one entry more; one of state is written before this returns."""
        # The first entry is followed at once by that of the first leg.
        hold = not entry.body.STATE or entry.number == 0
        self._journal.append(*entries.noted(call, entry, self._sealer), hold=hold)
        known = self._known.get(call)
        if known is not None and entry.input is not None:
            # A call comes to its inputs in their order.
            for number in [number for number in known.inputs if number <= entry.input]:
                del known.inputs[number]

    def receive(self, call: CallId, entry: Input) -> None:
        """The call has one input more: it is written before this returns."""
        if (known := self._known.get(call)) is not None:
            known.inputs[entry.number] = entry
        self._journal.append(*entries.received(call, entry, self._sealer))

    def drop(self, call: CallId) -> None:
        """Discard the call, unless `keep` has recorded its end."""
        known = self._known.get(call)
        if known is not None and known.last is None:
            self._settle(call)

    def keep(self, record: CallRecord, callbacks: Sequence[Callback]) -> None:
        """The call has ended: keep the record and its callbacks, both or neither."""
        known = self._known.setdefault(record.id, _Known(self._journal.number, 0.0, record.journal))
        if known.last is not None:
            return
        rows = self._outbox.rows(callbacks)
        self._journal.append(*entries.ended(record.id, rows))
        known.last = self._journal.number
        self._wait_for(record.id, entries.Ended(record, tuple(rows)))

    def _wait_for(self, call: CallId, ended: entries.Ended) -> None:
        spill = len(self._waiting) >= self._in_memory and not self._journal.failure
        self._waiting[call] = None if spill else ended
        self._more.set()

    # What was before.

    def recover(self) -> Sequence[UnfinishedCall]:
        """Take up what earlier processes left: what has ended is kept, the rest is for the caller.

        Raises:
            UsageError: the journal cannot be understood.
        """
        left: list[UnfinishedCall] = []
        contents = self.links.recover(self.deliveries.recover(self._journal.earlier()))
        for found in entries.gather(contents, self._sealer):
            if found.settled:
                continue
            known = _Known(found.first, found.began, found.entries)
            if found.rows is None:
                self._known[found.call] = known
                left.append(found.unfinished())
            elif (ended := self._read_back(found)) is not None:
                known.last = found.last
                self._known[found.call] = known
                self._wait_for(found.call, ended)
        if left or self._waiting:
            log.warning("calls.recovered", extra={"open": len(left), "ended": len(self._waiting)})
        return left

    def _read_back(self, found: entries.Found) -> entries.Ended | None:
        try:
            return entries.Ended(self._fold(found.entries), tuple(found.rows or ()))
        except (ValueError, KeyError, TypeError):
            log.exception("call.unreadable", extra={"call": found.call})
            return None

    # What happens behind the calls.

    async def run(self) -> None:
        """Feed the database, until cancelled; what is left then is taken up by the next start."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._flush())
            tasks.create_task(self.deliveries.run())
            tasks.create_task(self._heartbeat())

    def health(self) -> str:
        """What cannot be written now; nothing when all can."""
        if self._journal.failure:
            return f"cannot be written: {self._journal.failure}; {self._journal.waiting} wait"
        return ""

    def figures(self) -> dict[str, float]:
        """For people who watch: calls that wait for the database, entries for the disk, files."""
        return {
            "pending_calls": len(self._waiting),
            "pending_outcomes": self.deliveries.waiting,
            "pending_entries": self._journal.waiting,
            "files": self._journal.files,
        }

    @property
    def dropped(self) -> int:
        """Entries that were lost because disk and memory were full."""
        return self._journal.dropped

    @property
    def waiting(self) -> int:
        """How many ended calls the database has not taken."""
        return len(self._waiting)

    async def stop(self) -> None:
        """Give the database what waits, if it takes it; the next start takes up what it does not."""
        while self._waiting and await self._flush_batch():
            pass
        await self.deliveries.stop()
        needed = self._needed()
        self._journal.close()
        self._journal.forget_before(needed)

    async def _flush(self) -> None:
        pause_s = 0.0
        while True:
            if not self._waiting:
                self._more.clear()
                await self._more.wait()
            if await self._flush_batch():
                pause_s = 0.0
            else:
                pause_s = min(_LONGEST_PAUSE_S, max(0.25, 2 * pause_s))
                await self._clock.sleep(pause_s)

    async def _flush_batch(self) -> bool:
        """Give the database the calls that have waited longest. Whether it took them."""
        try:
            batch = await self._oldest()
        except (OSError, UsageError) as error:
            self._fail(f"the journal cannot be read: {error}")
            return False
        try:
            await self._calls.keep_all(batch)
        except Unavailable as error:
            self._fail(str(error))
            return False
        except Exception:  # noqa: BLE001  (logged with the call that caused it)
            # One call that the database refuses must not hold up the others.
            if not await self._one_by_one(batch):
                return False
        else:
            for record, _ in batch:
                self._settle(record.id)
        if self.failure:
            log.warning("database.recovered", extra={"waiting": len(self._waiting)})
            self.failure = ""
        return True

    async def _one_by_one(self, batch: Sequence[entries.Ended]) -> bool:
        for ended in batch:
            try:
                await self._calls.keep_all([ended])
            except Unavailable as error:
                self._fail(str(error))
                return False
            except Exception:
                # Its account was deleted, or a mistake of ours: it would fail for ever.
                log.exception("record.refused", extra={"call": ended.record.id})
            self._settle(ended.record.id)
        return True

    def _fail(self, reason: str) -> None:
        if not self.failure:
            extra = {"error": reason, "waiting": len(self._waiting)}
            log.error("database.unwritable", extra=extra)
        self.failure = reason

    async def _oldest(self) -> list[entries.Ended]:
        calls = list(self._waiting)[:_AT_ONCE]
        if any(self._waiting[call] is None for call in calls):
            await self._offload(lambda: self._reload(calls))
        batch = [ended for call in calls if (ended := self._waiting[call]) is not None]
        for call in calls:
            if self._waiting[call] is None:
                log.error("call.unreadable", extra={"call": call})
                self._settle(call)
        return batch

    def _reload(self, calls: Sequence[CallId]) -> None:
        """Read calls back that wait in the journal alone."""
        wanted = {call for call in calls if self._waiting[call] is None}
        known = [self._known[call] for call in wanted]
        first = min(each.first for each in known)
        last = max(each.last or each.first for each in known)
        contents = ((number, self._journal.read(number)) for number in range(first, last + 1))
        for found in entries.gather(contents, self._sealer, only=wanted):
            self._waiting[found.call] = self._read_back(found)

    def _settle(self, call: CallId) -> None:
        """The journal need not know the call any more."""
        self._journal.append(*entries.settled(call), hold=True)
        self._waiting.pop(call, None)
        self._known.pop(call, None)

    async def _heartbeat(self) -> None:
        """Once a second: a sign of life while calls live, what waits, and what is not needed."""
        while True:
            await self._clock.sleep(_HEARTBEAT_S)
            if any(known.last is None for known in self._known.values()):
                now = self._clock.now()
                self._journal.append(*entries.alive(now, self._clock.wall()), hold=True)
            self._compact()
            self.links.compact()
            # The entry that releases a segment is written before that segment is deleted.
            needed = self._needed()
            self._journal.retry()
            await self._offload(self._journal.sync)
            self._journal.forget_before(needed)

    def _needed(self) -> int:
        """The first segment that is needed."""
        call = next(iter(self._known.values()), None)
        first = self._journal.number if call is None else call.first
        others = self.deliveries.needed, self.links.needed
        return min((first, *(other for other in others if other is not None)))

    def _compact(self) -> None:
        """Write again what open calls wrote long ago: one long call must not keep all segments."""
        # Each call once: those that are open may fill more segments than they are allowed to be behind.
        for _ in range(len(self._known)):
            call, known = next(iter(self._known.items()))
            behind = known.first + _FAR_BEHIND <= self._journal.number
            if known.last is not None or not behind or self._journal.failure:
                return
            known.first = self._journal.number
            self._known.move_to_end(call)
            self._journal.append(*entries.opened(call, known.began), hold=True)
            for entry in tuple(known.entries):
                self._journal.append(*entries.noted(call, entry, self._sealer), hold=True)
            for waiting in known.inputs.values():
                self._journal.append(*entries.received(call, waiting, self._sealer), hold=True)
