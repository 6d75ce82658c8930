"""Calls that are not lost: written to the journal as they happen, to the database as it takes them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from offhook.base.clock import Clock
from offhook.base.ids import CallId
from offhook.base.journal.conference_entries import ConferenceEntered
from offhook.base.journal.entry import Entry, Epoch
from offhook.base.journal.inputs import Input, settles
from offhook.base.ownership import claim
from offhook.base.records import Callback, CallRecord, UnfinishedCall
from offhook.store import journal_entries as entries
from offhook.store.deliveries import Deliveries
from offhook.store.durable_links import DurableLinks
from offhook.store.journal import JournalFile
from offhook.store.journal_fold import Found, gather
from offhook.store.queued_callbacks import OutboxRows, QueuedCallbacks
from offhook.store.record_feed import IN_MEMORY, Offload, RecordFeed, RecordStore
from offhook.store.sealing import Sealer

log = logging.getLogger("offhook.store")

_HEARTBEAT_S: Final = 1.0
_FAR_BEHIND: Final = 8
"""Segments after which what an open call has written is written again, so that the old ones can go."""

Fold = Callable[[Iterable[Entry]], CallRecord]


@dataclass(slots=True)
class _Known:
    """A call that is in the journal and not in the database.

    Attributes:
        first: The segment that its entries begin in.
        began: When it began, by the forward clock.
        entries: What it has written; nothing for a call of an earlier process.
        last: The segment that its end is in; nothing while it lives.
        inputs: What its parties did that no entry names as its cause yet, by number.
        epoch: With which this process has it: what is written with another one has no effect.
    """

    first: int
    began: float
    entries: Iterable[Entry]
    epoch: Epoch
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
        offload: Offload | None = None,
        in_memory: int = IN_MEMORY,
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
            offload: Runs what waits for the disk beside the loop; by default in a thread.
            in_memory: How many ended calls may wait in memory.
        """
        self._journal = journal
        self._outbox = outbox
        self.deliveries = deliveries
        """Where the sender of callbacks takes them from, and says what came of them."""
        self.links = links
        """What links are written to."""
        self._clock = clock
        self._fold = fold
        self._sealer = sealer
        self._offload = offload or self._in_thread
        self._queued = QueuedCallbacks(journal, outbox, clock)
        self._known: OrderedDict[CallId, _Known] = OrderedDict()
        self.feed = RecordFeed(
            calls, self._reload, self._settle, clock, self._offload, in_memory, self.fence
        )
        """Gives the database what has ended."""
        deliveries.on_fenced = self.fence
        self.on_fenced: Callable[[Collection[CallId]], None] = lambda _calls: None
        """Called with the calls of this process once a later start of the node has them."""
        self.fenced = False

    # Called by calls.

    @property
    def first_epoch(self) -> Epoch:
        """Of calls that begin in this process."""
        return self._journal.lock.first

    def begin(self, call: CallId, began: float, written: Iterable[Entry], epoch: Epoch) -> None:
        """A call begins, or goes on in this process: what it has is written here.

        Args:
            call: Its id.
            began: When, by the forward clock.
            written: Returns all its entries.
            epoch: Who has it.
        """
        before = self._known.get(call)
        if before is not None and before.epoch > epoch:
            return
        inputs = {} if before is None else before.inputs
        known = _Known(self._journal.number, began, written, epoch, inputs=inputs)
        self._known[call] = known
        self._known.move_to_end(call)
        self._write_again(call, known)

    def note(self, call: CallId, entry: Entry) -> None:
        """The call has one entry more; one of state is written before this returns."""
        known = self._known.get(call)
        if known is None or known.epoch != entry.epoch:
            return
        # The first entry is followed at once by that of the first leg.
        hold = not entry.body.is_numbered() or entry.number == 0
        self._journal.append(*entries.noted(call, entry, self._sealer), hold=hold)
        if entry.input is not None:
            for number in [n for n, given in known.inputs.items() if settles(entry, given)]:
                del known.inputs[number]

    def receive(self, call: CallId, entry: Input) -> None:
        """The call has one input more: it is written before this returns."""
        known = self._known.get(call)
        if known is None or known.epoch != entry.epoch:
            return
        known.inputs[entry.number] = entry
        self._journal.append(*entries.received(call, entry, self._sealer))

    def drop(self, call: CallId) -> None:
        """Discard the call, unless `keep` has recorded its end."""
        known = self._known.get(call)
        if known is not None and known.last is None:
            self._settle(call)

    def keep(self, record: CallRecord, callbacks: Sequence[Callback], epoch: Epoch) -> None:
        """The call has ended: keep the record and its callbacks, both or neither."""
        known = self._known.get(record.id)
        if known is None or known.last is not None or known.epoch != epoch:
            return
        rows = self._outbox.rows(callbacks)
        self._journal.append(*entries.ended(record.id, known.epoch, rows))
        known.last = self._journal.number
        self._wait_for(record.id, entries.Ended(record, tuple(rows)))

    def queue(self, callback: Callback) -> None:
        """A callback is pending from now on; it is written before this returns."""
        self._queued.queue(callback)

    def last_order(self, call: CallId) -> int:
        """The number of the last callback that was queued under that id; 0 before the first."""
        return self._queued.last(call)

    def forget_order(self, call: CallId) -> None:
        """No more callbacks are queued under that id."""
        self._queued.forget(call)

    def _wait_for(self, call: CallId, ended: entries.Ended) -> None:
        # What cannot be read back stays in memory.
        self.feed.put(call, ended, may_drop=not self._journal.failure)

    def fence(self) -> None:
        """A later start of this node has its calls: whatever this one knows of them is not to be written."""
        if self.fenced:
            return
        self.fenced = True
        log.critical("node.fenced", extra={"calls": len(self._known)})
        self._journal.fence()
        calls = tuple(call for call, known in self._known.items() if known.last is None)
        self._known.clear()
        self.feed.clear()
        self.deliveries.clear()
        self._queued.clear()
        self.on_fenced(calls)

    # What was before.

    def recover(self) -> Sequence[UnfinishedCall]:
        """Take up what earlier processes left: what has ended is kept, the rest is claimed for the caller.

        Raises:
            UsageError: the journal cannot be understood.
        """
        left: list[UnfinishedCall] = []
        earlier = self._queued.recover(self._journal.earlier())
        contents = self.links.recover(self.deliveries.recover(earlier))
        for found in gather(contents, self._sealer):
            if found.settled:
                continue
            if found.rows is None:
                if (claimed := self._claim(found)) is not None:
                    left.append(claimed)
            elif (ended := self._read_back(found)) is not None:
                self._known[found.call] = _Known(
                    found.first, found.began, found.entries, found.epoch, found.last
                )
                self._wait_for(found.call, ended)
        self._queued.keep_only(
            CallId(entry.body.conference)
            for each in left
            for entry in each.entries
            if isinstance(entry.body, ConferenceEntered)
        )
        # From here on, what the process before still writes has no effect.
        self._journal.retry()
        if left or self.feed.waiting:
            log.warning("calls.recovered", extra={"open": len(left), "ended": self.feed.waiting})
        return left

    def _claim(self, found: Found) -> UnfinishedCall | None:
        """Take a call over from the process that had it."""
        epoch = claim(found.epoch, self._journal.lock)
        if epoch is None:
            log.error("call.not-claimed", extra={"call": found.call, "epoch": found.epoch})
            return None
        left = found.unfinished(epoch)
        position = left.entries[-1].position if left.entries else (-1, 0)
        inputs = max((each.number for each in left.inputs), default=0)
        frame = entries.claimed(found.call, epoch, position, inputs)
        self._journal.append(*frame, hold=True)
        waiting = {each.number: each for each in left.inputs}
        self._known[found.call] = _Known(
            found.first, found.began, left.entries, epoch, inputs=waiting
        )
        return left

    def _read_back(self, found: Found) -> entries.Ended | None:
        try:
            return entries.Ended(self._fold(found.entries), tuple(found.rows or ()))
        except (ValueError, KeyError, TypeError):
            log.exception("call.unreadable", extra={"call": found.call})
            return None

    # What happens behind the calls.

    async def run(self) -> None:
        """Feed the database, until cancelled; what is left then is taken up by the next start."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.feed.run())
            tasks.create_task(self.deliveries.run())
            tasks.create_task(self._queued.run())
            tasks.create_task(self._heartbeat())

    def health(self) -> str:
        """What cannot be written now; nothing when all can."""
        if self.fenced:
            return "another server has taken over the calls of this one; stop this one"
        if self._journal.failure:
            return f"cannot be written: {self._journal.failure}; {self._journal.waiting} wait"
        return ""

    def figures(self) -> dict[str, float]:
        """For people who watch: calls that wait for the database, entries for the disk, files."""
        return {
            "pending_calls": self.feed.waiting,
            "pending_outcomes": self.deliveries.waiting,
            "pending_callbacks": self._queued.waiting,
            "pending_entries": self._journal.waiting,
            "files": self._journal.files,
        }

    @property
    def dropped(self) -> int:
        """Entries that were lost because disk and memory were full."""
        return self._journal.dropped

    async def stop(self) -> None:
        """Give the database what waits, if it takes it; the next start takes up what it does not."""
        await self.feed.stop()
        await self.deliveries.stop()
        await self._queued.stop()
        needed = self._needed()
        self._journal.close()
        self._journal.forget_before(needed)

    def _reload(self, wanted: Collection[CallId]) -> dict[CallId, entries.Ended | None]:
        """Read calls back that wait in the journal alone."""
        known = [self._known[call] for call in wanted]
        first = min(each.first for each in known)
        last = max(each.last or each.first for each in known)
        contents = ((number, self._journal.read(number)) for number in range(first, last + 1))
        found = gather(contents, self._sealer, only=wanted)
        return {each.call: self._read_back(each) for each in found}

    async def _in_thread(self, work: Callable[[], None]) -> None:
        with self._clock.hold("the journal"):
            await asyncio.to_thread(work)

    def _settle(self, call: CallId) -> None:
        """The journal need not know the call any more."""
        known = self._known.pop(call, None)
        if known is not None:
            self._journal.append(*entries.settled(call, known.epoch), hold=True)

    async def _heartbeat(self) -> None:
        """Once a second: a sign of life while calls live, what waits, and what is not needed."""
        while True:
            await self._clock.sleep(_HEARTBEAT_S)
            if not self._journal.is_ours:
                self.fence()
                return
            if any(known.last is None for known in self._known.values()):
                now = self._clock.now()
                self._journal.append(*entries.alive(now, self._clock.wall()), hold=True)
            self._compact()
            self.links.compact()
            self._queued.compact()
            # The entry that releases a segment is written before that segment is deleted.
            needed = self._needed()
            self._journal.retry()
            await self._offload(self._journal.sync)
            self._journal.forget_before(needed)

    def _needed(self) -> int:
        """The first segment that is needed."""
        call = next(iter(self._known.values()), None)
        first = self._journal.number if call is None else call.first
        others = self.deliveries.needed, self.links.needed, self._queued.needed
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
            self._write_again(call, known)

    def _write_again(self, call: CallId, known: _Known) -> None:
        self._journal.append(*entries.opened(call, known.epoch, known.began), hold=True)
        for entry in tuple(known.entries):
            self._journal.append(*entries.noted(call, entry, self._sealer), hold=True)
        for waiting in known.inputs.values():
            self._journal.append(*entries.received(call, waiting, self._sealer), hold=True)
