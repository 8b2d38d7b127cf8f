"""Scripts for warm transfers: what to say when a person is handed over to a service."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from referral.resources import resource_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A short plain text for one moment, in two languages; ``title_es`` and ``words_es`` too."""

    key: str
    title: str
    title_es: str
    words: str
    words_es: str


@cache
def warm_transfer_scripts() -> tuple[Script, ...]:
    """All scripts, in the order of a call."""
    path = resource_path("seed_data") / "hand_over_scripts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Script(**row) for row in csv.DictReader(file))
