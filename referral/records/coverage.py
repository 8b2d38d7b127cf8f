"""Service area keys: coded areas and places as keys that can be compared.

A key is a kind and a folded name: ``zip:16335``, ``city:meadville, pa``, ``state:pa``. A service
serves a place when they have a key in common. An area without any key is not coded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from referral.fields.places.lookup import Place, cities_of_zip, nearest_zip, zip5, zips_of

NATION = "nation:us"
_IN_STATE = re.compile(r"(?P<name>.+), ?(?P<state>[A-Za-z]{2})\Z")
_STATE = re.compile(r"[A-Za-z]{2}\Z")
_NATION = frozenset({"us", "usa", "united states"})
_SAINT = re.compile(r"\bst\.? ")


def area_keys(kind: str, codes: str) -> tuple[str, ...]:
    """The keys of a service area; none when it is not coded, or so that it could mean two.

    Args:
        kind: ``ServiceArea.area_kind``.
        codes: ``ServiceArea.area_codes``, separated by ``|``. A city or county needs its state.
    """
    keys = (_key(kind, code.strip()) for code in codes.split("|"))
    return tuple(dict.fromkeys(filter(None, keys)))


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
