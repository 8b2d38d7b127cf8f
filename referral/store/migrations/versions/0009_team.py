"""The team: shift notes, saved searches, lists of services, and the daily job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "shift_note",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shift_note"),
    )
    op.create_index("ix_shift_note_service_id", "shift_note", ["service_id"])
    op.create_index("ix_shift_note_ends_on", "shift_note", ["ends_on"])
    op.create_table(
        "saved_search",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("desk", sa.String(length=64), server_default="", nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_search"),
        sa.UniqueConstraint("desk", "name", name="uq_saved_search_desk_name"),
    )
    op.create_table(
        "favorite",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("desk", sa.String(length=64), server_default="", nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_favorite"),
        sa.UniqueConstraint("desk", "name", "service_id", name="uq_favorite_desk_name_service_id"),
    )
    daily_job = op.create_table(
        "daily_job",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_daily_job"),
    )
    op.bulk_insert(daily_job, [{"name": "tidy", "counts": {}}])


def downgrade() -> None:
    """Go down."""
    for table in ("daily_job", "favorite", "saved_search", "shift_note"):
        op.drop_table(table)
