"""The first tables: accounts and what they own, ended calls, pending callbacks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """There."""
    _accounts()
    _applications()
    _endpoints()
    _numbers()
    _calls()
    _outbox()


def downgrade() -> None:
    """And back."""
    op.drop_table("outbox")
    op.drop_table("legs")
    op.drop_table("calls")
    op.drop_table("numbers")
    op.drop_table("endpoints")
    op.drop_table("applications")
    op.drop_table("api_keys")
    op.drop_table("accounts")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _owner(table: str) -> list[SchemaItem]:
    name = op.f(f"fk_{table}_account_accounts")
    return [
        sa.Column("account", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name, ondelete="CASCADE"),
    ]


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(34), nullable=False),
        *_owner("api_keys"),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_account_id"), "api_keys", ["account", "id"])


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.String(32), nullable=False),
        *_owner("applications"),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("dialect", sa.String(16), nullable=False),
        sa.Column("answer_url", sa.Text(), nullable=False),
        sa.Column("answer_method", sa.String(8), nullable=False),
        sa.Column("fallback_url", sa.Text(), nullable=False),
        sa.Column("fallback_method", sa.String(8), nullable=False),
        sa.Column("hangup_url", sa.Text(), nullable=False),
        sa.Column("hangup_method", sa.String(8), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("account", "name", name=op.f("uq_applications_account_name")),
    )


def _decided_by(table: str) -> list[SchemaItem]:
    name = op.f(f"fk_{table}_application_applications")
    return [
        sa.Column("application", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["application"], ["applications.id"], name, ondelete="SET NULL"),
    ]


def _endpoints() -> None:
    op.create_table(
        "endpoints",
        sa.Column("id", sa.String(32), nullable=False),
        *_owner("endpoints"),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("alias", sa.String(128), nullable=False),
        *_decided_by("endpoints"),
        sa.Column("ha1", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
        sa.UniqueConstraint("account", "name", name=op.f("uq_endpoints_account_name")),
    )
    op.create_index(op.f("ix_endpoints_application"), "endpoints", ["application"])
    op.create_index(op.f("ix_endpoints_name"), "endpoints", ["name"])


def _numbers() -> None:
    op.create_table(
        "numbers",
        sa.Column("digits", sa.String(15), nullable=False),
        *_owner("numbers"),
        sa.Column("alias", sa.String(128), nullable=False),
        *_decided_by("numbers"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("digits", name=op.f("pk_numbers")),
    )
    op.create_index(op.f("ix_numbers_account_digits"), "numbers", ["account", "digits"])
    op.create_index(op.f("ix_numbers_application"), "numbers", ["application"])


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(32), nullable=False),
        *_owner("calls"),
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("dialect", sa.String(16), nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("callee", sa.Text(), nullable=False),
        _moment("started_at"),
        _moment("answered_at", nullable=True),
        _moment("ended_at"),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("journal", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    columns = ["account", "started_at", "id"]
    op.create_index(op.f("ix_calls_account_started_at_id"), "calls", columns)
    op.create_table(
        "legs",
        sa.Column("call", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        _moment("started_at"),
        _moment("answered_at", nullable=True),
        _moment("ended_at"),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("ended_by", sa.String(16), nullable=False),
        sa.Column("media", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call"], ["calls.id"], op.f("fk_legs_call_calls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call", "position", name=op.f("pk_legs")),
    )
    op.create_index(op.f("ix_legs_id"), "legs", ["id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("key", sa.String(64), nullable=False),
        *_owner("outbox"),
        sa.Column("call", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("owed_at", sa.Float(53), nullable=False),
        sa.Column("due_at", sa.Float(53), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(64), nullable=True),
        sa.Column("died_at", sa.Float(53), nullable=True),
        sa.Column("reason", sa.String(256), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox")),
        sa.UniqueConstraint("call", "position", name=op.f("uq_outbox_call_position")),
    )
    op.create_index(op.f("ix_outbox_died_at_due_at"), "outbox", ["died_at", "due_at"])
