"""Notes on services that only staff see."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.store.base import UtcInstant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "staff_note",
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("do_not_refer", sa.Text(), nullable=False, server_default=""),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.Column("changed_by", sa.String(255), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("service_id", name="pk_staff_note"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("staff_note")
