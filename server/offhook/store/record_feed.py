"""Feeds the database with ended calls, from memory and from the journal, until it has taken them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, Protocol

from offhook.base.clock import Clock
from offhook.base.errors import Fenced, Unavailable, UsageError
from offhook.base.ids import CallId
from offhook.base.records import CallRecord
from offhook.store import journal_entries as entries
from offhook.store.batches import AT_ONCE, write_batches

log = logging.getLogger("offhook.store")

IN_MEMORY: Final = 2_000
"""Ended calls that wait in memory; what is known of more is read back from the journal."""

Reload = Callable[[Collection[CallId]], Mapping[CallId, entries.Ended | None]]
Offload = Callable[[Callable[[], None]], Awaitable[None]]


class RecordStore(Protocol):
    """Where records and callbacks end up, as `store.calls.Calls`."""

    async def keep_all(self, ended: Sequence[tuple[CallRecord, Sequence[entries.Row]]]) -> None:
        """Keep records with their callbacks, all or none; those that are kept already stay."""
        ...


class RecordFeed:
    """Ended calls that wait for the database.

    Attributes:
        failure: Why the database does not take what waits; empty when it does.
    """

    def __init__(
        self,
        store: RecordStore,
        reload: Reload,
        settle: Callable[[CallId], None],
        clock: Clock,
        offload: Offload,
        in_memory: int,
        on_fenced: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing waits.

        Args:
            store: Where records and callbacks end up.
            reload: Reads calls back from the journal.
            settle: The journal need not know a call any more.
            clock: The clock.
            offload: Runs what waits for the disk beside the loop.
            in_memory: How many ended calls may wait in memory.
            on_fenced: Called when a later start of this node has its calls.
        """
        self._on_fenced = on_fenced
        self._store = store
        self._reload = reload
        self._settle = settle
        self._clock = clock
        self._offload = offload
        self._in_memory = in_memory
        self._waiting: OrderedDict[CallId, entries.Ended | None] = OrderedDict()
        self._more = asyncio.Event()
        self.failure = ""

    @property
    def waiting(self) -> int:
        """How many ended calls the database has not taken."""
        return len(self._waiting)

    def put(self, call: CallId, ended: entries.Ended, *, may_drop: bool) -> None:
        """One call more; with `may_drop` it can be read back from the journal."""
        spill = may_drop and len(self._waiting) >= self._in_memory
        self._waiting[call] = None if spill else ended
        self._more.set()

    def clear(self) -> None:
        """Nothing waits any more: it is no longer ours to give."""
        self._waiting.clear()

    async def stop(self) -> None:
        """Give the database what waits, if it takes it; the next start takes up what it does not."""
        while self._waiting and await self._flush_batch():
            pass

    async def run(self) -> None:
        """Feed the database, until cancelled; what is left then is taken up by the next start."""
        await write_batches(self._flush_batch, lambda: self.waiting, self._more, self._clock)

    async def _flush_batch(self) -> bool:
        """Give the database the calls that have waited longest. Whether it took them."""
        try:
            batch = await self._oldest()
        except (OSError, UsageError) as error:
            self._fail(f"the journal cannot be read: {error}")
            return False
        try:
            await self._store.keep_all(batch)
        except Fenced:
            self._on_fenced()
            return False
        except Unavailable as error:
            self._fail(str(error))
            return False
        except Exception:  # noqa: BLE001  (logged with the call that caused it)
            # One call that the database refuses must not hold up the others.
            if not await self._one_by_one(batch):
                return False
        else:
            for record, _ in batch:
                self._done(record.id)
        if self.failure:
            log.warning("database.recovered", extra={"waiting": len(self._waiting)})
            self.failure = ""
        return True

    async def _one_by_one(self, batch: Sequence[entries.Ended]) -> bool:
        for ended in batch:
            try:
                await self._store.keep_all([ended])
            except Fenced:
                self._on_fenced()
                return False
            except Unavailable as error:
                self._fail(str(error))
                return False
            except Exception:
                # Its account was deleted, or a mistake of ours: it would fail for ever.
                log.exception("record.refused", extra={"call": ended.record.id})
            self._done(ended.record.id)
        return True

    def _fail(self, reason: str) -> None:
        if not self.failure:
            extra = {"error": reason, "waiting": len(self._waiting)}
            log.error("database.unwritable", extra=extra)
        self.failure = reason

    async def _oldest(self) -> list[entries.Ended]:
        calls = list(self._waiting)[:AT_ONCE]
        wanted = {call for call in calls if self._waiting[call] is None}
        if wanted:
            await self._offload(lambda: self._waiting.update(self._reload(wanted)))
        batch = [ended for call in calls if (ended := self._waiting[call]) is not None]
        for call in calls:
            if self._waiting[call] is None:
                log.error("call.unreadable", extra={"call": call})
                self._done(call)
        return batch

    def _done(self, call: CallId) -> None:
        del self._waiting[call]
        self._settle(call)
