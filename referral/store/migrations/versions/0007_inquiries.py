"""The desk: inquiries, needs and the services given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

_REPORTS = {
    "inquiry": ["month", "desk", "county", "zip_code", "channel", "language", "age_band"],
    "need": ["month", "heading", "term_code", "outcome", "unmet_reason", "desk", "county"],
    "referral": [
        "month", "heading", "service_id", "desk", "county",
        "tried", "reached", "got_help", "solved", "why_not",
    ],
}  # fmt: skip


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "inquiry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("desk", sa.String(length=255), server_default="", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("month", sa.String(length=7), server_default="", nullable=False),
        sa.Column("repeat_of", sa.String(length=36), nullable=True),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=32), server_default="", nullable=False),
        sa.Column("language", sa.String(length=16), server_default="", nullable=False),
        sa.Column("zip_code", sa.String(length=5), server_default="", nullable=False),
        sa.Column("county", sa.Text(), server_default="", nullable=False),
        sa.Column("age_band", sa.String(length=16), server_default="", nullable=False),
        sa.Column("household", sa.String(length=32), server_default="", nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("barriers", sa.JSON(), nullable=False),
        sa.Column("access_needs", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["repeat_of"], ["inquiry.id"], name="fk_inquiry_repeat_of"),
        sa.PrimaryKeyConstraint("id", name="pk_inquiry"),
    )
    op.create_table(
        "inquiry_member",
        sa.Column("inquiry_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"],
            ["inquiry.id"],
            name="fk_inquiry_member_inquiry_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("inquiry_id", "account_id", name="pk_inquiry_member"),
    )
    op.create_table(
        "need",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("inquiry_id", sa.String(length=36), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=64), server_default="", nullable=False),
        sa.Column("term_code", sa.String(length=255), server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=32), server_default="", nullable=False),
        sa.Column("unmet_reason", sa.String(length=32), server_default="", nullable=False),
        sa.Column("fewer_reason", sa.String(length=32), server_default="", nullable=False),
        sa.Column("month", sa.String(length=7), server_default="", nullable=False),
        sa.Column("desk", sa.String(length=255), server_default="", nullable=False),
        sa.Column("county", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name="fk_need_inquiry_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_need"),
    )
    op.create_table(
        "referral",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("need_id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("location_id", sa.String(length=36), server_default="", nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried", sa.Boolean(), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=True),
        sa.Column("got_help", sa.Boolean(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("why_not", sa.String(length=32), server_default="", nullable=False),
        sa.Column("month", sa.String(length=7), server_default="", nullable=False),
        sa.Column("desk", sa.String(length=255), server_default="", nullable=False),
        sa.Column("county", sa.Text(), server_default="", nullable=False),
        sa.Column("heading", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name="fk_referral_need_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
    )
    for table, *columns in (
        ("inquiry", "closed_at"),
        ("inquiry", "code"),
        ("inquiry", "repeat_of"),
        ("inquiry_member", "account_id"),
        ("need", "inquiry_id"),
        ("referral", "need_id"),
    ):
        op.create_index("_".join(("ix", table, *columns)), table, columns)
    for table, columns in _REPORTS.items():
        op.create_index(f"ix_{table}_report", table, columns)


def downgrade() -> None:
    """Go down."""
    for table in ("referral", "need", "inquiry_member", "inquiry"):
        op.drop_table(table)
