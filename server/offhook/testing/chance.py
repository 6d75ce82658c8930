"""A clock, a calendar and ids that are the same in every run."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class LoopClock:
    """The running loop's time, as `offhook.base.clock.Clock`."""

    def now(self) -> float:
        """Seconds since the loop began."""
        return asyncio.get_running_loop().time()

    def wall(self) -> datetime:
        """A fixed morning, and the seconds since."""
        return _EPOCH + timedelta(seconds=self.now())


class SeededIds:
    """Ids of which a seed decides, as `offhook.base.ids.Ids`."""

    def __init__(self, seed: int = 0) -> None:
        """The same seed gives the same ids."""
        self._random = random.Random(seed)  # noqa: S311  (repeatable on purpose)

    def hex32(self) -> str:
        """32 hex digits that never came before."""
        return f"{self._random.getrandbits(128):032x}"
