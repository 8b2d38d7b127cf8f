"""Towns and counties by name, offline: where their middle is (source: zipcodes package)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import zipcodes

from referral.records.places import Place

STATES: Mapping[str, str] = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC",
    "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
    "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA",
    "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV",
    "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY",
    "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR",
    "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI",
    "wyoming": "WY",
}  # fmt: skip
_CODES = frozenset(STATES.values())
_WORD = re.compile(r"[^\W_]+")
# Names the post office does not want on letters are names that people say.
_SPOKEN_OF = frozenset({"STANDARD", "PO BOX"})


def state_code(text: str) -> str:
    """The two letters of a state, from its name or its letters; "" when it is neither."""
    name = place_key(text)
    return STATES.get(name) or (name.upper() if name.upper() in _CODES else "")


def find_towns(name: str) -> tuple[Place, ...]:
    """The towns of this name, one for each state that has one; the name may lack its accents."""
    return _towns().get(place_key(name), ())


def find_counties(name: str) -> tuple[Place, ...]:
    """The counties of this name (``Erie County``, ``Erie``), one for each state."""
    return _counties().get(_county_key(name), ())


def place_key(name: str) -> str:
    """What spellings of one name have in common: small letters, no accents, no marks."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("'", "").replace("’", ""))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = _WORD.findall(bare)
    return " ".join("st" if word == "saint" else word for word in words)


@cache
def _towns() -> Mapping[str, tuple[Place, ...]]:
    entries: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for entry in _entries():
        more = entry["zip_code_type"] in _SPOKEN_OF
        names = {entry["city"]}
        if more:
            names.update(entry["acceptable_cities"], entry["unacceptable_cities"])
        for name in names:
            entries[name, entry["state"]].append(entry)
    return _by_key(
        (place_key(name), _middle(f"{name}, {state}", name, some))
        for (name, state), some in sorted(entries.items())
    )


@cache
def _counties() -> Mapping[str, tuple[Place, ...]]:
    entries: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for entry in _entries():
        if entry["county"]:
            entries[entry["county"], entry["state"]].append(entry)
    return _by_key(
        (_county_key(name), _middle(f"{name}, {state}", "", some))
        for (name, state), some in sorted(entries.items())
    )


def _by_key(pairs: Iterable[tuple[str, Place]]) -> Mapping[str, tuple[Place, ...]]:
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for key, place in pairs:
        found[key].append(place)
    return {key: tuple(places) for key, places in found.items()}


def _middle(name: str, city: str, entries: Sequence[Mapping[str, Any]]) -> Place:
    return Place(
        latitude=sum(float(entry["lat"]) for entry in entries) / len(entries),
        longitude=sum(float(entry["long"]) for entry in entries) / len(entries),
        name=name,
        city=city,
        county=entries[0]["county"],
        state=entries[0]["state"],
        timezone=entries[0]["timezone"] or "",
    )


def _entries() -> list[dict[str, Any]]:
    return [
        entry
        for entry in zipcodes.list_all()
        if entry["active"] and entry["lat"] and entry["long"] and entry["state"] in _CODES
    ]


def _county_key(name: str) -> str:
    return place_key(name).removesuffix(" county").removesuffix(" parish")
