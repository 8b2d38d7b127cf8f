"""Service areas in AIRS XML and iCarol lists: named one by one, or in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import zip5
from referral.fields.text import clean_line, clean_text, split_list
from referral.formats.airs.element_reader import ElementReader
from referral.formats.airs.xml import Element
from referral.formats.reading.areas import area_of
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, Values

_COUNTY_WORDS = (" county", " parish", " borough", " census area", " municipality", " counties")
_US = frozenset({"us", "usa", "u.s.", "u.s.a.", "united states", "united states of america"})


def named_areas(
    zips: Iterable[str],
    cities: Sequence[str],
    counties: Sequence[str],
    states: Sequence[str],
    countries: Sequence[str],
    *,
    default: str = "",
) -> Iterator[Values]:
    """The areas that names of one element tell.

    ZIP codes, cities and counties are all served; a state only says where these are, unless
    none of them is given; so does a country. Where no state is given it is the ``default`` one.
    """
    state = state_code(states[0]) if len(states) == 1 else ""
    if not states and all(clean_line(country).casefold() in _US for country in countries):
        state = default
    codes = list(dict.fromkeys(zip5(code) for code in zips if zip5(code)))
    if codes:
        yield _area("zip", ", ".join(codes), "|".join(codes))
    narrow = [
        *(_county(name, state) for name in counties),
        *(_city(c, state, states) for c in cities),
    ]
    yield from narrow
    if narrow or codes:
        return
    if states:
        for name in states:
            code = state_code(name)
            yield _area("state", clean_line(name), code) if code else _text(name, *countries[:1])
        return
    for name in countries:
        is_us = clean_line(name).casefold() in _US
        yield _area("nation", "United States", "US") if is_us else _text(name)


def areas_in_text(text: str, state: str) -> Iterator[Values]:
    """The areas in a text: each of its parts where all are clear, else the text itself."""
    cleaned = clean_text(text)
    parts = [(part, *area_of(part, state)) for part in _places_in(cleaned)]
    if parts and all(kind != "text" for _, kind, _ in parts):
        for name, kind, codes in parts:
            yield _area(kind, name, codes)
    elif cleaned:
        kind, codes = area_of(cleaned, state)
        yield {**_area(kind, clean_line(cleaned)[:250], codes), "description": _long(cleaned)}


def _places_in(text: str) -> list[str]:
    """The places a text lists; a state after a town or county says only where that is."""
    found: list[str] = []
    for part in split_list(text):
        code = state_code(part)
        if code and found and not state_code(found[-1]) and "," not in found[-1]:
            found[-1] = f"{found[-1]}, {code}"
        else:
            found.append(part)
    return found


def area_items(
    builder: RecordBuilder, file: str, element: Element, parents: Values, owner: str, state: str
) -> Iterator[Item]:
    """The areas a service serves; ``state`` is that of its place, for towns named alone."""
    seen: set[str] = set()
    for given in element.all("GeographicAreaServed"):
        names = [given.takes(tag) for tag in ("ZipCode", "City", "County", "State", "Country")]
        description = given.take("Description")
        areas = list(named_areas(*names, default=state))
        spoken = list(areas_in_text(description, state)) if description else []
        if areas and description:
            areas[0]["description"] = clean_text(description)
        first = True
        for area in areas or spoken:
            key = f"{owner}/area/{area['area_kind']}/{area['name'].casefold()}"
            if key in seen:
                continue
            seen.add(key)
            reading = ElementReader(
                given if first else Element("", given.line, {}), "service_area", file
            )
            first = False
            reading.values = {**area, **parents}
            reading.headers = dict.fromkeys(area, "GeographicAreaServed")
            yield from reading.items(builder, key)
        given.used = not first or not given.leftovers()


def _area(kind: str, name: str, codes: str) -> Values:
    return {"area_kind": kind, "name": name, "area_codes": codes}


def _text(*parts: str) -> Values:
    return _area("text", ", ".join(clean_line(part) for part in parts if part), "")


def _county(name: str, state: str) -> Values:
    line = clean_line(name)
    if not line.casefold().endswith(_COUNTY_WORDS):
        line = f"{line.title() if line.isupper() else line} County"
    kind, codes = area_of(line, state)
    return _area(kind, f"{line}, {state}" if state else line, codes)


def _city(name: str, state: str, states: Sequence[str]) -> Values:
    line = clean_line(name)
    if not state:
        return _text(line, *states) if len(states) == 1 else _text(line)
    return _area("city", f"{line}, {state}", f"{line}, {state}")


def _long(text: str) -> str:
    return text if len(text) > 250 or "\n" in text else ""
