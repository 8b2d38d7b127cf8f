"""What the library says itself on top of a list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.store.base import UtcInstant

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "local_note",
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("upstream", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.Column("changed_by", sa.String(36), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("service_id", "field", name="pk_local_note"),
    )
    op.create_index("ix_local_note_field", "local_note", ["field"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("local_note")
