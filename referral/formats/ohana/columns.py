"""Which columns of Ohana's files give which fields, and which headers must be there."""

from __future__ import annotations

from collections.abc import Mapping

from referral.errors import refused
from referral.formats.files.tables import Tables
from referral.formats.reading.cells import parse_date
from referral.formats.reading.derived_fields import complete_keywords, complete_position
from referral.formats.reading.phones import complete_phone
from referral.formats.reading.row_reader import FieldMap, RowReader, Values, own_fields
from referral.message import message

NEEDED_FILES = ("organizations", "locations", "addresses", "services", "phones")
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


def check_files(tables: Tables) -> None:
    """Refuse a list that lacks a file it must have.

    Raises:
        RefusedError: it names the file.
    """
    missing = [f"{stem}.csv" for stem in NEEDED_FILES if tables.get(stem) is None]
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


def _year(reader: RowReader, values: Values) -> None:
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


def _place(reader: RowReader, values: Values) -> None:
    virtual = reader.take("location_type", "virtual").casefold() in {"true", "1", "yes", "t"}
    values["location_type"] = "virtual" if virtual else "physical"


def _vanity(reader: RowReader, values: Values) -> None:
    reader.mark_used("country_prefix", "number_type")
    words = [values.get("description", ""), reader.take("vanity_number", "vanity_number")]
    if reader.row.get("number_type").casefold() == "hotline":
        words.insert(0, "Hotline")
    values["description"] = ", ".join(word for word in words if word)


def _postal(_reader: RowReader, values: Values) -> None:
    values["address_type"] = "postal"


def _address_fields() -> dict[str, tuple[str, ...]]:
    fields = own_fields("address")
    del fields["address_type"]
    return fields


TERMS = FieldMap(
    kind="taxonomy_term",
    file="taxonomy",
    fields={"name": ("name",), "parent_id": ("parent_id",)},
    key=("taxonomy_id",),
    also_read=("parent_name",),
)
ORGANIZATIONS = FieldMap(
    kind="organization",
    file="organizations",
    fields={**own_fields("organization"), "year_incorporated": ()},
    also_read=("funding_sources",),
    adjust=(_year,),
)
PROGRAMS = FieldMap(kind="program", file="programs", fields=own_fields("program"))
LOCATIONS = FieldMap(
    kind="location",
    file="locations",
    fields={**own_fields("location", url=("website",)), "location_type": ()},
    also_read=("accessibility", "languages"),
    adjust=(_place, complete_position),
)
SERVICES = FieldMap(
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
CONTACTS = FieldMap(kind="contact", file="contacts", fields=own_fields("contact"))
PHONES = FieldMap(
    kind="phone",
    file="phones",
    fields=own_fields("phone", type=("number_type",), description=("department",)),
    adjust=(_vanity, complete_phone),
)
ADDRESSES = FieldMap(kind="address", file="addresses", fields=_address_fields())
MAIL = FieldMap(
    kind="address",
    file="mail_addresses",
    fields=_address_fields(),
    prefix="mail/",
    adjust=(_postal,),
)
REGULAR = FieldMap(
    kind="schedule",
    file="regular_schedules",
    prefix="regular/",
    fields={"service_id": ("service_id",), "location_id": ("location_id",)},
)
HOLIDAYS = FieldMap(
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
