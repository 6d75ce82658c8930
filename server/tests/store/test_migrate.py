"""The migrations run up, down and up again, and end with the tables of the models."""

from datetime import UTC, datetime

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from offhook.store import migrate
from offhook.store.database import Database
from offhook.store.tables import METADATA, accounts, calls, feedback, legs, outbox
from sqlalchemy import Connection, inspect, select, text

_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_ACCOUNT = {"id": "MA", "name": "a", "secret": b"", "created_at": _WHEN}
_CALL = {
    "id": "c",
    "account": "MA",
    "application": "a",
    "dialect": "plivo",
    "direction": "inbound",
    "caller": "client:a",
    "callee": "b",
    "started_at": _WHEN,
    "ended_at": _WHEN,
    "cause": "script-ended",
    "dialled_cause": "device-lost",
    "journal": [
        [0, 1.0, "leg-ended", "l", {"cause": "no-codec", "by": "us"}],
        [1, 1.0, "play-refused", "l", {"why": "us"}],
    ],
}
_LEG = {
    "call": "c",
    "position": 0,
    "id": "l",
    "direction": "inbound",
    "peer": "client:a",
    "started_at": _WHEN,
    "ended_at": _WHEN,
    "cause": "lost-race",
    "ended_by": "us",
}

_FORMER_OUTBOX = (
    "INSERT INTO outbox (key, account, call, position, server, request, owed_at, due_at, tries,"
    " died_at, reason) VALUES ('k', 'MA', 'c', 0, 's', '', 1.5, 2.5, 1, 3.5, 'r')"
)
_FORMER_FEEDBACK = (
    "INSERT INTO feedback (account, leg, party, said_at, score, issues, note, log)"
    " VALUES ('MA', 'l', 'a', :at, 4, '[]', '', '[]')"
)


def _drift(connection: Connection) -> object:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, METADATA)


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_the_steps_and_the_code_agree_on_the_tables(empty_database: str) -> None:
    database = await Database.open(empty_database)
    async with database.write() as connection:
        assert await connection.run_sync(_drift) == []
        await connection.run_sync(lambda c: command.check(migrate.config(c)))
    await database.close()


async def test_up_down_and_up_again_ends_where_it_began(empty_database: str) -> None:
    database = await Database.open(empty_database)
    async with database.write() as connection:
        before = await connection.run_sync(_tables)
        await connection.run_sync(lambda c: command.downgrade(migrate.config(c), "base"))
        assert await connection.run_sync(_tables) == {"alembic_version"}
        assert await connection.run_sync(migrate.version) is None
    async with database.write() as connection:
        await connection.run_sync(migrate.upgrade)
        assert await connection.run_sync(_tables) == before
        assert await connection.run_sync(_drift) == []
        newest = await connection.run_sync(
            lambda c: ScriptDirectory.from_config(migrate.config(c)).get_current_head()
        )
        assert await connection.run_sync(migrate.version) == newest
    await database.close()


async def test_former_names_of_causes_and_events_are_rewritten(empty_database: str) -> None:
    database = await Database.open(empty_database)
    async with database.write() as connection:
        await connection.run_sync(lambda c: command.downgrade(migrate.config(c), "0005"))
        for table, row in ((accounts, _ACCOUNT), (calls, _CALL), (legs, _LEG)):
            await connection.execute(table.insert().values(row))
    async with database.write() as connection:
        await connection.run_sync(migrate.upgrade)
        call = (await connection.execute(select(calls))).one()
        leg = (await connection.execute(select(legs))).one()
    assert (call.cause, call.dialled_cause) == ("document-ended", "endpoint-lost")
    assert (leg.cause, leg.ended_by) == ("answered-by-other", "server")
    assert call.journal == [
        [0, 1.0, "leg-ended", "l", {"cause": "incompatible-media", "by": "server"}],
        [1, 1.0, "play-failed", "l", {"reason": "us"}],
    ]
    await database.close()


async def test_renamed_columns_keep_their_values(empty_database: str) -> None:
    database = await Database.open(empty_database)
    async with database.write() as connection:
        await connection.run_sync(lambda c: command.downgrade(migrate.config(c), "0006"))
        await connection.execute(accounts.insert().values(_ACCOUNT))
        await connection.execute(text(_FORMER_OUTBOX))
        await connection.execute(text(_FORMER_FEEDBACK), {"at": _WHEN})
    async with database.write() as connection:
        await connection.run_sync(migrate.upgrade)
        pending = (await connection.execute(select(outbox))).one()
        given = (await connection.execute(select(feedback))).one()
    assert (pending.queued_at, pending.due_at, pending.dead_at) == (1.5, 2.5, 3.5)
    assert (given.created_at, given.score) == (_WHEN, 4)
    async with database.write() as connection:
        await connection.run_sync(lambda c: command.downgrade(migrate.config(c), "0006"))
        former = (await connection.execute(text("SELECT owed_at, died_at FROM outbox"))).one()
    assert tuple(former) == (1.5, 3.5)
    await database.close()


async def test_every_constraint_has_a_name() -> None:
    for table in METADATA.tables.values():
        for part in (*table.constraints, *table.indexes):
            assert part.name, f"a part of {table.name} has no name"
