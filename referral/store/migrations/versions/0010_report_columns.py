"""Reports by ZIP code of needs, and by topic of referrals, from one table each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NEED_REPORT = ["month", "heading", "term_code", "outcome", "unmet_reason", "desk", "county"]
_REFERRAL_REPORT = [
    "month", "heading", "service_id", "desk", "county",
    "tried", "reached", "got_help", "solved", "why_not",
]  # fmt: skip


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "need", sa.Column("zip_code", sa.String(length=5), server_default="", nullable=False)
    )
    op.add_column(
        "referral", sa.Column("term_code", sa.String(length=255), server_default="", nullable=False)
    )
    op.execute(
        "UPDATE need SET zip_code = (SELECT inquiry.zip_code FROM inquiry "
        "WHERE inquiry.id = need.inquiry_id) WHERE month <> ''"
    )
    op.execute(
        "UPDATE referral SET term_code = (SELECT need.term_code FROM need "
        "WHERE need.id = referral.need_id) WHERE month <> ''"
    )
    _index_anew("need", [*_NEED_REPORT, "zip_code"])
    _index_anew("referral", [*_REFERRAL_REPORT, "term_code"])


def downgrade() -> None:
    """Go down."""
    _index_anew("need", _NEED_REPORT)
    _index_anew("referral", _REFERRAL_REPORT)
    op.drop_column("referral", "term_code")
    op.drop_column("need", "zip_code")


def _index_anew(table: str, columns: list[str]) -> None:
    op.drop_index(f"ix_{table}_report", table_name=table)
    op.create_index(f"ix_{table}_report", table, columns)
