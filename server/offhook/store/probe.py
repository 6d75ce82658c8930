"""Whether the database can be written now: a cached test write."""

import asyncio
import logging
from typing import Final

from sqlalchemy import update

from offhook.base.clock import Clock
from offhook.base.errors import Unavailable
from offhook.store.database import Database
from offhook.store.tables import probes

log = logging.getLogger("offhook.store")

_FRESH_S: Final = 5.0
"""How long one result is used for all checks."""
_LIMIT_S: Final = 2.0
"""How long a check waits; a database that is locked may take longer."""
_REASONS: Final = (
    (("full", "no space"), "there is no space left on its disk"),
    (("readonly", "read-only"), "it is read-only"),
    (("locked",), "another process has locked it"),
)
SILENT: Final = "does not answer"


class WriteProbe:
    """Writes one row, at most once in some seconds."""

    def __init__(self, database: Database, clock: Clock, *, limit_s: float = _LIMIT_S) -> None:
        """A probe.

        Args:
            database: What is tried.
            clock: Measures the age of a result.
            limit_s: How long a check waits at most.
        """
        self._database = database
        self._clock = clock
        self._limit_s = limit_s
        self._started_at = float("-inf")
        self._running: asyncio.Task[str] | None = None

    async def check(self) -> str:
        """Why nothing can be written, without the location of the database; or nothing."""
        now = self._clock.now()
        running = self._running
        if running is None or (running.done() and now >= self._started_at + _FRESH_S):
            self._started_at = now
            # The attempt goes on after its waiter has given up: one that is cancelled costs a connection.
            running = asyncio.create_task(self._write())  # noqa: TID251  (`close` waits for it)
            self._running = running
        await asyncio.wait((running,), timeout=self._limit_s)
        return running.result() if running.done() else f"a write takes over {self._limit_s:g} s"

    async def close(self) -> None:
        """Wait for the attempt that is under way."""
        if self._running is not None:
            await asyncio.wait((self._running,))

    async def _write(self) -> str:
        try:
            async with self._database.write() as connection:
                await connection.execute(update(probes).values(written_at=self._clock.wall()))
        except Unavailable as error:
            log.warning("database.unwritable", extra={"error": str(error)})
            return reason(str(error))
        return ""


def reason(error: str) -> str:
    """Why a write failed, without the location of the database."""
    known = error.lower()
    for signs, fields in _REASONS:
        if any(sign in known for sign in signs):
            return f"cannot be written: {fields}"
    return SILENT
