"""Derived fields: phone numbers, area codes, language codes, frequencies, positions.

Places in service areas are checked against the offline gazetteer; unknown places are kept with a
warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from referral.curation.drafts import Draft
from referral.curation.editable_fields import AREA_KINDS
from referral.curation.form_text import format_field
from referral.fields.languages import language_code
from referral.fields.phones import parse_extension, parse_phone, phone_type
from referral.fields.places.gazetteer import GAZETTEER, state_code
from referral.fields.places.lookup import find_counties, find_towns, is_position, zip5
from referral.fields.text import clean_line
from referral.formats.checks.geocoding import geocode_locations
from referral.message import message
from referral.records.classification import SET_BY_RULE, ServiceHeading
from referral.records.hsds import (
    Language,
    Location,
    Phone,
    Record,
    Schedule,
    ServiceArea,
    ServiceCapacity,
)
from referral.records.kinds import Origin, SourcedRecord
from referral.records.moved_places import has_moved, physical_addresses
from referral.records.problems import Problem, Severity

Derived = tuple[Any, tuple[Problem, ...]]
_CODE_SEPARATORS = re.compile(r"[\s,;|]+")
_NAME_SEPARATORS = re.compile(r"[\n;|]+")
_STATE_SEPARATORS = re.compile(r"[\n,;|]+")
_NAME_AND_STATE = re.compile(r"(?P<name>[^,]+), *(?P<state>[^,]+)\Z")
_COUNTY_WORD = re.compile(r" (?:county|parish|borough)\Z", re.IGNORECASE)
_MOST_NAMED = 5


def derive_row_fields(read: Record, before: Record, texts: Mapping[str, str]) -> Derived:
    """Derive fields of a record that staff typed, such as area codes; return it with warnings.

    Args:
        read: the record with each typed cell parsed by itself.
        before: the stored record; unchanged fields are not derived again.
        texts: the typed text of each field.
    """
    if isinstance(read, Phone) and isinstance(before, Phone):
        return _derive_phone(read, before), ()
    if isinstance(read, ServiceArea) and isinstance(before, ServiceArea):
        return _derive_area(read, before, texts.get("area_codes", ""))
    if isinstance(read, Language) and isinstance(before, Language):
        return _derive_language(read, before)
    return _derive_silently(read, before), ()


def _derive_silently(read: Record, before: Record) -> Record:
    """Derive the fields of a typed record of a kind that needs no warnings."""
    if isinstance(read, Schedule):
        return _derive_schedule(read)
    if isinstance(read, ServiceCapacity) and isinstance(before, ServiceCapacity):
        return _derive_capacity(read, before)
    if isinstance(read, ServiceHeading) and read.set_by == SET_BY_RULE:
        return replace(read, set_by="staff")
    return read


def _derive_phone(read: Phone, before: Phone) -> Phone:
    phone = read
    if read.extension != before.extension:
        phone = replace(phone, extension=parse_extension(read.extension) or read.extension)
    if read.number != before.number or (read.number and not before.tel):
        parsed = parse_phone(read.number)
        if parsed:
            phone = replace(
                phone,
                number=parsed.number,
                tel=parsed.tel,
                extension=phone.extension or parsed.extension,
                description=phone.description or parsed.note,
            )
        else:
            phone = replace(phone, tel="")
    return replace(phone, type=phone.type or phone_type(phone.description))


def _derive_area(read: ServiceArea, before: ServiceArea, typed: str) -> Derived:
    kind = read.area_kind if read.area_kind in AREA_KINDS else "text"
    codes, problems = parse_area_codes(kind, typed)
    is_unchanged = (
        kind == before.area_kind and codes == parse_area_codes(kind, before.area_codes)[0]
    )
    if is_unchanged:
        return replace(read, area_kind=kind, area_codes=before.area_codes), problems
    name = read.name
    named_by_codes = before.area_codes.replace("|", ", ")
    if not name or (before.name and name == before.name == named_by_codes):
        name = codes.replace("|", ", ")
    if not codes and kind != "text":
        detail = message("This area says nowhere; write the places, or choose another kind.")
        problem = Problem(
            code="area-empty", severity=Severity.ERROR, message=detail, column="area_codes"
        )
        problems = (problem,)
    if kind == "text" and not name:
        name = " ".join(typed.split())
    return replace(read, area_kind=kind, area_codes=codes, name=name), problems


def _derive_language(read: Language, before: Language) -> Derived:
    if read.name == before.name and (read.code or not read.name):
        return read, ()
    code = language_code(read.name)
    if code:
        return replace(read, code=code), ()
    detail = message("We do not know this language; check how it is spelled.")
    problem = Problem(
        code="language-unknown", severity=Severity.WARNING, message=detail, column="name"
    )
    return replace(read, code=""), (problem,)


def _derive_schedule(read: Schedule) -> Schedule:
    if read.byday and not read.freq:
        is_monthly = any(letter.isdigit() for letter in read.byday)
        return replace(read, freq="MONTHLY" if is_monthly else "WEEKLY")
    return read


def _derive_capacity(read: ServiceCapacity, before: ServiceCapacity) -> ServiceCapacity:
    """Date a capacity today if staff changed its numbers and typed no other date."""
    is_new = (read.available, read.maximum) != (before.available, before.maximum)
    if is_new and read.updated == before.updated:
        return replace(read, updated=datetime.now(tz=UTC).isoformat(timespec="minutes"))
    return read


def derive_position(location: Location, children: Sequence[Record], stored: Draft) -> Location:
    """Set a location's position: as typed, else as stored, else from its ZIP code.

    A stored position is dropped when the address changes, unless another position is typed.
    """
    before = stored.record
    if isinstance(before, Location) and stored.fingerprint:
        if _position_inputs(location, children) == _position_inputs(before, stored.children):
            return replace(location, position_source=before.position_source)
        is_position_unchanged = _typed_position(location) == _typed_position(before)
        if is_position_unchanged and (
            not any(_typed_position(before)) or has_moved(stored.children, children)
        ):
            location = replace(location, latitude=None, longitude=None)
    if location.latitude is not None and not is_position(location.latitude, location.longitude):
        return location  # an error that the user must correct
    origin = Origin(source="", key=location.id)
    items = geocode_locations([SourcedRecord(record, origin) for record in (location, *children)])
    for item in items:
        if isinstance(item, SourcedRecord) and isinstance(item.record, Location):
            return item.record
    return location


def _typed_position(location: Location) -> tuple[str, str]:
    return format_field(location, "latitude"), format_field(location, "longitude")


def _position_inputs(location: Location, children: Sequence[Record]) -> tuple[Any, ...]:
    addresses = physical_addresses(children)
    places = [(address.address_1, address.city, address.postal_code) for address in addresses]
    return _typed_position(location), location.location_type, places


def parse_area_codes(kind: str, text: str) -> tuple[str, tuple[Problem, ...]]:
    """Parse the codes of a service area, joined by ``|``, and return warnings about them.

    Unknown places are kept as typed, because the post office knows places that are not in the
    gazetteer.

    Args:
        kind: ``ServiceArea.area_kind``.
        text: ZIP codes or states in any kind of list; cities and counties by line, ``;`` or ``|``.
    """
    if kind == "nation":
        return "US", ()
    if kind == "text":
        return "", ()
    pattern = {"zip": _CODE_SEPARATORS, "state": _STATE_SEPARATORS}.get(kind, _NAME_SEPARATORS)
    parts = [clean_line(part) for part in pattern.split(text)]
    found = [_place_code(kind, part) for part in parts if part]
    codes = dict.fromkeys(code for code, _ in found)
    return "|".join(codes), tuple(
        _unknown_place_problems(kind, [code for code, known in found if not known])
    )


def _unknown_place_problems(kind: str, unknown: list[str]) -> Iterator[Problem]:
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


def _place_code(kind: str, text: str) -> tuple[str, bool]:
    """Return the area code of a place that staff typed, and whether the gazetteer has it."""
    if kind == "zip":
        five = zip5(text)
        return five or text, bool(five) and GAZETTEER.zip_code(five) is not None
    if kind == "state":
        code = state_code(text)
        return code or text, bool(code)
    match = _NAME_AND_STATE.match(text)
    name = match["name"].strip() if match else text
    state = (state_code(match["state"]) or match["state"]) if match else ""
    places = find_towns(name) if kind == "city" else find_counties(name)
    states = {place.state for place in places}
    if not state and len(states) == 1:
        state = next(iter(states))
    if kind == "county" and state in states and not _COUNTY_WORD.search(name):
        name = f"{name} County"
    return f"{name}, {state}" if state else name, state in states
