"""Feedback of people and measurements of pages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """There."""
    op.create_table(
        "feedback",
        *_of("feedback"),
        sa.Column("party", sa.String(256), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("issues", sa.JSON, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("log", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("account", "leg", name=op.f("pk_feedback")),
    )
    op.create_table(
        "samples",
        *_of("samples"),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("samples", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "leg", "position", name=op.f("pk_samples")),
    )
    op.create_index(op.f("ix_samples_kept_at"), "samples", ["kept_at"])


def downgrade() -> None:
    """And back."""
    op.drop_table("samples")
    op.drop_table("feedback")


def _of(table: str) -> list[sa.Column[object] | sa.ForeignKeyConstraint]:
    """Whose, and of which leg."""
    name = op.f(f"fk_{table}_account_accounts")
    return [
        sa.Column("account", sa.String(20), nullable=False),
        sa.Column("leg", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name, ondelete="CASCADE"),
    ]
