"""Times and texts come back from every database as they went in."""

from datetime import UTC, datetime, timedelta, timezone

from offhook.store.accounts import Account
from offhook.store.store import Store
from offhook.store.tables import CleanString, UtcDateTime, accounts
from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite


async def test_a_moment_keeps_its_microseconds_and_is_utc(store: Store) -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 3, 4, 5, 6, 7, 890123, east)
    async with store.database.write() as connection:
        await connection.execute(
            insert(accounts).values(id="MA1", name="n", secret=b"", created_at=moment)
        )
        kept = (await connection.execute(select(accounts.c.created_at))).scalar_one()
    assert kept == moment
    assert kept.tzinfo is UTC


async def test_text_that_a_database_could_not_take_is_mended(
    store: Store, account: Account
) -> None:
    del account
    async with store.database.write() as connection:
        row = {"id": "MA2", "name": "a\0b\ud800c", "secret": b"", "created_at": datetime.now(UTC)}
        await connection.execute(insert(accounts).values(**row))
        named = select(accounts.c.name).where(accounts.c.id == "MA2")
        assert (await connection.execute(named)).scalar_one() == "a\ufffdb?c"


def test_none_stays_none() -> None:
    dialect = sqlite.dialect()
    assert UtcDateTime().process_bind_param(None, dialect) is None
    assert UtcDateTime().process_result_value(None, dialect) is None
    assert CleanString().process_bind_param(None, dialect) is None
