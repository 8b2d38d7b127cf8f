"""How far the search index of each serving node has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "node_index",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_node_index")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("node_index")
