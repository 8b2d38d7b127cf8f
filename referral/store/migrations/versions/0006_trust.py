"""Trust: duplicates and merges, checks, reports, suggestions of providers, quality."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEXES = (
    ("duplicate_pair", "kind", "second_id"),
    ("duplicate_pair", "status", "score"),
    ("record_merge", "kind", "loser_id"),
    ("record_merge", "merged_at"),
    ("verification_try", "service_id", "tried_at"),
    ("problem_report", "status", "service_id"),
    ("provider_link", "organization_id"),
    ("suggestion", "answer_id"),
    ("suggestion", "status", "sent_at"),
    ("quality_finding", "code"),
)
_TABLES = (
    "duplicate_pair", "work_mark", "record_merge", "opened_count", "verification_try",
    "problem_report", "provider_link", "suggestion", "quality_finding",
)  # fmt: skip


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "duplicate_pair",
        _text("id", 36),
        _text("kind", 16),
        _text("first_id", 36),
        _text("second_id", 36),
        _text("band", 16),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("alike", sa.JSON(), nullable=False),
        _text("status", 16),
        _instant("found_at"),
        _instant("decided_at", nullable=True),
        _text("decided_by", 36, default=""),
        sa.PrimaryKeyConstraint("id", name="pk_duplicate_pair"),
        sa.UniqueConstraint(
            "kind", "first_id", "second_id", name="uq_duplicate_pair_kind_first_id_second_id"
        ),
    )
    op.create_table(
        "work_mark",
        _text("name", 32),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        _instant("done_at"),
        sa.PrimaryKeyConstraint("name", name="pk_work_mark"),
    )
    op.create_table(
        "record_merge",
        _text("group_id", 36),
        _text("kind", 16),
        _text("loser_id", 36),
        _text("survivor_id", 36),
        _text("pair_id", 36, default=""),
        _instant("merged_at"),
        _text("merged_by", 36, default=""),
        _instant("undone_at", nullable=True),
        sa.PrimaryKeyConstraint("group_id", name="pk_record_merge"),
    )
    op.create_table(
        "opened_count",
        _text("service_id", 36),
        _text("month", 7),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service_id", "month", name="pk_opened_count"),
    )
    op.create_table(
        "verification_try",
        _text("id", 36),
        _text("service_id", 36),
        _instant("tried_at"),
        _text("how", 16),
        _text("result", 16),
        _text("account_id", 36, default=""),
        sa.PrimaryKeyConstraint("id", name="pk_verification_try"),
    )
    _from_outside()
    op.create_table(
        "quality_finding",
        _text("service_id", 36),
        _text("code", 32),
        sa.PrimaryKeyConstraint("service_id", "code", name="pk_quality_finding"),
    )
    for table, *columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)


def downgrade() -> None:
    """Go down."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _from_outside() -> None:
    op.create_table(
        "problem_report",
        _text("id", 36),
        _text("service_id", 36),
        _text("kind", 16),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        _text("status", 16),
        _instant("handled_at", nullable=True),
        _text("handled_by", 36, default=""),
        sa.PrimaryKeyConstraint("id", name="pk_problem_report"),
    )
    op.create_table(
        "provider_link",
        _text("token_hash", 64),
        _text("organization_id", 36),
        _instant("made_at"),
        _text("made_by", 36, default=""),
        _instant("expires_at"),
        _instant("used_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_provider_link"),
    )
    op.create_table(
        "suggestion",
        _text("id", 36),
        _text("answer_id", 36),
        _text("organization_id", 36),
        _text("kind", 16),
        _text("record_id", 36),
        _text("field", 255, default=""),
        sa.Column("before", sa.Text(), server_default="", nullable=False),
        sa.Column("after", sa.Text(), server_default="", nullable=False),
        _text("status", 16),
        _instant("sent_at"),
        _instant("decided_at", nullable=True),
        _text("decided_by", 36, default=""),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion"),
    )


def _text(name: str, length: int, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), server_default=default, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
