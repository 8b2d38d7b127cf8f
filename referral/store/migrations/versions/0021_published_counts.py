"""Published counts of reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; what is closed already is published when a report is opened."""
    op.create_table(
        "published_count",
        sa.Column("measure", sa.String(32), nullable=False),
        sa.Column("dimension", sa.String(32), nullable=False),
        sa.Column("months", sa.String(96), nullable=False),
        sa.Column("above", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("first_month", sa.String(7), nullable=False),
        sa.Column("last_month", sa.String(7), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "measure", "dimension", "months", "above", "value", name="pk_published_count"
        ),
    )
    op.create_index("ix_published_count_first_month", "published_count", ["first_month"])


def downgrade() -> None:
    """Take the table away; the numbers are decided again when it comes back."""
    op.drop_table("published_count")
