"""What of an open inquiry came from a search, by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing of an earlier inquiry came from a search."""
    op.add_column(
        "inquiry", sa.Column("from_search", sa.JSON(), nullable=False, server_default="{}")
    )


def downgrade() -> None:
    """Take the column away."""
    with op.batch_alter_table("inquiry") as table:
        table.drop_column("from_search")
