"""How the last dial of a call ended and who ended the call; a second digest of each password."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: what earlier calls ended with stays unknown."""
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("hung_up_by", sa.String(16), nullable=False, server_default=""))
        calls.add_column(sa.Column("dialled_leg", sa.String(32)))
        calls.add_column(sa.Column("dialled_answered", sa.Boolean))
        calls.add_column(sa.Column("dialled_cause", sa.String(32)))
        calls.add_column(sa.Column("dialled_by", sa.String(16)))
    with op.batch_alter_table("endpoints") as endpoints:
        endpoints.add_column(sa.Column("ha1_md5", sa.LargeBinary))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("endpoints") as endpoints:
        endpoints.drop_column("ha1_md5")
    with op.batch_alter_table("calls") as calls:
        for name in ("dialled_by", "dialled_cause", "dialled_answered", "dialled_leg"):
            calls.drop_column(name)
        calls.drop_column("hung_up_by")
