"""Names of states, towns and counties, and what different spellings of one have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from referral.fields.accents import without_accents
from referral.fields.places.zip_codes import ZipCode

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
    return entry.is_active and entry.middle is not None and entry.state in _CODES
