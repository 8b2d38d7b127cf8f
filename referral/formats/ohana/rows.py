"""The CSV files of the Ohana API: a service hangs on one location, lists stand in one cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from referral.fields.languages import language_code
from referral.fields.text import clean_line, split_list
from referral.formats.files.tables import Tables
from referral.formats.hsds.v2_parts import schedules_of
from referral.formats.ohana import columns
from referral.formats.reading.areas import area_of
from referral.formats.reading.dates import is_yearless, parse_date, say_day
from referral.formats.reading.items import Item, RefusedRow
from referral.formats.reading.row_reader import (
    Draft,
    Maker,
    Recipe,
    Values,
    drafts_of,
    key_of,
    plain_items,
)
from referral.message import Message, message
from referral.records.identity import record_id
from referral.records.problems import Problem, Severity

TAXONOMY = "Open Eligibility (Ohana)"


def recognise_ohana(tables: Tables) -> Message | None:
    """Why this is an Ohana list, None when it is not."""
    if tables.has("services", "location_id", "service_areas"):
        return message(
            "It has services.csv with location_id and service_areas, as Ohana lists have."
        )
    if tables.has("locations", "admin_emails"):
        return message("It has locations.csv with admin_emails, as Ohana lists have.")
    if tables.has("phones", "number_type", "vanity_number"):
        return message("It has phones.csv with number_type and vanity_number, as Ohana lists have.")
    return None


def read_ohana(tables: Tables, source: str) -> Iterator[Item]:
    """The items of an Ohana list, file by file."""
    for read in READERS.values():
        yield from read(tables, Maker(source))


def _terms(tables: Tables, maker: Maker) -> Iterator[Item]:
    for number, (draft, values) in enumerate(drafts_of(tables, columns.TERMS)):
        if not number:
            named: Values = {"name": TAXONOMY}
            yield from maker.items("taxonomy", TAXONOMY, draft, named, main=False)
        key = key_of(columns.TERMS, draft, values)
        placed = {"code": key, "taxonomy": TAXONOMY, "taxonomy_id": TAXONOMY}
        yield from maker.items("taxonomy_term", key, draft, {**values, **placed})


def _plain(recipe: Recipe) -> Callable[[Tables, Maker], Iterator[Item]]:
    def read(tables: Tables, maker: Maker) -> Iterator[Item]:
        return plain_items(tables, recipe, maker)

    return read


def _locations(tables: Tables, maker: Maker) -> Iterator[Item]:
    for draft, values in drafts_of(tables, columns.LOCATIONS):
        key = key_of(columns.LOCATIONS, draft, values)
        if not values.get("name"):
            draft.warn("name-missing", message("This location has no name; give it one."), "name")
        yield from maker.items("location", key, draft, values)
        parent = {"location_id": key}
        for word in split_list(draft.row.get("accessibility")):
            spoken = clean_line(word.replace("_", " ")).capitalize()
            child = _child(draft, {**parent, "description": spoken}, "accessibility")
            yield from maker.items("accessibility", f"{key}/{word}", *child, main=False)
        yield from _languages(draft, maker, key, parent)


def _services(tables: Tables, maker: Maker) -> Iterator[Item]:
    organizations = {row.get("id"): row.get("organization_id") for row in tables.rows("locations")}
    states = {row.get("location_id"): row.get("state_province") for row in tables.rows("addresses")}
    for draft, values in drafts_of(tables, columns.SERVICES):
        key = key_of(columns.SERVICES, draft, values)
        location = draft.take("location_id", "location_id")
        if location not in organizations:
            yield _without_location(draft, maker, key, location)
            continue
        values["organization_id"] = organizations[location]
        _complete_service(draft, values)
        made = list(maker.items("service", key, draft, values))
        yield from made
        if isinstance(made[-1], RefusedRow):
            continue
        site = _child(draft, {"service_id": key, "location_id": location}, "location_id")
        yield from maker.items("service_at_location", f"{key}/{location}", *site, main=False)
        yield from _parts_of_service(draft, maker, key, states.get(location, ""))


def _without_location(draft: Draft, maker: Maker, key: str, location: str) -> RefusedRow:
    record = message("no location")
    if location:
        record = message("location %(id)s, which is not in this list", id=location)
    detail = message(
        "It points to %(record)s; its organization is not known either. Correct the id.",
        record=record,
    )
    code = "unknown-parent" if location else "parent-missing"
    problem = draft.problem(code, Severity.ERROR, detail, "location_id")
    return RefusedRow("service", (problem,), record_id(maker.source, "service", key))


def _complete_service(draft: Draft, values: Values) -> None:
    payments = ", ".join(split_list(draft.row.get("accepted_payments")))
    _append(values, "fees_description", f"Payment: {payments}." if payments else "")
    _append(values, "eligibility_description", draft.take("audience", "audience"))


def _append(values: Values, name: str, words: str) -> None:
    values[name] = "\n".join(part for part in (values.get(name, ""), clean_line(words)) if part)


def _parts_of_service(draft: Draft, maker: Maker, key: str, state: str) -> Iterator[Item]:
    parent = {"service_id": key}
    for name in split_list(draft.row.get("service_areas")):
        kind, codes = area_of(name, state)
        area = {**parent, "name": name, "area_kind": kind, "area_codes": codes}
        child = _child(draft, area, "service_areas")
        yield from maker.items("service_area", f"{key}/{name}", *child, main=False)
    yield from _languages(draft, maker, key, parent)
    for document in split_list(draft.row.get("required_documents")):
        child = _child(draft, {**parent, "document": document}, "required_documents")
        yield from maker.items("required_document", f"{key}/{document}", *child, main=False)
    for term in split_list(draft.row.get("taxonomy_ids")):
        link = {"link_entity": "service", "link_id": key, "taxonomy_term_id": term}
        child = _child(draft, link, "taxonomy_ids")
        yield from maker.items("attribute", f"{key}/{term}", *child, main=False)


def _languages(draft: Draft, maker: Maker, key: str, parent: Mapping[str, str]) -> Iterator[Item]:
    for name in split_list(draft.row.get("languages")):
        child = _child(draft, {**parent, "name": name, "code": language_code(name)}, "languages")
        yield from maker.items("language", f"{next(iter(parent))}/{key}/{name}", *child, main=False)


def _child(draft: Draft, values: Mapping[str, str], header: str) -> tuple[Draft, Values]:
    """A draft of the same row for a record that one of its cells gives."""
    child = Draft(draft.row, {})
    child.headers = dict.fromkeys(values, draft.show(header))
    return child, dict(values)


def _contacts(tables: Tables, maker: Maker) -> Iterator[Item]:
    for draft, values in drafts_of(tables, columns.CONTACTS):
        if not values.get("name"):
            draft.warn("name-missing", message("This contact has no name; give it one."), "name")
        yield from maker.items("contact", key_of(columns.CONTACTS, draft, values), draft, values)


def _phones(tables: Tables, maker: Maker) -> Iterator[Item]:
    for draft, values in drafts_of(tables, columns.PHONES):
        if not draft.row.get("number_type"):
            detail = message("It does not say what kind of phone this is; it was taken as voice.")
            draft.warn("phone-type-missing", detail, "number_type")
        yield from maker.items("phone", key_of(columns.PHONES, draft, values), draft, values)


def _regular_schedules(tables: Tables, maker: Maker) -> Iterator[Item]:
    for draft, values in drafts_of(tables, columns.REGULAR):
        key = key_of(columns.REGULAR, draft, values)
        missing = [h for h in ("opens_at", "closes_at") if not draft.row.get(h)]
        parts = list(schedules_of(draft, values))
        if missing:
            draft.problems.clear()
            draft.warn("time-missing", _TIME_MISSING, missing[0])
        for end, part in parts or [("", values)]:
            yield from maker.items("schedule", key + end, draft, part, main=not end)


_TIME_MISSING = message("Only one of the two times is given; add the other.")


def _holiday_schedules(tables: Tables, maker: Maker) -> Iterator[Item]:
    for draft, values in drafts_of(tables, columns.HOLIDAYS):
        key = key_of(columns.HOLIDAYS, draft, values)
        days = [_day(draft, header) for header in ("start_date", "end_date")]
        bad = tuple(day for day in days if isinstance(day, Problem))
        if bad:
            yield RefusedRow("schedule", bad, record_id(maker.source, "schedule", key))
            continue
        if values.get("closed"):
            values["opens_at"] = values["closes_at"] = ""
        starts, ends = (day for day in days if isinstance(day, date))
        dated = {**values, **_on_days(values, starts, ends)}
        yield from maker.items("schedule", key, draft, dated)


def _day(draft: Draft, header: str) -> date | Problem:
    day = parse_date(draft.take(header, header))
    detail = message("This is no date; write it as 12/31/2024 or 2024-12-31.")
    return day or draft.problem("date-not-understood", Severity.ERROR, detail, header)


def _on_days(values: Values, starts: date, ends: date) -> Values:
    """The days of a holiday; those of every year can only be said in words."""
    if not (is_yearless(starts) or is_yearless(ends)):
        return {"valid_from": starts, "valid_to": ends}
    days = say_day(starts) if starts == ends else f"{say_day(starts)} to {say_day(ends)}"
    if values.get("closed"):
        return {"closed": False, "description": f"Closed every year: {days}"}
    times = f"{values.get('opens_at', '')} - {values.get('closes_at', '')}"
    return {"opens_at": "", "closes_at": "", "description": f"Every year, {days}: {times}"}


READERS: Mapping[str, Callable[[Tables, Maker], Iterator[Item]]] = {
    "taxonomy": _terms,
    "organizations": _plain(columns.ORGANIZATIONS),
    "programs": _plain(columns.PROGRAMS),
    "locations": _locations,
    "services": _services,
    "contacts": _contacts,
    "phones": _phones,
    "addresses": _plain(columns.ADDRESSES),
    "mail_addresses": _plain(columns.MAIL),
    "regular_schedules": _regular_schedules,
    "holiday_schedules": _holiday_schedules,
}
