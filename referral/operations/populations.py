"""The groups of people that a search can ask for, read from the seed data."""

from __future__ import annotations

import csv
from functools import cache

from referral.records.populations import Population, population_from
from referral.resources import resource_path


@cache
def list_populations() -> tuple[Population, ...]:
    """All groups, in the order to show them."""
    path = resource_path("seed_data") / "populations.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(map(population_from, csv.DictReader(file)))
