"""Whether a database can be written is found by writing, and cached."""

import asyncio
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from offhook.store.probe import SILENT, WriteProbe, reason
from offhook.store.store import Store
from offhook.testing.deterministic import ManualClock
from sqlalchemy import event, text


async def rows(store: Store) -> int:
    async with store.database.read() as connection:
        return (await connection.execute(text("SELECT count(*) FROM probes"))).scalar_one()


@contextmanager
def pragma(store: Store, words: str) -> Generator[None]:
    """Every connection of the store has it from now on."""

    def begun(connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA {words}")  # type: ignore[attr-defined]

    engine = store.database._engine.sync_engine
    event.listen(engine, "begin", begun, insert=True)
    yield
    event.remove(engine, "begin", begun)


async def test_a_writable_database_is_ok(store: Store, clock: ManualClock) -> None:
    assert await store.health() == {"database": ""}
    assert await rows(store) == 1
    async with store.database.read() as connection:
        query = text("SELECT written_at FROM probes")
        assert str((await connection.execute(query)).scalar_one()).startswith(
            clock.wall().strftime("%Y-%m-%d %H:%M:%S")
        )


async def test_concurrent_probes_share_one_write(store: Store, clock: ManualClock) -> None:
    writes: list[str] = []
    event.listen(
        store.database._engine.sync_engine,
        "before_cursor_execute",
        lambda *words: writes.append(words[2]),
    )
    for _ in range(50):
        await store.health()
    assert sum(statement.startswith("UPDATE probes") for statement in writes) == 1
    clock.advance(5.0)
    await store.health()
    assert sum(statement.startswith("UPDATE probes") for statement in writes) == 2


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_read_only_database_is_reported(store: Store) -> None:
    with pragma(store, "query_only=ON"):
        assert await store.health() == {"database": "cannot be written: it is read-only"}


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_locked_database_is_reported_within_the_limit(
    store: Store, database: str, clock: ManualClock
) -> None:
    probe = WriteProbe(store.database, clock, limit_s=0.05)
    other = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await probe.check() == "a write takes over 0.05 s"
    clock.advance(60.0)
    assert await probe.check() == "a write takes over 0.05 s", "one attempt at a time"
    other.execute("ROLLBACK")
    other.close()
    await probe.close()
    probe._limit_s = 60.0
    assert await probe.check() == ""


def test_reasons_do_not_contain_the_database_url() -> None:
    assert "no space left" in reason("database or disk is full")
    assert "no space left" in reason('could not extend file "base/1": No space left on device')
    assert "read-only" in reason("cannot execute UPDATE in a read-only transaction")
    assert "locked" in reason("database is locked")
    assert reason("connection to 10.0.0.1 refused") == SILENT


async def test_closing_an_unused_probe_does_not_wait(store: Store, tmp_path: Path) -> None:
    del tmp_path
    async with asyncio.timeout(5):
        await WriteProbe(store.database, ManualClock()).close()
