"""Readable rows: one service a row, related values in one cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from referral.fields.phones import format_phone
from referral.formats.writing.nested import Nested
from referral.records.hsds import Address, Phone, Schedule
from referral.records.schedules.events import days_of_event
from referral.records.schedules.hour_groups import schedules_by_label
from referral.records.schedules.hours_formatter import format_hours
from referral.records.schedules.hours_in_effect import (
    HoursInEffect,
    HoursLevel,
    hours_in_effect,
    level_of,
)

HEADER = (
    "Service", "Organization", "Status", "Notice", "Description", "Who can get it",
    "How to get it", "Cost", "What to bring", "Phones", "Website", "E-mail", "Places", "Hours",
    "Languages", "Areas served", "Topics", "Last checked", "From", "Id",
)  # fmt: skip
_LINE_BREAK = "\n"


def readable_row(nested: Nested, credit: str = "") -> list[str]:
    """Return a service and its parts as cells of one spreadsheet row, in the order of ``HEADER``.

    Args:
        credit: the source of the listing.
    """
    service: Any = nested.record
    organization: Any = next((part.record for part in _parts(nested, "organization")), None)
    return [
        service.name,
        organization.name if organization else "",
        service.status,
        service.alert,
        service.description,
        service.eligibility_description,
        service.application_process,
        service.fees_description,
        _join_lines(part.record.document for part in _parts(nested, "required_document")),
        _join_lines(_phone_text(part.record) for part in _phones(nested)),
        service.url or (organization.website if organization else ""),
        service.email or (organization.email if organization else ""),
        _join_lines(_place_text(part) for part in _places(nested)),
        _join_lines(_hours(nested)),
        _join_lines(part.record.name or part.record.code for part in _parts(nested, "language")),
        _join_lines(part.record.name for part in _areas(nested)),
        _join_lines(_topics(nested)),
        service.assured_date.isoformat() if service.assured_date else "",
        credit,
        service.id,
    ]


def _parts(nested: Nested, kind: str) -> Iterable[Any]:
    return nested.parts.get(kind, ())


def _links(nested: Nested) -> Iterable[Nested]:
    return _parts(nested, "service_at_location")


def _places(nested: Nested) -> Iterator[Nested]:
    for site in _links(nested):
        yield from _parts(site, "location")


def _phones(nested: Nested) -> Iterator[Any]:
    """Yield the phones of an exported service and its locations, else its organization's.

    Phones without a number are left out, as in HSDS files.
    """
    service_and_places = (nested, *_links(nested), *_places(nested))
    organizations = _parts(nested, "organization")
    yield from list(_phones_with_numbers(service_and_places)) or _phones_with_numbers(organizations)


def _phones_with_numbers(parts: Iterable[Nested]) -> Iterator[Any]:
    phones: Iterator[Any] = (phone for part in parts for phone in _parts(part, "phone"))
    return (phone for phone in phones if phone.record.number)


def _areas(nested: Nested) -> Iterator[Any]:
    for part in (nested, *_links(nested)):
        yield from _parts(part, "service_area")


def _topics(nested: Nested) -> Iterator[str]:
    for attribute in _parts(nested, "attribute"):
        terms: Iterator[Any] = (term.record for term in _parts(attribute, "taxonomy_term"))
        yield from (term.name for term in terms if not term.is_code_only)


def _phone_text(phone: Phone) -> str:
    number = format_phone(phone.tel, phone.number, phone.extension)
    texts = [phone.type if phone.type != "voice" else "", phone.description]
    notes = ", ".join(filter(None, texts))
    return f"{number} ({notes})" if notes else number


def _place_text(nested: Nested) -> str:
    place: Any = nested.record
    addresses = [each.record for each in _parts(nested, "address")]
    address = next((each for each in addresses if each.address_type != "postal"), None)
    return ": ".join(filter(None, (place.name, _address_text(address) if address else "")))


def _address_text(address: Address) -> str:
    last = " ".join(filter(None, (address.state_province, address.postal_code)))
    parts = (address.address_1, address.address_2, address.city, last)
    return ", ".join(filter(None, parts))


def _hours(nested: Nested) -> list[str]:
    """Return the hours of a service for a spreadsheet cell.

    If they differ by location, each begins with its name.
    """
    service_schedules = _schedules(nested, HoursLevel.SERVICE)
    places = [
        (place, _hours_text(_hours_at(nested, site, place)))
        for site in _links(nested)
        for place in _parts(site, "location")
    ]
    texts = dict.fromkeys(text for _, text in places)
    if len(texts) > 1:
        return [f"{_place_text(place)}: {text}" for place, text in places if text]
    return list(texts) or [_hours_text(hours_in_effect((), service_schedules, ()))]


def _hours_at(service: Nested, site: Nested, place: Nested) -> HoursInEffect:
    of_links = _schedules(service, HoursLevel.SERVICE_AT_LOCATION)
    at_place = [each for each in of_links if each.location_id == place.record.id]
    return hours_in_effect(
        [*_schedules(site, HoursLevel.SERVICE_AT_LOCATION), *at_place],
        _schedules(service, HoursLevel.SERVICE),
        _schedules(place, HoursLevel.LOCATION),
    )


def _schedules(nested: Nested, level: HoursLevel) -> list[Schedule]:
    found = (part.record for part in _parts(nested, "schedule"))
    return [each for each in found if level_of(each) is level]


def _hours_text(hours: HoursInEffect) -> str:
    text = _schedules_text(hours.schedules)
    if text and hours.is_of_building:
        text = f"The building's hours: {text}"
    return _join_lines((text, _schedules_text(hours.events)))


def schedule_in_words(schedule: Schedule) -> str:
    """Return a schedule as a line of text for a spreadsheet cell."""
    return _schedules_text((schedule,))


def _schedules_text(schedules: Iterable[Any]) -> str:
    texts = []
    for label, group in schedules_by_label(schedules).items():
        hours, others = format_hours(group)
        text = _join_lines((hours, *(_schedule_line(schedule) for schedule in others)))
        texts.append(f"{label}: {text}" if label and text else text)
    return _join_lines(texts)


def _schedule_line(schedule: Schedule) -> str:
    times = "-".join(filter(None, (schedule.opens_at, schedule.closes_at)))
    dates = schedule.valid_from, schedule.valid_to
    if schedule.is_event:
        dates = days_of_event(schedule)
    days = " ".join(dict.fromkeys(str(day) for day in dates if day))
    texts = (schedule.description, schedule.byday, times, days, "closed" if schedule.closed else "")
    return ", ".join(filter(None, ("Event" if schedule.is_event else "", *texts)))


def _join_lines(texts: Iterable[str]) -> str:
    return _LINE_BREAK.join(dict.fromkeys(filter(None, texts)))
