"""Writes what waits into the database, one transaction after the other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from offhook.base.clock import Clock

AT_ONCE: Final = 64
"""How much is written in one transaction."""
PACE_S: Final = 0.1
"""At least so long between two transactions: what comes meanwhile goes with the second."""
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 5.0


async def write_batches(
    write: Callable[[], Awaitable[bool]],
    waiting: Callable[[], int],
    more: asyncio.Event,
    clock: Clock,
    pace_s: float = PACE_S,
) -> None:
    """Write while something waits, until cancelled; what is left then is for the next start.

    Args:
        write: Writes the oldest, at most `AT_ONCE`. Returns whether the database took them.
        waiting: How much waits.
        more: Set when something waits that did not before.
        clock: For the pauses, which become longer while the database is away.
        pace_s: The pause after a transaction that took all that waited.
    """
    pause_s = 0.0
    while True:
        if not waiting():
            more.clear()
            await more.wait()
        if await write():
            pause_s = pace_s if waiting() < AT_ONCE else 0.0
        else:
            pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, 2 * pause_s))
        await clock.sleep(pause_s)
