"""Writes what pages measure to the database in batches, and deletes what is too old: nothing waits for it."""

import itertools
import logging
from typing import Final, Protocol

from offhook.base.clock import Clock
from offhook.base.errors import Unavailable

log = logging.getLogger(__name__)

_WRITE_S: Final = 5.0
_DELETE_EACH: Final = 720
"""Writes between deletions: an hour."""


class SampleStore(Protocol):
    """Keeps samples; `store.samples.Samples` in production."""

    async def write(self) -> None:
        """Write what has been taken since the last time, if the database answers."""
        ...

    async def forget(self, older_than_days: float) -> None:
        """Delete what is older.

        Raises:
            Unavailable: not now.
        """
        ...


async def run(samples: SampleStore, clock: Clock, days: float) -> None:
    """Write and delete until cancelled.

    Args:
        samples: Where they are.
        clock: Decides when.
        days: How long samples are kept.
    """
    for turn in itertools.count():
        await clock.sleep(_WRITE_S)
        await samples.write()
        if turn % _DELETE_EACH == 0:
            try:
                await samples.forget(days)
            except Unavailable as error:
                log.warning("samples.not-deleted", extra={"error": str(error)})
