"""Shared computers: devices, links that mark one, ended visits; staff sessions begun at one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the column."""
    op.create_table(
        "terminal_device",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("label", sa.String(255), server_default="", nullable=False),
        sa.Column("marked_on", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_terminal_device"),
    )
    op.create_table(
        "terminal_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("label", sa.String(255), server_default="", nullable=False),
        sa.Column("ends_mark", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_terminal_link"),
    )
    op.create_table(
        "ended_visit",
        sa.Column("visit_hash", sa.String(64), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("visit_hash", name="pk_ended_visit"),
    )
    op.create_index("ix_ended_visit_forget_at", "ended_visit", ["forget_at"])
    op.add_column(
        "account_session",
        sa.Column("at_terminal", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("account_session") as batch:
        batch.drop_column("at_terminal")
    for table in ("ended_visit", "terminal_link", "terminal_device"):
        op.drop_table(table)
