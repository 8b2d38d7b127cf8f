"""Codes of service areas: parsing of typed ZIP codes and places, and their formatting.

Places are checked against the offline gazetteer; unknown ones are kept with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from referral.fields.places.gazetteer import GAZETTEER, state_code
from referral.fields.places.lookup import find_counties, find_towns, zip5
from referral.fields.text import clean_line
from referral.message import message
from referral.records.problems import Problem, Severity

_LIST = re.compile(r"[\s,;|]+")
_NAMES = re.compile(r"[\n;|]+")
_STATES = re.compile(r"[\n,;|]+")
_IN_STATE = re.compile(r"(?P<name>[^,]+), *(?P<state>[^,]+)\Z")
_COUNTY_WORD = re.compile(r" (?:county|parish|borough)\Z", re.IGNORECASE)
_MOST_NAMED = 5


def parse_area_codes(kind: str, text: str) -> tuple[str, tuple[Problem, ...]]:
    """The codes of an area, separated by ``|``, and what is doubtful about them.

    What is not known is kept as it was typed: the post office knows places that we do not.

    Args:
        kind: ``ServiceArea.area_kind``.
        text: ZIP codes or states in any kind of list; cities and counties by line or semicolon.
    """
    if kind == "nation":
        return "US", ()
    if kind == "text":
        return "", ()
    pattern = {"zip": _LIST, "state": _STATES}.get(kind, _NAMES)
    parts = [clean_line(part) for part in pattern.split(text)]
    read = {"zip": _zip, "state": _state, "city": _city, "county": _county}[kind]
    found = [read(part) for part in parts if part]
    codes = dict.fromkeys(code for code, _ in found)
    return "|".join(codes), tuple(_problems(kind, [code for code, known in found if not known]))


def format_area_codes(kind: str, codes: str) -> str:
    """The codes as a person types them: names on lines of their own, the rest with commas."""
    return codes.replace("|", "\n" if kind in {"city", "county"} else ", ")


def _problems(kind: str, unknown: list[str]) -> Iterator[Problem]:
    if not unknown:
        return
    named = ", ".join(unknown[:_MOST_NAMED])
    help_text = {
        "zip": message("Check the five digits."),
        "state": message("Write its name or its two letters, such as PA."),
        "city": message("Write it with its state, as Meadville, PA."),
        "county": message("Write it with its state, as Crawford County, PA."),
    }[kind]
    detail = message("We do not know %(places)s.", places=named).then(help_text)
    yield Problem(
        code="area-unknown", severity=Severity.WARNING, message=detail, column="area_codes"
    )


def _zip(text: str) -> tuple[str, bool]:
    five = zip5(text)
    return five or text, bool(five) and GAZETTEER.zip_code(five) is not None


def _state(text: str) -> tuple[str, bool]:
    code = state_code(text)
    return code or text, bool(code)


def _city(text: str) -> tuple[str, bool]:
    return _named(text, "city")


def _county(text: str) -> tuple[str, bool]:
    return _named(text, "county")


def _named(text: str, kind: str) -> tuple[str, bool]:
    match = _IN_STATE.match(text)
    name = match["name"].strip() if match else text
    state = _state(match["state"])[0] if match else ""
    places = find_towns(name) if kind == "city" else find_counties(name)
    states = {place.state for place in places}
    if not state and len(states) == 1:
        state = next(iter(states))
    if kind == "county" and state in states and not _COUNTY_WORD.search(name):
        name = f"{name} County"
    return f"{name}, {state}" if state else name, state in states
