"""Service areas by name or in a text: ZIP codes, cities, counties, states, the nation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from referral.fields.places.gazetteer import STATES, read_zip_codes, state_code
from referral.fields.places.lookup import zip5
from referral.fields.text import clean_line, clean_text, split_list
from referral.formats.reading.row_reader import RowReader, Values

_COUNTY = re.compile(
    r"(?P<name>[^,|;]+ (?:County|Parish|Borough))(?:, ?(?P<state>[A-Z]{2}))?\Z", re.IGNORECASE
)
_CITY = re.compile(r"(?P<name>[^,|;]+), ?(?P<state>[A-Z]{2})\Z")
_CODE_SEPARATORS = re.compile(r"[\s,;|]+")
_NATION = frozenset(
    ("us", "usa", "u.s.", "united states", "nationwide", "national", "nation", "entire country")
)


class Area(NamedTuple):
    """Kind of a service area (``zip``, ``city``, ``text``, …) and its codes, joined by ``|``."""

    kind: str
    codes: str


def area_of(name: str, state: str = "") -> Area:
    """Return the kind of a named service area and its codes; ``text`` and "" when unsure.

    Args:
        name: as the list has it (``San Mateo County``, ``16335, 16327``, ``PA``).
        state: two letters of the state the service is in, "" when not known.
    """
    line = clean_line(name)
    if are_zip_codes(line):
        return Area("zip", "|".join(map(zip5, _CODE_SEPARATORS.split(line))))
    if line.casefold() in _NATION:
        return Area("nation", "US")
    code = line.upper() if line.upper() in STATES.values() else ""
    code = code or _state_named(line, state)
    if code:
        return Area("state", code)
    return _county_or_city(line, state.upper())


def are_zip_codes(text: str) -> bool:
    """Return whether a text is ZIP codes and nothing else."""
    return all(map(zip5, _CODE_SEPARATORS.split(clean_line(text))))


def _state_named(line: str, state: str) -> str:
    """Return the code of a state by name, "" if a city of that name is more likely."""
    code = state_code(line.casefold().removeprefix("state of "))
    return "" if code and _is_city(line, state.upper()) else code


def _county_or_city(line: str, state: str) -> Area:
    county = _COUNTY.match(line)
    if county:
        name, code = county["name"], (county["state"] or state).upper()
        return Area("county", f"{name}, {code}" if code in STATES.values() else name)
    city = _CITY.match(line)
    if city and city["state"] in STATES.values():
        return Area("city", f"{city['name']}, {city['state']}")
    if _is_city(line, state):
        return Area("city", f"{line}, {state}")
    return Area("text", "")


def _is_city(name: str, state: str) -> bool:
    return bool(state) and (name.casefold(), state) in _cities()


@cache
def _cities() -> frozenset[tuple[str, str]]:
    return frozenset(
        (city.casefold(), entry.state)
        for entry in read_zip_codes()
        for city in (entry.city, *entry.acceptable_cities)
    )


def complete_area(reader: RowReader, values: Values) -> None:
    """Set the kind and codes of a service area, from its name where the list has none."""
    if values.get("area_codes"):
        values["area_codes"] = _normalize_codes(values["area_codes"])
        if "area_kind" in values:
            return
    name = values.get("name", "")
    kind, codes = area_of(values.get("area_codes", "") or name)
    values["area_kind"] = kind
    values.setdefault("area_codes", codes)
    if not name and not reader.row.get("name"):
        values["name"] = values["area_codes"].replace("|", ", ")


def _normalize_codes(text: str) -> str:
    if are_zip_codes(text):
        return "|".join(map(zip5, _CODE_SEPARATORS.split(clean_line(text))))
    return "|".join(part.strip() for part in text.split("|") if part.strip())


def area_values(kind: str, name: str, codes: str) -> Values:
    """Return the field values of a service area."""
    return {"area_kind": kind, "name": name, "area_codes": codes}


def areas_in_text(text: str, state: str) -> Iterator[Values]:
    """Yield the service areas that a text lists; the whole text as one if a part is unclear."""
    cleaned = clean_text(text)
    parts = [(part, *area_of(part, state)) for part in _split_places(cleaned)]
    if parts and all(kind != "text" for _, kind, _ in parts):
        for name, kind, codes in parts:
            yield area_values(kind, name, codes)
    elif cleaned:
        kind, codes = area_of(cleaned, state)
        is_long = len(cleaned) > 250 or "\n" in cleaned
        values = area_values(kind, clean_line(cleaned)[:250], codes)
        yield {**values, "description": cleaned if is_long else ""}


def _split_places(text: str) -> list[str]:
    """Split a text into names of places; a state stays with the town or county before it."""
    found: list[str] = []
    for part in split_list(text):
        code = state_code(part)
        if code and found and not state_code(found[-1]) and "," not in found[-1]:
            found[-1] = f"{found[-1]}, {code}"
        else:
            found.append(part)
    return found
