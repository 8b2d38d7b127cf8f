"""Suggested topics, and what was decided about the categories of lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "topic_suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(255), server_default="", nullable=False),
        sa.Column("source_key", sa.String(255), server_default="", nullable=False),
        sa.Column("term_id", sa.String(36), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("words", sa.String(255), server_default="", nullable=False),
        sa.Column("headings", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(36), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("group_id", sa.String(36), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topic_suggestion"),
        sa.UniqueConstraint("service_id", "term_id", name="uq_topic_suggestion_service_id_term_id"),
    )
    op.create_index("ix_topic_suggestion_term_id", "topic_suggestion", ["term_id"])
    op.create_index("ix_topic_suggestion_state", "topic_suggestion", ["state"])
    op.create_index(
        "ix_topic_suggestion_source_source_key", "topic_suggestion", ["source", "source_key"]
    )
    op.create_index("ix_topic_suggestion_decided_at", "topic_suggestion", ["decided_at"])
    op.create_index("ix_topic_suggestion_group_id", "topic_suggestion", ["group_id"])
    op.create_table(
        "category_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.String(36), nullable=False),
        sa.Column("term_id", sa.String(36), server_default="", nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("group_id", sa.String(36), server_default="", nullable=False),
        sa.Column("account_id", sa.String(36), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_category_topic"),
        sa.UniqueConstraint("category_id", "term_id", name="uq_category_topic_category_id_term_id"),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("category_topic")
    op.drop_table("topic_suggestion")
