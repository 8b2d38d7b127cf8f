"""Columns and field maps of HSDS 1.1 and 2.0 tables, with the names that ORServices uses."""

from __future__ import annotations

from collections.abc import Mapping

from referral.fields.places.lookup import zip5
from referral.formats.files.tables import Row, Table
from referral.formats.reading.areas import complete_area
from referral.formats.reading.derived_fields import (
    complete_keywords,
    complete_language,
    complete_phone,
    complete_position,
)
from referral.formats.reading.joins import JoinColumns
from referral.formats.reading.row_reader import FieldMap, RowReader, Values, own_fields
from referral.message import Message, message

IGNORED_FILES: Mapping[str, str] = {
    "meta_table_descriptions": "descriptions of tables",
    "taxonomy_terms_types": "which term is in which taxonomy, which the terms say as well",
}
SERVICE_ID = ("id", "service_recordid")
ORGANIZATION_ID = ("id", "organization_recordid")
LOCATION_ID = ("id", "location_recordid")
TERM_ID = ("id", "taxonomy_recordid")


def _service_fields() -> dict[str, tuple[str, ...]]:
    fields = own_fields("service", fees_description=("fees",))
    named = {name: (*headers, f"service_{name}") for name, headers in fields.items()}
    return {
        **named,
        "status": ("status",),
        "fees_description": ("fees_description", "fees", "service_fees"),
        "interpretation_services": ("interpretation_services", "service_interpretation"),
        "organization_id": ("organization_id", "service_organization"),
        "program_id": ("program_id", "service_program"),
        "accreditations": ("accreditations", "accrediations", "service_accreditations"),
    }


def _complete_status(reader: RowReader, values: Values) -> None:
    """ORServices gives a number whose meaning is the exporter's own: active, the number kept."""
    text = reader.row.get("service_status").casefold()
    if text in {"inactive", "defunct", "temporarily closed"}:
        reader.mark_used("service_status")
        values["status"] = text


def _without_scalar(kind: str, *names: str) -> dict[str, tuple[str, ...]]:
    return {name: headers for name, headers in own_fields(kind).items() if name not in names}


def _complete_address(reader: RowReader, values: Values) -> None:
    more = [reader.take(name, name) for name in ("address_2", "address_3", "address_4")]
    reader.headers.pop("address_3", None)
    reader.headers.pop("address_4", None)
    values["address_2"] = ", ".join(part for part in more if part)


def repair_address(table: Table, row: Row) -> tuple[Row, Message | None]:
    """A row whose cells from ``address_1`` on stand one column too far right, put back.

    It shows when the country is a ZIP code and the ZIP code a state.
    """
    if not zip5(row.get("country")) or len(row.get("postal_code")) != 2:
        return row, None
    start = table.headers.index("address_1") if table.has("address_1") else 0
    cells = {h: text for h, text in row.cells.items() if h in table.headers[:start]}
    for left, right in zip(table.headers[start:], table.headers[start + 1 :], strict=False):
        if right in row.cells:
            cells[left] = row.cells[right]
    detail = message(
        "The cells of this address were one column too far right; they were moved back."
    )
    return Row(row.file, row.line, cells), detail


def _address(file: str, address_type: str) -> FieldMap:
    def typed(_reader: RowReader, values: Values) -> None:
        values["address_type"] = address_type

    return FieldMap(
        kind="address",
        file=file,
        fields=_without_scalar("address", "address_type", "address_2"),
        key=("id", "address_recordid"),
        prefix="" if address_type == "physical" else f"{address_type}/",
        adjust=(_complete_address, typed),
        repair=repair_address,
    )


TERMS = FieldMap(
    kind="taxonomy_term",
    file="taxonomy_terms",
    fields={
        **own_fields("taxonomy_term"),
        "name": ("name", "term", "taxonomy_name"),
        "description": ("description", "taxonomy_x_description"),
        "parent_id": ("parent_id", "taxonomy_parent_recordid", "taxonomy_parent_name"),
        "taxonomy": ("taxonomy", "vocabulary", "taxonomy_vocabulary"),
        "taxonomy_id": (),
    },
    key=TERM_ID,
    also_read=("parent_name", "taxonomy_services"),
)
ORGANIZATIONS = FieldMap(
    kind="organization",
    file="organizations",
    fields={
        **own_fields("organization", website=("url",)),
        "parent_organization_id": ("parent_organization_id", "parent_organization"),
    },
    key=ORGANIZATION_ID,
    also_read=("organization_services", "organization_phones", "organization_locations"),
)
PROGRAMS = FieldMap(
    kind="program",
    file="programs",
    fields=own_fields("program"),
    key=("id", "program_recordid"),
    also_read=("services",),
)
SERVICES = FieldMap(
    kind="service",
    file="services",
    fields=_service_fields(),
    key=SERVICE_ID,
    also_read=(
        "service_locations",
        "service_phones",
        "service_schedule",
        "service_taxonomy",
        "service_language",
        "taxonomy_ids",
    ),
    adjust=(complete_keywords, _complete_status),
)
LOCATIONS = FieldMap(
    kind="location",
    file="locations",
    fields=own_fields("location"),
    key=LOCATION_ID,
    also_read=("location_services", "location_phones", "location_schedule", "location_address"),
    adjust=(complete_position,),
)
CONTACTS = FieldMap(kind="contact", file="contacts", fields=own_fields("contact"))
PHONES = FieldMap(
    kind="phone",
    file="phones",
    fields=own_fields("phone", description=("department",)),
    key=("id", "phone_recordid"),
    also_read=("language",),
    adjust=(complete_phone,),
)
ADDRESSES = (
    _address("physical_addresses", "physical"),
    _address("postal_addresses", "postal"),
)
_HOURS = ("byday", "freq", "opens_at", "closes_at", "dtstart", "until")
SCHEDULES = tuple(
    FieldMap(kind="schedule", file=file, prefix=prefix, fields=_without_scalar("schedule", *_HOURS))
    for file, prefix in (("schedules", ""), ("regular_schedules", "regular/"))
)
HOLIDAYS = FieldMap(
    kind="schedule",
    file="holiday_schedules",
    prefix="holiday/",
    fields={
        **_without_scalar("schedule", *_HOURS),
        "valid_from": ("start_date",),
        "valid_to": ("end_date",),
    },
)
AREAS = FieldMap(
    kind="service_area",
    file="service_areas",
    fields=own_fields("service_area", name=("service_area",)),
    adjust=(complete_area,),
)
LANGUAGES = FieldMap(
    kind="language",
    file="languages",
    fields=own_fields("language", name=("language",)),
    adjust=(complete_language,),
)
ACCESSIBILITY = FieldMap(
    kind="accessibility",
    file="accessibility",
    fields=own_fields("accessibility", description=("accessibility",)),
)
DOCUMENTS = FieldMap(
    kind="required_document",
    file="required_documents",
    fields=own_fields("required_document"),
)
COSTS = FieldMap(kind="cost_option", file="cost_options", fields=own_fields("cost_option"))
FUNDING = FieldMap(
    kind="funding", file="funding", fields=own_fields("funding", funding_source=("source",))
)
METADATA = FieldMap(
    kind="metadata",
    file="metadata",
    fields=own_fields("metadata", link_entity=("resource_type",), link_id=("resource_id",)),
)

PHONE_JOINS = (
    JoinColumns(file="service_phones", child=("phone_recordid", "phone_id"),
                parent=("service_recordid", "service_id"), field="service_id"),
    JoinColumns(file="location_phones", child=("phone_recordid", "phone_id"),
                parent=("location_recordid", "location_id"), field="location_id"),
    JoinColumns(file="services", child=("service_phones",), parent=SERVICE_ID, field="service_id"),
    JoinColumns(file="locations", child=("location_phones",), parent=LOCATION_ID,
                field="location_id"),
    JoinColumns(file="organizations", child=("organization_phones",), parent=ORGANIZATION_ID,
                field="organization_id"),
)  # fmt: skip
ADDRESS_JOINS = (
    JoinColumns(file="location_addresses", child=("address_recordid", "address_id"),
                parent=("location_recordid", "location_id"), field="location_id"),
    JoinColumns(file="locations", child=("location_address",), parent=LOCATION_ID,
                field="location_id"),
)  # fmt: skip
SCHEDULE_JOINS = (
    JoinColumns(file="services", child=("service_schedule",), parent=SERVICE_ID,
                field="service_id"),
    JoinColumns(file="locations", child=("location_schedule",), parent=LOCATION_ID,
                field="location_id"),
)  # fmt: skip
SITE_JOINS = (
    JoinColumns(file="service_at_location", child=("location_id",), parent=("service_id",),
                field="service_id", own=True),
    JoinColumns(file="services", child=("service_locations",), parent=SERVICE_ID,
                field="service_id"),
    JoinColumns(file="locations", child=LOCATION_ID, parent=("location_services",),
                field="service_id"),
)  # fmt: skip
TERM_JOINS = (
    JoinColumns(file="service_attributes", child=("taxonomy_term_id",), parent=("service_id",),
                field="service_id", own=True),
    JoinColumns(file="services_taxonomy", child=("taxonomy_id",), parent=("service_id",),
                field="service_id", own=True),
    JoinColumns(file="services", child=("service_taxonomy", "taxonomy_ids"), parent=SERVICE_ID,
                field="service_id"),
)  # fmt: skip
FILES = frozenset(
    {
        "taxonomy_terms",
        "taxonomy",
        "taxonomy_types",
        "organizations",
        "programs",
        "services",
        "locations",
        "service_at_location",
        "contacts",
        "phones",
        "physical_addresses",
        "postal_addresses",
        "schedules",
        "regular_schedules",
        "holiday_schedules",
        "service_areas",
        "languages",
        "accessibility",
        "required_documents",
        "cost_options",
        "funding",
        "metadata",
        "eligibility",
        "payments_accepted",
        "service_attributes",
        "other_attributes",
        "services_taxonomy",
        "location_addresses",
        "location_phones",
        "service_phones",
    }
)
