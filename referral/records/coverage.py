"""Service area keys: coded areas and places as keys that can be compared.

A key is a kind and a folded name: ``zip:16335``, ``city:meadville, pa``, ``state:pa``. A service
serves a place when they have a key in common. An area without any key is not coded.
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
_LEAST_KNOWN = 0.8  # the share of names that may be unknown
_BETWEEN = re.compile(r"[,;|/&\n]|\band\b|\by\b", re.IGNORECASE)
_AROUND = re.compile(
    r"\b(?:count(?:y|ies)|parish(?:es)?|condados?|residents?|only|of|in|serving|serves|all|entire|the"
    r"|areas?|greater|surrounding)\b",
    re.IGNORECASE,
)
_EVERYWHERE = re.compile(r"\bstate ?wide\b|\bstate\Z", re.IGNORECASE)


def area_keys(kind: str, codes: str) -> tuple[str, ...]:
    """The keys of a service area; none when it is not coded, or so that it could mean two.

    Args:
        kind: ``ServiceArea.area_kind``.
        codes: ``ServiceArea.area_codes``, separated by ``|``. A city or county needs its state.
    """
    keys = (_key(kind, code.strip()) for code in codes.split("|"))
    return tuple(dict.fromkeys(filter(None, keys)))


def named_area_keys(names: Collection[str], states: Collection[str]) -> tuple[str, ...]:
    """The keys of areas as lists write them: ``Citrus & Sumter``, ``Statewide``.

    Counties and towns are looked for in the state that has all the counties named. A name of both
    a county and a town is taken for both. Names of which the gazetteer knows less than a fifth
    are no areas.

    Args:
        names: of one service.
        states: two letters each, of the places of the service; all of them without any.
    """
    parts = [part for name in names for part in _parts_of(name)]
    counties = {part: {each.state for each in find_counties(part)} for part in parts}
    known = [found for found in counties.values() if found]
    common = set(states) or (set[str].intersection(*known) if known else set())
    keys, unknown = list[str](), 0
    for name in parts:
        here = tuple(_keys_named(name, counties[name], common))
        keys += here
        unknown += not here
    return tuple(dict.fromkeys(keys)) if unknown < _LEAST_KNOWN * len(parts) else ()


def same_named_counties(names: Iterable[str]) -> tuple[str, ...]:
    """The keys of the counties of these names in every state; none where a name is no county's."""
    found = [find_counties(part) for name in names for part in _parts_of(name)]
    counties = (each for named in found for each in named if all(found))
    keys = (_key("county", f"{each.county}, {each.state}") for each in counties)
    return tuple(dict.fromkeys(keys))


def _keys_named(name: str, with_county: Collection[str], states: Collection[str]) -> Iterator[str]:
    if _EVERYWHERE.search(name):
        yield from (_key("state", state) for state in states if len(states) == 1)
    elif state := state_code(name):
        yield _key("state", state)
    elif len(states) == 1:
        (state,) = states
        for county in find_counties(name) if state in with_county else ():
            if county.state == state:
                yield _key("county", f"{county.county}, {state}")
        if any(town.state == state for town in find_towns(name)):
            yield _key("city", f"{name}, {state}")


def _parts_of(name: str) -> Iterator[str]:
    for part in _BETWEEN.split(name):
        if bare := " ".join(_AROUND.sub(" ", part).split()):
            yield bare


@lru_cache(maxsize=1024)
def place_keys(place: Place) -> tuple[str, ...]:
    """Every key that covers a place, narrowest first: ZIP, city, county, state, nation.

    A bare point is taken for the nearest ZIP code; a city or county without one is all its ZIP
    codes, so a service for a part of it serves it. The county is the one in which most of the
    ZIP code lies: the crosswalk of the zipcodes package knows no second one.
    """
    if not (place.zip_code or place.city or place.county or place.state):
        place = nearest_zip(place.latitude, place.longitude) or place
    return tuple(dict.fromkeys(filter(None, _keys_of(place))))


def _keys_of(place: Place) -> Iterator[str]:
    for code in _zips(place):
        yield _key("zip", code)
    cities = cities_of_zip(place.zip_code) if place.zip_code else ()
    for city in filter(None, (place.city, *cities)):
        yield _key("city", f"{city}, {place.state}")
    if place.county:
        yield _key("county", f"{place.county}, {place.state}")
    yield _key("state", place.state)
    yield NATION


def _zips(place: Place) -> Iterable[str]:
    return (place.zip_code,) if place.zip_code else zips_of(place)


def _key(kind: str, code: str) -> str:
    """The key of one code; "" when it says nothing that can be compared."""
    if kind == "zip":
        return f"zip:{five}" if (five := zip5(code)) else ""
    if kind in {"city", "county"}:
        match = _IN_STATE.match(code)
        return f"{kind}:{_folded(match['name'])}, {match['state'].lower()}" if match else ""
    if kind == "state":
        return f"state:{code.lower()}" if _STATE.match(code) else ""
    return NATION if kind == "nation" and code.casefold() in _NATION else ""


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", " ".join(name.split()).casefold())
    bare = "".join(letter for letter in letters if letter.isalnum() or letter in " .")
    return _SAINT.sub("saint ", bare).replace(".", "")
