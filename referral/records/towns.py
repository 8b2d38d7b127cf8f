"""Towns and counties by name, offline: where their middle is (source: zipcodes package)."""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from referral.records.places import Place
from referral.records.zip_codes import ZipCode, all_zip_codes

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


@lru_cache(maxsize=4096)
def find_towns(name: str) -> tuple[Place, ...]:
    """The towns of this name, one for each state that has one; the name may lack its accents."""
    return _places(_towns(), place_key(name), _town_names, place_key)


@lru_cache(maxsize=4096)
def find_counties(name: str) -> tuple[Place, ...]:
    """The counties of this name (``Erie County``, ``Erie``), one for each state."""
    return _places(_counties(), _county_key(name), _county_names, _county_key)


def place_key(name: str) -> str:
    """What spellings of one name have in common: small letters, no accents, no marks."""
    bare = name.casefold().replace("'", "").replace("’", "")
    if not bare.isascii():
        letters = unicodedata.normalize("NFKD", bare)
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = _WORD.findall(bare)
    return " ".join("st" if word == "saint" else word for word in words)


_NamesOf = Callable[[ZipCode], Iterable[str]]
_KeyOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Index:
    """ZIP codes by the name of their town or county, in a megabyte.

    Attributes:
        hashes: of the keys of names, rising.
        entries: for each the ZIP code that has the name, rising where hashes are equal.
    """

    hashes: array[int]
    entries: array[int]


@cache
def _towns() -> _Index:
    return _index(_town_names, place_key)


@cache
def _counties() -> _Index:
    return _index(_county_names, _county_key)


def _index(names_of: _NamesOf, key_of: _KeyOf) -> _Index:
    known: dict[str, int] = {}
    hashes: list[int] = []
    entries: list[int] = []
    for number, entry in enumerate(_entries()):
        for name in names_of(entry):
            if name not in known:
                known[name] = hash(key_of(name))
            hashes.append(known[name])
            entries.append(number)
    order = sorted(range(len(hashes)), key=hashes.__getitem__)
    return _Index(
        array("q", (hashes[at] for at in order)), array("i", (entries[at] for at in order))
    )


def _places(index: _Index, key: str, names_of: _NamesOf, key_of: _KeyOf) -> tuple[Place, ...]:
    found: defaultdict[tuple[str, str], list[ZipCode]] = defaultdict(list)
    low, high = bisect_left(index.hashes, hash(key)), bisect_right(index.hashes, hash(key))
    for number in dict.fromkeys(index.entries[low:high]):
        entry = _entries()[number]
        for name in names_of(entry):
            if key_of(name) == key:
                found[name, entry.state].append(entry)
    return tuple(
        _middle(name, state, "" if names_of is _county_names else name, some)
        for (name, state), some in sorted(found.items())
    )


def _town_names(entry: ZipCode) -> Iterable[str]:
    return set(entry.cities) if entry.kind in _SPOKEN_OF else (entry.city,)


def _county_names(entry: ZipCode) -> Iterable[str]:
    return (entry.county,) if entry.county else ()


def _middle(name: str, state: str, city: str, entries: Sequence[ZipCode]) -> Place:
    middles = [entry.middle for entry in entries if entry.middle]
    return Place(
        latitude=sum(latitude for latitude, _ in middles) / len(middles),
        longitude=sum(longitude for _, longitude in middles) / len(middles),
        name=f"{name}, {state}",
        city=city,
        county=entries[0].county,
        state=state,
        timezone=entries[0].timezone,
    )


@cache
def _entries() -> Sequence[ZipCode]:
    return [
        entry
        for entry in all_zip_codes().values()
        if entry.is_active and entry.middle and entry.state in _CODES
    ]


def _county_key(name: str) -> str:
    return place_key(name).removesuffix(" county").removesuffix(" parish")
