"""The questions that a provider's link asks about a listing, and the parsing of the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from referral.fields.hours_parser import HoursPart, parse_hours
from referral.fields.phones import parse_phone
from referral.fields.text import clean_text
from referral.records.hsds import Organization, Phone, Schedule, Service
from referral.records.schedules.opening_hours import DayHours

HOURS = "hours"
NUMBER = "number"
NEW_PHONE = "phone"
LONGEST = 20_000  # characters, as in records/validation.py, so that no valid text is cut off
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ORGANIZATION_FIELDS = ("name", "description", "website", "email")
SERVICE_FIELDS = (
    "name", "description", "eligibility_description", "application_process", "fees_description",
    "url", "email", "alert",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A field of a listing that its provider can correct on the page behind a provider link.

    Attributes:
        key: ``kind/record id/field``; for a new phone the record is the service or organization.
        shown: the value in the public listing.
        is_prefilled: whether the form field contains this value. A field for hours is empty.
        phone: the phone that the question is about, whose kind is shown in the label.
    """

    key: str
    shown: str
    is_prefilled: bool = True
    phone: Phone | None = None

    @property
    def kind(self) -> str:
        """Return the kind of record that a provider corrects, such as ``organization``."""
        return self.key.split("/")[0]

    @property
    def record_id(self) -> str:
        """Return the id of the record to which a field that a provider corrects belongs."""
        return self.key.split("/")[1]

    @property
    def field(self) -> str:
        """Return the name of the field that a provider corrects, such as ``hours``.

        The name is ``phone`` for a new phone.
        """
        return self.key.split("/")[2]


def record_questions(
    record: Organization | Service, phones: tuple[Phone, ...]
) -> Iterator[Question]:
    """Yield the fields of an organization or service that its provider can correct.

    Phones are included, hours are not.
    """
    kind = "service" if isinstance(record, Service) else "organization"
    names = SERVICE_FIELDS if isinstance(record, Service) else ORGANIZATION_FIELDS
    for name in names:
        yield Question(f"{kind}/{record.id}/{name}", str(getattr(record, name)))
    for phone in phones:
        yield Question(f"phone/{phone.id}/{NUMBER}", phone.number, phone=phone)
    yield Question(f"{kind}/{record.id}/{NEW_PHONE}", "", is_prefilled=False)


def week_text(week: Sequence[DayHours]) -> str:
    """Return weekly hours as people type them (``Mon-Fri 09:00-17:00``), "" if there are none."""
    listed_days = [day for day in week if day.spans or not day.is_known]

    def run_key(indexed: tuple[int, DayHours]) -> tuple[object, int]:
        """Return a key that is equal for consecutive days with the same hours."""
        index, day = indexed
        return day.spans, day.weekday - index

    parts = []
    for _, indexed_days in groupby(enumerate(listed_days), run_key):
        run = [day for _, day in indexed_days]
        names = dict.fromkeys((_DAYS[run[0].weekday], _DAYS[run[-1].weekday]))
        times = ", ".join(f"{start}-{end}" for start, end in run[0].spans) or "not known"
        parts.append(f"{'-'.join(names)} {times}")
    return "; ".join(parts)


def changed_answers(
    questions: tuple[Question, ...], answers: Mapping[str, str]
) -> tuple[tuple[Question, str], ...]:
    """Return the fields that a provider corrected, with the cleaned new values.

    Answers to other questions are ignored. A missing answer changes nothing, and an empty answer
    clears a prefilled field.
    """
    changes = []
    for question in questions:
        if question.key not in answers:
            continue
        answer = clean_text(answers[question.key])[:LONGEST]
        prefilled = clean_text(question.shown) if question.is_prefilled else ""
        if answer != prefilled:
            changes.append((question, answer))
    return tuple(changes)


def schedules_from(
    text: str, parent: Mapping[str, Any], new_ids: Iterator[str]
) -> tuple[Schedule, ...]:
    """Parse hours that a provider typed into schedules, or keep them as words in one schedule.

    Args:
        parent: the schedules' foreign key of their parent, by its field.
    """
    parts: tuple[HoursPart, ...] | None = parse_hours(text)
    if not parts:
        return (Schedule(id=next(new_ids), description=text, **parent),)
    return tuple(
        Schedule(
            id=next(new_ids),
            freq=part.freq,
            byday=part.byday,
            opens_at=part.opens_at,
            closes_at=part.closes_at,
            closed=part.closed,
            **parent,
        )
        for part in parts
    )


def phone_values(text: str, area_code: str) -> dict[str, Any]:
    """Parse a phone number that a provider typed into column values of a phone.

    A text that is no phone number is stored as the number without ``tel``.
    """
    phone = parse_phone(text, area_code)
    if phone is None:
        return {"number": text, "tel": "", "extension": ""}
    return {"number": phone.number, "tel": phone.tel, "extension": phone.extension}


def is_unreadable(field: str, text: str, area_code: str) -> bool:
    """Return whether a provider typed a phone number that cannot be dialed."""
    return field in {NUMBER, NEW_PHONE} and bool(text) and parse_phone(text, area_code) is None
