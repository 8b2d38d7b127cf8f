"""Areas that are only named: ZIP codes, cities, counties, states, the nation."""

from __future__ import annotations

import re
from functools import cache

from referral.fields.places.lookup import zip5
from referral.fields.places.zip_codes import read_zip_codes
from referral.fields.text import clean_line

STATES = {
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
STATE_CODES = frozenset(STATES.values())
_CODE_OF_STATE = {name.casefold(): code for name, code in STATES.items()}
_COUNTY = re.compile(
    r"(?P<name>[^,|;]+ (?:County|Parish|Borough))(?:, ?(?P<state>[A-Z]{2}))?\Z", re.IGNORECASE
)
_CITY = re.compile(r"(?P<name>[^,|;]+), ?(?P<state>[A-Z]{2})\Z")
_NATION = frozenset(
    ("us", "usa", "u.s.", "united states", "nationwide", "national", "nation", "entire country")
)


def area_of(name: str, state: str = "") -> tuple[str, str]:
    """The kind and the codes of a named area, ``text`` and "" when in doubt.

    Args:
        name: as the list has it (``San Mateo County``, ``16335, 16327``, ``PA``).
        state: two letters of the state the service is in, "" when not known.
    """
    line = clean_line(name)
    parts = re.split(r"[\s,;|]+", line)
    if line and all(zip5(part) for part in parts):
        return "zip", "|".join(zip5(part) for part in parts)
    if line.casefold() in _NATION:
        return "nation", "US"
    code = line.upper() if line.upper() in STATE_CODES else ""
    code = code or _state_named(line, state)
    if code:
        return "state", code
    return _county_or_city(line, state.upper())


def _state_named(line: str, state: str) -> str:
    """The state of that name, unless its own city is meant (New York, Washington)."""
    code = _CODE_OF_STATE.get(line.casefold().removeprefix("state of "), "")
    return "" if code and _is_city(line, state.upper()) else code


def _county_or_city(line: str, state: str) -> tuple[str, str]:
    county = _COUNTY.match(line)
    if county:
        where = (county["state"] or state).upper()
        return "county", f"{county['name']}, {where}" if where in STATE_CODES else county["name"]
    city = _CITY.match(line)
    if city and city["state"] in STATE_CODES:
        return "city", f"{city['name']}, {city['state']}"
    if _is_city(line, state):
        return "city", f"{line}, {state}"
    return "text", ""


def _is_city(name: str, state: str) -> bool:
    return bool(state) and (name.casefold(), state) in _cities()


@cache
def _cities() -> frozenset[tuple[str, str]]:
    return frozenset(
        (city.casefold(), entry.state)
        for entry in read_zip_codes()
        for city in (entry.city, *entry.acceptable_cities)
    )
