"""The outbox behind the journal: outcomes of callbacks are journaled first, then written to the database.

A callback that its server has accepted must not be sent again because the database was unavailable at
that moment. So an outcome is journaled before the next callback is sent, and a callback whose outcome the
database does not have yet cannot be claimed, not even after its claim has ended.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from offhook.base.clock import Clock
from offhook.base.errors import Fenced, Unavailable
from offhook.base.ids import AccountId
from offhook.base.records import Due
from offhook.store import journal_entries as entries
from offhook.store.batches import AT_ONCE, write_batches
from offhook.store.journal import JournalFile
from offhook.store.journal_entries import Kind
from offhook.store.outbox import PendingCallback
from offhook.store.outcomes import Outcome, Result
from offhook.store.segments import Content

log = logging.getLogger("offhook.store")

Choose = Callable[[Sequence[Due]], Collection[str]]


class OutboxTable(Protocol):
    """The outbox, as `store.outbox.Outbox`."""

    async def claim(
        self,
        by: str,
        *,
        most: int,
        for_s: float,
        choose: Choose | None = None,
        without: Collection[AccountId] = (),
    ) -> Sequence[PendingCallback]:
        """Take what `choose` picks of what is due."""
        ...

    async def release(self, by: str) -> None:
        """End all claims of `by`."""
        ...

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Keep outcomes, all or none; the same ones again change nothing."""
        ...

    async def next_due_in_s(self) -> float | None:
        """Seconds until a callback is due; None if none is pending."""
        ...


class _Unsettled(NamedTuple):
    """An outcome that the database does not have, and the segment that it is in."""

    outcome: Outcome
    segment: int


class Deliveries:
    """The outbox behind the journal, as `webhooks.outbox_worker.OutboxStore`.

    Attributes:
        failure: Why the database does not accept outcomes; empty when it does.
    """

    def __init__(self, journal: JournalFile, outbox: OutboxTable, clock: Clock) -> None:
        """No outcome yet.

        Args:
            journal: Where outcomes are written first.
            outbox: Where they end up.
            clock: The clock by which the outbox decides what is due.
        """
        self._journal = journal
        self._outbox = outbox
        self._clock = clock
        self._unsettled: dict[str, _Unsettled] = {}
        self._more = asyncio.Event()
        self.failure = ""
        self.on_fenced: Callable[[], None] = lambda: None
        """Called when a later start of this node sends its callbacks."""

    async def claim(
        self, by: str, *, most: int, for_s: float, choose: Choose, without: Collection[AccountId]
    ) -> Sequence[PendingCallback]:
        """Take what `choose` picks of what is due and was not answered already."""

        def unanswered(due: Sequence[Due]) -> Collection[str]:
            return choose([one for one in due if one.key not in self._unsettled])

        try:
            return await self._outbox.claim(
                by, most=most, for_s=for_s, choose=unanswered, without=without
            )
        except Fenced:
            self.on_fenced()
            return ()

    async def release(self, by: str) -> None:
        """End all claims of `by`."""
        try:
            await self._outbox.release(by)
        except Fenced:
            self.on_fenced()

    async def mark_delivered(self, key: str) -> None:
        """It was accepted and is never sent again. Journaled before this returns."""
        self._write_down(Outcome(key, Result.DELIVERED))

    async def mark_failed(self, key: str, reason: str, *, retry_in_s: float) -> None:
        """An attempt failed; it is due again later. Journaled before this returns."""
        due_at = self._clock.wall().timestamp() + retry_in_s
        self._write_down(Outcome(key, Result.FAILED, due_at, reason))

    async def mark_dead(self, key: str, reason: str) -> None:
        """It becomes a dead letter. Journaled before this returns."""
        dead_at = self._clock.wall().timestamp()
        self._write_down(Outcome(key, Result.DEAD, dead_at, reason))

    async def next_due_in_s(self) -> float | None:
        """Seconds until a callback is due; None if none is pending."""
        return await self._outbox.next_due_in_s()

    def _write_down(self, outcome: Outcome) -> None:
        self._unsettled[outcome.key] = _Unsettled(outcome, self._journal.number)
        self._journal.append(*entries.answered(outcome))
        self._more.set()

    # What the journal's owner needs.

    @property
    def waiting(self) -> int:
        """How many outcomes the database does not have."""
        return len(self._unsettled)

    @property
    def needed(self) -> int | None:
        """The first segment of the journal that is needed; nothing if none is."""
        return min((each.segment for each in self._unsettled.values()), default=None)

    def recover(self, contents: Iterable[tuple[int, Content]]) -> Iterator[tuple[int, Content]]:
        """Recover outcomes of earlier processes from segments, which are yielded again."""
        for number, content in contents:
            for kind, payload in content.frames:
                if kind == Kind.ANSWERED:
                    outcome = Outcome.of_row(json.loads(payload))
                    self._unsettled[outcome.key] = _Unsettled(outcome, number)
                elif kind == Kind.FOLDED:
                    for key in json.loads(payload):
                        self._unsettled.pop(key, None)
            yield number, content
        self._more.set()

    async def run(self) -> None:
        """Write outcomes to the database, until cancelled."""
        await write_batches(self.settle_some, lambda: len(self._unsettled), self._more, self._clock)

    def clear(self) -> None:
        """Nothing waits any more: it is no longer ours to write."""
        self._unsettled.clear()

    async def stop(self) -> None:
        """Write the outcomes to the database, if it accepts them; the next start recovers the others."""
        while self._unsettled and await self.settle_some():
            pass

    async def settle_some(self) -> bool:
        """Write the oldest outcomes to the database. Returns whether it accepted them."""
        oldest = [each.outcome for each in list(self._unsettled.values())[:AT_ONCE]]
        if not await self._settle(oldest):
            return False
        if self.failure:
            log.warning("outcomes.settled", extra={"waiting": self.waiting})
            self.failure = ""
        return True

    async def _settle(self, outcomes: Sequence[Outcome]) -> bool:
        try:
            await self._outbox.settle(outcomes)
        except Fenced:
            self.on_fenced()
            return False
        except Unavailable as error:
            if not self.failure:
                extra = {"error": str(error), "waiting": self.waiting}
                log.error("outcomes.unsettled", extra=extra)
            self.failure = str(error)
            return False
        except Exception:
            # An outcome that the database rejects must not block the others.
            if len(outcomes) > 1:
                for one in outcomes:
                    if not await self._settle([one]):
                        return False
                return True
            log.exception("outcome.refused", extra={"key": outcomes[0].key})
        # At once: after a restart, a settled outcome must not overwrite what followed.
        self._journal.append(*entries.folded([each.key for each in outcomes]))
        for each in outcomes:
            self._unsettled.pop(each.key, None)
        return True
