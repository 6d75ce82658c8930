"""An event loop whose clock jumps: nothing sleeps, and an hour passes in milliseconds."""

import asyncio
import heapq
import selectors
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol, cast


class Deadlock(RuntimeError):
    """Nothing will ever happen any more, and somebody waits for it."""


class World(Protocol):
    """Something beside the loop in which virtual time passes: engines on a virtual network."""

    @property
    def now(self) -> float: ...

    def wake(self) -> float | None: ...

    def advance(self, until: float) -> bool: ...


class _Jump(selectors.SelectSelector):
    """Never sleeps: looks at real sockets once, then lets time pass until the next thing happens."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.world: World | None = None
        self.news: Callable[[], None] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        until = None if timeout is None else self.now + max(0.0, timeout)
        if self.world is None:
            if until is None:
                raise Deadlock("nothing will ever happen, and somebody waits for it")
            self.now = until
        else:
            self._let_pass(self.world, until)
        return ready

    def _let_pass(self, world: World, until: float | None) -> None:
        wake = world.wake()
        if until is None and wake is None:
            raise Deadlock("neither the loop nor the world will ever do anything")
        # Without timers the world goes on alone until it has news, one event at a time.
        end = wake if until is None else until
        if end is None:
            return
        told = world.advance(max(end, world.now))
        self.now = max(self.now, world.now if told or until is None else end)
        if told and self.news is not None:
            self.news()


class _Timer(asyncio.TimerHandle):
    """Due at its moment; of two that are due at the same one, the first asked for comes first."""

    __slots__ = ("number",)

    number: int

    def __lt__(self, other: asyncio.TimerHandle) -> bool:
        if isinstance(other, _Timer) and self.when() == other.when():
            return self.number < other.number
        return self.when() < other.when()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop for tests. Use it as the loop factory of a runner."""

    def __init__(self) -> None:
        """Time begins at 0."""
        self._jump = _Jump()
        self._timers = 0
        super().__init__(self._jump)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jump.now

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,  # noqa: ANN401  (whatever the callback takes)
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back at `when`.

        The standard loop has no order for what is due at the same moment; a story that is told twice
        must have one. There is no other way in than the loop's own list of timers.
        """
        timer = _Timer(when, callback, args, self, context)
        self._timers += 1
        timer.number = self._timers
        known = cast("Any", self)
        heapq.heappush(known._scheduled, timer)  # noqa: SLF001
        cast("Any", timer)._scheduled = True  # noqa: SLF001
        return timer

    def live_in(self, world: World, news: Callable[[], None]) -> None:
        """From now on time passes for `world` too.

        Args:
            world: Where it passes.
            news: Called when an engine of the world has something to tell.
        """
        self._jump.world = world
        self._jump.news = news
