"""An event loop in virtual time: nothing sleeps, and an hour passes in milliseconds."""

import asyncio
import heapq
import selectors
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Final, Protocol

_RESOLUTION_S: Final = 1e-9
_PRUNE_ABOVE: Final = 100
_GUARD_S: Final = 30.0
"""Real seconds in which what holds the clock does something."""


class Deadlock(RuntimeError):
    """The loop waits, and no timer, socket or event can ever wake it."""


class World(Protocol):
    """Something beside the loop in which virtual time passes: engines on a virtual network."""

    @property
    def now(self) -> float: ...

    def wake(self) -> float | None: ...

    def advance(self, until: float) -> bool: ...


class _Timer(asyncio.TimerHandle):
    """A callback that is due at a virtual time."""

    __slots__ = ("call", "run_in")

    call: Callable[[], object] | None
    run_in: Context

    def cancel(self) -> None:
        """Drop the callback."""
        self.call = None
        super().cancel()

    def fire(self) -> None:
        """Call back, unless it was cancelled since it came due."""
        if self.call is not None:
            self.call()


class _Timers:
    """Pending timers. Those that are due together are returned in the order of their creation.

    The standard loop leaves that order open; a simulation that runs twice needs one.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, _Timer]] = []
        self._count = 0
        self._prune_at = _PRUNE_ABOVE

    def add(self, timer: _Timer) -> None:
        self._count += 1
        heapq.heappush(self._heap, (timer.when(), self._count, timer))
        if len(self._heap) > self._prune_at:
            self._heap = [entry for entry in self._heap if not entry[2].cancelled()]
            heapq.heapify(self._heap)
            self._prune_at = 2 * len(self._heap) + _PRUNE_ABOVE

    def next_at(self) -> float | None:
        """The time of the next timer that was not cancelled."""
        while self._heap and self._heap[0][2].cancelled():
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: float) -> list[_Timer]:
        """Remove and return the timers that are due."""
        due: list[_Timer] = []
        while (at := self.next_at()) is not None and at <= now + _RESOLUTION_S:
            due.append(heapq.heappop(self._heap)[2])
        return due


class _VirtualSelector(selectors.SelectSelector):
    """Polls real sockets; where the loop would sleep, it advances virtual time to the next timer."""

    def __init__(self, timers: _Timers, run: Callable[[_Timer], object]) -> None:
        super().__init__()
        self.now = 0.0
        self.world: World | None = None
        self.on_events: Callable[[], None] | None = None
        self.holds: list[str] = []
        self._timers = timers
        self._run = run

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Ready sockets; the loop has no timers of its own, so `timeout` is 0 or None."""
        ready = super().select(0)
        if not ready and timeout != 0 and self.holds:
            # A thread or a socket works in real time: what it does wakes the loop.
            ready = super().select(_GUARD_S)
            if not ready:
                raise Deadlock(f"held for {_GUARD_S} s by: {', '.join(self.holds)}")
        elif not ready and timeout != 0:
            self._advance(self._timers.next_at())
        for timer in self._timers.take_due(self.now):
            self._run(timer)
        return ready

    def _advance(self, until: float | None) -> None:
        if self.world is None:
            if until is None:
                raise Deadlock("the loop waits, and has no timer")
            self.now = max(self.now, until)
            return
        wake = self.world.wake()
        # Without timers the world goes on alone until it has an event, one event at a time.
        end = wake if until is None else max(self.now, until)
        if end is None:
            raise Deadlock("the loop waits, and neither it nor the world has a timer")
        has_events = self.world.advance(max(end, self.world.now))
        self.now = max(self.now, self.world.now if has_events or until is None else end)
        if has_events and self.on_events is not None:
            self.on_events()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop for tests. Use it as the loop factory of a runner."""

    def __init__(self) -> None:
        """Time begins at 0."""
        self._timers = _Timers()
        self._virtual = _VirtualSelector(self._timers, self._run_timer)
        super().__init__(self._virtual)

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual.now

    def spend(self, seconds: float) -> None:
        """Let time pass at once, as a computation would: nothing else runs meanwhile."""
        self._virtual.now += seconds

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,  # noqa: ANN401  (any arguments of the callback)
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back at `when`; callbacks that are due together run in the order of these calls."""
        timer = _Timer(when, callback, args, self, context)
        timer.call = partial(callback, *args)
        timer.run_in = context or copy_context()
        self._timers.add(timer)
        return timer

    @contextmanager
    def hold(self, reason: str) -> Generator[None]:
        """Let virtual time stand still while something works in real time."""
        self._virtual.holds.append(reason)
        try:
            yield
        finally:
            self._virtual.holds.remove(reason)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the loop's threads, in real time."""
        del timeout
        with self.hold("the end of threads"):
            await super().shutdown_default_executor()

    def attach_world(self, world: World, on_events: Callable[[], None]) -> None:
        """Let the loop's time pass for `world`, too.

        Args:
            world: Where it passes.
            on_events: Called when an engine of the world has events.
        """
        self._virtual.world = world
        self._virtual.on_events = on_events

    def _run_timer(self, timer: _Timer) -> None:
        self.call_soon(timer.fire, context=timer.run_in)
