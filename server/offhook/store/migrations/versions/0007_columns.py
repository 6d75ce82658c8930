"""Columns of callbacks and feedback have the names of what they hold."""

from collections.abc import Iterable
from typing import Final

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_RENAMED: Final = (
    ("outbox", "owed_at", "queued_at"),
    ("outbox", "died_at", "dead_at"),
    ("feedback", "said_at", "created_at"),
)
_FORMER_INDEX: Final = "ix_outbox_died_at_due_at"
_INDEX: Final = "ix_outbox_dead_at_due_at"


def upgrade() -> None:
    """Rename them; what they hold stays."""
    op.drop_index(op.f(_FORMER_INDEX), "outbox")
    _rename(_RENAMED)
    op.create_index(op.f(_INDEX), "outbox", ["dead_at", "due_at"])


def downgrade() -> None:
    """The former names again."""
    op.drop_index(op.f(_INDEX), "outbox")
    _rename((table, new, old) for table, old, new in _RENAMED)
    op.create_index(op.f(_FORMER_INDEX), "outbox", ["died_at", "due_at"])


def _rename(columns: Iterable[tuple[str, str, str]]) -> None:
    for table, old, new in columns:
        op.alter_column(table, old, new_column_name=new)
