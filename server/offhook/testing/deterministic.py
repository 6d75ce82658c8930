"""Clocks and ids that are the same in every run."""

import asyncio
import random
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from offhook.base.clock import no_hold
from offhook.testing.loop import VirtualLoop

_EPOCH: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class LoopClock:
    """The running loop's time, as `offhook.base.clock.Clock`."""

    def now(self) -> float:
        """Seconds since the loop began."""
        return asyncio.get_running_loop().time()

    def wall(self) -> datetime:
        """A fixed morning, and the seconds since."""
        return _EPOCH + timedelta(seconds=self.now())

    async def sleep(self, seconds: float) -> None:
        """Wait for so long by the running loop."""
        await asyncio.sleep(seconds)

    def hold(self, reason: str) -> AbstractContextManager[object]:
        """Let virtual time stand still in the block."""
        loop = asyncio.get_running_loop()
        return loop.hold(reason) if isinstance(loop, VirtualLoop) else no_hold(reason)


@dataclass
class ManualClock:
    """A clock that only the test advances, as `offhook.base.clock.Clock`.

    Attributes:
        at: Seconds since it was made.
        start: The date and time that it was then.
    """

    at: float = 0.0
    start: datetime = _EPOCH

    def now(self) -> float:
        """Seconds since it was made."""
        return self.at

    def wall(self) -> datetime:
        """When it was made, and the seconds since."""
        return self.start + timedelta(seconds=self.at)

    async def sleep(self, seconds: float) -> None:
        """Wait for so long by the running loop; the clock itself stands still."""
        await asyncio.sleep(seconds)

    def hold(self, reason: str) -> AbstractContextManager[object]:
        """It stands still in any case."""
        return no_hold(reason)

    def advance(self, seconds: float) -> None:
        """Advance the time."""
        self.at += seconds


class SeededIds:
    """Ids from a seed, as `offhook.base.ids.Ids`."""

    def __init__(self, seed: int = 0) -> None:
        """The same seed gives the same ids."""
        self._random = random.Random(seed)  # noqa: S311  (repeatable on purpose)

    def hex32(self) -> str:
        """32 new hex digits."""
        return f"{self._random.getrandbits(128):032x}"

    def digits(self, count: int) -> str:
        """A new number of so many digits."""
        return str(self._random.randrange(10 ** (count - 1), 10**count))
