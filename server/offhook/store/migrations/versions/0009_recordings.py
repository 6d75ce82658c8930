"""Recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table for them."""
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account", sa.String(20), nullable=False),
        sa.Column("call", sa.String(32), nullable=False),
        sa.Column("conference", sa.String(32)),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("dialect", sa.String(16), nullable=False),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("tracks", sa.String(8), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_s", sa.Float(53)),
        sa.Column("size_bytes", sa.BigInteger),
        sa.Column("reason", sa.String(256), nullable=False),
        sa.Column("notice", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.id"],
            name=op.f("fk_recordings_account_accounts"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        op.f("ix_recordings_account_started_at_id"), "recordings", ["account", "started_at", "id"]
    )
    op.create_index(op.f("ix_recordings_account_call"), "recordings", ["account", "call"])
    op.create_index(op.f("ix_recordings_state"), "recordings", ["state"])


def downgrade() -> None:
    """Without them; their files stay."""
    op.drop_table("recordings")
