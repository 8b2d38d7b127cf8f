"""The order of the topics below one topic: that of this release for our own taxonomy."""

from __future__ import annotations

import csv

import sqlalchemy as sa
from alembic import op

from referral.resources import resource_path

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and fill it with the shipped order; nothing by staff is overwritten."""
    op.add_column("taxonomy_term", sa.Column("sort", sa.Integer(), nullable=True))
    path = resource_path("seed_data") / "taxonomy" / "taxonomy_terms.csv"
    with path.open(encoding="utf-8", newline="") as file:
        places = [
            {"of": row["taxonomy"], "called": row["code"], "place": int(row["sort"])}
            for row in csv.DictReader(file)
            if row["sort"]
        ]
    term = sa.table("taxonomy_term", sa.column("taxonomy"), sa.column("code"), sa.column("sort"))
    shipped = (term.c.taxonomy == sa.bindparam("of")) & (term.c.code == sa.bindparam("called"))
    op.get_bind().execute(sa.update(term).where(shipped).values(sort=sa.bindparam("place")), places)


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("taxonomy_term", "sort")
