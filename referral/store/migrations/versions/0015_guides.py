"""Guides, their versions, and the addresses that lead to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "guide",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_by", sa.String(255), server_default="", nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guide"),
    )
    op.create_table(
        "guide_address",
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("guide_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["guide_id"], ["guide.id"], name="fk_guide_address_guide_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name="pk_guide_address"),
    )
    op.create_index("ix_guide_address_guide_id", "guide_address", ["guide_id"])
    op.create_table(
        "guide_version",
        sa.Column("guide_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(255), server_default="", nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(255), server_default="", nullable=False),
        sa.Column("actor_name", sa.String(255), server_default="", nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guide_id"], ["guide.id"], name="fk_guide_version_guide_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guide_id", "number", name="pk_guide_version"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("guide_version", "guide_address", "guide"):
        op.drop_table(table)
