"""Remove tables and columns of what Referral no longer does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop them."""
    _drop_words_of_searches()
    op.drop_table("exam_run")
    op.execute("DELETE FROM job WHERE kind = 'search exam'")


def downgrade() -> None:
    """Refuse: what was dropped cannot be brought back."""
    raise NotImplementedError


def _drop_words_of_searches() -> None:
    """Keep the counts of topics only; every word and hash goes, with its counts."""
    op.execute("DELETE FROM missed_search WHERE word <> '' OR status <> 'kept'")
    op.drop_table("unknown_word")
    op.drop_table("unknown_word_key")
    op.drop_index("ix_missed_search_status_month", "missed_search")
    with op.batch_alter_table("missed_search") as table:
        table.drop_constraint("uq_missed_search_word_heading_term_code_month_county", "unique")
        table.add_column(sa.Column("zip_code", sa.String(5), server_default="", nullable=False))
        table.drop_column("word")
        table.drop_column("status")
        table.create_unique_constraint(
            "uq_missed_search_heading_term_code_month_county_zip_code",
            ["heading", "term_code", "month", "county", "zip_code"],
        )
    op.create_index("ix_missed_search_month", "missed_search", ["month"])
