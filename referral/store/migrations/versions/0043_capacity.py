"""What was said of capacities, and links by which providers say it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.store.base import UtcInstant

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "capacity_statement",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("unit", sa.String(255), server_default="", nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("said_at", UtcInstant(), nullable=False),
        sa.Column("said_by", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(36), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_capacity_statement"),
    )
    op.create_index(
        "ix_capacity_statement_service_id_said_at", "capacity_statement", ["service_id", "said_at"]
    )
    op.create_index("ix_capacity_statement_said_at", "capacity_statement", ["said_at"])
    op.create_table(
        "capacity_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("unit", sa.String(255), server_default="", nullable=False),
        sa.Column("made_at", UtcInstant(), nullable=False),
        sa.Column("made_by", sa.String(36), server_default="", nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.Column("used_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_capacity_link"),
    )
    op.create_index("ix_capacity_link_service_id", "capacity_link", ["service_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("capacity_link")
    op.drop_table("capacity_statement")
