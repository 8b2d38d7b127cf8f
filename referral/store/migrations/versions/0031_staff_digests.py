"""Summaries by mail that members of staff want."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "staff_digest",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("pace", sa.String(8), server_default="", nullable=False),
        sa.Column("language", sa.String(16), server_default="en", nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_staff_digest"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("staff_digest")
