"""Places that somebody proposed, until staff decide."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    texts = ("name", "helps_with", "phone", "web_address", "address", "contact")
    op.create_table(
        "proposed_place",
        sa.Column("id", sa.String(36), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in texts),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proposed_place"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("proposed_place")
