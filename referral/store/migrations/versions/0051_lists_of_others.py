"""Parts that a person accepted on records of another list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.store.base import UtcInstant

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "accepted_part",
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("accepted_at", UtcInstant(), nullable=False),
        sa.Column("accepted_by", sa.String(255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id", name=op.f("pk_accepted_part")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("accepted_part")
