"""What a provider may correct by its link, and how its answer is read. Pure."""

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
LONGEST = 20_000  # as in ``rules``: nothing that is stored is cut short
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ORGANIZATION_FIELDS = ("name", "description", "website", "email")
SERVICE_FIELDS = (
    "name", "description", "eligibility_description", "application_process", "fees_description",
    "url", "email", "alert",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One field that a provider is shown.

    Attributes:
        key: ``kind/record id/field``; of a new phone the record is the service or organization.
        shown: what the public listing says.
        typed: whether the field starts with what is shown; hours are typed again.
        phone: the phone that the question is about, which tells it from others.
    """

    key: str
    shown: str
    typed: bool = True
    phone: Phone | None = None

    @property
    def kind(self) -> str:
        """``organization``, ``service`` or ``phone``."""
        return self.key.split("/")[0]

    @property
    def record_id(self) -> str:
        """Of the record that the field belongs to."""
        return self.key.split("/")[1]

    @property
    def field(self) -> str:
        """The field, ``hours``, or ``number`` of a phone."""
        return self.key.split("/")[2]


def questions(record: Organization | Service, phones: tuple[Phone, ...]) -> Iterator[Question]:
    """What is asked about a record, without its hours."""
    kind = "service" if isinstance(record, Service) else "organization"
    names = SERVICE_FIELDS if isinstance(record, Service) else ORGANIZATION_FIELDS
    for name in names:
        yield Question(f"{kind}/{record.id}/{name}", str(getattr(record, name)))
    for phone in phones:
        yield Question(f"phone/{phone.id}/{NUMBER}", phone.number, phone=phone)
    yield Question(f"{kind}/{record.id}/{NEW_PHONE}", "", typed=False)


def week_text(week: Sequence[DayHours]) -> str:
    """A week in the form in which hours are typed, ``Mon-Fri 09:00-17:00``; "" without any."""
    parts = []
    told = (day for day in week if day.spans or not day.is_known)
    for _, days in groupby(
        enumerate(told), lambda each: (each[1].spans, each[1].weekday - each[0])
    ):
        run = [day for _, day in days]
        names = dict.fromkeys((_DAYS[run[0].weekday], _DAYS[run[-1].weekday]))
        times = ", ".join(f"{start}-{end}" for start, end in run[0].spans) or "not known"
        parts.append(f"{'-'.join(names)} {times}")
    return "; ".join(parts)


def changed(
    asked: tuple[Question, ...], answers: Mapping[str, str]
) -> tuple[tuple[Question, str], ...]:
    """The questions answered otherwise than the listing has it, with the answer, cleaned.

    What was not asked is not looked at. A field without an answer stays as it is, except that one
    which was shown in a box and sent back empty is to be emptied.
    """
    found = []
    for question in asked:
        if question.key not in answers:
            continue
        answer = clean_text(answers[question.key])[:LONGEST]
        before = clean_text(question.shown) if question.typed else ""
        if answer != before:
            found.append((question, answer))
    return tuple(found)


def schedules_from(
    text: str, parent: Mapping[str, Any], new_ids: Iterator[str]
) -> tuple[Schedule, ...]:
    """The hours in a text as schedules of a parent (field → id).

    They are kept in words where they cannot be read.
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
    """The columns of a phone from a number as it was typed."""
    found = parse_phone(text, area_code)
    if found is None:
        return {"number": text, "tel": "", "extension": ""}
    return {"number": found.number, "tel": found.tel, "extension": found.extension}


def is_unreadable(field: str, text: str, area_code: str) -> bool:
    """Whether a text is to be a phone, and has no number that can be dialed."""
    return field in {NUMBER, NEW_PHONE} and bool(text) and parse_phone(text, area_code) is None
