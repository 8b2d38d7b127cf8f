"""Which releases can serve on these tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and its one row."""
    table = op.create_table(
        "schema_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("serves_from", sa.String(255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schema_state"),
    )
    op.bulk_insert(table, [{"id": 1, "serves_from": ""}])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("schema_state")
