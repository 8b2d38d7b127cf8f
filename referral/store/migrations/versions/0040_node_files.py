"""What each node has for itself, so that nodes can be compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "node_files",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_node_files")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("node_files")
