"""The names of four causes, of the end of a document, and of who ended a leg."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_CAUSES: Final = {
    "elsewhere": "answered-elsewhere",
    "lost-race": "answered-by-other",
    "device-lost": "endpoint-lost",
    "no-codec": "incompatible-media",
    "script-ended": "document-ended",
}
_ENDED_BY: Final = {"us": "server"}

_calls: Final = sa.table(
    "calls",
    sa.column("id", sa.String),
    sa.column("cause", sa.String),
    sa.column("dialled_cause", sa.String),
    sa.column("journal", sa.JSON),
)
_legs: Final = sa.table("legs", sa.column("cause", sa.String), sa.column("ended_by", sa.String))


def upgrade() -> None:
    """Rewrite what ended calls are kept with, their journals included."""
    _rewrite(_CAUSES, _ENDED_BY)


def downgrade() -> None:
    """The old names again."""
    _rewrite(
        {new: old for old, new in _CAUSES.items()}, {new: old for old, new in _ENDED_BY.items()}
    )


def _rewrite(causes: Mapping[str, str], ended_by: Mapping[str, str]) -> None:
    columns = (
        (_calls.c.cause, causes),
        (_calls.c.dialled_cause, causes),
        (_legs.c.cause, causes),
        (_legs.c.ended_by, ended_by),
    )
    for column, names in columns:
        for old, new in names.items():
            op.execute(sa.update(column.table).where(column == old).values({column.name: new}))
    connection = op.get_bind()
    after = ""
    while rows := connection.execute(
        sa.select(_calls.c.id, _calls.c.journal)
        .where(_calls.c.id > after)
        .order_by(_calls.c.id)
        .limit(500)
    ).all():
        for id_, journal in rows:
            rewritten = [_entry(entry, causes, ended_by) for entry in journal]
            if rewritten != journal:
                change = sa.update(_calls).where(_calls.c.id == id_).values(journal=rewritten)
                connection.execute(change)
        after = rows[-1].id


def _entry(entry: list[Any], causes: Mapping[str, str], ended_by: Mapping[str, str]) -> list[Any]:
    """An entry is its number, time, event, leg and details."""
    *head, details = entry
    names = {"cause": causes, "by": ended_by}
    return [
        *head,
        {
            key: names[key].get(value, value) if key in names and isinstance(value, str) else value
            for key, value in details.items()
        },
    ]
