"""The topic that a service on a slip was given for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; slips made before say the name of the service."""
    with op.batch_alter_table("slip_item") as table:
        table.add_column(sa.Column("topic", sa.String(255), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the column away."""
    with op.batch_alter_table("slip_item") as table:
        table.drop_column("topic")
