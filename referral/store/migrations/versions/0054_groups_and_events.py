"""Labels of schedules that belong together, and schedules that are events (HSDS, July 2026)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a stored schedule has no label and is no event."""
    op.add_column("schedule", sa.Column("group", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "schedule", sa.Column("is_event", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("schedule", "is_event")
    op.drop_column("schedule", "group")
