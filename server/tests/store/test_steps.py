"""The steps lead up, down and up again, and end where the code says the tables are."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from offhook.store import steps
from offhook.store.database import Database
from offhook.store.tables import METADATA
from sqlalchemy import Connection, inspect


def _drift(connection: Connection) -> object:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, METADATA)


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_the_steps_and_the_code_agree_on_the_tables(empty_database: str) -> None:
    database = await Database.open(empty_database)
    async with database.write() as connection:
        assert await connection.run_sync(_drift) == []
        await connection.run_sync(lambda c: command.check(steps.config(c)))
    await database.close()


async def test_up_down_and_up_again_ends_where_it_began(empty_database: str) -> None:
    database = await Database.open(empty_database)
    async with database.write() as connection:
        before = await connection.run_sync(_tables)
        await connection.run_sync(lambda c: command.downgrade(steps.config(c), "base"))
        assert await connection.run_sync(_tables) == {"alembic_version"}
        assert await connection.run_sync(steps.version) is None
    async with database.write() as connection:
        await connection.run_sync(steps.upgrade)
        assert await connection.run_sync(_tables) == before
        assert await connection.run_sync(_drift) == []
        newest = await connection.run_sync(
            lambda c: ScriptDirectory.from_config(steps.config(c)).get_current_head()
        )
        assert await connection.run_sync(steps.version) == newest
    await database.close()


async def test_every_constraint_has_a_name_by_which_a_later_step_can_change_it() -> None:
    for table in METADATA.tables.values():
        for part in (*table.constraints, *table.indexes):
            assert part.name, f"a part of {table.name} has no name"
