"""Text of the record form: formatting of a draft's fields, rows, hours and translations.

Also parses typed hours for the form and reads the opening hours of a service's locations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from referral.curation.drafts import Draft
from referral.curation.editable_fields import LANGUAGE, SHAPES
from referral.curation.find_records import read_related_records
from referral.directory.instance import Instance
from referral.fields.hours_parser import HoursPart
from referral.fields.labeled_hours import HoursInText, read_hours_text
from referral.fields.text import clean_text
from referral.fields.typed_hours import read_typed_hours
from referral.fields.unread_hours import why_unread
from referral.message import message
from referral.records.hsds import Record, Schedule
from referral.records.problems import Problem, Severity
from referral.records.schedules.hours_formatter import format_hours
from referral.records.schedules.hours_in_effect import HoursLevel, hours_in_effect
from referral.records.visibility import Visibility
from referral.store.conversion import record_from
from referral.store.rows import ScheduleRow

HOURS = "hours"
_MOST_REASONS = 2  # the others follow when these are corrected
_AS_WORDS = message("People will see these hours as you wrote them, and never “open now”.")
_REST_AS_WORDS = message("People will see “%(words)s” as you wrote it.", words="")
_SEASON = message(
    "Which days of “%(words)s” take the place of others? Name all days in it, or say closed."
)


def format_draft(draft: Draft) -> FormText:
    """Format a draft as the text with which the record form is filled."""
    shape = SHAPES[draft.kind]
    texts = {name: format_field(draft.record, name) for name in shape.fields}
    translations = {
        child.field: child.text
        for child in draft.of_kind("translation")
        if child.language == LANGUAGE
    }
    for name in shape.translated:
        texts[f"{LANGUAGE}.{name}"] = translations.get(name, "")
    rows = {
        kind: tuple(
            {
                "id": child.id,
                **{name: format_field(child, name) for name in shape.rows[kind].fields},
            }
            for child in (schedules_in_rows(draft) if kind == "schedule" else draft.of_kind(kind))
        )
        for kind in shape.rows
    }
    return FormText(fields={**texts, **_hours_texts(draft)}, rows=rows)


def format_field(record: Record, name: str) -> str:
    """Format the value of a record's field as a user types it."""
    value = getattr(record, name)
    if name in {"latitude", "longitude"} and getattr(record, "position_source", "") in {
        "zip",
        "address",
    }:
        return ""  # computed, not typed
    if name == "area_codes":
        return format_area_codes(getattr(record, "area_kind", ""), value)
    return _format_value(value)


def format_area_codes(kind: str, codes: str) -> str:
    """Format area codes as users type them: cities and counties by line, others by comma."""
    return codes.replace("|", "\n" if kind in {"city", "county"} else ", ")


def _format_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Visibility):
        return value.value
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return value.isoformat() if isinstance(value, date) else str(value)


def normalize_text(text: str) -> str:
    """Normalize text typed into the record form: stripped, LF line ends, no NUL characters.

    Browsers send CRLF, and PostgreSQL stores no NUL.
    """
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def hours_field(link_id: str) -> str:
    """Return the name of the record form's field for the hours of a record or location.

    ``link_id`` is the id of the service-at-location, "" for the record itself.
    """
    return f"{HOURS}.{link_id}" if link_id else HOURS


def _hours_texts(draft: Draft) -> dict[str, str]:
    """Format all hours in the record form: those of the record and of each location."""
    if "schedule" not in SHAPES[draft.kind].rows:
        return {}
    link_ids = ["", *(link.id for link in draft.of_kind("service_at_location"))]
    return {
        hours_field(link_id): format_hours(schedules_at(draft, link_id))[0] for link_id in link_ids
    }


def schedules_at(draft: Draft, link_id: str) -> list[Schedule]:
    """Return the schedules of a record or of one location that can be shown as hours text.

    ``link_id`` is the id of the service-at-location, "" for the record itself.
    """
    of_link = [
        schedule for schedule in draft.of_kind("schedule") if link_id_of(draft, schedule) == link_id
    ]
    _, not_in_text = format_hours(of_link)
    return [schedule for schedule in of_link if schedule not in not_in_text]


def schedules_in_rows(draft: Draft) -> tuple[Schedule, ...]:
    """Return the schedules that the record form cannot show as hours text, but only in rows."""
    link_ids = ["", *(link.id for link in draft.of_kind("service_at_location"))]
    in_text = {schedule.id for link_id in link_ids for schedule in schedules_at(draft, link_id)}
    return tuple(child for child in draft.of_kind("schedule") if child.id not in in_text)


def link_id_of(draft: Draft, schedule: Schedule) -> str:
    """Return the id of the service-at-location that a schedule belongs to, or "".

    Some schedules name the location instead of the link.
    """
    if schedule.service_at_location_id or draft.kind != "service":
        return schedule.service_at_location_id
    links = draft.of_kind("service_at_location")
    location_id = schedule.location_id
    matches = (link.id for link in links if location_id and link.location_id == location_id)
    return next(matches, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormText:
    """The text with which a record form is filled: fields, rows, hours and translations.

    Attributes:
        fields: field → text; ``es.name`` for a translation, ``hours`` for the hours as text,
            ``hours.<id>`` for those at a location of a service.
        rows: kind → rows of field → text; ``id`` may be "" for a new row.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAsRead:
    """Hours that staff typed as text, as parsed, with the part that could not be parsed.

    Attributes:
        words: the text that was not parsed and is kept as text.
        problem: why it was not parsed.
    """

    parts: tuple[HoursPart, ...] = ()
    words: str = ""
    problem: Problem | None = None


def hours_as_read(text: str, today: date) -> HoursAsRead:
    """Parse hours that staff typed as text, with reasons for parts that cannot be parsed."""
    typed = read_typed_hours(text, today)
    if typed.is_whole or not clean_text(text):
        return HoursAsRead(parts=typed.parts)
    labeled = HoursInText() if typed.in_doubt else read_hours_text(text)
    parts = tuple(replace(part, notes=part.notes or labeled.label) for part in labeled.parts)
    words = labeled.rest if parts else clean_text(text)
    if not words:
        return HoursAsRead(parts=parts)
    reasons = list(dict.fromkeys(map(why_unread, typed.unread)))[:_MOST_REASONS]
    if typed.in_doubt:
        reasons.append(_SEASON.filled(words=typed.in_doubt))
    reasons.append(_REST_AS_WORDS.filled(words=words) if parts else _AS_WORDS)
    problem = Problem(
        code="hours-not-understood",
        severity=Severity.WARNING,
        message=reasons[0].then(*reasons[1:]),
    )
    return HoursAsRead(parts=parts, words=words, problem=problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingHours:
    """The opening hours of a location (a building) at which a service is offered.

    Attributes:
        schedules: the schedules of the building itself.
        level: whose hours apply there, the service's or the building's; None if neither has any.
    """

    location_id: str
    name: str
    schedules: tuple[Schedule, ...]
    level: HoursLevel | None


def read_building_hours(instance: Instance, draft: Draft) -> tuple[BuildingHours, ...]:
    """Return the hours of each building where a service is offered, and whose hours apply there."""
    links = draft.of_kind("service_at_location")
    related = read_related_records(instance, draft.kind, draft.record)
    names = {location.id: location.name for location in related.locations}
    schedules = [(child, link_id_of(draft, child)) for child in draft.of_kind("schedule")]
    of_service = [schedule for schedule, link_id in schedules if not link_id]
    found = []
    with instance.store.read() as session:
        for link in links:
            rows = session.scalars(
                select(ScheduleRow)
                .where(
                    ScheduleRow.location_id == link.location_id, ScheduleRow.service_id.is_(None)
                )
                .where(
                    ScheduleRow.service_at_location_id.is_(None), ScheduleRow.retired_at.is_(None)
                )
                .order_by(ScheduleRow.origin_line, ScheduleRow.id)
            )
            of_building = tuple(record_from(row, Schedule) for row in rows)
            of_link = [schedule for schedule, link_id in schedules if link_id == link.id]
            found.append(
                BuildingHours(
                    location_id=link.location_id,
                    name=names.get(link.location_id, ""),
                    schedules=of_building,
                    level=hours_in_effect(of_link, of_service, of_building).level,
                )
            )
    return tuple(found)
