"""The clock as the pure layers see it: a port, never the system's clock."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Protocol

Hold = Callable[[str], AbstractContextManager[object]]
"""As `Clock.hold`."""


def no_hold(_reason: str) -> AbstractContextManager[object]:
    """Real time passes in any case."""
    return nullcontext()


class Clock(Protocol):
    """Two clocks: one that only goes forward, one that people read."""

    def now(self) -> float:
        """Seconds on a clock that never jumps. Differences mean something, values do not."""
        ...

    def wall(self) -> datetime:
        """The date and time, in UTC with its zone."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for so long."""
        ...

    def hold(self, reason: str) -> AbstractContextManager[object]:
        """In the block, something works that knows only real time: a thread, a socket, another process.

        A simulated clock stands still meanwhile; a real one takes no notice.

        Args:
            reason: What works, for who finds that it never ends.
        """
        ...


class SteadyClock:
    """A clock whose date and time do not jump when the machine's are set.

    For deadlines that are kept as dates within one process; what people read comes from the machine.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin with the date and time that `clock` has now."""
        self._clock = clock
        self._start = clock.wall() - timedelta(seconds=clock.now())

    def now(self) -> float:
        """Seconds that never jump."""
        return self._clock.now()

    def wall(self) -> datetime:
        """The date and time at the beginning, and the seconds since."""
        return self._start + timedelta(seconds=self._clock.now())

    async def sleep(self, seconds: float) -> None:
        """Wait for so long."""
        await self._clock.sleep(seconds)

    def hold(self, reason: str) -> AbstractContextManager[object]:
        """As that of the clock."""
        return self._clock.hold(reason)
