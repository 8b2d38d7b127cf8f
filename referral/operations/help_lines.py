"""The help lines on every page, read from the seed data: they answer when nothing else does."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache

from referral.operations.pages import HelpLine
from referral.resources import resource_path


@cache
def help_lines() -> tuple[HelpLine, ...]:
    """All checked help lines, in the order to show them."""
    path = resource_path("seed_data") / "help_lines.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["sort"]))
    return tuple(_help_line(row) for row in rows)


def _help_line(row: dict[str, str]) -> HelpLine:
    return HelpLine(
        key=row["key"],
        name=row["name"],
        phone=row["phone"],
        tel=row["tel"],
        what_for=row["what_for"],
        name_es=row["name_es"],
        what_for_es=row["what_for_es"],
        text_to=row["text_to"],
        text_words=row["text_words"],
        tty=row["tty"],
        hours=row["hours"],
        web=row["web"],
        strip=row["strip"] == "yes",
        checked_on=date.fromisoformat(row["checked_on"]) if row["checked_on"] else None,
    )
