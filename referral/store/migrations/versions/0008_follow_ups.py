"""After the desk: follow-ups, slips, what was said back, and searches without results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "follow_up",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("inquiry_id", sa.String(length=36), nullable=False),
        sa.Column("permitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("contact_kind", sa.String(length=16), server_default="", nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name="fk_follow_up_inquiry_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up"),
        sa.UniqueConstraint("inquiry_id", name="uq_follow_up_inquiry_id"),
    )
    op.create_table(
        "follow_up_try",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("follow_up_id", sa.String(length=36), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["follow_up_id"],
            ["follow_up.id"],
            name="fk_follow_up_try_follow_up_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up_try"),
    )
    op.create_table(
        "slip",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), server_default="en", nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_slip"),
    )
    op.create_table(
        "slip_item",
        sa.Column("slip_code", sa.String(length=16), nullable=False),
        sa.Column("sort", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("location_id", sa.String(length=36), server_default="", nullable=False),
        sa.Column("referral_id", sa.String(length=36), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["slip_code"], ["slip.code"], name="fk_slip_item_slip_code", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slip_code", "sort", name="pk_slip_item"),
    )
    op.create_table(
        "slip_reply",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("slip_code", sa.String(length=16), nullable=True),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["slip_code"], ["slip.code"], name="fk_slip_reply_slip_code", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_slip_reply"),
        sa.UniqueConstraint("slip_code", "service_id", name="uq_slip_reply_slip_code_service_id"),
    )
    op.create_table(
        "missed_search",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("words", sa.String(length=255), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("county", sa.String(length=128), server_default="", nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("heading", sa.String(length=64), server_default="", nullable=False),
        sa.Column("term_code", sa.String(length=255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_missed_search"),
        sa.UniqueConstraint("words", "month", "county", name="uq_missed_search_words_month_county"),
    )
    for table, *columns in (
        ("follow_up", "status", "due_on"),
        ("follow_up", "erase_on"),
        ("follow_up_try", "follow_up_id"),
        ("slip", "ends_at"),
        ("slip_reply", "service_id", "replied_at"),
        ("missed_search", "status", "month"),
    ):
        op.create_index("_".join(("ix", table, *columns)), table, columns)


def downgrade() -> None:
    """Go down."""
    tables = ("missed_search", "slip_reply", "slip_item", "slip", "follow_up_try", "follow_up")
    for table in tables:
        op.drop_table(table)
