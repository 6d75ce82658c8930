"""An outbox in memory, and the real sender of what is in it."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Self

from offhook.base.clock import Clock
from offhook.base.ids import AccountId
from offhook.base.records import Callback, Due
from offhook.webhooks.outbox_worker import HttpClient, OutboxWorker


@dataclass(slots=True)
class Queued:
    """A callback that its server has not accepted.

    Attributes:
        tries: How many attempts failed.
        queued_at: When it was added, Unix seconds.
        due_at: When it may be sent, by the loop's clock.
        claimed: Whether it is being sent.
    """

    callback: Callback
    tries: int = 0
    queued_at: float = 0.0
    due_at: float = 0.0
    claimed: bool = False


class InMemoryOutbox:
    """As `offhook.webhooks.outbox_worker.OutboxStore`: of each call the first alone may be sent.

    Attributes:
        dead: What was given up.
        wake: Called with each callback more.
        wall: The time, Unix seconds.
        settled: Set when one was delivered or given up.
    """

    def __init__(self) -> None:
        """Empty."""
        self.dead: list[Callback] = []
        self.settled = asyncio.Event()
        self.wake: Callable[[], None] = lambda: None
        self.wall: Callable[[], float] = lambda: 0.0
        self._queued: dict[str, Queued] = {}

    def __len__(self) -> int:
        """How many are pending."""
        return len(self._queued)

    def add(self, callback: Callback) -> None:
        """Add one."""
        self._queued[callback.key] = Queued(callback, queued_at=self.wall())
        self.wake()

    async def claim(
        self,
        by: str,
        *,
        most: int,
        for_s: float,
        choose: Callable[[Sequence[Due]], Collection[str]],
        without: Collection[AccountId],
    ) -> Sequence[Queued]:
        """Take what may be sent now."""
        del by, for_s, without
        now = asyncio.get_running_loop().time()
        found = [each for each in self._firsts() if each.due_at <= now and not each.claimed]
        due = [Due(each.callback.key, each.callback.request.account, "") for each in found]
        keys = list(choose(due[:most]))
        for key in keys:
            self._queued[key].claimed = True
        return [self._queued[key] for key in keys]

    async def release(self, by: str) -> None:
        """End all claims."""
        del by
        for each in self._queued.values():
            each.claimed = False

    async def mark_delivered(self, key: str) -> None:
        """Its server accepted it."""
        self._queued.pop(key, None)
        self.settled.set()

    async def mark_failed(self, key: str, reason: str, *, retry_in_s: float) -> None:
        """It is due again later."""
        del reason
        each = self._queued[key]
        each.tries, each.claimed = each.tries + 1, False
        each.due_at = asyncio.get_running_loop().time() + retry_in_s

    async def mark_dead(self, key: str, reason: str) -> None:
        """It was given up."""
        del reason
        self.dead.append(self._queued.pop(key).callback)
        self.settled.set()

    async def next_due_in_s(self) -> float | None:
        """Seconds until something is due."""
        now = asyncio.get_running_loop().time()
        waits = [each.due_at - now for each in self._firsts() if not each.claimed]
        return max(0.0, min(waits)) if waits else None

    def _firsts(self) -> list[Queued]:
        firsts: dict[str, Queued] = {}
        for each in self._queued.values():
            first = firsts.setdefault(each.callback.call, each)
            if each.callback.order < first.callback.order:
                firsts[each.callback.call] = each
        return list(firsts.values())


class Delivering:
    """Sends what is in an outbox while it lasts. Use it as an asynchronous context."""

    def __init__(self, outbox: InMemoryOutbox, web: HttpClient, clock: Clock) -> None:
        """Send through `web`."""
        self._outbox = outbox
        self._clock = clock
        self._worker = OutboxWorker(outbox, web, clock, lambda: 1.0, name="tests")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start to send."""
        self._outbox.wake = self._worker.wake
        self._outbox.wall = lambda: self._clock.wall().timestamp()
        self._task = asyncio.get_running_loop().create_task(self._worker.run())
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Stop to send."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def drained(self) -> None:
        """Wait until nothing is pending."""
        while len(self._outbox):
            self._outbox.settled.clear()
            await self._outbox.settled.wait()
