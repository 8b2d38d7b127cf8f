"""Rules for the beginnings of 2-1-1 codes; ``Store.migrate`` places services by them.

An instance that has edited the rule for a letter keeps it as the only one for this letter: the
longer ones would win over it. Without headings nothing is added; the seed data has these rules.
"""

from __future__ import annotations

import csv

import sqlalchemy as sa
from alembic import op

from referral.resources import resource_path

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_KIND = "code_211"
_RULE = sa.table("crosswalk_rule", sa.column("kind"), sa.column("value"), sa.column("heading"))


def upgrade() -> None:
    """Add the shipped rules below each letter whose own rules are those that were shipped."""
    connection = op.get_bind()
    heading = sa.table("heading", sa.column("slug"))
    if not connection.scalar(sa.select(sa.func.count()).select_from(heading)):
        return
    rules = sa.select(_RULE.c.value, _RULE.c.heading).where(_RULE.c.kind == _KIND)
    stored = {(value, heading) for value, heading in connection.execute(rules)}
    path = resource_path("seed_data") / "crosswalk.csv"
    with path.open(encoding="utf-8", newline="") as file:
        shipped = [
            (row["value"], row["heading"]) for row in csv.DictReader(file) if row["kind"] == _KIND
        ]
    edited = {value[0] for value, _ in stored ^ {rule for rule in shipped if len(rule[0]) == 1}}
    op.bulk_insert(
        _RULE,
        [
            {"kind": _KIND, "value": value, "heading": heading}
            for value, heading in shipped
            if value[0] not in edited and len(value) > 1
        ],
    )


def downgrade() -> None:
    """Leave the rules: releases before look up one letter only."""
