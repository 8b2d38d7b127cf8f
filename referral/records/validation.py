"""Validation of records, shared by forms, imports and the quality page.

Only a missing name or parent, or reversed listing days, refuses a record (ERROR). All else is kept
as given with a WARNING, since a listing with a doubtful ZIP code is still useful.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from referral.fields.clock_times import is_wall_time
from referral.fields.languages import language_name
from referral.fields.places.lookup import is_position, zip5
from referral.fields.text import is_blank_value
from referral.fields.urls_and_emails import is_email, normalize_url
from referral.message import Message, message, term
from referral.records.hsds import Address, Language, Location, Phone, Record, Schedule, Service
from referral.records.kinds import field_names, kind_of
from referral.records.problems import Problem, Severity
from referral.records.schedules.recurrence import parse_byday

SERVICE_STATUSES = ("active", "inactive", "defunct", "temporarily closed")
LOCATION_TYPES = ("physical", "postal", "virtual")
OLDEST = 125  # years

_NAME = "name"
_KINDS_WITH_NAME = frozenset(("organization", "program", "service", "taxonomy", "taxonomy_term"))
_REQUIRED_PARENTS: Mapping[str, tuple[str, ...]] = {
    "program": ("organization_id",),
    "service": ("organization_id",),
    "service_at_location": ("service_id", "location_id"),
    "address": ("location_id",),
    "accessibility": ("location_id",),
    "cost_option": ("service_id",),
    "required_document": ("service_id",),
    "service_capacity": ("service_id",),
    "organization_identifier": ("organization_id",),
    "service_heading": ("service_id",),
    "attribute": ("link_id", "taxonomy_term_id"),
    "translation": ("link_id",),
    "metadata": ("link_id",),
}
# Kinds whose records must have at least one of several parents.
_ANY_PARENT_OF: Mapping[str, tuple[str, ...]] = {
    "contact": ("organization_id", "service_id", "service_at_location_id", "location_id"),
    "phone": (
        "organization_id",
        "service_id",
        "location_id",
        "service_at_location_id",
        "contact_id",
    ),
    "schedule": ("service_id", "location_id", "service_at_location_id"),
    "service_area": ("service_id", "service_at_location_id"),
    "language": ("service_id", "location_id", "phone_id"),
    "funding": ("organization_id", "service_id"),
    "url": ("organization_id", "service_id"),
}
_MAX_LENGTHS = {"name": 255, "alternate_name": 255, "title": 255, "department": 255, "email": 254,
            "assurer_email": 254, "url": 2000, "website": 2000, "uri": 2000, "number": 100,
            "extension": 20, "city": 100, "postal_code": 20, "address_1": 255, "address_2": 255,
            "attention": 255}  # fmt: skip
_MAX_TEXT_LENGTH = 20_000
_STATE = re.compile(
    "A[AEKLPRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]"
    "|P[ARW]|RI|S[CD]|T[NX]|U[MT]|V[AIT]|W[AIVY]"
)


def validate_record(record: Record, today: date | None = None) -> tuple[Problem, ...]:
    """Return all problems of a record; ``today`` defaults to the current date in UTC.

    The existence of parents is checked by the store.
    """
    day = today or datetime.now(tz=UTC).date()
    return (*_check_required(record), *_check_values(record), *_check_kind_rules(record, day))


def _error(code: str, column: str, detail: Message) -> Problem:
    return Problem(code=code, severity=Severity.ERROR, message=detail, column=column)


def _warning(code: str, column: str, detail: Message) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, message=detail, column=column)


def _check_required(record: Record) -> Iterator[Problem]:
    kind = kind_of(record)
    if kind in _KINDS_WITH_NAME and is_blank_value(str(getattr(record, _NAME))):
        yield _error(
            "name-missing",
            "name",
            message("This %(kind)s has no name; give it one.", kind=term(kind)),
        )
    for field in _REQUIRED_PARENTS.get(kind, ()):
        if not getattr(record, field):
            parent = term(field.removesuffix("_id"))
            yield _error(
                "parent-missing",
                field,
                message(
                    "This %(kind)s names no %(parent)s; say which one.",
                    kind=term(kind),
                    parent=parent,
                ),
            )
    parent_fields = _ANY_PARENT_OF.get(kind, ())
    if parent_fields and not any(getattr(record, field) for field in parent_fields):
        parents = tuple(term(field.removesuffix("_id")) for field in parent_fields)
        detail = message(
            "This %(kind)s belongs to nothing; say which of these it is for: %(parents)s.",
            kind=term(kind),
            parents=parents,
        )
        yield _error("parent-missing", parent_fields[0], detail)


def _check_values(record: Record) -> Iterator[Problem]:
    """Yield problems of single text values, by the rules for their fields."""
    for field, check, most_letters in _field_checks(kind_of(record)):
        value = getattr(record, field)
        if not value or not isinstance(value, str):
            continue
        if check and not check.is_good(value):
            yield _warning(check.code, field, check.detail)
        if len(value) > most_letters:
            detail = message(
                "This has %(count)s characters; shorten it to %(most)s or fewer.",
                count=len(value),
                most=most_letters,
            )
            yield _warning("text-too-long", field, detail)


@dataclass(frozen=True, slots=True)
class _Check:
    code: str
    is_good: Callable[[str], bool]
    detail: Message


_EMAIL_CHECK = _Check(
    "email-invalid",
    is_email,
    message("This is not one e-mail address; write it like help@example.org."),
)
_URL_CHECK = _Check(
    "url-invalid",
    lambda value: bool(normalize_url(value)),
    message("This is not one web address; write it like https://www.example.org."),
)
_LANGUAGE_CHECK = _Check(
    "language-unknown",
    lambda value: bool(language_name(value)),
    message("No language has this code; use an ISO 639 code such as es."),
)
_CHECKS: Mapping[str, _Check] = {
    "email": _EMAIL_CHECK,
    "assurer_email": _EMAIL_CHECK,
    "url": _URL_CHECK,
    "website": _URL_CHECK,
    "schedule_link": _URL_CHECK,
    "language": _LANGUAGE_CHECK,
}


@cache
def _field_checks(kind: str) -> tuple[tuple[str, _Check | None, int], ...]:
    """Return the fields of a kind, each with its check and its maximum length."""
    return tuple(
        (name, _CHECKS.get(name), _MAX_LENGTHS.get(name, _MAX_TEXT_LENGTH))
        for name in field_names(kind)
    )


def _check_kind_rules(record: Record, today: date) -> Iterator[Problem]:
    """Yield problems by the rules for the kind of a record."""
    if isinstance(record, Service):
        yield from _check_service(record, today)
    elif isinstance(record, Location):
        yield from _check_location(record)
    elif isinstance(record, Address):
        yield from _check_address(record)
    elif isinstance(record, Phone):
        yield from _check_phone(record)
    elif isinstance(record, Schedule):
        yield from _check_schedule(record)
    elif isinstance(record, Language) and record.code and not language_name(record.code):
        yield _warning("language-unknown", "code", _LANGUAGE_CHECK.detail)


def _check_service(service: Service, today: date) -> Iterator[Problem]:
    if service.status not in SERVICE_STATUSES:
        detail = message(
            "The status is none of %(statuses)s; choose one of these.",
            statuses=", ".join(SERVICE_STATUSES),
        )
        yield _warning("status-unknown", "status", detail)
    yield from _check_ages(service)
    if service.assured_date and service.assured_date > today:
        detail = message("This day is yet to come; give the day somebody last checked the listing.")
        yield _warning("date-in-future", "assured_date", detail)
    first, last = service.listed_from, service.listed_until
    if first and last and last < first:
        detail = message("The last day is before the first, so nobody would see it. Correct one.")
        yield _error("days-reversed", "listed_until", detail)


def _check_ages(service: Service) -> Iterator[Problem]:
    for name in ("minimum_age", "maximum_age"):
        age = getattr(service, name)
        if age is not None and not 0 <= age <= OLDEST:
            detail = message(
                "Nobody has this age; give years from 0 to %(oldest)s, or leave it empty.",
                oldest=OLDEST,
            )
            yield _warning("age-out-of-range", name, detail)
    minimum, maximum = service.minimum_age, service.maximum_age
    if minimum is not None and maximum is not None and minimum > maximum:
        detail = message("The lowest age is above the highest; swap them or correct one.")
        yield _warning("ages-reversed", "minimum_age", detail)


def _check_location(location: Location) -> Iterator[Problem]:
    if location.location_type not in LOCATION_TYPES:
        detail = message(
            "The type is none of %(types)s; choose one of these.", types=", ".join(LOCATION_TYPES)
        )
        yield _warning("location-type-unknown", "location_type", detail)
    latitude, longitude = location.latitude, location.longitude
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        detail = message("Only one of latitude and longitude is given; give both or none.")
        yield _warning("coordinates-incomplete", missing, detail)
    elif latitude is not None and not is_position(latitude, longitude):
        detail = message(
            "This is not a place on Earth. Give degrees (latitude -90 to 90), or leave it empty."
        )
        yield _warning("coordinates-invalid", "latitude", detail)


def _check_address(address: Address) -> Iterator[Problem]:
    required = ("address_1", "city", "state_province", "postal_code")
    missing = [name for name in required if not getattr(address, name)]
    if missing and address.address_type != "virtual":
        field_terms = {"address_1": "street", "state_province": "state", "postal_code": "ZIP code"}
        parts = tuple(term(field_terms.get(name, name)) for name in missing)
        detail = message(
            "People cannot find or write to this address; add: %(parts)s.", parts=parts
        )
        yield _warning("address-incomplete", missing[0], detail)
    if address.country.upper() not in {"US", ""}:
        return
    if address.postal_code and not zip5(address.postal_code):
        detail = message(
            "This is not a ZIP code; write five digits, or five and four (16335-1234)."
        )
        yield _warning("zip-invalid", "postal_code", detail)
    if address.state_province and not _STATE.fullmatch(address.state_province):
        detail = message("This is not a state; write its two letters, such as PA.")
        yield _warning("state-invalid", "state_province", detail)


def _check_phone(phone: Phone) -> Iterator[Problem]:
    if not phone.number:
        yield _warning(
            "number-missing", "number", message("There is no number; add it or remove the line.")
        )
    elif not phone.tel:
        detail = message(
            "This number cannot be dialed; write it with its area code, as (814) 555-0123."
        )
        yield _warning("number-unclear", "number", detail)
    if phone.extension and not phone.extension.isdecimal():
        detail = message("An extension is digits only; put other words into the description.")
        yield _warning("extension-invalid", "extension", detail)


def _check_schedule(schedule: Schedule) -> Iterator[Problem]:
    for name in ("opens_at", "closes_at"):
        value = getattr(schedule, name)
        if value and not is_wall_time(value):
            detail = message(
                "This is not a time of day. Write hours and minutes, as 09:00 or 17:30."
            )
            yield _warning("time-invalid", name, detail)
    if bool(schedule.opens_at) != bool(schedule.closes_at):
        missing = "closes_at" if schedule.opens_at else "opens_at"
        yield _warning(
            "time-missing", missing, message("Only one of the two times is given; add the other.")
        )
    if schedule.freq and schedule.freq not in {"WEEKLY", "MONTHLY"}:
        detail = message(
            "How often is either WEEKLY or MONTHLY; choose one, or describe the hours in words."
        )
        yield _warning("freq-invalid", "freq", detail)
    if schedule.byday and parse_byday(schedule.byday) is None:
        detail = message("These are not days; write MO,TU or, of a month, 2TU or -1FR.")
        yield _warning("byday-invalid", "byday", detail)
    first_day, last_day = schedule.valid_from, schedule.valid_to
    if first_day and last_day and first_day > last_day:
        detail = message("The last day is before the first; swap them or correct one.")
        yield _warning("dates-reversed", "valid_to", detail)
