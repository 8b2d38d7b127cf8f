"""Names of states, towns and counties, and what different spellings of one have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from referral.fields.accents import without_accents
from referral.fields.places.zip_codes import ZipCode

STATES: Mapping[str, str] = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA",
    "Colorado": "CO", "Connecticut": "CT", "Delaware": "DE", "District of Columbia": "DC",
    "Florida": "FL", "Georgia": "GA", "Guam": "GU", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY",
    "Louisiana": "LA", "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI",
    "Minnesota": "MN", "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE",
    "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM",
    "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH",
    "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Puerto Rico": "PR",
    "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN",
    "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virgin Islands": "VI", "Virginia": "VA",
    "Washington": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip
# Those whose towns can be named; "gu" and "vi" are rather words of a question.
STATES_WITH_TOWNS = frozenset(STATES.values()) - {"GU", "VI"}
_WORD = re.compile(r"[^\W_]+")
# Names the post office does not want on letters are names that people say.
_SPOKEN_OF = frozenset({"STANDARD", "PO BOX"})


def state_code(text: str) -> str:
    """The two letters of a state or territory, by its name or letters; "" when it is neither."""
    return _codes().get(place_key(text), "")


@cache
def _codes() -> Mapping[str, str]:
    names = {place_key(name): code for name, code in STATES.items()}
    return names | {code.lower(): code for code in STATES.values()}


def place_key(name: str) -> str:
    """What spellings of one name have in common: small letters, no accents, no marks."""
    bare = without_accents(name.casefold().replace("'", "").replace("’", ""))
    words = _WORD.findall(bare)
    return " ".join("st" if word == "saint" else word for word in words)


def county_key(name: str) -> str:
    """The same for a county, with or without its word."""
    return place_key(name).removesuffix(" county").removesuffix(" parish")


def town_names(entry: ZipCode) -> Iterable[str]:
    """The towns that a ZIP code is a part of, as people name them."""
    return sorted(set(entry.cities)) if entry.kind in _SPOKEN_OF else (entry.city,)


def county_names(entry: ZipCode) -> Iterable[str]:
    """The county that a ZIP code is in, where it is known."""
    return (entry.county,) if entry.county else ()


def can_be_named(entry: ZipCode) -> bool:
    """Whether its town and county are looked for by name."""
    return entry.is_active and entry.middle is not None and entry.state in STATES_WITH_TOWNS
