"""Groups of people that services are made for, and the rules that say which are. Both are data."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from referral.fields.phrases import Phrases
from referral.records.listing import Listing
from referral.resources import resource_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A group of people.

    Attributes:
        terms: codes of our own terms; what stands under one of them or below is for this group.
        words: phrases that say so in a name, in the keywords, or in who can get it.
        from_age, to_age: a service only for people between these ages is for this group.
    """

    slug: str
    name: str
    name_es: str = ""
    terms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    from_age: float | None = None
    to_age: float | None = None


class PopulationRules:
    """Finds the groups that a service is made for. A service for everybody is for no group."""

    def __init__(self, populations: Iterable[Population]) -> None:
        self._rules = [(population, Phrases(population.words)) for population in populations]

    def slugs_of(self, listing: Listing) -> tuple[str, ...]:
        """The groups of a listing, in the order of the data."""
        codes = {term.code for path in listing.term_paths for term in path}
        text = _text_of(listing)
        by_term = self.slugs_of_terms(codes)
        return tuple(
            population.slug
            for population, phrases in self._rules
            if population.slug in by_term or phrases.are_in(text) or _is_of_age(listing, population)
        )

    def slugs_of_terms(self, codes: AbstractSet[str]) -> frozenset[str]:
        """The groups that what stands under one of these terms is made for."""
        rules = (population for population, _ in self._rules)
        return frozenset(each.slug for each in rules if not codes.isdisjoint(each.terms))


def populations_path() -> Path:
    """The file of seed data that has them."""
    return resource_path("seed_data") / "populations.csv"


@cache
def list_populations() -> tuple[Population, ...]:
    """All groups, in the order to show them."""
    with populations_path().open(encoding="utf-8", newline="") as file:
        return tuple(map(population_from, csv.DictReader(file)))


def population_from(row: Mapping[str, str]) -> Population:
    """A group from a row of ``seed_data/populations.csv``."""
    return Population(
        slug=row["slug"],
        name=row["name"],
        name_es=row["name_es"],
        terms=_parts(row["terms"]),
        words=_parts(row["words"]),
        from_age=float(row["from_age"]) if row["from_age"] else None,
        to_age=float(row["to_age"]) if row["to_age"] else None,
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _text_of(listing: Listing) -> str:
    """Not the description, where groups are also named that are sent elsewhere."""
    service, program = listing.service, listing.program
    return "|".join((
        service.name, service.alternate_name, service.keywords, service.eligibility_description,
        program.name if program else "",
    ))  # fmt: skip


def _is_of_age(listing: Listing, population: Population) -> bool:
    low, high = listing.service.minimum_age, listing.service.maximum_age
    if population.from_age is None and population.to_age is None:
        return False
    return (population.from_age is None or (low is not None and low >= population.from_age)) and (
        population.to_age is None or (high is not None and high <= population.to_age)
    )
