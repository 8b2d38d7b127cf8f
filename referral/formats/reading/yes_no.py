"""Yes/no cells and checkboxes, and the weekdays and populations that their headers name."""

from __future__ import annotations

from collections.abc import Collection

from referral.fields.hours_parser import parse_weekdays
from referral.fields.weekdays import WEEKDAYS

_YES = frozenset(
    ("x", "xx", "yes", "y", "si", "sí", "1", "true", "t", "✓", "✔", "☑", "✅", "●", "•", "*", "√")
)
_NO = frozenset(("no", "n", "0", "false", "f", "-", "☐", "✗", "✘", "❌", "none", "no.", "n/a"))
POPULATIONS = frozenset(
    (
        "adults", "caregivers", "children", "disabled", "disabilities", "families", "farm workers",
        "homeless", "immigrants", "infants", "lgbtq", "men", "older adults", "parents", "pregnant",
        "pregnant women", "refugees", "seniors", "students", "teens", "toddlers", "undocumented",
        "veterans", "women", "youth", "people with disabilities", "young adults",
        "adultos", "adultos mayores", "familias", "hombres", "inmigrantes", "jovenes", "jóvenes",
        "mujeres", "niños", "refugiados", "veteranos", "personas mayores",
    )
)  # fmt: skip
_MAX_OTHER_SHARE = 0.2


def parse_yes_no(text: str) -> bool | None:
    """Parse a yes (or a tick) as True and a no as False; None for anything else."""
    word = text.strip().casefold().rstrip(".!")
    if word in _YES:
        return True
    return False if word in _NO else None


def are_yes_no(cells: Collection[str]) -> bool:
    """Return whether nearly all cells of a column are yes or no, and at least one is yes."""
    answers = [parse_yes_no(cell) for cell in cells]
    return True in answers and answers.count(None) <= _MAX_OTHER_SHARE * len(answers)


def weekday_of(header: str) -> str:
    """Return the weekday that a header consists of, with or without "hours"; "" if none."""
    words = header.replace("_", " ").casefold().removesuffix("hours").strip(" :")
    return WEEKDAYS.get(parse_weekdays(words) or "", "") if len(words) > 1 else ""
