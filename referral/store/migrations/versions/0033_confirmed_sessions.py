"""Sessions of staff know when the person last showed who it is, and those of the demo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.store.base import UtcInstant

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("account_session", sa.Column("confirmed_at", UtcInstant(), nullable=True))
    op.add_column(
        "account_session",
        sa.Column("is_trial", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("account_session") as table:
        table.drop_column("is_trial")
        table.drop_column("confirmed_at")
