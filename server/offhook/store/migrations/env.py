"""Alembic's environment: runs the migrations on the connection it was given."""

from typing import TYPE_CHECKING, cast

from alembic import context

from offhook.store.tables import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Connection

connection = cast("Connection", context.config.attributes["connection"])
context.configure(
    connection=connection,
    target_metadata=METADATA,
    compare_type=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
