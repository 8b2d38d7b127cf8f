"""Area keys, by which service areas and places are compared.

A key is a kind and a normalized name: ``zip:16335``, ``city:meadville, pa``, ``state:pa``. A
service serves a place if the two have a key in common. An area without keys is not coded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import (
    Place,
    cities_of_zip,
    find_counties,
    find_towns,
    nearest_zip,
    zip5,
    zips_of,
)

NATION = "nation:us"
_IN_STATE = re.compile(r"(?P<name>.+), ?(?P<state>[A-Za-z]{2})\Z")
_STATE = re.compile(r"[A-Za-z]{2}\Z")
_NATION = frozenset({"us", "usa", "united states"})
_SAINT = re.compile(r"\bst\.? ")
_MAX_UNKNOWN_SHARE = 0.8  # of the names of a service
_SEPARATOR = re.compile(r"[,;|/&\n]|\band\b|\by\b", re.IGNORECASE)
_GENERIC_WORDS = re.compile(
    r"\b(?:count(?:y|ies)|parish(?:es)?|condados?|residents?|only|of|in|serving|serves|all|entire|the"
    r"|areas?|greater|surrounding)\b",
    re.IGNORECASE,
)
_EVERYWHERE = re.compile(r"\bstate ?wide\b|\bstate\Z", re.IGNORECASE)


def area_keys(kind: str, codes: str) -> tuple[str, ...]:
    """Return the keys of a coded service area; codes that are ambiguous or malformed give none.

    Args:
        kind: ``ServiceArea.area_kind``.
        codes: ``ServiceArea.area_codes``, separated by ``|``. A city or county needs its state.
    """
    keys = (_area_key(kind, code.strip()) for code in codes.split("|"))
    return tuple(dict.fromkeys(filter(None, keys)))


def named_area_keys(names: Collection[str], states: Collection[str]) -> tuple[str, ...]:
    """Return the keys of areas that a list names in words: ``Citrus & Sumter``, ``Statewide``.

    Counties and towns are looked up in the one state that is given, or that has all the counties
    named. A name of both a county and a town counts as both. If no more than a fifth of the names
    are in the gazetteer, there are no keys.

    Args:
        names: area names of one service.
        states: two-letter codes of the states of the service's locations, may be empty.
    """
    parts = [part for name in names for part in _split_names(name)]
    states_by_name = {part: {county.state for county in find_counties(part)} for part in parts}
    known_states = [
        states_of_county for states_of_county in states_by_name.values() if states_of_county
    ]
    possible_states = set(states) or (
        set[str].intersection(*known_states) if known_states else set()
    )
    keys, unknown_count = list[str](), 0
    for name in parts:
        named_keys = tuple(_iter_named_keys(name, states_by_name[name], possible_states))
        keys += named_keys
        unknown_count += not named_keys
    return tuple(dict.fromkeys(keys)) if unknown_count < _MAX_UNKNOWN_SHARE * len(parts) else ()


def same_named_counties(names: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of all counties with given names in any state; () if a name is no county."""
    counties_by_name = [find_counties(part) for name in names for part in _split_names(name)]
    counties = (
        county for same_named in counties_by_name for county in same_named if all(counties_by_name)
    )
    keys = (_area_key("county", f"{county.county}, {county.state}") for county in counties)
    return tuple(dict.fromkeys(keys))


def _iter_named_keys(
    name: str, states_with_county: Collection[str], states: Collection[str]
) -> Iterator[str]:
    if _EVERYWHERE.search(name):
        yield from (_area_key("state", state) for state in states if len(states) == 1)
    elif state := state_code(name):
        yield _area_key("state", state)
    elif len(states) == 1:
        (state,) = states
        for county in find_counties(name) if state in states_with_county else ():
            if county.state == state:
                yield _area_key("county", f"{county.county}, {state}")
        if any(town.state == state for town in find_towns(name)):
            yield _area_key("city", f"{name}, {state}")


def _split_names(name: str) -> Iterator[str]:
    for part in _SEPARATOR.split(name):
        if place_name := " ".join(_GENERIC_WORDS.sub(" ", part).split()):
            yield place_name


@lru_cache(maxsize=1024)
def place_keys(place: Place) -> tuple[str, ...]:
    """Return all area keys that cover a place, narrowest first: ZIP, city, county, state, nation.

    A bare point counts as the nearest ZIP code. A city or county without a ZIP code counts as all
    its ZIP codes, so a service for a part of it serves it. A ZIP code has only the county in which
    most of it is, because the package zipcodes has no second one.
    """
    if not (place.zip_code or place.city or place.county or place.state):
        place = nearest_zip(place.latitude, place.longitude) or place
    return tuple(dict.fromkeys(filter(None, _iter_place_keys(place))))


def _iter_place_keys(place: Place) -> Iterator[str]:
    for zip_code in _zip_codes_of(place):
        yield _area_key("zip", zip_code)
    cities = cities_of_zip(place.zip_code) if place.zip_code else ()
    for city in filter(None, (place.city, *cities)):
        yield _area_key("city", f"{city}, {place.state}")
    if place.county:
        yield _area_key("county", f"{place.county}, {place.state}")
    yield _area_key("state", place.state)
    yield NATION


def _zip_codes_of(place: Place) -> Iterable[str]:
    return (place.zip_code,) if place.zip_code else zips_of(place)


def _area_key(kind: str, code: str) -> str:
    """Return the key of one area code; "" for a code that cannot be compared."""
    if kind == "zip":
        return f"zip:{zip_code}" if (zip_code := zip5(code)) else ""
    if kind in {"city", "county"}:
        match = _IN_STATE.match(code)
        return f"{kind}:{_fold_name(match['name'])}, {match['state'].lower()}" if match else ""
    if kind == "state":
        return f"state:{code.lower()}" if _STATE.match(code) else ""
    return NATION if kind == "nation" and code.casefold() in _NATION else ""


def _fold_name(name: str) -> str:
    letters = unicodedata.normalize("NFKD", " ".join(name.split()).casefold())
    folded = "".join(letter for letter in letters if letter.isalnum() or letter in " .")
    return _SAINT.sub("saint ", folded).replace(".", "")
