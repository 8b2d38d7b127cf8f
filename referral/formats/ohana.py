"""CSV files of the Ohana API: a service belongs to one location, lists stand in one cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from referral.errors import refused
from referral.fields.languages import language_code
from referral.fields.text import clean_line, split_list
from referral.formats.files.tables import Tables
from referral.formats.hsds.v2_hours import schedules_of
from referral.formats.reading.areas import area_of
from referral.formats.reading.cells import format_day, is_yearless, parse_date
from referral.formats.reading.derived_fields import (
    complete_keywords,
    complete_phone,
    complete_position,
)
from referral.formats.reading.items import Item, RefusedRow
from referral.formats.reading.row_reader import (
    FieldMap,
    RecordBuilder,
    RowReader,
    Values,
    key_of,
    own_fields,
    plain_items,
    read_rows,
)
from referral.formats.reading.taxonomy_terms import is_open_eligibility
from referral.message import Message, message
from referral.records.problems import Problem, Severity
from referral.records.record_ids import record_id

_NEEDED_FILES = ("organizations", "locations", "addresses", "services", "phones")
NEEDED_HEADERS: Mapping[str, tuple[str, ...]] = {
    "organizations": ("id", "name", "alternate_name", "description", "email", "website"),
    "programs": ("id", "organization_id", "name", "alternate_name"),
    "locations": (
        "id", "organization_id", "accessibility", "alternate_name", "description", "languages",
        "latitude", "longitude", "name", "transportation", "virtual", "website",
    ),
    "addresses": (
        "id", "location_id", "address_1", "address_2", "city", "state_province", "postal_code",
        "country",
    ),
    "mail_addresses": (
        "id", "location_id", "attention", "address_1", "address_2", "city", "state_province",
        "postal_code", "country",
    ),
    "services": (
        "id", "location_id", "program_id", "accepted_payments", "alternate_name",
        "application_process", "description", "eligibility", "email", "fees", "keywords",
        "languages", "name", "required_documents", "service_areas", "status", "wait_time",
        "website",
    ),
    "phones": (
        "id", "contact_id", "location_id", "organization_id", "service_id", "department",
        "extension", "number", "number_type",
    ),
    "contacts": ("id", "location_id", "organization_id", "service_id", "name", "title", "email"),
    "regular_schedules": (
        "id", "location_id", "service_id", "weekday", "opens_at", "closes_at",
    ),
    "holiday_schedules": (
        "id", "location_id", "service_id", "start_date", "end_date", "closed", "opens_at",
        "closes_at",
    ),
    "taxonomy": ("taxonomy_id", "name", "parent_id"),
}  # fmt: skip
_TAXONOMY = "Open Eligibility (Ohana)"


def check_files(tables: Tables) -> None:
    """Refuse a list that lacks a file it must have.

    Raises:
        RefusedError: it names the file.
    """
    missing = [f"{stem}.csv" for stem in _NEEDED_FILES if tables.get(stem) is None]
    if missing:
        raise refused(
            "An Ohana list has %(files)s as well. Add what is missing.",
            files=", ".join(missing),
        )
    check_headers(tables)


def check_headers(tables: Tables) -> None:
    """Refuse a list with a file that lacks a header it must have.

    Raises:
        RefusedError: it names the file and the headers.
    """
    for stem, needed in NEEDED_HEADERS.items():
        table = tables.get(stem)
        missing = [header for header in needed if table and not table.has(header)]
        if table and missing:
            raise refused(
                "%(name)s has no column %(columns)s. Add it, even if it is empty.",
                name=table.name,
                columns=", ".join(missing),
            )


def _take_year(reader: RowReader, values: Values) -> None:
    text = reader.take("year_incorporated", "date_incorporated")
    day = parse_date(text) if text else None
    if day:
        values["year_incorporated"] = day.year
    elif text:
        reader.leave_unmapped("date_incorporated")
        detail = message(
            "This is not a date; write it as 12/31/1970 or 1970-12-31. It was kept aside."
        )
        reader.warn("date-not-understood", detail, "date_incorporated")


def _take_location_type(reader: RowReader, values: Values) -> None:
    virtual = reader.take("location_type", "virtual").casefold() in {"true", "1", "yes", "t"}
    values["location_type"] = "virtual" if virtual else "physical"


def _describe_phone(reader: RowReader, values: Values) -> None:
    reader.mark_used("country_prefix", "number_type")
    words = [values.get("description", ""), reader.take("vanity_number", "vanity_number")]
    if reader.row.get("number_type").casefold() == "hotline":
        words.insert(0, "Hotline")
    values["description"] = ", ".join(word for word in words if word)


def _set_postal(_reader: RowReader, values: Values) -> None:
    values["address_type"] = "postal"


def _address_fields() -> dict[str, tuple[str, ...]]:
    fields = own_fields("address")
    del fields["address_type"]
    return fields


_TERMS = FieldMap(
    kind="taxonomy_term",
    file="taxonomy",
    fields={"name": ("name",), "parent_id": ("parent_id",)},
    key=("taxonomy_id",),
    also_read=("parent_name",),
)
_ORGANIZATIONS = FieldMap(
    kind="organization",
    file="organizations",
    fields={**own_fields("organization"), "year_incorporated": ()},
    also_read=("funding_sources",),
    adjust=(_take_year,),
)
_PROGRAMS = FieldMap(kind="program", file="programs", fields=own_fields("program"))
_LOCATIONS = FieldMap(
    kind="location",
    file="locations",
    fields={**own_fields("location", url=("website",)), "location_type": ()},
    also_read=("accessibility", "languages"),
    adjust=(_take_location_type, complete_position),
)
_SERVICES = FieldMap(
    kind="service",
    file="services",
    fields={
        **own_fields(
            "service",
            url=("website",),
            fees_description=("fees",),
            eligibility_description=("eligibility",),
        ),
        "organization_id": (),
    },
    also_read=(
        "accepted_payments", "funding_sources", "languages", "required_documents",
        "service_areas", "taxonomy_ids",
    ),
    adjust=(complete_keywords,),
)  # fmt: skip
_CONTACTS = FieldMap(kind="contact", file="contacts", fields=own_fields("contact"))
_PHONES = FieldMap(
    kind="phone",
    file="phones",
    fields=own_fields("phone", type=("number_type",), description=("department",)),
    adjust=(_describe_phone, complete_phone),
)
_ADDRESSES = FieldMap(kind="address", file="addresses", fields=_address_fields())
_MAIL = FieldMap(
    kind="address",
    file="mail_addresses",
    fields=_address_fields(),
    prefix="mail/",
    adjust=(_set_postal,),
)
_REGULAR = FieldMap(
    kind="schedule",
    file="regular_schedules",
    prefix="regular/",
    fields={"service_id": ("service_id",), "location_id": ("location_id",)},
)
_HOLIDAYS = FieldMap(
    kind="schedule",
    file="holiday_schedules",
    prefix="holiday/",
    fields={
        "service_id": ("service_id",),
        "location_id": ("location_id",),
        "closed": ("closed",),
        "opens_at": ("opens_at",),
        "closes_at": ("closes_at",),
    },
)
FILES = frozenset(NEEDED_HEADERS)


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
        yield from read(tables, RecordBuilder(source, tables))


def _terms(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    if tables.get("taxonomy") is None:
        yield from _taxonomy_of_codes(tables, builder)
    for number, (reader, values) in enumerate(read_rows(tables, _TERMS)):
        if not number:
            yield from _taxonomy(reader, builder)
        key = key_of(_TERMS, reader, values)
        placed = {"code": key, "taxonomy": _TAXONOMY, "taxonomy_id": _TAXONOMY}
        yield from builder.items("taxonomy_term", key, reader, {**values, **placed})


def _taxonomy(reader: RowReader, builder: RecordBuilder) -> Iterator[Item]:
    yield from builder.items("taxonomy", _TAXONOMY, reader, {"name": _TAXONOMY}, main=False)


def _taxonomy_of_codes(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    """Open Eligibility, where the services have its codes and the list does not name them."""
    services = tables.get("services")
    for row in services.rows if services else ():
        if any(map(is_open_eligibility, split_list(row.get("taxonomy_ids")))):
            yield from _taxonomy(RowReader(row, {}), builder)
            return


def _plain(field_map: FieldMap) -> Callable[[Tables, RecordBuilder], Iterator[Item]]:
    def read(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
        return plain_items(tables, field_map, builder)

    return read


def _organizations(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    for reader, values in read_rows(tables, _ORGANIZATIONS):
        key = key_of(_ORGANIZATIONS, reader, values)
        made = list(builder.items("organization", key, reader, values))
        yield from made
        if not isinstance(made[-1], RefusedRow):
            yield from _funding(reader, builder, key, {"organization_id": key})


def _funding(
    reader: RowReader, builder: RecordBuilder, key: str, parent: Mapping[str, str]
) -> Iterator[Item]:
    for name in split_list(reader.row.get("funding_sources")):
        child = _child_reader(reader, {**parent, "funding_source": name}, "funding_sources")
        end = f"{next(iter(parent))}/{key}/{name}"
        yield from builder.items("funding", end, *child, main=False)


def _locations(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    for reader, values in read_rows(tables, _LOCATIONS):
        key = key_of(_LOCATIONS, reader, values)
        if not values.get("name"):
            reader.warn("name-missing", message("This location has no name; give it one."), "name")
        yield from builder.items("location", key, reader, values)
        parent = {"location_id": key}
        for word in split_list(reader.row.get("accessibility")):
            spoken = clean_line(word.replace("_", " ")).capitalize()
            child = _child_reader(reader, {**parent, "description": spoken}, "accessibility")
            yield from builder.items("accessibility", f"{key}/{word}", *child, main=False)
        yield from _languages(reader, builder, key, parent)


def _services(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    organizations = {row.get("id"): row.get("organization_id") for row in tables.rows("locations")}
    states = {row.get("location_id"): row.get("state_province") for row in tables.rows("addresses")}
    for reader, values in read_rows(tables, _SERVICES):
        key = key_of(_SERVICES, reader, values)
        location = reader.take("location_id", "location_id")
        if location not in organizations:
            yield _without_location(reader, builder, key, location)
            continue
        values["organization_id"] = organizations[location]
        _complete_service(reader, values)
        made = list(builder.items("service", key, reader, values))
        yield from made
        if isinstance(made[-1], RefusedRow):
            continue
        site = _child_reader(reader, {"service_id": key, "location_id": location}, "location_id")
        yield from builder.items("service_at_location", f"{key}/{location}", *site, main=False)
        yield from _parts_of_service(reader, builder, key, states.get(location, ""))


def _without_location(
    reader: RowReader, builder: RecordBuilder, key: str, location: str
) -> RefusedRow:
    record = message("no location")
    if location:
        record = message("location %(id)s, which is not in this list", id=location)
    detail = message(
        "It points to %(record)s; its organization is not known either. Correct the id.",
        record=record,
    )
    code = "unknown-parent" if location else "parent-missing"
    problem = reader.problem(code, Severity.ERROR, detail, "location_id")
    builder.tables.note_read(reader.row)
    refused_id = record_id(builder.source, "service", key)
    return RefusedRow("service", (problem,), refused_id, reader.filled_headers())


def _complete_service(reader: RowReader, values: Values) -> None:
    payments = ", ".join(split_list(reader.row.get("accepted_payments")))
    _append(values, "fees_description", f"Payment: {payments}." if payments else "")
    _append(values, "eligibility_description", reader.take("audience", "audience"))


def _append(values: Values, name: str, words: str) -> None:
    values[name] = "\n".join(part for part in (values.get(name, ""), clean_line(words)) if part)


def _parts_of_service(
    reader: RowReader, builder: RecordBuilder, key: str, state: str
) -> Iterator[Item]:
    parent = {"service_id": key}
    for name in split_list(reader.row.get("service_areas")):
        kind, codes = area_of(name, state)
        area = {**parent, "name": name, "area_kind": kind, "area_codes": codes}
        child = _child_reader(reader, area, "service_areas")
        yield from builder.items("service_area", f"{key}/{name}", *child, main=False)
    yield from _languages(reader, builder, key, parent)
    yield from _funding(reader, builder, key, parent)
    for document in split_list(reader.row.get("required_documents")):
        child = _child_reader(reader, {**parent, "document": document}, "required_documents")
        yield from builder.items("required_document", f"{key}/{document}", *child, main=False)
    for term in split_list(reader.row.get("taxonomy_ids")):
        link = {"link_entity": "service", "link_id": key, "taxonomy_term_id": term}
        child = _child_reader(reader, link, "taxonomy_ids")
        yield from builder.items("attribute", f"{key}/{term}", *child, main=False)


def _languages(
    reader: RowReader, builder: RecordBuilder, key: str, parent: Mapping[str, str]
) -> Iterator[Item]:
    for name in split_list(reader.row.get("languages")):
        child = _child_reader(
            reader, {**parent, "name": name, "code": language_code(name)}, "languages"
        )
        yield from builder.items(
            "language", f"{next(iter(parent))}/{key}/{name}", *child, main=False
        )


def _child_reader(
    reader: RowReader, values: Mapping[str, str], header: str
) -> tuple[RowReader, Values]:
    """A row reader of the same row for a record that one of its cells gives."""
    child = RowReader(reader.row, {})
    child.headers = dict.fromkeys(values, reader.show(header))
    return child, dict(values)


def _contacts(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    for reader, values in read_rows(tables, _CONTACTS):
        if not values.get("name"):
            reader.warn("name-missing", message("This contact has no name; give it one."), "name")
        yield from builder.items("contact", key_of(_CONTACTS, reader, values), reader, values)


def _phones(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    for reader, values in read_rows(tables, _PHONES):
        if not reader.row.get("number_type"):
            detail = message("It does not say what kind of phone this is; it was taken as voice.")
            reader.warn("phone-type-missing", detail, "number_type")
        yield from builder.items("phone", key_of(_PHONES, reader, values), reader, values)


def _regular_schedules(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    for reader, values in read_rows(tables, _REGULAR):
        key = key_of(_REGULAR, reader, values)
        missing = [h for h in ("opens_at", "closes_at") if not reader.row.get(h)]
        parts = list(schedules_of(reader, values))
        if missing:
            reader.problems.clear()
            reader.warn("time-missing", _TIME_MISSING, missing[0])
        for end, part in parts or [("", values)]:
            yield from builder.items("schedule", key + end, reader, part, main=not end)


_TIME_MISSING = message("Only one of the two times is given; add the other.")


def _holiday_schedules(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    for reader, values in read_rows(tables, _HOLIDAYS):
        key = key_of(_HOLIDAYS, reader, values)
        days = [_parsed_day(reader, header) for header in ("start_date", "end_date")]
        bad = tuple(day for day in days if isinstance(day, Problem))
        if bad:
            tables.note_read(reader.row)
            refused_id = record_id(builder.source, "schedule", key)
            yield RefusedRow("schedule", bad, refused_id, reader.filled_headers())
            continue
        if values.get("closed"):
            values["opens_at"] = values["closes_at"] = ""
        starts, ends = (day for day in days if isinstance(day, date))
        dated = {**values, **_dated_values(values, starts, ends)}
        yield from builder.items("schedule", key, reader, dated)


def _parsed_day(reader: RowReader, header: str) -> date | Problem:
    day = parse_date(reader.take(header, header))
    detail = message("This is not a date; write it as 12/31/2024 or 2024-12-31.")
    return day or reader.problem("date-not-understood", Severity.ERROR, detail, header)


def _dated_values(values: Values, starts: date, ends: date) -> Values:
    """The days of a holiday; those of every year can only be said in words."""
    if not (is_yearless(starts) or is_yearless(ends)):
        return {"valid_from": starts, "valid_to": ends}
    days = format_day(starts) if starts == ends else f"{format_day(starts)} to {format_day(ends)}"
    if values.get("closed"):
        return {"closed": False, "description": f"Closed every year: {days}"}
    times = f"{values.get('opens_at', '')} - {values.get('closes_at', '')}"
    return {"opens_at": "", "closes_at": "", "description": f"Every year, {days}: {times}"}


READERS: Mapping[str, Callable[[Tables, RecordBuilder], Iterator[Item]]] = {
    "taxonomy": _terms,
    "organizations": _organizations,
    "programs": _plain(_PROGRAMS),
    "locations": _locations,
    "services": _services,
    "contacts": _contacts,
    "phones": _phones,
    "addresses": _plain(_ADDRESSES),
    "mail_addresses": _plain(_MAIL),
    "regular_schedules": _regular_schedules,
    "holiday_schedules": _holiday_schedules,
}
