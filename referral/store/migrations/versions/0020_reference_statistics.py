"""Reference statistics of inquiries: type, READ scale, minutes, number, day and hour; settings."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COUNTED = ("need", "referral")
_STATISTICS = (
    "happened_on", "month", "question_type", "channel", "desk", "read_scale", "hour", "minutes",
    "count",
)  # fmt: skip
_INQUIRY = ["month", "desk", "county", "zip_code", "channel", "language", "age_band"]
_NEED = [
    "month", "heading", "term_code", "outcome", "unmet_reason", "desk", "county", "zip_code",
]  # fmt: skip
_REFERRAL = [
    "month", "heading", "service_id", "desk", "county",
    "tried", "reached", "got_help", "solved", "why_not", "term_code",
]  # fmt: skip
_INDEXES = {"inquiry": _INQUIRY, "need": _NEED, "referral": _REFERRAL}
_BATCH = 5_000


def upgrade() -> None:
    """Add the columns; an earlier inquiry is one referral, on the day on which it was closed."""
    op.add_column(
        "inquiry",
        sa.Column("question_type", sa.String(16), server_default="referral", nullable=False),
    )
    for name in ("read_scale", "minutes", "hour"):
        op.add_column("inquiry", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("inquiry", sa.Column("happened_on", sa.Date(), nullable=True))
    op.add_column(
        "inquiry",
        sa.Column("with_need", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    for table in ("inquiry", *_COUNTED):
        op.add_column(table, sa.Column("count", sa.Integer(), server_default="1", nullable=False))
    _index_anew({**_INDEXES, "inquiry": [*_INQUIRY, "with_need"]}, "count")
    _set_days()
    op.create_index("ix_inquiry_statistics", "inquiry", list(_STATISTICS))
    op.create_table(
        "log_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_settings"),
    )


def downgrade() -> None:
    """Drop them. Questions without a need go, which were not logged before."""
    op.drop_table("log_settings")
    op.drop_index("ix_inquiry_statistics", "inquiry")
    op.execute("delete from inquiry where not with_need")
    _index_anew(_INDEXES)
    for table in ("inquiry", *_COUNTED):
        op.drop_column(table, "count")
    for name in ("with_need", "happened_on", "hour", "minutes", "read_scale", "question_type"):
        op.drop_column("inquiry", name)


def _index_anew(columns: dict[str, list[str]], *more: str) -> None:
    """The indexes that reports are answered from, with these columns."""
    for table, names in columns.items():
        op.drop_index(f"ix_{table}_report", table)
        op.create_index(f"ix_{table}_report", table, [*names, *more])


def _set_days() -> None:
    """The day in UTC, or the one before where only that lies in the month of the inquiry."""
    inquiry = sa.table(
        "inquiry",
        sa.column("id", sa.String()),
        sa.column("month", sa.String()),
        sa.column("closed_at", sa.DateTime(timezone=True)),
        sa.column("happened_on", sa.Date()),
    )
    connection = op.get_bind()
    closed = sa.select(inquiry.c.id, inquiry.c.month, inquiry.c.closed_at)
    rows = connection.execute(closed.where(inquiry.c.month != "")).all()
    days = [{"which": row.id, "day": _day(row.closed_at.date(), row.month)} for row in rows]
    change = inquiry.update().where(inquiry.c.id == sa.bindparam("which"))
    change = change.values(happened_on=sa.bindparam("day"))
    for at in range(0, len(days), _BATCH):
        connection.execute(change, days[at : at + _BATCH])


def _day(closed_on: date, month: str) -> date:
    return closed_on if f"{closed_on:%Y-%m}" == month else closed_on - timedelta(days=1)
