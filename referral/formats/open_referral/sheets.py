"""Tables of Open Referral: HSDS 1, 2 and 3, the exports of ORServices sites, and Ohana's files.

They do not contradict each other: only names of tables and columns differ. So a sheet has all names
of its columns, and a list is read by those that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from referral.fields.languages import language_code
from referral.fields.places.lookup import zip5
from referral.fields.text import clean_line
from referral.formats.files.tables import Row, Table
from referral.formats.open_referral.hours import NAMED_HOURS
from referral.formats.open_referral.own_exports import OTHER_FILES, with_text_columns
from referral.formats.reading.areas import complete_area
from referral.formats.reading.cells import parse_date
from referral.formats.reading.derived_fields import (
    complete_keywords,
    complete_language,
    complete_phone,
    complete_position,
    join_values,
)
from referral.formats.reading.joins import JoinColumns
from referral.formats.reading.row_reader import FieldMap, RowReader, Values, own_fields
from referral.message import Message, message

ORGANIZATION_ID = ("id", "organization_recordid")
PROGRAM_ID = ("id", "program_recordid")
SERVICE_ID = ("id", "service_recordid")
LOCATION_ID = ("id", "location_recordid")
PHONE_ID = ("id", "phone_recordid")
TERM_ID = ("id", "taxonomy_recordid")
IGNORED_FILES: Mapping[str, str] = {
    "meta_table_descriptions": "descriptions of tables",
    "taxonomy_terms_types": "which term is in which taxonomy, which the terms say as well",
}
_TRUE = frozenset({"true", "1", "yes", "t"})
_ROWS_WITHOUT_CONTENT = message("Rows that say nothing were left out: %(count)s.")
_NO_DATE = message("This is not a date; write it as 12/31/1970 or 1970-12-31. It was kept aside.")
_MOVED_BACK = message(
    "The cells of this address were one column too far right; they were moved back."
)
_PHONE_JOINS = (
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
_ADDRESS_JOINS = (
    JoinColumns(file="location_addresses", child=("address_recordid", "address_id"),
                parent=("location_recordid", "location_id"), field="location_id"),
    JoinColumns(file="locations", child=("location_address",), parent=LOCATION_ID,
                field="location_id"),
)  # fmt: skip
_SCHEDULE_JOINS = (
    JoinColumns(file="services", child=("service_schedule",), parent=SERVICE_ID,
                field="service_id"),
    JoinColumns(file="locations", child=("location_schedule",), parent=LOCATION_ID,
                field="location_id"),
)  # fmt: skip
SITE_ROWS = JoinColumns(
    file="service_at_location",
    child=("location_id",),
    parent=("service_id",),
    field="service_id",
    is_record=True,
)
SITE_CELLS = (
    JoinColumns(file="services", child=("service_locations",), parent=SERVICE_ID,
                field="service_id"),
    JoinColumns(file="locations", child=LOCATION_ID, parent=("location_services",),
                field="service_id"),
)  # fmt: skip
TERM_JOINS = (
    JoinColumns(file="service_attributes", child=("taxonomy_term_id",), parent=("service_id",),
                field="service_id", is_record=True),
    JoinColumns(file="services_taxonomy", child=("taxonomy_id",), parent=("service_id",),
                field="service_id", is_record=True),
    JoinColumns(file="services", child=("service_taxonomy", "taxonomy_ids"), parent=SERVICE_ID,
                field="service_id"),
)  # fmt: skip
TAXONOMIES = with_text_columns(
    FieldMap(kind="taxonomy", file="taxonomies", fields=own_fields("taxonomy"))
)
SITES = FieldMap(
    kind="service_at_location",
    file="service_at_location",
    fields=own_fields("service_at_location"),
)
_PLAIN_SHEETS = (
    ("cost_option", "cost_options"), ("required_document", "required_documents"),
    ("organization_identifier", "organization_identifiers"), ("url", "url"),
    ("attribute", "attributes"), ("translation", "translations"),
)  # fmt: skip
TABLES_OF_TERMS = ("taxonomy_terms", "taxonomy", "taxonomy_types")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOfRecords:
    """A cell of an Open Referral table that names records of another kind, between commas.

    Attributes:
        header: its column.
        kind: kind of the records that it names.
        field: the field of these records that a name becomes.
        key: template of their keys: ``{parent}`` is the field that names the row's record,
            ``{key}`` that record's key, ``{text}`` the name.
        complete: sets other fields from the name.
    """

    header: str
    kind: str
    field: str
    key: str = "{key}/{text}"
    complete: Callable[[str, Values], None] = lambda _text, _values: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(FieldMap):
    """An Open Referral table whose rows are records, and the parents of these records.

    Attributes:
        content: fields; a row without a value in any of them is left out.
        left_out: message about such rows, with a parameter for their number.
        joins: columns of other tables that name the parents of its rows.
        is_shared: whether a row may name several parents of one kind, and becomes a record of each.
        cells: cells that name records of other kinds.
        is_read_again: whether other sheets read its rows later.
    """

    content: tuple[str, ...] = ()
    left_out: Message = _ROWS_WITHOUT_CONTENT
    joins: tuple[JoinColumns, ...] = ()
    is_shared: bool = False
    cells: tuple[CellOfRecords, ...] = ()
    is_read_again: bool = False

    def message_for_left_out(self, count: int) -> Message:
        """Return the message about a number of Open Referral rows without content."""
        return self.left_out.filled(count=count)


# ------------------------------------------------------------------ fields from several cells
def _add_language_code(name: str, values: Values) -> None:
    values["code"] = language_code(name)


def _write_feature_as_words(_text: str, values: Values) -> None:
    """Write Ohana's words for access (``disabled_parking``) as people do."""
    values["description"] = clean_line(values["description"].replace("_", " ")).capitalize()


def _take_year(reader: RowReader, values: Values) -> None:
    text = reader.row.get("date_incorporated")
    if not text or "year_incorporated" in values:
        return
    if day := parse_date(text):
        values["year_incorporated"] = day.year
        reader.take("year_incorporated", "date_incorporated")
    else:
        reader.warn("date-not-understood", _NO_DATE, "date_incorporated")


def _complete_status(reader: RowReader, values: Values) -> None:
    """Set an Open Referral service's status; a number, known only to its exporter, is put aside."""
    text = reader.row.get("service_status").casefold()
    if text in {"inactive", "defunct", "temporarily closed"}:
        reader.mark_used("service_status")
        values["status"] = text


def _append_audience(reader: RowReader, values: Values) -> None:
    append_line(values, "eligibility_description", clean_line(reader.take("audience", "audience")))


def append_line(values: Values, name: str, words: str) -> None:
    """Add a line to a text field of a listed record."""
    if words:
        values[name] = "\n".join(filter(None, (values.get(name, ""), words)))


def _take_virtual(reader: RowReader, values: Values) -> None:
    if reader.has_column("virtual"):
        is_virtual = reader.take("location_type", "virtual").casefold() in _TRUE
        values["location_type"] = "virtual" if is_virtual else "physical"


def _describe_phone(reader: RowReader, values: Values) -> None:
    """Add "Hotline" and a vanity number to the description of an Open Referral phone.

    No field exists for them.
    """
    if reader.has_column("number_type"):
        words = [values.get("description", ""), reader.take("vanity_number", "vanity_number")]
        if reader.row.get("number_type").casefold() == "hotline":
            words.insert(0, "Hotline")
        values["description"] = ", ".join(filter(None, words))


def _complete_address(reader: RowReader, values: Values) -> None:
    lines = [reader.take(name, name) for name in ("address_2", "address_3", "address_4")]
    reader.headers.pop("address_3", None)
    reader.headers.pop("address_4", None)
    values["address_2"] = ", ".join(part for part in lines if part)


def _repair_address(table: Table, row: Row) -> tuple[Row, Message | None]:
    """Move address cells of an Open Referral row back that are one column too far right.

    They are shifted if the country is a ZIP code and the ZIP code a state.
    """
    if not zip5(row.get("country")) or len(row.get("postal_code")) != 2:
        return row, None
    start = table.headers.index("address_1") if table.has("address_1") else 0
    cells = {h: text for h, text in row.cells.items() if h in table.headers[:start]}
    for left, right in zip(table.headers[start:], table.headers[start + 1 :], strict=False):
        if right in row.cells:
            cells[left] = row.cells[right]
    return replace(row, cells=cells), _MOVED_BACK


def _join_references(_reader: RowReader, values: Values) -> None:
    if values.get("use_references"):
        values["use_references"] = join_values(values["use_references"])


# ------------------------------------------------------------------ the tables
def _service_fields() -> dict[str, tuple[str, ...]]:
    fields = own_fields("service")
    prefixed = {name: (*headers, f"service_{name}") for name, headers in fields.items()}
    return {
        **prefixed,
        "status": ("status",),
        "url": (*prefixed["url"], "website"),
        "eligibility_description": (*prefixed["eligibility_description"], "eligibility"),
        "fees_description": ("fees_description", "fees", "service_fees"),
        "interpretation_services": ("interpretation_services", "service_interpretation"),
        "organization_id": ("organization_id", "service_organization"),
        "program_id": ("program_id", "service_program"),
        "accreditations": ("accreditations", "accrediations", "service_accreditations"),
    }


def _without(kind: str, *names: str, **other: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {n: headers for n, headers in own_fields(kind, **other).items() if n not in names}


def _address_sheet(file: str, address_type: str, prefix: str) -> Sheet:
    def set_type(_reader: RowReader, values: Values) -> None:
        values["address_type"] = address_type

    return Sheet(
        kind="address",
        file=file,
        prefix=prefix,
        fields=_without("address", "address_type", "address_2"),
        key=("id", "address_recordid"),
        adjust=(_complete_address, set_type),
        repair=_repair_address,
        content=("address_1", "city", "postal_code"),
        joins=_ADDRESS_JOINS,
        is_shared=True,
    )


_LANGUAGES = CellOfRecords(
    header="languages",
    kind="language",
    field="name",
    key="{parent}/{key}/{text}",
    complete=_add_language_code,
)
_FUNDING = CellOfRecords(
    header="funding_sources", kind="funding", field="funding_source", key="{parent}/{key}/{text}"
)
AREAS_OF_SERVICE = CellOfRecords(header="service_areas", kind="service_area", field="name")

TERMS = with_text_columns(
    FieldMap(
        kind="taxonomy_term",
        file="taxonomy_terms",
        fields={
            **own_fields("taxonomy_term", code=("code_text",)),
            "name": ("name", "term", "taxonomy_name"),
            "description": ("description", "taxonomy_x_description"),
            "parent_id": ("parent_id", "taxonomy_parent_recordid", "taxonomy_parent_name"),
            "taxonomy": ("taxonomy", "vocabulary", "taxonomy_vocabulary"),
        },
        key=TERM_ID,
        also_read=(
            "parent_name", "taxonomy_services", "name_es", "use_references_es", "description_es",
        ),
        adjust=(_join_references,),
    )
)  # fmt: skip
HOLIDAYS = Sheet(
    kind="schedule",
    file="holiday_schedules",
    prefix="holiday/",
    fields=_without("schedule", "byday", "freq", "dtstart", "until"),
    joins=_SCHEDULE_JOINS,
    is_shared=True,
)
_HOURS = tuple(
    Sheet(
        kind="schedule",
        file=file,
        prefix=prefix,
        # Our exports write values that HSDS does not allow to the ``*_text`` columns.
        fields=own_fields("schedule", timezone=("timezone_text",), wkst=("wkst_text",)),
        joins=_SCHEDULE_JOINS,
        is_shared=True,
    )
    for file, prefix in (("schedules", ""), ("regular_schedules", "regular/"))
)
SHEETS: tuple[Sheet, ...] = tuple(
    with_text_columns(sheet)
    for sheet in (
        Sheet(
            kind="organization",
            file="organizations",
            fields={
                **own_fields("organization", website=("url",)),
                "parent_organization_id": ("parent_organization_id", "parent_organization"),
            },
            key=ORGANIZATION_ID,
            also_read=(
                "organization_services", "organization_phones", "organization_locations",
                "funding_sources",
            ),
            adjust=(_take_year,),
            cells=(_FUNDING,),
            is_read_again=True,
        ),
        Sheet(
            kind="program",
            file="programs",
            fields=own_fields("program"),
            key=PROGRAM_ID,
            also_read=("services",),
            is_read_again=True,
        ),
        Sheet(
            kind="service",
            file="services",
            fields=_service_fields(),
            key=SERVICE_ID,
            also_read=(
                "service_locations", "service_phones", "service_schedule", "service_taxonomy",
                "service_language", "taxonomy_ids", "headings", "accepted_payments",
                "funding_sources", "languages", "required_documents", "service_areas",
                "location_id",
            ),
            adjust=(complete_keywords, _complete_status, _append_audience),
            cells=(
                CellOfRecords(
                    header="location_id", kind="service_at_location", field="location_id"
                ),
                AREAS_OF_SERVICE,
                _LANGUAGES,
                _FUNDING,
                CellOfRecords(
                    header="required_documents", kind="required_document", field="document"
                ),
            ),
            is_read_again=True,
        ),
        Sheet(
            kind="location",
            file="locations",
            fields=own_fields("location", url=("website",)),
            key=LOCATION_ID,
            also_read=(
                "location_services", "location_phones", "location_schedule", "location_address",
                "accessibility", "languages",
            ),
            adjust=(_take_virtual, complete_position),
            cells=(
                CellOfRecords(
                    header="accessibility",
                    kind="accessibility",
                    field="description",
                    complete=_write_feature_as_words,
                ),
                _LANGUAGES,
            ),
            is_read_again=True,
        ),
        Sheet(kind="contact", file="contacts", fields=own_fields("contact")),
        Sheet(
            kind="phone",
            file="phones",
            fields=own_fields(
                "phone",
                type=("number_type",),
                description=("department",),
                extension=("extension_text",),
            ),
            key=PHONE_ID,
            also_read=("language", "country_prefix"),
            adjust=(_describe_phone, complete_phone),
            content=("number",),
            left_out=message("Rows without a number were left out: %(count)s."),
            joins=_PHONE_JOINS,
            is_shared=True,
        ),
        Sheet(kind="address", file="addresses", fields=own_fields("address")),
        _address_sheet("physical_addresses", "physical", ""),
        _address_sheet("postal_addresses", "postal", "postal/"),
        _address_sheet("mail_addresses", "postal", "mail/"),
        *_HOURS,
        HOLIDAYS,
        Sheet(
            kind="service_area",
            file="service_areas",
            fields=own_fields("service_area", name=("service_area",)),
            adjust=(complete_area,),
            content=("name", "description", "area_codes"),
            is_shared=True,
        ),
        Sheet(
            kind="language",
            file="languages",
            fields=own_fields("language", name=("language",)),
            adjust=(complete_language,),
            content=("service_id", "location_id", "phone_id"),
            left_out=message(
                "Rows without a service, location or phone were left out: %(count)s."
            ),
            is_read_again=True,
        ),
        Sheet(
            kind="accessibility",
            file="accessibility",
            fields=own_fields("accessibility", description=("accessibility",)),
            content=("description", "details"),
            left_out=message("Rows that say nothing about access were left out: %(count)s."),
        ),
        *(Sheet(kind=kind, file=file, fields=own_fields(kind)) for kind, file in _PLAIN_SHEETS),
        Sheet(
            kind="service_capacity",
            file="service_capacity",
            fields={**own_fields("service_capacity"), "updated": ("updated_text", "updated")},
            also_read=("updated",),
        ),
        Sheet(
            kind="funding",
            file="funding",
            fields=own_fields("funding", funding_source=("source",)),
        ),
        Sheet(
            kind="metadata",
            file="metadata",
            fields={
                **own_fields("metadata", link_entity=("resource_type",), link_id=("resource_id",)),
                "last_action_date": ("last_action_date_text", "last_action_date"),
            },
            also_read=("last_action_date",),
        ),
    )
)  # fmt: skip
FILES = frozenset(
    {
        *(sheet.file for sheet in SHEETS),
        *(join.file for join in (*_PHONE_JOINS, *_ADDRESS_JOINS, *TERM_JOINS, SITE_ROWS)),
        *TABLES_OF_TERMS,
        *OTHER_FILES,
        *NAMED_HOURS,
        "taxonomies",
        "eligibility",
        "payments_accepted",
        "other_attributes",
        "service_headings",
    }
)
