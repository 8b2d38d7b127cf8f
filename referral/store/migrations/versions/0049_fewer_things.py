"""Drop the tables and columns of what the directory no longer does; tables of closed counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None
contracts = True  # releases before it use what goes

_TABLES = ("exam_run", "published_count", "unknown_word", "unknown_word_key")
_COLUMNS: tuple[tuple[str, str], ...] = ()  # table, column


def upgrade() -> None:
    """Add and drop them; SQLite overwrites what it deletes (``secure_delete``)."""
    _create_closed_count()
    _create_erased_count()
    for table in _TABLES:
        op.drop_table(table)
    for table, column in _COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
    op.execute("DELETE FROM job WHERE kind = 'search exam'")
    _drop_words_of_searches()


def _create_closed_count() -> None:
    op.create_table(
        "closed_count",
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("measure", sa.String(32), nullable=False),
        sa.Column("dimension", sa.String(32), nullable=False),
        sa.Column("above", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "period", "measure", "dimension", "above", "value", name="pk_closed_count"
        ),
    )


def _create_erased_count() -> None:
    op.create_table(
        "erased_count",
        sa.Column("measure", sa.String(32), nullable=False),
        sa.Column("dimension", sa.String(32), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("above", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "measure", "dimension", "month", "above", "value", name="pk_erased_count"
        ),
    )


def _drop_words_of_searches() -> None:
    """Keep the counts of topics only."""
    op.execute("DELETE FROM missed_search WHERE word <> '' OR status <> 'kept'")
    op.drop_index("ix_missed_search_status_month", "missed_search")
    with op.batch_alter_table("missed_search") as batch:
        batch.drop_constraint("uq_missed_search_word_heading_term_code_month_county", "unique")
        batch.add_column(sa.Column("zip_code", sa.String(5), server_default="", nullable=False))
        batch.drop_column("word")
        batch.drop_column("status")
        batch.create_unique_constraint(
            "uq_missed_search_heading_term_code_month_county_zip_code",
            ["heading", "term_code", "month", "county", "zip_code"],
        )
    op.create_index("ix_missed_search_month", "missed_search", ["month"])
