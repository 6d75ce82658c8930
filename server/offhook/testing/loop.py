"""An event loop whose clock jumps: nothing sleeps, and an hour passes in milliseconds."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Protocol


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


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop for tests. Use it as the loop factory of a runner."""

    def __init__(self) -> None:
        """Time begins at 0."""
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jump.now

    def live_in(self, world: World, news: Callable[[], None]) -> None:
        """From now on time passes for `world` too.

        Args:
            world: Where it passes.
            news: Called when an engine of the world has something to tell.
        """
        self._jump.world = world
        self._jump.news = news
