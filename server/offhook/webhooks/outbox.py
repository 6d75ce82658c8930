"""Sends owed callbacks: in order for each call, at least once, again and again for a day."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol

from offhook.base.clock import Clock
from offhook.base.errors import OffhookError
from offhook.base.ids import AccountId, CallId
from offhook.base.records import Callback, Due
from offhook.base.shares import Shares, Ticket
from offhook.base.web import WebFailure, WebFault, WebReply, WebRequest

log = logging.getLogger(__name__)

KEY_HEADER: Final = "Idempotency-Key"
_GONE: Final = 410


class Owed(Protocol):
    """A callback that its server has not taken."""

    @property
    def callback(self) -> Callback:
        """What to send."""
        ...

    @property
    def tries(self) -> int:
        """How often it was sent in vain."""
        ...

    @property
    def owed_at(self) -> float:
        """Since when it is owed, Unix seconds."""
        ...


class Debts(Protocol):
    """Where owed callbacks are kept."""

    async def claim(
        self,
        by: str,
        *,
        most: int,
        for_s: float,
        choose: Callable[[Sequence[Due]], Collection[str]],
        without: Collection[AccountId],
    ) -> Sequence[Owed]:
        """Take what `choose` picks of what is due, at most one of each call.

        No other sender gets it for a while.
        """
        ...

    async def release(self, by: str) -> None:
        """End all claims of `by`."""
        ...

    async def delivered(self, key: str) -> None:
        """Its server took it."""
        ...

    async def failed(self, key: str, reason: str, *, again_in_s: float) -> None:
        """It was sent in vain."""
        ...

    async def died(self, key: str, reason: str) -> None:
        """It will not be sent any more."""
        ...

    async def next_due_in_s(self) -> float | None:
        """Seconds until something is due; nothing if nothing is owed."""
        ...


class Asks(Protocol):
    """The way out."""

    async def ask(self, request: WebRequest) -> WebReply:
        """Send a request."""
        ...

    def forget(self, call: CallId) -> None:
        """Drop a call's cookies."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How callbacks are sent.

    Attributes:
        first_s: Seconds until the second try; doubled with each.
        longest_s: Seconds between two tries at most.
        give_up_s: Seconds after which a callback is a dead letter.
        at_once: How many are sent at the same time; divided among accounts and their servers.
        claim_s: Seconds for which a claimed callback is nobody else's; longer than sending takes.
        look_s: Seconds after which the outbox is looked at even if nobody said that it changed.
    """

    first_s: float = 5.0
    longest_s: float = 3600.0
    give_up_s: float = 86_400.0
    at_once: int = 256
    claim_s: float = 120.0
    look_s: float = 30.0

    def wait_s(self, tries: int, chance: float) -> float:
        """Seconds until the next try: at least half of the doubled time, the rest by chance.

        Args:
            tries: How often it was sent in vain.
            chance: From 0 to 1; keeps those who failed together from trying again together.
        """
        most = min(self.longest_s, self.first_s * 2.0 ** min(tries - 1, 30))
        return most * (0.5 + 0.5 * chance)


class Sender:
    """Sends what the outbox owes, until it is cancelled."""

    def __init__(
        self,
        debts: Debts,
        web: Asks,
        clock: Clock,
        chance: Callable[[], float],
        *,
        name: str = "server",
        patience: Patience | None = None,
    ) -> None:
        """A sender.

        Args:
            debts: What is owed.
            web: The way out.
            clock: Says what is too old.
            chance: A number from 0 to 1, each time another.
            name: Of this server among those that share the outbox; at most 64 characters.
            patience: How often and how long.
        """
        self._debts = debts
        self._web = web
        self._clock = clock
        self._chance = chance
        self._name = name
        self._patience = patience or Patience()
        self._news = asyncio.Event()
        self._shares = Shares(self._patience.at_once)
        self._tickets: dict[str, Ticket] = {}

    def wake(self) -> None:
        """Something new is owed."""
        self._news.set()

    async def run(self) -> None:
        """Sends for ever. What this server had claimed when it died is due at once."""
        await self._note(self._debts.release(self._name))
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._news.clear()
                most = self._shares.free
                claimed, seen = await self._claim(most) if most else ((), 0)
                for owed in claimed:
                    tasks.create_task(self._send(owed))
                if not claimed or seen < most:
                    await self._rest()

    async def _claim(self, most: int) -> tuple[Sequence[Owed], int]:
        """What is to be sent now, and how many were due: all, if fewer than `most`."""
        chosen: dict[str, Ticket] = {}
        seen = 0

        def choose(due: Sequence[Due]) -> Collection[str]:
            nonlocal seen
            seen = len(due)
            for one in due:
                if one.key not in self._tickets and self._shares.admits(one.account, one.server):
                    chosen[one.key] = self._shares.enter(one.account, one.server)
            return list(chosen)

        claimed: Sequence[Owed] = ()
        try:
            claimed = await self._debts.claim(
                self._name,
                most=most,
                for_s=self._patience.claim_s,
                choose=choose,
                without=[AccountId(account) for account in self._shares.full()],
            )
        except (OffhookError, OSError) as error:
            log.warning("outbox.unreadable", extra={"error": type(error).__name__})
        finally:
            kept = {owed.callback.key for owed in claimed}
            for key, ticket in chosen.items():
                if key in kept:
                    self._tickets[key] = ticket
                else:
                    self._shares.leave(ticket)
        return claimed, seen

    async def _rest(self) -> None:
        try:
            due_in_s = await self._debts.next_due_in_s()
        except (OffhookError, OSError):
            due_in_s = None
        wait_s = self._patience.look_s if due_in_s is None else min(due_in_s, self._patience.look_s)
        if due_in_s == 0:
            # Due, but not to be had: somebody else is at it, or all our hands are full.
            wait_s = min(1.0, self._patience.look_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._news.wait()

    async def _send(self, owed: Owed) -> None:
        callback = owed.callback
        try:
            request = replace(
                callback.request, headers={**callback.request.headers, KEY_HEADER: callback.key}
            )
            try:
                await self._web.ask(request)
            except WebFailure as failure:
                await self._missed(owed, failure)
            else:
                await self._note(self._debts.delivered(callback.key))
                log.debug("callback.delivered", extra={"key": callback.key})
        finally:
            self._shares.leave(self._tickets.pop(callback.key))
            self._web.forget(callback.call)
            self._news.set()

    async def _missed(self, owed: Owed, failure: WebFailure) -> None:
        key, reason = owed.callback.key, str(failure)
        tries = owed.tries + 1
        wait_s = self._patience.wait_s(tries, self._chance())
        age_s = self._clock.wall().timestamp() - owed.owed_at
        hopeless = failure.fault is WebFault.BAD_URL or failure.status == _GONE
        if hopeless or age_s + wait_s > self._patience.give_up_s:
            log.error("callback.died", extra={"key": key, "reason": reason, "tries": tries})
            await self._note(self._debts.died(key, reason))
            return
        log.info("callback.failed", extra={"key": key, "reason": reason, "again_in_s": wait_s})
        await self._note(self._debts.failed(key, reason, again_in_s=wait_s))

    async def _note(self, noted: Awaitable[None]) -> None:
        # An outcome is kept where no database is needed. Claims that cannot be ended now end by themselves.
        try:
            await noted
        except (OffhookError, OSError) as error:
            log.warning("outbox.not-noted", extra={"error": type(error).__name__})
