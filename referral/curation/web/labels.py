"""Labels of the record form, and text for records, edits and findability.

All functions return plain text, which templates escape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, lazy_gettext, to_user_timezone

from referral.curation.drafts import Draft
from referral.curation.edit_history import EditedRecord, HistoryEntry
from referral.curation.find_records import read_record_names, retired_records
from referral.curation.findability import Findability
from referral.curation.form_text import format_area_codes, hours_as_read, normalize_text
from referral.directory.browse import list_headings
from referral.directory.instance import Instance, local_today
from referral.directory.term_lookup import name_terms
from referral.records.classification import Attribute, ServiceHeading, Translation
from referral.records.edits import MadeBy
from referral.records.headings import CrosswalkRule, RuleKind
from referral.records.hsds import (
    Address,
    CostOption,
    Phone,
    Record,
    Schedule,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
)
from referral.records.kinds import PARENT_FIELDS, field_names, kind_of
from referral.records.visibility import Audience
from referral.web.current import current_instance
from referral.web.formatting import (
    format_date,
    format_language,
    format_listed,
    format_phone,
    format_time,
)
from referral.web.hours_labels import days_text, schedule_text
from referral.web.listing_labels import address_lines, amount_text, capacity_text, heading_name
from referral.web.messages import message_text
from referral.web.record_labels import field_label, kind_label
from referral.web.search_form import value_labels

SECTION_LABELS: Mapping[str, Any] = {
    "phone": lazy_gettext("Phones"),
    "contact": lazy_gettext("Contact persons"),
    "address": lazy_gettext("Addresses"),
    "schedule": lazy_gettext("Seasons, exceptions and hours in words"),
    "service_area": lazy_gettext("Areas served"),
    "language": lazy_gettext("Languages spoken"),
    "accessibility": lazy_gettext("Access for disabled people"),
    "cost_option": lazy_gettext("Prices"),
    "required_document": lazy_gettext("What to bring"),
    "service_at_location": lazy_gettext("Places"),
    "service_capacity": lazy_gettext("Beds, places and what is free"),
    "url": lazy_gettext("More web addresses"),
    "funding": lazy_gettext("Who pays"),
    "organization_identifier": lazy_gettext("Numbers in registers"),
}
ADD_LABELS: Mapping[str, Any] = {
    "phone": lazy_gettext("Add a phone"),
    "contact": lazy_gettext("Add a contact person"),
    "address": lazy_gettext("Add an address"),
    "schedule": lazy_gettext("Add a season, exception or words"),
    "service_area": lazy_gettext("Add an area"),
    "language": lazy_gettext("Add a language"),
    "accessibility": lazy_gettext("Add access"),
    "cost_option": lazy_gettext("Add a price"),
    "required_document": lazy_gettext("Add something to bring"),
    "service_at_location": lazy_gettext("Add a place"),
    "service_capacity": lazy_gettext("Add what can be counted"),
    "url": lazy_gettext("Add a web address"),
    "funding": lazy_gettext("Add who pays"),
    "organization_identifier": lazy_gettext("Add a number"),
}
_DATE_FIELDS = frozenset(
    {"assured_date", "listed_from", "listed_until", "valid_from", "valid_to", "dtstart", "until"}
)
HINTS: Mapping[str, Any] = {
    "service.name": lazy_gettext("Say what people get, in words they would use."),
    "service.description": lazy_gettext("Short sentences. What can a person get there?"),
    "keywords": lazy_gettext("Separate them with |. They help search; nobody sees them."),
    "alert": lazy_gettext("Such as: closed for repairs until May."),
    "fees_description": lazy_gettext("Write Free when it costs nothing."),
    "minimum_age": lazy_gettext("In years. Leave it empty when any age will do."),
    "listed_from": lazy_gettext("Before this day only staff see it. Empty: from now on."),
    "listed_until": lazy_gettext("After this day only staff see it. Empty: without end."),
    "latitude": lazy_gettext("Leave both empty, and we take the middle of the ZIP code."),
    "address.visibility": lazy_gettext(
        "If one street address is withheld, the whole place is: name, map, phones and hours."
    ),
    "area_codes": lazy_gettext(
        "ZIP codes or states: separate with commas. Cities and counties: one on each line."
    ),
    "byday": lazy_gettext("As MO,TU or 2TU."),
    "language.name": lazy_gettext("Such as Spanish, or American Sign Language."),
    "number": lazy_gettext("With its area code."),
    "unit": lazy_gettext("Such as beds, or places in a class."),
    "updated": lazy_gettext("Leave it: when the numbers change, it becomes today."),
    "url.label": lazy_gettext("Such as Facebook."),
    "funding_source": lazy_gettext("No public page shows this. Public exports have it."),
    "identifier_type": lazy_gettext("Such as company number."),
    "identifier_scheme": lazy_gettext("Its code at org-id.guide, such as US-EIN."),
}
CHOICE_LABELS: Mapping[str, Mapping[str, Any]] = {
    "visibility": {
        "public": lazy_gettext("Everybody"),
        "staff": lazy_gettext("Staff only: the public does not see it"),
        "withheld": lazy_gettext("Withheld: only those who edit records see it"),
    },
    "status": {
        "active": lazy_gettext("Active"),
        "temporarily closed": lazy_gettext("Closed for now (shown, with a note)"),
        "inactive": lazy_gettext("Inactive (only staff see it)"),
        "defunct": lazy_gettext("Ended (nobody is shown it)"),
    },
    "location_type": {
        "physical": lazy_gettext("A place people go to"),
        "postal": lazy_gettext("Only mail goes there"),
        "virtual": lazy_gettext("Online or by phone"),
    },
    "address_type": {
        "physical": lazy_gettext("Street address"),
        "postal": lazy_gettext("Mail address"),
        "virtual": lazy_gettext("Online"),
    },
    "type": {
        "voice": lazy_gettext("Voice"),
        "hotline": lazy_gettext("Hotline"),
        "text": lazy_gettext("Text messages"),
        "fax": lazy_gettext("Fax"),
        "cell": lazy_gettext("Cell phone"),
        "textphone": lazy_gettext("TTY"),
        "video": lazy_gettext("Video phone"),
        "pager": lazy_gettext("Pager"),
    },
    "area_kind": {
        "zip": lazy_gettext("ZIP codes"),
        "city": lazy_gettext("Cities and towns"),
        "county": lazy_gettext("Counties"),
        "state": lazy_gettext("States"),
        "nation": lazy_gettext("The whole country"),
        "text": lazy_gettext("In words only (no filter finds it)"),
    },
}


RecordNames = Mapping[str, str]
_FIELDS_NOT_SHOWN = {"id", "visibility", "tel", "code", "area_kind", "currency"}


def section_label(kind: str) -> str:
    """Return the heading above the record form's rows of a kind, such as phones."""
    return str(SECTION_LABELS[kind])


def add_label(kind: str) -> str:
    """Return the label of the button that adds a row of a kind to the record form."""
    return str(ADD_LABELS[kind])


def value_text(name: str, value: Any, names: RecordNames) -> str:
    """Return the value of a record's field as text for staff.

    ``names`` has the names of records by id.
    """
    if value is None or value == "":
        return str(gettext("nothing"))
    text = getattr(value, "value", value)
    if name in PARENT_FIELDS:
        return names.get(text, text)
    if isinstance(text, bool):
        return str(gettext("yes") if text else gettext("no"))
    if name in CHOICE_LABELS and text in CHOICE_LABELS[name]:
        return str(CHOICE_LABELS[name][text])
    return _plain_text(name, text)


def _plain_text(name: str, text: Any) -> str:
    if isinstance(text, date):
        return format_date(text)
    if name in _DATE_FIELDS:
        return format_date(date.fromisoformat(text[:10]))
    if name == "byday":
        return days_text(text)
    if name in {"opens_at", "closes_at"}:
        return format_time(text)
    return f"{text:g}" if isinstance(text, float) else str(text)


def record_text(record: Record, names: RecordNames) -> str:
    """Return a child record, such as a phone, as one line of text."""
    text = _kind_text(record, names)
    if record.visibility != "public":
        audience = value_text("visibility", record.visibility, names)
        text = f"{text} ({audience})"
    return text


def _kind_text(  # noqa: C901, PLR0911  # one line for each kind
    record: Record, names: RecordNames
) -> str:
    match record:
        case Phone():
            kind = value_text("type", record.type, names)
            return ", ".join(filter(None, (format_phone(record), kind, record.description)))
        case Address():
            return ", ".join(address_lines(record))
        case Schedule():
            return schedule_text(record)
        case ServiceArea():
            codes = format_area_codes(record.area_kind, record.area_codes).replace("\n", "; ")
            return ": ".join(filter(None, (value_text("area_kind", record.area_kind, names),
                                           codes or record.name)))  # fmt: skip
        case CostOption():
            return amount_text(record)
        case ServiceCapacity():
            counted = capacity_text(record)
            unit_and_count = ": ".join(filter(None, (record.unit, counted)))
            return ", ".join(filter(None, (unit_and_count, record.description)))
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
    return _joined_text_fields(record)


def _joined_text_fields(record: Record) -> str:
    """Return the text fields of a record, joined by commas."""
    parts = [
        value
        for name in field_names(kind_of(record))
        if name not in _FIELDS_NOT_SHOWN and name not in PARENT_FIELDS
        and isinstance(value := getattr(record, name), str) and value
    ]  # fmt: skip
    return ", ".join(parts)


def parsed_preview(draft: Draft, names: RecordNames) -> dict[str, str]:
    """Return how the record form parsed phones, areas and schedules, as text by row."""
    return {
        child.id: record_text(child, names)
        for kind in ("phone", "service_area", "schedule")
        for child in draft.of_kind(kind)
        if getattr(child, "area_kind", "") != "zip"  # which is shown as it is typed
    }


@dataclass(frozen=True, slots=True)
class HoursReading:
    """Hours typed into the record form, as parsed line by line, and why some were not parsed."""

    lines: tuple[str, ...]
    reason: str


def hours_reading(text: str | None) -> HoursReading:
    """Return how typed hours are parsed, for the preview beside the record form's field."""
    read = hours_as_read(normalize_text(text or ""), local_today(current_instance()))
    lines = tuple(schedule_text(Schedule(id="", **part.values())) for part in read.parts)
    return HoursReading(lines, message_text(read.problem.message) if read.problem else "")


def day_text(moment: datetime) -> str:
    """Return the date of an instant in the library's time zone."""
    return format_date(to_user_timezone(moment).date())


def entry_title(entry: HistoryEntry) -> str:
    """Return who edited a record and when, such as ``By import of list county on 3 March 2026``."""
    day = day_text(entry.happened_at)
    who = entry.who or str(gettext("somebody"))
    sentences = {
        MadeBy.IMPORT: gettext("By import of list %(name)s on %(day)s", name=entry.list_name,
                               day=day),
        MadeBy.HAND: gettext("By %(who)s on %(day)s", who=who, day=day),
        MadeBy.PROVIDER: gettext("By the provider on %(day)s", day=day),
        MadeBy.RESTORE: gettext("Taken back by %(who)s on %(day)s", who=who, day=day),
        MadeBy.UNDO: gettext("Undoing of an import on %(day)s", day=day),
        MadeBy.MERGE: gettext("Merged by %(who)s on %(day)s", who=who, day=day),
        MadeBy.RULE: gettext("By the rule of a category on %(day)s", day=day),
        MadeBy.SYSTEM: gettext("By the system on %(day)s", day=day),
    }  # fmt: skip
    return str(sentences[entry.made_by])


def change_title(change: EditedRecord, names: RecordNames) -> str:
    """Return the title of an edit in a history: ``Phone: (814) 555-0101, Voice – changed``."""
    record = change.record
    title = kind_label(change.kind)
    if record is not None and change.kind not in {"service", "organization", "location"}:
        title = f"{title}: {record_text(record, names)}"
    action_label = {
        "created": gettext("added"),
        "changed": gettext("changed"),
        "deleted": gettext("deleted"),
        "retired": gettext("taken off the list"),
        "brought-back": gettext("brought back"),
    }[change.action]
    return f"{title} – {action_label}"


def rule_text(rule: CrosswalkRule) -> str:
    """Return the reason why a rule files a service under a heading."""
    sentences = {
        RuleKind.TERM: gettext("its topic is %(value)s, or below it", value=rule.value),
        RuleKind.OPEN_ELIGIBILITY: gettext("its %(taxonomy)s topic is %(value)s, or below it",
                                           taxonomy="Open Eligibility", value=rule.value),
        RuleKind.CODE_211: gettext("its 2-1-1 code begins with %(value)s", value=rule.value),
        RuleKind.WORD: gettext("the word “%(value)s” is in its name or topic", value=rule.value),
    }  # fmt: skip
    return str(sentences[rule.kind])


def filter_rows(findability: Findability) -> list[tuple[str, str]]:
    """Return each search filter with the values for which it finds a record."""
    headings = [heading for heading, _ in list_headings(current_instance(), Audience.PUBLIC)]
    names = value_labels(headings)
    labels = {
        "headings": gettext("Kind of help"),
        "languages": gettext("Language spoken"),
        "age": gettext("Age of the person"),
        "populations": gettext("Made for"),
        "cost": gettext("What it costs"),
        "access": gettext("Easy to use for"),
        "delivery": gettext("How you get it"),
        "areas": gettext("Area served"),
    }
    no_match, rows = gettext("not with this filter"), []
    for name, label in labels.items():
        values = findability.filters.get(name, ())
        value_names = [_filter_value_label(name, value, names) for value in values]
        rows.append((str(label), format_listed(value_names) if value_names else str(no_match)))
    return rows


def _filter_value_label(filter_name: str, value: str, names: Mapping[str, str]) -> str:
    if filter_name == "languages":
        return format_language(value)
    if filter_name == "areas":
        return value.partition(":")[2].title()
    return names.get(value, value)


def gap_label(reason: str) -> str:
    """Return the label of a findability gap, such as a missing topic."""
    sentences = {
        "no-heading": gettext("under no heading"),
        "no-topic": gettext("no topic"),
        "not-by-name": gettext("not found by its own names"),
    }
    return str(sentences[reason])


def _place_names(instance: Instance, ids: list[str]) -> dict[str, str]:
    """Return the names of locations by id, with a mark for retired locations."""
    names = read_record_names(instance, "location", ids)
    retired = retired_records(instance, "location", names)
    return {
        key: str(gettext("%(name)s (off the list)", name=name)) if key in retired else name
        for key, name in names.items()
    }


def referenced_names(instance: Instance, *drafts: Draft | None) -> dict[str, str]:
    """Return the names of all records and headings to which drafts refer."""
    names = {
        heading.slug: heading_name(heading)
        for heading, _ in list_headings(instance, Audience.CURATION)
    }
    for draft in filter(None, drafts):
        program = getattr(draft.record, "program_id", "")
        names |= read_record_names(instance, "program", [program] if program else [])
        terms = [attribute.taxonomy_term_id for attribute in draft.of_kind("attribute")]
        names |= {term.id: term.name for term in name_terms(instance, terms)}
        links = draft.of_kind("service_at_location")
        names |= _place_names(instance, [link.location_id for link in links])
        names |= {link.id: names.get(link.location_id, "") for link in links}
        wanted = ("organization_id", "parent_organization_id")
        ids = [getattr(draft.record, name, "") for name in wanted]
        names |= read_record_names(
            instance,
            "organization",
            [organization_id for organization_id in ids if organization_id],
        )
    return names


def listing_days(record: Any) -> str:
    """Return a note for staff on the first or last day when the public sees a service.

    The note is "" if the public sees the service without an end.
    """
    first, last = record.listed_from, record.listed_until
    today = local_today(current_instance())
    if first and first > today:
        day = format_date(first)
        return str(gettext("Only staff see it now. Everybody sees it from %(day)s.", day=day))
    if last and last < today:
        day = format_date(last)
        return str(gettext("Only staff see it now. Its last day was %(day)s.", day=day))
    if last:
        return str(gettext("Everybody sees it until %(day)s.", day=format_date(last)))
    return ""


def listing_days_mark(record: Any) -> str:
    """Return a short mark for a service that is not listed today, or ""."""
    today = local_today(current_instance())
    if record.listed_from and record.listed_from > today:
        return str(gettext("Not yet shown"))
    if record.listed_until and record.listed_until < today:
        return str(gettext("No longer shown"))
    return ""
