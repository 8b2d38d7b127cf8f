"""Drafts as typed text: what a form begins with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from referral.curation.drafts import LANGUAGE, SHAPES, Draft, Typed
from referral.curation.edit_areas import codes_text
from referral.records.directory import Record, Schedule
from referral.records.schedules.hours_formatter import format_hours
from referral.records.visibility import Visibility

HOURS = "hours"


def typed_from(draft: Draft) -> Typed:
    """The draft as a form shows it."""
    shape = SHAPES[draft.kind]
    texts = {name: text_of(draft.record, name) for name in shape.fields}
    translations = {
        each.field: each.text for each in draft.of_kind("translation") if each.language == LANGUAGE
    }
    for name in shape.translated:
        texts[f"{LANGUAGE}.{name}"] = translations.get(name, "")
    rows = {
        kind: tuple(
            {"id": child.id, **{name: text_of(child, name) for name in shape.rows[kind].fields}}
            for child in _in_rows(draft, kind)
        )
        for kind in shape.rows
    }
    return Typed(fields={**texts, **_spoken_hours(draft)}, rows=rows)


def text_of(record: Record, name: str) -> str:
    """A field as a person types it."""
    value = getattr(record, name)
    if name in {"latitude", "longitude"} and getattr(record, "position_source", "") == "zip":
        return ""  # worked out, not given
    if name == "area_codes":
        return codes_text(getattr(record, "area_kind", ""), value)
    return _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Visibility):
        return value.value
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return value.isoformat() if isinstance(value, date) else str(value)


def plain(text: str) -> str:
    """The text as it is compared: browsers end lines in their own way."""
    return text.replace("\r\n", "\n").strip()


def _in_rows(draft: Draft, kind: str) -> Sequence[Any]:
    """The children of a kind that have a row; hours that a text says have none."""
    found = draft.of_kind(kind)
    return format_hours(found)[1] if kind == "schedule" else found


def hours_field(place: str) -> str:
    """The field of the hours in words: of the record (""), or at one place of a service."""
    return f"{HOURS}.{place}" if place else HOURS


def _spoken_hours(draft: Draft) -> dict[str, str]:
    """Hours in words: of the record, and of each place of a service."""
    if "schedule" not in SHAPES[draft.kind].rows:
        return {}
    places = ["", *(link.id for link in draft.of_kind("service_at_location"))]
    return {hours_field(place): format_hours(said_at(draft, place))[0] for place in places}


def said_at(draft: Draft, place: str) -> list[Schedule]:
    """The schedules at a place of a service ("" for its own) that a text can say."""
    found = draft.of_kind("schedule")
    others = {each.id for each in format_hours(found)[1]}
    return [
        each for each in found if each.service_at_location_id == place and each.id not in others
    ]
