"""Time as the pure rooms see it: asked of whoever was plugged in, never read from the system."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one that only goes forward, one that people read."""

    def now(self) -> float:
        """Seconds on a clock that never jumps. Differences mean something, values do not."""
        ...

    def wall(self) -> datetime:
        """The date and time, in UTC with its zone."""
        ...
