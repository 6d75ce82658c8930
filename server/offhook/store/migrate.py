"""Migrates the tables from one version to another."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from offhook.base.errors import UsageError

FOLDER: Final = Path(__file__).parent / "migrations"


def config(connection: Connection) -> Config:
    """How Alembic finds the migrations, and the connection they run on."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest version, in the transaction that `connection` is in.

    Raises:
        UsageError: the tables are of a version that this server does not know.
    """
    settings = config(connection)
    newest = ScriptDirectory.from_config(settings).get_current_head()
    if version(connection) == newest:
        return
    try:
        command.upgrade(settings, "head")
    except CommandError as error:
        raise UsageError(
            f"the database was last used by a newer server ({error}); install that version again"
        ) from error


def version(connection: Connection) -> str | None:
    """The version that the tables have; nothing if there are none."""
    return MigrationContext.configure(connection).get_current_revision()
