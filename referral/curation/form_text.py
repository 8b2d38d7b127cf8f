"""Drafts as the text of a form: formatting of fields, rows, hours and translations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from referral.curation.area_codes import format_area_codes
from referral.curation.drafts import Draft
from referral.curation.editable_fields import LANGUAGE, SHAPES
from referral.records.directory import Record, Schedule
from referral.records.schedules.hours_formatter import format_hours
from referral.records.visibility import Visibility

HOURS = "hours"


def format_draft(draft: Draft) -> FormText:
    """The text of a form for a draft."""
    shape = SHAPES[draft.kind]
    texts = {name: format_field(draft.record, name) for name in shape.fields}
    translations = {
        each.field: each.text for each in draft.of_kind("translation") if each.language == LANGUAGE
    }
    for name in shape.translated:
        texts[f"{LANGUAGE}.{name}"] = translations.get(name, "")
    rows = {
        kind: tuple(
            {
                "id": child.id,
                **{name: format_field(child, name) for name in shape.rows[kind].fields},
            }
            for child in _in_rows(draft, kind)
        )
        for kind in shape.rows
    }
    return FormText(fields={**texts, **_hours_texts(draft)}, rows=rows)


def format_field(record: Record, name: str) -> str:
    """The text of a field, as a person types it."""
    value = getattr(record, name)
    if name in {"latitude", "longitude"} and getattr(record, "position_source", "") in {
        "zip",
        "address",
    }:
        return ""  # worked out, not given
    if name == "area_codes":
        return format_area_codes(getattr(record, "area_kind", ""), value)
    return _format_value(value)


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
    """The text stripped and with LF: browsers send CRLF. NUL goes: PostgreSQL keeps none."""
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _in_rows(draft: Draft, kind: str) -> Sequence[Any]:
    """The children of a kind that have a row; hours that a text says have none."""
    return schedules_in_rows(draft) if kind == "schedule" else draft.of_kind(kind)


def hours_field(place: str) -> str:
    """The field of the hours in words: of the record (""), or at one place of a service."""
    return f"{HOURS}.{place}" if place else HOURS


def _hours_texts(draft: Draft) -> dict[str, str]:
    """Hours in words: of the record, and of each place of a service."""
    if "schedule" not in SHAPES[draft.kind].rows:
        return {}
    places = ["", *(link.id for link in draft.of_kind("service_at_location"))]
    return {hours_field(place): format_hours(schedules_at(draft, place))[0] for place in places}


def schedules_at(draft: Draft, place: str) -> list[Schedule]:
    """The schedules at a place of a service ("" for its own) that a text can say."""
    here = [each for each in draft.of_kind("schedule") if place_of(draft, each) == place]
    others = format_hours(here)[1]
    return [each for each in here if each not in others]


def schedules_in_rows(draft: Draft) -> tuple[Schedule, ...]:
    """The schedules that no text of the form says."""
    places = ["", *(link.id for link in draft.of_kind("service_at_location"))]
    said = {each.id for place in places for each in schedules_at(draft, place)}
    return tuple(each for each in draft.of_kind("schedule") if each.id not in said)


def place_of(draft: Draft, schedule: Schedule) -> str:
    """The link to a location that a schedule is about ("" for none); it may name the location."""
    if schedule.service_at_location_id or draft.kind != "service":
        return schedule.service_at_location_id
    links = draft.of_kind("service_at_location")
    at = schedule.location_id
    return next((link.id for link in links if at and link.location_id == at), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormText:
    """A draft as text, as a form has it.

    Attributes:
        fields: field → text; ``es.name`` for a translation, ``hours`` for the hours in words,
            ``hours.<id>`` for those at one place of a service.
        rows: kind → rows of field → text; ``id`` is "" for a new one.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
