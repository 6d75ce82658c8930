"""A database opens on the first and on every later start, and keeps transactions whole."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from offhook.base.errors import Unavailable, UsageError
from offhook.base.ids import AccountId
from offhook.store.database import Database
from offhook.store.sqlite_direct import Lookup
from offhook.store.tables import accounts
from sqlalchemy import Connection, bindparam, select, text

INSERT = text("INSERT INTO accounts VALUES (:id, 'n', :secret, '2026-01-01 00:00:00')")
COUNT = text("SELECT count(*) FROM accounts")
ACCOUNTS = select(accounts.c.id).where(accounts.c.id == bindparam("id"))

NAME = Lookup(select(accounts.c.name).where(accounts.c.id == bindparam("id")))


async def _count(database: Database) -> int:
    async with database.read() as connection:
        return (await connection.execute(COUNT)).scalar_one()


async def _insert(database: Database, id: str) -> None:
    async with database.write() as connection:
        await connection.execute(INSERT, {"id": id, "secret": b""})


async def test_data_survive_a_restart(empty_database: str) -> None:
    first = await Database.open(empty_database)
    await _insert(first, "MA1")
    await first.close()
    second = await Database.open(empty_database)
    assert await _count(second) == 1
    await second.close()


async def test_servers_that_start_together_make_the_tables_once(empty_database: str) -> None:
    databases = await asyncio.gather(*(Database.open(empty_database) for _ in range(4)))
    assert [await _count(database) for database in databases] == [0, 0, 0, 0]
    for database in databases:
        await database.close()


async def test_a_transaction_that_raises_changes_nothing(empty_database: str) -> None:
    database = await Database.open(empty_database)

    async def fails() -> None:
        async with database.write() as connection:
            await connection.execute(INSERT, {"id": "MA1", "secret": b""})
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await fails()
    assert await _count(database) == 0
    await database.close()


async def test_many_writers_at_once_all_get_their_turn(empty_database: str) -> None:
    database = await Database.open(empty_database)
    other = await Database.open(empty_database)
    await asyncio.gather(
        *(_insert(database, f"MA{i}") for i in range(20)),
        *(_insert(other, f"MB{i}") for i in range(20)),
    )
    assert await _count(database) == 40
    await database.close()
    await other.close()


async def test_sqlite_commits_to_the_disk_and_knows_foreign_keys(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'a.db'}")
    async with database.read() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }
    await database.close()


@pytest.mark.parametrize(
    "url", ["", "offhook.db", "mysql://a/b", "sqlite://", "sqlite:///:memory:", "nonsense+x:///y"]
)
async def test_an_unsupported_database_url_is_rejected(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///"):
        await Database.open(url)


async def test_a_database_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await Database.open("postgresql://offhook@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match="cannot open the database"):
        await Database.open(f"sqlite:///{tmp_path}/no-such-folder/a.db")
    (tmp_path / "letter.txt").write_text("Dear database, " * 100)
    with pytest.raises(Unavailable, match="not a database"):
        await Database.open(f"sqlite:///{tmp_path}/letter.txt")


async def test_a_database_that_does_not_exist_is_reported(postgres_server: str) -> None:
    with pytest.raises(Unavailable, match="does not exist"):
        await Database.open(f"{postgres_server}nothing_of_this_name")


async def test_tables_of_a_newer_server_are_left_alone(empty_database: str) -> None:
    database = await Database.open(empty_database)
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(UsageError, match="newer server"):
        await Database.open(empty_database)


async def test_a_single_query_sees_committed_data(empty_database: str) -> None:
    database = await Database.open(empty_database)
    await _insert(database, "MA1")
    rows = await database.fetch(ACCOUNTS, {"id": "MA1"})
    assert [row.id for row in rows] == ["MA1"]
    assert await database.fetch(ACCOUNTS, {"id": "MA2"}) == []
    await database.close()


async def test_a_lookup_sees_at_once_what_another_process_commits(empty_database: str) -> None:
    database = await Database.open(empty_database)
    other = await Database.open(empty_database)
    assert await database.find(NAME, {"id": "MA1"}) == []
    await _insert(other, "MA1")
    assert await database.find(NAME, {"id": "MA1"}) == [("n",)]
    async with other.write() as connection:
        await connection.execute(text("DELETE FROM accounts"))
    assert await database.find_for(AccountId("MA1"), NAME, {"id": "MA1"}) == []
    await other.close()
    await database.close()


async def test_a_lookup_waits_for_a_process_that_has_locked_the_file(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/database")
    await _insert(database, "MA1")
    other = sqlite3.connect(tmp_path / "database", isolation_level=None)
    await database.close()
    # No other connection can read after that, not even in WAL mode.
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("UPDATE accounts SET name = 'Other'")
    found = asyncio.create_task(database.find(NAME, {"id": "MA1"}))
    await asyncio.sleep(0.2)
    assert not found.done()
    other.execute("COMMIT")
    other.close()
    assert await found == [("Other",)]
    await database.close()


async def test_a_change_is_all_or_nothing(empty_database: str) -> None:
    database = await Database.open(empty_database)

    def fails(connection: Connection) -> None:
        connection.execute(INSERT, {"id": "MA1", "secret": b""})
        raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        await database.change(fails)
    assert await database.fetch(ACCOUNTS, {"id": "MA1"}) == []
    await database.close()


async def test_a_cancelled_change_is_over_before_the_next_one_begins(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/database")
    begun, go_on = threading.Event(), threading.Event()

    def waits(connection: Connection) -> None:
        begun.set()
        go_on.wait(10)
        connection.execute(INSERT, {"id": "MA1", "secret": b""})

    change = asyncio.create_task(database.change(waits))
    await asyncio.to_thread(begun.wait)
    change.cancel()
    write = asyncio.create_task(_insert(database, "MA2"))
    await asyncio.sleep(0.05)
    assert not change.done()
    assert not write.done()
    go_on.set()
    await write
    with pytest.raises(asyncio.CancelledError):
        await change
    assert len(await database.fetch(ACCOUNTS, {"id": "MA1"})) == 1
    await database.close()


# With SQLite alone: asyncpg closes the connection of a cancelled query and reports that to the loop.
async def test_cancelled_queries_give_their_connections_back(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/database")
    for turns in range(40):
        query = asyncio.create_task(database.fetch(ACCOUNTS, {"id": "MA1"}))
        for _ in range(turns % 8):
            await asyncio.sleep(0)
        query.cancel()
        await asyncio.gather(query, return_exceptions=True)
    async with asyncio.timeout(10):
        many = (database.fetch(ACCOUNTS, {"id": "MA1"}) for _ in range(20))
        assert await asyncio.gather(*many) == [[]] * 20
    await database.close()


@pytest.mark.threat("noisy-neighbour")
async def test_reads_of_one_account_that_hang_leave_connections_for_all_others(
    empty_database: str,
) -> None:
    database = await Database.open(empty_database)
    go_on = asyncio.Event()

    async def hangs() -> None:
        async with database.read_for(AccountId("MANOISY")):
            await go_on.wait()

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        for _ in range(50):
            tasks.create_task(hangs())
        await asyncio.sleep(0.05)
        async with database.read_for(AccountId("MAQUIET")) as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        async with database.write() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        go_on.set()
    await database.close()


@pytest.mark.threat("noisy-neighbour")
async def test_a_write_waits_for_one_of_another_account_not_for_all(empty_database: str) -> None:
    database = await Database.open(empty_database)
    order: list[str] = []

    async def writes(account: str, number: int) -> None:
        async with database.write_for(AccountId(account)) as connection:
            await connection.execute(INSERT, {"id": f"{account}{number}", "secret": b""})
        order.append(account)

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for number in range(50):
            tasks.create_task(writes("MANOISY", number))
        await asyncio.sleep(0)
        tasks.create_task(writes("MAQUIET", 0))
    assert order.index("MAQUIET") <= 4
    await database.close()
