"""Which web server each pending callback is for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Existing callbacks count as for one server."""
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("server", sa.String(16), nullable=False, server_default=""))
    with op.batch_alter_table("outbox") as table:
        table.alter_column("server", server_default=None)


def downgrade() -> None:
    """Without it."""
    with op.batch_alter_table("outbox") as table:
        table.drop_column("server")
