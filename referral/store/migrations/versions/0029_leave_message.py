"""Whether it is safe to leave a message for a person who is asked again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody asked it in earlier follow-ups, so it is not safe."""
    op.add_column("follow_up", sa.Column("may_leave_message", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Take the column away."""
    with op.batch_alter_table("follow_up") as table:
        table.drop_column("may_leave_message")
