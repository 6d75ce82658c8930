"""Recordings are deleted with their sound when they are older than they may be."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from offhook.base.errors import Unavailable
from offhook.base.ids import AccountId, CallId, RecordingId
from offhook.base.recordings import Recording, RecordingSource, RecordingState
from offhook.storage.retention import delete_expired
from offhook.testing.deterministic import ManualClock

START = datetime(2026, 1, 31, tzinfo=UTC)


def recording(number: int, age_days: float) -> Recording:
    return Recording(
        id=RecordingId(f"{number:032x}"),
        account=AccountId("MA1"),
        call=CallId("1" * 32),
        source=RecordingSource.RECORD_VERB,
        channels=1,
        state=RecordingState.COMPLETED,
        started_at=START - timedelta(days=age_days),
    )


class Table:
    """Rows in memory."""

    def __init__(self, rows: Sequence[Recording]) -> None:
        self.rows = list(rows)

    async def before(self, moment: datetime, limit: int) -> Sequence[Recording]:
        found = [row for row in self.rows if row.started_at < moment]
        return sorted(found, key=lambda row: row.started_at)[:limit]

    async def forget(self, gone: Sequence[Recording]) -> None:
        self.rows = [row for row in self.rows if row not in gone]


class Files:
    """Keys that were deleted; some cannot be."""

    def __init__(self, *stuck: str) -> None:
        self.deleted: list[str] = []
        self._stuck = stuck

    async def delete(self, key: str) -> None:
        if key in self._stuck:
            raise Unavailable("read-only")
        self.deleted.append(key)


async def test_what_is_older_goes_and_the_rest_stays() -> None:
    rows = [recording(n, age) for n, age in enumerate((29.9, 30.1, 400))]
    table, files = Table(rows), Files()
    assert await delete_expired(table, files, ManualClock(start=START), 30) == 2
    assert table.rows == rows[:1]
    assert sorted(files.deleted) == sorted(row.key for row in rows[1:])


async def test_many_go_in_batches() -> None:
    table, files = Table([recording(n, 31) for n in range(250)]), Files()
    assert await delete_expired(table, files, ManualClock(start=START), 30) == 250
    assert (table.rows, len(files.deleted)) == ([], 250)


async def test_a_file_that_cannot_be_deleted_keeps_its_row_and_delays_no_other() -> None:
    rows = [recording(n, 31 + n) for n in range(3)]
    table, files = Table(rows), Files(rows[1].key)
    assert await delete_expired(table, files, ManualClock(start=START), 30) == 2
    assert table.rows == [rows[1]]
