"""Facts of a service for filters, facets and sort orders: codes, sites, schedules and dates.

The index stores them as arrays (``segment_facts.py``). A new filter over codes is one line in
``codes_of`` and one in ``filters.FACETS``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Any

from referral.fields.labeled_hours import named_weekdays
from referral.fields.places.gazetteer import STATES
from referral.records.conditions import papers_of, people_of
from referral.records.coverage import area_keys, named_area_keys, same_named_counties
from referral.records.facets import (
    PopulationRules,
    access_of,
    age_groups_of,
    delivery_of,
    is_remote,
    load_populations,
    populations_path,
)
from referral.records.headings import OWN_TAXONOMY
from referral.records.hsds import Schedule
from referral.records.listing import Listing
from referral.records.schedules.hours_in_doubt import words_as_weekdays
from referral.records.schedules.recurrence import DAYS, weekdays_of
from referral.records.shelter_detection import (
    looks_like_survivor_shelter,
    place_looks_like_survivor_shelter,
    without_other_people,
)

AREA = "area"  # keys of the areas it serves (records/coverage.py); none where they are not coded
AREA_CODED = "area_coded"
SUGGESTED = "suggested"  # suggested topics and those above them: key/percent
SUGGESTED_TERM = "suggested_term"  # suggested topics that are shown, and those above them
SUGGESTED_HEADING = "suggested_heading"  # their headings, except those that it has anyway
CATEGORY_TERM = "category_term"  # terms that it has only by accepted categories: key/percent
SURVIVORS = "survivors"  # its texts describe a shelter for survivors of violence
NATIONAL = "national"  # a national help line
REMOTE = "remote"  # usable without going anywhere
MINIMUM_AGE, MAXIMUM_AGE = "minimum_age", "maximum_age"
POPULATION = "population"
PEOPLE = "people"  # groups that its texts name, or that it takes exclusively
PAPERS = "papers"  # whether it requires ID or a referral
DAY = "day"  # weekdays on which it is open by its hours or texts
SHELTER_TOPIC = "dv-shelter"  # its key in our taxonomy
YES = "yes"

# The kinds of tags that are counted as facets.
COUNTED = (
    "heading", SUGGESTED_HEADING, "language", POPULATION, "cost", "access", "delivery", "free",
    "age",
)  # fmt: skip

Codes = tuple[tuple[str, tuple[str, ...]], ...]
_STEP = 2  # percent
_TOPIC_ABOVE = 0.95  # confidence of the topic above a suggested one, relative to its own
_DATES = frozenset({"valid_from", "valid_to", "dtstart", "until"})
# Fields that do not affect whether a service is open. Hours in words are kept as days
# (``words_as_weekdays``).
_NOT_KEPT = frozenset({
    "id", "visibility", "service_id", "location_id", "service_at_location_id",
    "notes", "schedule_link", "attending_type", "group",
})  # fmt: skip


def codes_of(listing: Listing) -> Codes:
    """Return all codes of a listing by kind, without kinds that have none."""
    service = listing.service
    areas, shown = areas_of(listing), listing.topics_to_show
    headings_shown = {slug for topic in shown for slug in topic.headings}
    codes_by_kind: dict[str, Iterable[str]] = {
        AREA: areas,
        AREA_CODED: (YES,) if areas else (),
        REMOTE: (YES,) if is_remote(listing) else (),
        MINIMUM_AGE: (f"{service.minimum_age:g}",) if service.minimum_age else (),
        MAXIMUM_AGE: () if service.maximum_age is None else (f"{service.maximum_age:g}",),
        SUGGESTED: suggested_codes(listing),
        CATEGORY_TERM: _category_codes(listing),
        SUGGESTED_TERM: {term.key for topic in shown for term in topic.path},
        SUGGESTED_HEADING: headings_shown.difference(listing.headings),
        SURVIVORS: (YES,) if _shelters_survivors(listing) else (),
        NATIONAL: (YES,) if listing.is_national else (),
        DAY: _open_days(listing),
        PEOPLE: people_of(listing),
        PAPERS: papers_of(listing),
        "age": age_groups_of(service.minimum_age, service.maximum_age),
        POPULATION: population_rules().slugs_of(listing),
        "cost": (listing.cost,),
        "access": _access_codes(listing),
        "delivery": delivery_of(listing),
    }
    return tuple(
        (kind, tuple(sorted(map(str, set(codes)))))
        for kind, codes in sorted(codes_by_kind.items())
        if codes
    )


def rules_version() -> str:
    """Return a hash of the rules that are data; when it changes, documents must be rebuilt."""
    return hashlib.sha256(populations_path().read_bytes()).hexdigest()[:16]


def _shelters_survivors(listing: Listing) -> bool:
    """Return whether a service, or its organization, is described as a survivors' shelter.

    A service that people tagged with our topics is judged by these alone. Shelters for runaway
    youth, and shelters for everybody, are not for survivors.
    """
    if any(term.taxonomy == OWN_TAXONOMY for term in listing.terms):
        return False
    service, organization = listing.service, listing.organization
    about = (organization.name, organization.description) if organization else ()
    name, description = map(without_other_people, (service.name, service.description))
    terms = [without_other_people(term.name) for term in listing.terms]
    return looks_like_survivor_shelter(
        name, description, terms
    ) or place_looks_like_survivor_shelter(name, map(without_other_people, about))


def suggested_codes(listing: Listing) -> list[str]:
    """Return ``key/percent`` of suggested topics and those above, unless already accepted."""
    accepted = _category_confidences(listing)
    suggested = _suggested_confidences(listing)
    return _with_percent({key: suggested[key] for key in suggested if key not in accepted})


def _category_codes(listing: Listing) -> list[str]:
    """Return ``key/percent`` of each term that a service has only by accepted categories."""
    accepted = _category_confidences(listing)
    if not accepted:
        return []
    suggested = _suggested_confidences(listing)
    return _with_percent({key: max(accepted[key], suggested.get(key, 0.0)) for key in accepted})


def _category_confidences(listing: Listing) -> Mapping[str, float]:
    """Return the confidences of terms that a service has only by accepted categories."""
    confidences: dict[str, float] = {}
    assigned: set[str] = set()
    for path in listing.term_paths:
        confidence = listing.category_topics.get(path[0].id)
        for term in path:
            if confidence is None:
                assigned.add(term.key)
            else:
                confidences[term.key] = max(confidence, confidences.get(term.key, 0.0))
    return {key: confidence for key, confidence in confidences.items() if key not in assigned}


def _suggested_confidences(listing: Listing) -> Mapping[str, float]:
    confidences: dict[str, float] = {}
    for topic in listing.suggested_topics:
        for steps, term in enumerate(topic.path):
            above = topic.confidence * _TOPIC_ABOVE**steps
            confidences[term.key] = max(confidences.get(term.key, 0.0), above)
    return confidences


def _with_percent(confidences: Mapping[str, float]) -> list[str]:
    """Return ``key/percent`` of each confidence, in steps of two percent."""
    percents = {key: _STEP * round(100 / _STEP * value) for key, value in confidences.items()}
    return [f"{key}/{percent}" for key, percent in percents.items()]


def areas_of(listing: Listing) -> set[str]:
    """Return the keys of the areas that a service serves, by their codes or names.

    A county without a known state ("Duval County") stands for all counties of that name, but only
    where no other area is known.
    """
    areas = [*listing.areas, *(area for site in listing.sites for area in site.areas)]
    keys, names = set[str](), list[str]()
    for area in areas:
        coded = area_keys(area.area_kind, area.area_codes)
        keys.update(coded)
        if not coded or area.area_kind == "city":
            names.append(area.name)
    states = {site.address.state_province for site in listing.sites if site.address}
    keys.update(named_area_keys(names, states.intersection(STATES.values())))
    return keys or {*same_named_counties(area.name for area in areas if area.area_kind == "county")}


def _open_days(listing: Listing) -> set[str]:
    """Return ``MO`` to ``SU`` by hours in any form, or else by the description of the service."""
    schedules = {
        schedule for site in (None, *listing.sites) for schedule in listing.hours_at(site).schedules
    }
    days = {
        day
        for schedule in schedules
        if not schedule.closed
        for day in (*weekdays_of(schedule), *named_weekdays(schedule.description))
    }
    return {DAYS[day] for day in days or named_weekdays(listing.service.description)}


def _access_codes(listing: Listing) -> Iterable[str]:
    texts = [listing.service.interpretation_services]
    codes = [language.code for language in listing.languages]
    for site in listing.sites:
        for feature in site.accessibility:
            texts += [feature.description, feature.details]
        codes += [language.code for language in site.languages]
    return access_of(texts, codes)


@cache
def population_rules() -> PopulationRules:
    """Return the rules for which groups of people a listing or topic is made."""
    return PopulationRules(load_populations())


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """Facts of a location of a service in the index.

    ``latitude`` and ``longitude`` (WGS 84) are None where unknown or where nobody can go.
    ``schedules`` are those of the service there (``Listing.hours_at``), as text that
    ``schedules_from_text`` reads; "" when there are none.
    """

    location_id: str
    latitude: float | None = None
    longitude: float | None = None
    physical: bool = True
    zip_code: str = ""
    zone: str = ""
    schedules: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts of a service in the index.

    Attributes:
        sort_name: folded name, for the order by name.
        headings: slugs.
        term_codes: keys (code or id) of its terms and of the terms above them.
        languages: ISO 639 codes.
        codes: kind of code → codes for filters and distance bands (see ``codes_of``).
        schedules: of a service without sites, as in ``SiteFacts``.
        assured_date: ISO day of the last verification, "" if never.
    """

    service_id: str
    sort_name: str = ""
    headings: tuple[str, ...] = ()
    term_codes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_free: bool = False
    codes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sites: tuple[SiteFacts, ...] = ()
    schedules: str = ""
    assured_date: str = ""


def schedules_to_text(schedules: Sequence[Schedule]) -> str:
    """Return schedules as compact JSON that is equal for equal schedules in any order.

    Hours in words are stored as the days that they name; those that name none are left out.
    """
    values = (_schedule_values(words_as_weekdays(schedule)) for schedule in schedules)
    texts = sorted(json.dumps(fields_set) for fields_set in values if fields_set)
    return f"[{','.join(texts)}]" if texts else ""


def schedules_from_text(text: str) -> tuple[Schedule, ...]:
    """Return the schedules in a text, with only what affects whether they are open."""
    return tuple(_parse_schedule(values) for values in json.loads(text)) if text else ()


def _schedule_values(schedule: Schedule) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in _fields_set(schedule).items()
        if name not in _NOT_KEPT
    }


def _parse_schedule(values: Mapping[str, Any]) -> Schedule:
    parsed: dict[str, Any] = {
        name: date.fromisoformat(value) if name in _DATES else value
        for name, value in values.items()
    }
    return Schedule(id="", **parsed)


def _fields_set(record: Schedule) -> dict[str, Any]:
    """Return the fields that differ from their default; none has a default factory."""
    values = ((field, getattr(record, field.name)) for field in fields(record))
    return {field.name: value for field, value in values if value != field.default}
