"""Followed sources, whom they are from, and how often their lists lacked a record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from referral.store.base import MessageText, UtcInstant

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def _code(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), server_default="", nullable=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "followed_source",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("every_hours", sa.Integer(), nullable=False),
        _code("format"),
        sa.Column("is_together", sa.Boolean(), nullable=False),
        sa.Column("small_changes", sa.JSON(), nullable=False),
        *map(_code, ("publisher", "licence", "contact", "etag", "last_modified", "digest")),
        *map(_code, ("cursor", "next_cursor", "batch_id")),
        sa.Column("is_rest", sa.Boolean(), nullable=False),
        sa.Column("is_shrunk", sa.Boolean(), nullable=False),
        _code("outcome"),
        sa.Column("message", MessageText(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pulled_at", UtcInstant(), nullable=True),
        sa.Column("whole_at", UtcInstant(), nullable=True),
        sa.Column("next_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_source")),
    )
    op.create_index(op.f("ix_followed_source_name"), "followed_source", ["name"], unique=True)
    op.create_index(op.f("ix_followed_source_next_at"), "followed_source", ["next_at"])
    op.create_table(
        "import_absence",
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("lists", sa.Integer(), nullable=False),
        sa.Column("first_missed_at", UtcInstant(), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "record_id", name=op.f("pk_import_absence")),
    )

    op.create_table(
        "source_credit",
        sa.Column("source", sa.String(255), nullable=False),
        *map(_code, ("publisher", "licence", "contact")),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_credit")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("source_credit")
    op.drop_table("import_absence")
    op.drop_table("followed_source")
