"""Deletes recordings that are older than they may be."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from offhook.base.clock import Clock
from offhook.base.errors import Unavailable
from offhook.base.recordings import Recording

log = logging.getLogger("offhook.storage")

_AT_ONCE: Final = 100
_EACH_S: Final = 3_600.0


class RecordingTable(Protocol):
    """What is known of recordings."""

    async def before(self, moment: datetime, limit: int) -> Sequence[Recording]:
        """Recordings that ended and began before `moment`, the oldest first."""
        ...

    async def forget(self, gone: Sequence[Recording]) -> None:
        """Delete what is known of these."""
        ...


class FileStore(Protocol):
    """Where their sound is."""

    async def delete(self, key: str) -> None:
        """Remove a file.

        Raises:
            Unavailable: it cannot be removed now.
        """
        ...


async def run(table: RecordingTable, files: FileStore, clock: Clock, days: float) -> None:
    """Delete what is too old, now and every hour, until cancelled."""
    while True:
        try:
            deleted = await delete_expired(table, files, clock, days)
            if deleted:
                log.info("recordings.deleted", extra={"count": deleted})
        except Unavailable as error:
            log.warning("recordings.not-deleted", extra={"error": str(error)})
        await clock.sleep(_EACH_S)


async def delete_expired(table: RecordingTable, files: FileStore, clock: Clock, days: float) -> int:
    """Delete all recordings that began more than `days` ago; returns how many.

    The file goes first: after a crash in between there is a row without a file, which is deleted next time.

    Raises:
        Unavailable: the database does not answer, or a file cannot be removed.
    """
    limit = clock.wall() - timedelta(days=days)
    deleted = 0
    while found := await table.before(limit, _AT_ONCE):
        gone: list[Recording] = []
        for recording in found:
            try:
                await files.delete(recording.key)
            except Unavailable as error:
                # The others can be deleted; this one is tried again later.
                log.warning("recording.kept", extra={"error": str(error)})
                continue
            gone.append(recording)
        await table.forget(gone)
        deleted += len(gone)
        if len(gone) < len(found):
            break
    return deleted
