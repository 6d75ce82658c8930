"""One row that is written to find out whether the database can be written."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and its row."""
    table = op.create_table(
        "probes",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probes")),
    )
    op.bulk_insert(table, [{"id": 1, "written_at": datetime(2026, 1, 1, tzinfo=UTC)}])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("probes")
