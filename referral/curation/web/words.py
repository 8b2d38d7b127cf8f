"""How records, their fields and their changes read: on pages of curators, side by side, in history.

Everything here makes text of records; templates escape it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, to_user_timezone

from referral.curation.drafts import Draft
from referral.curation.edit_areas import codes_text
from referral.curation.history import HistoryEntry, RecordChange
from referral.curation.web.labels import ADD, CHOICES, SECTIONS
from referral.records.classification import Attribute, ServiceHeading, Translation
from referral.records.directory import (
    Address,
    CostOption,
    Phone,
    Record,
    Schedule,
    ServiceArea,
    ServiceAtLocation,
)
from referral.records.edits import MadeBy
from referral.records.kinds import PARENT_FIELDS, field_names, kind_of
from referral.records.schedules.hours_formatter import format_hours
from referral.web.formatting import format_date, format_language, format_phone, format_time
from referral.web.hours_labels import schedule_text
from referral.web.listing_labels import address_lines, amount_text
from referral.web.record_labels import field_label, kind_label

Names = Mapping[str, str]
_HIDDEN = {"id", "visibility", "tel", "code", "area_kind", "currency"}


def section_label(kind: str) -> str:
    """The title of the rows of a kind."""
    return str(SECTIONS[kind])


def add_label(kind: str) -> str:
    """The button that adds one more row."""
    return str(ADD[kind])


def value_words(name: str, value: Any, names: Names) -> str:
    """A value as a person reads it; ``names`` is the id of a record → its name."""
    if value is None or value == "":
        return str(gettext("nothing"))
    text = getattr(value, "value", value)
    if name in PARENT_FIELDS:
        return names.get(text, text)
    if isinstance(text, bool):
        return str(gettext("yes") if text else gettext("no"))
    if name in CHOICES and text in CHOICES[name]:
        return str(CHOICES[name][text])
    return _plain_words(name, text)


def _plain_words(name: str, text: Any) -> str:
    if isinstance(text, date):
        return format_date(text)
    if name in {"assured_date", "valid_from", "valid_to", "dtstart", "until"}:
        return format_date(date.fromisoformat(text[:10]))
    if name in {"opens_at", "closes_at"}:
        return format_time(text)
    return f"{text:g}" if isinstance(text, float) else str(text)


def record_words(record: Record, names: Names) -> str:
    """A record that hangs on another, in a line."""
    said = _own_words(record, names)
    if record.visibility != "public":
        seen = value_words("visibility", record.visibility, names)
        said = f"{said} ({seen})"
    return said


def _own_words(record: Record, names: Names) -> str:  # noqa: PLR0911  # one line for each kind
    match record:
        case Phone():
            kind = value_words("type", record.type, names)
            return ", ".join(filter(None, (format_phone(record), kind, record.description)))
        case Address():
            return ", ".join(address_lines(record))
        case Schedule():
            return schedule_text(record)
        case ServiceArea():
            codes = codes_text(record.area_kind, record.area_codes).replace("\n", "; ")
            return ": ".join(filter(None, (value_words("area_kind", record.area_kind, names),
                                           codes or record.name)))  # fmt: skip
        case CostOption():
            return amount_text(record)
        case Attribute():
            return names.get(record.taxonomy_term_id, record.taxonomy_term_id)
        case ServiceHeading():
            return names.get(record.heading, record.heading)
        case ServiceAtLocation():
            place = names.get(record.location_id, record.location_id)
            return ", ".join(filter(None, (place, record.description)))
        case Translation():
            where = f"{field_label(record.field)}, {format_language(record.language)}"
            return f"{where}: {record.text}"
    return _joined(record)


def _joined(record: Record) -> str:
    """The texts of a record one after the other."""
    parts = [
        value
        for name in field_names(kind_of(record))
        if name not in _HIDDEN and name not in PARENT_FIELDS
        and isinstance(value := getattr(record, name), str) and value
    ]  # fmt: skip
    return ", ".join(parts)


def heard(draft: Draft, names: Names) -> dict[str, str]:
    """How what was typed is read: id of a row → words; "" for the hours of the record itself."""
    found = {
        child.id: record_words(child, names)
        for kind in ("phone", "service_area", "schedule")
        for child in draft.of_kind(kind)
    }
    _, others = format_hours(draft.of_kind("schedule"))
    apart = {each.id for each in others}
    at: dict[str, list[str]] = {}
    for schedule in draft.of_kind("schedule"):
        if schedule.id not in apart:
            words = schedule_text(schedule)
            at.setdefault(schedule.service_at_location_id, []).append(words)
    return found | {place: "; ".join(said) for place, said in at.items()}


def moment_words(moment: datetime) -> str:
    """The day of an instant in the library's time zone."""
    return format_date(to_user_timezone(moment).date())


def entry_title(entry: HistoryEntry) -> str:
    """Who did it and when: ``By import of list county on 3 March 2026``."""
    day = moment_words(entry.happened_at)
    who = entry.who or str(gettext("somebody"))
    sentences = {
        MadeBy.IMPORT: gettext("By import of list %(name)s on %(day)s", name=entry.list_name,
                               day=day),
        MadeBy.HAND: gettext("By %(who)s on %(day)s", who=who, day=day),
        MadeBy.PROVIDER: gettext("By the provider on %(day)s", day=day),
        MadeBy.RESTORE: gettext("Taken back by %(who)s on %(day)s", who=who, day=day),
        MadeBy.UNDO: gettext("Undoing of an import on %(day)s", day=day),
        MadeBy.MERGE: gettext("Merged by %(who)s on %(day)s", who=who, day=day),
        MadeBy.SYSTEM: gettext("By the system on %(day)s", day=day),
    }  # fmt: skip
    return str(sentences[entry.made_by])


def change_title(change: RecordChange, names: Names) -> str:
    """What became of a record: ``Phone (814) 555-0101, Voice: changed``."""
    record = change.record
    what = kind_label(change.kind)
    if record is not None and change.kind not in {"service", "organization", "location"}:
        what = f"{what}: {record_words(record, names)}"
    done = {
        "created": gettext("added"),
        "changed": gettext("changed"),
        "deleted": gettext("deleted"),
        "retired": gettext("taken off the list"),
        "brought-back": gettext("brought back"),
    }[change.action]
    return f"{what} – {done}"
