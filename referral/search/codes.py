"""The codes that filters and bands know a service by: kind of code → its values, many or none.

A new filter over codes is one line here and one in ``filters.FACETS``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache

from referral.records.coverage import area_keys
from referral.records.facets import (
    PopulationRules,
    access_of,
    age_groups_of,
    delivery_of,
    is_remote,
    load_populations,
    populations_path,
)
from referral.records.listing import Listing

AREA = "area"  # keys of the areas it serves, from records/coverage.py; none: not coded
AREA_CODED = "area_coded"
REMOTE = "remote"  # to be had without going anywhere
MINIMUM_AGE, MAXIMUM_AGE = "minimum_age", "maximum_age"
POPULATION = "population"
YES = "yes"

# What is counted for each answer: the kinds of tags that filters offer.
COUNTED = ("heading", "language", POPULATION, "cost", "access", "delivery", "free", "age")

Codes = tuple[tuple[str, tuple[str, ...]], ...]


def codes_of(listing: Listing) -> Codes:
    """All codes of a listing, by kind; kinds without any are left out."""
    service = listing.service
    areas = _areas(listing)
    found: dict[str, Iterable[str]] = {
        AREA: areas,
        AREA_CODED: (YES,) if areas else (),
        REMOTE: (YES,) if is_remote(listing) else (),
        MINIMUM_AGE: (f"{service.minimum_age:g}",) if service.minimum_age else (),
        MAXIMUM_AGE: () if service.maximum_age is None else (f"{service.maximum_age:g}",),
        "age": age_groups_of(service.minimum_age, service.maximum_age),
        POPULATION: population_rules().slugs_of(listing),
        "cost": (listing.cost,),
        "access": _access(listing),
        "delivery": delivery_of(listing),
    }
    return tuple(
        (kind, tuple(sorted(map(str, set(codes))))) for kind, codes in found.items() if codes
    )


def rules_version() -> str:
    """Changes with the rules that are data: documents must then be made again."""
    return hashlib.sha256(populations_path().read_bytes()).hexdigest()[:16]


def _areas(listing: Listing) -> set[str]:
    areas = [*listing.areas, *(area for site in listing.sites for area in site.areas)]
    return {key for area in areas for key in area_keys(area.area_kind, area.area_codes)}


def _access(listing: Listing) -> Iterable[str]:
    texts = [listing.service.interpretation_services]
    codes = [language.code for language in listing.languages]
    for site in listing.sites:
        texts += [text for has in site.accessibility for text in (has.description, has.details)]
        codes += [language.code for language in site.languages]
    return access_of(texts, codes)


@cache
def population_rules() -> PopulationRules:
    """Which groups of people a listing is made for, or a topic."""
    return PopulationRules(load_populations())
