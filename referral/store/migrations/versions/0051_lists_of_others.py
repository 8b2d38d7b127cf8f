"""Parts accepted on records of another list; which lists asked to withhold what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.store.base import UtcInstant

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and their tables."""
    op.add_column(
        "withheld_group", sa.Column("asked_by", sa.Text(), server_default="", nullable=False)
    )
    op.create_table(
        "withholding_request",
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("visibility", sa.String(16), nullable=False),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("noted_group", sa.String(255), server_default="", nullable=False),
        sa.Column("ended_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "record_id", "source", name=op.f("pk_withholding_request")),
    )
    op.create_table(
        "accepted_part",
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("accepted_at", UtcInstant(), nullable=False),
        sa.Column("accepted_by", sa.String(255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id", name=op.f("pk_accepted_part")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("accepted_part")
    op.drop_table("withholding_request")
    op.drop_column("withheld_group", "asked_by")
