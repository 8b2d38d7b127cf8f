"""Searches that found nothing: no phrases any more, only topics and single words.

What was typed is dropped. What somebody had read counts on under its topic or heading.
"""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEPT = "kept"
_UNIQUE = ("word", "heading", "term_code", "month", "county")


def upgrade() -> None:
    """Replace the table of searches, and add the tables of words that we do not know."""
    old = sa.table("missed_search", *map(sa.column, (*_UNIQUE[1:], "status", "count")))
    kept = (
        op.get_bind()
        .execute(
            sa.select(
                old.c.heading, old.c.term_code, old.c.month, old.c.county, sa.func.sum(old.c.count)
            )
            .where(old.c.status == _KEPT)
            .group_by(old.c.heading, old.c.term_code, old.c.month, old.c.county)
        )
        .all()
    )
    op.drop_table("missed_search")
    new = _create_missed_search()
    if kept:
        names = ("heading", "term_code", "month", "county", "count")
        rows = [
            {**dict(zip(names, each, strict=True)), "id": str(uuid4()), "status": _KEPT}
            for each in kept
        ]
        op.bulk_insert(new, rows)
    op.create_table(
        "unknown_word_key",
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_unknown_word_key"),
    )
    op.create_table(
        "unknown_word",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_unknown_word"),
    )


def downgrade() -> None:
    """Take the old table back, empty: it cannot hold a search without its words."""
    op.drop_table("unknown_word")
    op.drop_table("unknown_word_key")
    op.drop_table("missed_search")
    op.create_table(
        "missed_search",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("words", sa.String(255), nullable=False),
        *_common_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_missed_search"),
        sa.UniqueConstraint("words", "month", "county", name="uq_missed_search_words_month_county"),
    )
    op.create_index("ix_missed_search_status_month", "missed_search", ["status", "month"])


def _create_missed_search() -> sa.Table:
    table = op.create_table(
        "missed_search",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("word", sa.String(40), server_default="", nullable=False),
        *_common_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_missed_search"),
        sa.UniqueConstraint(*_UNIQUE, name=f"uq_missed_search_{'_'.join(_UNIQUE)}"),
    )
    op.create_index("ix_missed_search_status_month", "missed_search", ["status", "month"])
    return table


def _common_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("county", sa.String(128), server_default="", nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("heading", sa.String(64), server_default="", nullable=False),
        sa.Column("term_code", sa.String(255), server_default="", nullable=False),
    )
