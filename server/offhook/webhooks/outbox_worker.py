"""Sends callbacks from the outbox: in order for each call, at least once, retried for a day."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol

from offhook.base.clock import Clock
from offhook.base.errors import OffhookError
from offhook.base.fair_share import FairShare, Ticket
from offhook.base.ids import AccountId, CallId
from offhook.base.records import Callback, Due
from offhook.base.web import WebFailure, WebFault, WebReply, WebRequest

log = logging.getLogger(__name__)

KEY_HEADER: Final = "Idempotency-Key"
_GONE: Final = 410


class PendingCallback(Protocol):
    """A callback that its server has not accepted yet."""

    @property
    def callback(self) -> Callback:
        """What to send."""
        ...

    @property
    def tries(self) -> int:
        """How many attempts failed."""
        ...

    @property
    def queued_at(self) -> float:
        """When it was added or retried by hand, Unix seconds."""
        ...


class OutboxStore(Protocol):
    """The outbox as its worker needs it."""

    async def claim(
        self,
        by: str,
        *,
        most: int,
        for_s: float,
        choose: Callable[[Sequence[Due]], Collection[str]],
        without: Collection[AccountId],
    ) -> Sequence[PendingCallback]:
        """Take what `choose` picks of what is due, at most one of each call.

        No other sender gets it for a while.
        """
        ...

    async def release(self, by: str) -> None:
        """End all claims of `by`."""
        ...

    async def mark_delivered(self, key: str) -> None:
        """Its server accepted it."""
        ...

    async def mark_failed(self, key: str, reason: str, *, retry_in_s: float) -> None:
        """An attempt failed."""
        ...

    async def mark_dead(self, key: str, reason: str) -> None:
        """It becomes a dead letter."""
        ...

    async def next_due_in_s(self) -> float | None:
        """Seconds until something is due; nothing if the outbox is empty."""
        ...


class HttpClient(Protocol):
    """What sends a request."""

    async def fetch(self, request: WebRequest) -> WebReply:
        """Send a request."""
        ...

    def forget(self, call: CallId) -> None:
        """Drop a call's cookies."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How callbacks are sent.

    Attributes:
        initial_s: Seconds until the second try; doubled with each.
        max_s: Seconds between two tries at most.
        give_up_s: Seconds after which a callback is a dead letter.
        concurrency: How many are sent at the same time; divided among accounts and their servers.
        claim_s: Seconds for which a claim excludes other workers; longer than sending takes.
        poll_s: Seconds between polls of the outbox when no change was signalled.
        pace_s: Seconds between two claims at least: what comes meanwhile is claimed with the second.
    """

    initial_s: float = 5.0
    max_s: float = 3600.0
    give_up_s: float = 86_400.0
    concurrency: int = 256
    claim_s: float = 120.0
    poll_s: float = 30.0
    pace_s: float = 0.1

    def delay_s(self, tries: int, chance: float) -> float:
        """Seconds until the next try: at least half of the doubled time, the rest by chance.

        Args:
            tries: How many attempts failed.
            chance: From 0 to 1; keeps those that failed together from retrying together.
        """
        most = min(self.max_s, self.initial_s * 2.0 ** min(tries - 1, 30))
        return most * (0.5 + 0.5 * chance)


class OutboxWorker:
    """Sends the callbacks of the outbox, until it is cancelled."""

    def __init__(
        self,
        store: OutboxStore,
        web: HttpClient,
        clock: Clock,
        chance: Callable[[], float],
        *,
        name: str,
        retry: RetryPolicy | None = None,
    ) -> None:
        """A worker.

        Args:
            store: The outbox.
            web: Sends the requests.
            clock: Decides what is too old.
            chance: A number from 0 to 1, each time another.
            name: Of this server among those that share the outbox; at most 64 characters.
            retry: How often and how long.
        """
        self._store = store
        self._web = web
        self._clock = clock
        self._chance = chance
        self._name = name
        self._retry = retry or RetryPolicy()
        self._changed = asyncio.Event()
        self._slots = FairShare(self._retry.concurrency)
        self._tickets: dict[str, Ticket] = {}

    def wake(self) -> None:
        """The outbox has changed."""
        self._changed.set()

    async def run(self) -> None:
        """Send until cancelled. What an earlier process of this server had claimed is due at once."""
        await self._record(self._store.release(self._name))
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                most = self._slots.free
                claimed, seen = await self._claim(most) if most else ((), 0)
                for pending in claimed:
                    tasks.create_task(self._send(pending))
                if not claimed or seen < most:
                    await self._rest()

    async def _claim(self, most: int) -> tuple[Sequence[PendingCallback], int]:
        """What is to be sent now, and how many were due: all, if fewer than `most`."""
        chosen: dict[str, Ticket] = {}
        seen = 0

        def choose(due: Sequence[Due]) -> Collection[str]:
            nonlocal seen
            seen = len(due)
            for one in due:
                if one.key not in self._tickets and self._slots.admits(one.account, one.server):
                    chosen[one.key] = self._slots.enter(one.account, one.server)
            return list(chosen)

        claimed: Sequence[PendingCallback] = ()
        try:
            claimed = await self._store.claim(
                self._name,
                most=most,
                for_s=self._retry.claim_s,
                choose=choose,
                without=[AccountId(account) for account in self._slots.full()],
            )
        except (OffhookError, OSError) as error:
            log.warning("outbox.unreadable", extra={"error": type(error).__name__})
        finally:
            kept = {pending.callback.key for pending in claimed}
            for key, ticket in chosen.items():
                if key in kept:
                    self._tickets[key] = ticket
                else:
                    self._slots.leave(ticket)
        return claimed, seen

    async def _rest(self) -> None:
        await self._clock.sleep(self._retry.pace_s)
        if self._changed.is_set():
            return
        try:
            due_in_s = await self._store.next_due_in_s()
        except (OffhookError, OSError):
            due_in_s = None
        delay_s = self._retry.poll_s if due_in_s is None else min(due_in_s, self._retry.poll_s)
        if due_in_s == 0:
            # Due, but claimed by another worker, or all our slots are taken.
            delay_s = min(1.0, self._retry.poll_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._changed.wait()

    async def _send(self, pending: PendingCallback) -> None:
        callback = pending.callback
        try:
            request = replace(
                callback.request, headers={**callback.request.headers, KEY_HEADER: callback.key}
            )
            try:
                await self._web.fetch(request)
            except WebFailure as failure:
                await self._retry_or_give_up(pending, failure)
            else:
                await self._record(self._store.mark_delivered(callback.key))
                log.debug("callback.delivered", extra={"key": callback.key})
        finally:
            self._slots.leave(self._tickets.pop(callback.key))
            self._web.forget(callback.call)
            self._changed.set()

    async def _retry_or_give_up(self, pending: PendingCallback, failure: WebFailure) -> None:
        key, reason = pending.callback.key, str(failure)
        tries = pending.tries + 1
        delay_s = self._retry.delay_s(tries, self._chance())
        age_s = self._clock.wall().timestamp() - pending.queued_at
        hopeless = failure.fault is WebFault.BAD_URL or failure.status == _GONE
        give_up_s = pending.callback.request.patience_s or self._retry.give_up_s
        if hopeless or age_s + delay_s > give_up_s:
            log.error("callback.abandoned", extra={"key": key, "reason": reason, "tries": tries})
            await self._record(self._store.mark_dead(key, reason))
            return
        log.info("callback.failed", extra={"key": key, "reason": reason, "again_in_s": delay_s})
        await self._record(self._store.mark_failed(key, reason, retry_in_s=delay_s))

    async def _record(self, noted: Awaitable[None]) -> None:
        # An outcome is kept where no database is needed. Claims that cannot be ended now end by themselves.
        try:
            await noted
        except (OffhookError, OSError) as error:
            log.warning("outbox.unwritable", extra={"error": type(error).__name__})
