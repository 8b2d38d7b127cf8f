"""Whether two records are one: by name, address, phone, website and identifiers.

Pure rules, the same in both directions. Nothing is merged by them: they fill a queue that a
person decides. Two branches at different addresses, two services of one agency, and names with
different numbers ("Senior Center 3", "Senior Center 5") stay apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from referral.duplicates.likeness_keys import name_numbers, plain_name

_SAME_NAME = 92
_LIKE_NAME = 80
_SAME_AGENCY = 85


class Band(StrEnum):
    """How sure the rules are."""

    NEAR_CERTAIN = "near-certain"
    MAYBE = "maybe"
    UNLIKELY = "unlikely"


class Alike(StrEnum):
    """What two records have in common."""

    NAME = "name"
    ORGANIZATION = "organization"
    PHONE = "phone"
    PLACE = "place"
    WEBSITE = "website"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Likened:
    """What of a record is compared; all but names as keys of ``likeness_keys``.

    Attributes:
        names: its name and what it is also called.
        organization_id, organization_name: of a service; "" of an organization.
        phones: as a machine dials them.
        places: street addresses.
        zips: five digits.
        sites: hosts of websites and of e-mail addresses.
        identifiers: tax numbers, digits only.
    """

    id: str
    names: tuple[str, ...]
    organization_id: str = ""
    organization_name: str = ""
    phones: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    zips: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two records are; ``score`` is 0 to 100, for the order of the queue."""

    band: Band
    score: int
    alike: tuple[Alike, ...] = ()


def likeness(one: Likened, other: Likened) -> Likeness:
    """Compare two records of one kind."""
    first, second = sorted((one, other), key=lambda each: each.id)
    name = _name_score(first, second)
    agency = _agency_score(first, second)
    alike = tuple(_alike(first, second, name, agency))
    score = _score(name, alike)
    if _stay_apart(first, second, alike):
        return Likeness(Band.UNLIKELY, score, alike)
    is_service = bool(first.organization_id or second.organization_id)
    band = _service_band(first, second, name, agency) if is_service else _band(name, alike)
    if band is Band.NEAR_CERTAIN and _differ(first.places, second.places):
        band = Band.MAYBE  # perhaps two branches with one switchboard
    return Likeness(band, score, alike)


def name_score(one: str, other: str) -> float:
    """How alike two names are, 0 to 100; forms of law and small words do not count."""
    first, second = sorted((plain_name(one), plain_name(other)))
    if not first or not second:
        return 0.0
    return (fuzz.token_sort_ratio(first, second) + fuzz.token_set_ratio(first, second)) / 2


def _name_score(first: Likened, second: Likened) -> float:
    return max(
        (name_score(one, other) for one in first.names for other in second.names), default=0.0
    )


def _agency_score(first: Likened, second: Likened) -> float:
    if first.organization_id and first.organization_id == second.organization_id:
        return 100.0
    return name_score(first.organization_name, second.organization_name)


def _alike(first: Likened, second: Likened, name: float, agency: float) -> Iterator[Alike]:
    if name >= _LIKE_NAME:
        yield Alike.NAME
    if agency >= _SAME_AGENCY:
        yield Alike.ORGANIZATION
    for alike, one, other in (
        (Alike.PHONE, first.phones, second.phones),
        (Alike.PLACE, first.places, second.places),
        (Alike.WEBSITE, first.sites, second.sites),
        (Alike.IDENTIFIER, first.identifiers, second.identifiers),
    ):
        if one & other:
            yield alike


def _score(name: float, alike: tuple[Alike, ...]) -> int:
    weights = {Alike.PHONE: 15, Alike.PLACE: 15, Alike.IDENTIFIER: 15, Alike.WEBSITE: 10}
    return min(100, round(0.6 * name + sum(weights.get(each, 0) for each in alike)))


def _stay_apart(first: Likened, second: Likened, alike: tuple[Alike, ...]) -> bool:
    """What no likeness outweighs."""
    numbers, others = name_numbers(first.names[0]), name_numbers(second.names[0])
    if numbers != others:
        return True
    if _differ(first.identifiers, second.identifiers):
        return True
    far = _differ(first.places, second.places)
    return far and (Alike.PHONE not in alike or _is_one_agency(first, second))


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both are known and have nothing in common."""
    return bool(one and other and not one & other)


def _is_one_agency(first: Likened, second: Likened) -> bool:
    return bool(first.organization_id) and first.organization_id == second.organization_id


def _band(name: float, alike: tuple[Alike, ...]) -> Band:
    strong = len({Alike.PHONE, Alike.PLACE, Alike.IDENTIFIER}.intersection(alike))
    if (name >= _SAME_NAME and strong) or (name >= _LIKE_NAME and strong >= 2):
        return Band.NEAR_CERTAIN
    # Neighbors in one building often share the name of the county as well.
    likely = (name >= 75 and strong) or (name >= 60 and strong >= 2)
    if likely or (name >= _SAME_AGENCY and Alike.WEBSITE in alike) or name >= 98:
        return Band.MAYBE
    return Band.UNLIKELY


def _service_band(first: Likened, second: Likened, name: float, agency: float) -> Band:
    reached = bool(first.phones & second.phones), bool(first.places & second.places)
    if _is_one_agency(first, second):
        # Agencies name their services apart; only the same name twice is worth a look.
        if name < 98:
            return Band.UNLIKELY
        return Band.NEAR_CERTAIN if any(reached) else Band.MAYBE
    if name >= _SAME_NAME and agency >= _SAME_AGENCY and any(reached):
        return Band.NEAR_CERTAIN
    met = any(reached) or bool(first.sites & second.sites)
    if name >= _LIKE_NAME and ((agency >= _LIKE_NAME and met) or all(reached)):
        return Band.MAYBE
    return Band.UNLIKELY
