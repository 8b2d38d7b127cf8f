"""HSDS 3.x tables (one CSV per object), with the columns that Referral's own exports add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from referral.fields.text import clean_text
from referral.formats.files.tables import Tables
from referral.formats.hsds.own_exports import (
    OTHER_FILES,
    unused_units,
    with_own_columns,
    with_text_columns,
)
from referral.formats.hsds.own_terms import HEADING_SLUGS
from referral.formats.reading.areas import complete_area
from referral.formats.reading.derived_fields import (
    complete_keywords,
    complete_language,
    complete_phone,
    complete_position,
    joined,
)
from referral.formats.reading.items import Item
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
from referral.formats.reading.social_pages import organization_items
from referral.message import Message, message
from referral.records.classification import SET_BY_RULE

IGNORED_FILES: Mapping[str, str] = {
    "meta_table_descriptions": "descriptions of tables",
}


def _join_references(_reader: RowReader, values: Values) -> None:
    if values.get("use_references"):
        values["use_references"] = joined(values["use_references"])


_SOURCE = ("source",)
FIELD_MAPS: tuple[FieldMap, ...] = (
    FieldMap(kind="taxonomy", file="taxonomies", fields=own_fields("taxonomy")),
    FieldMap(
        kind="taxonomy_term",
        file="taxonomy_terms",
        fields=own_fields("taxonomy_term", code=("code_text",)),
        also_read=("name_es", "use_references_es", "description_es"),
        adjust=(_join_references,),
    ),
    FieldMap(
        kind="organization",
        file="organizations",
        fields=own_fields("organization", website=("url",)),
    ),
    FieldMap(kind="program", file="programs", fields=own_fields("program")),
    FieldMap(
        kind="service",
        file="services",
        fields=own_fields("service", fees_description=("fees",)),
        also_read=("headings",),
        adjust=(complete_keywords,),
    ),
    FieldMap(
        kind="location",
        file="locations",
        fields=own_fields("location"),
        adjust=(complete_position,),
    ),
    FieldMap(
        kind="service_at_location",
        file="service_at_location",
        fields=own_fields("service_at_location"),
    ),
    FieldMap(kind="contact", file="contacts", fields=own_fields("contact")),
    FieldMap(
        kind="phone",
        file="phones",
        fields=own_fields("phone", extension=("extension_text",)),
        adjust=(complete_phone,),
    ),
    FieldMap(kind="address", file="addresses", fields=own_fields("address")),
    FieldMap(
        kind="schedule",
        file="schedules",
        # What HSDS has no room for stands beside it in our own exports.
        fields=own_fields("schedule", timezone=("timezone_text",), wkst=("wkst_text",)),
    ),
    FieldMap(
        kind="service_area",
        file="service_areas",
        fields=own_fields("service_area"),
        adjust=(complete_area,),
    ),
    FieldMap(
        kind="language",
        file="languages",
        fields=own_fields("language"),
        adjust=(complete_language,),
    ),
    FieldMap(kind="accessibility", file="accessibility", fields=own_fields("accessibility")),
    FieldMap(kind="cost_option", file="cost_options", fields=own_fields("cost_option")),
    FieldMap(
        kind="required_document",
        file="required_documents",
        fields=own_fields("required_document"),
    ),
    FieldMap(
        kind="service_capacity",
        file="service_capacity",
        fields={**own_fields("service_capacity"), "updated": ("updated_text", "updated")},
        also_read=("updated",),
    ),
    FieldMap(kind="funding", file="funding", fields=own_fields("funding", funding_source=_SOURCE)),
    FieldMap(
        kind="organization_identifier",
        file="organization_identifiers",
        fields=own_fields("organization_identifier"),
    ),
    FieldMap(kind="url", file="url", fields=own_fields("url")),
    FieldMap(kind="attribute", file="attributes", fields=own_fields("attribute")),
    FieldMap(kind="translation", file="translations", fields=own_fields("translation")),
    FieldMap(
        kind="metadata",
        file="metadata",
        fields={
            **own_fields("metadata", link_entity=("resource_type",), link_id=("resource_id",)),
            "last_action_date": ("last_action_date_text", "last_action_date"),
        },
        also_read=("last_action_date",),
    ),
)
_HEADINGS = FieldMap(
    kind="service_heading", file="service_headings", fields=own_fields("service_heading")
)
FILES = frozenset((*(field_map.file for field_map in (*FIELD_MAPS, _HEADINGS)), *OTHER_FILES))


_SIGNS = (
    ("addresses", "address_type"),
    ("attributes", "link_entity"),
    ("taxonomies", "id"),
    ("locations", "location_type"),
)


def recognise_hsds3(tables: Tables) -> Message | None:
    """Why this is an HSDS 3 list, None when it is not."""
    if tables.form == "json":
        names = ", ".join(stem.replace("_", " ") for stem in tables.by_stem)
        return message("It is JSON with %(objects)s, as HSDS 3 has.", objects=names)
    if not tables.has("services", "id", "name") and not tables.has("organizations", "id", "name"):
        return None
    for stem, header in _SIGNS:
        if tables.has(stem, header):
            return message(
                "It has %(table)s.csv with %(column)s, as HSDS 3 lists have.",
                table=stem,
                column=header,
            )
    if tables.has("organizations", "id", "website") and not tables.has("services", "location_id"):
        return message("It has organizations.csv with website, as HSDS 3 lists have.")
    is_bare = tables.by_stem.keys() <= FILES and not tables.has("organizations", "url")
    if is_bare and tables.has("phones", "number") and tables.has("services", "organization_id"):
        return message("It has services.csv with organization_id, and phones.csv, as HSDS has.")
    return None


def read_hsds3(tables: Tables, source: str) -> Iterator[Item]:
    """The items of an HSDS 3 list, file by file."""
    builder = RecordBuilder(source, tables)
    yield from unused_units(tables)
    tables = with_own_columns(tables)
    for field_map in FIELD_MAPS:
        complete = with_text_columns(field_map)
        if field_map.kind == "organization":
            yield from organization_items(tables, complete, builder)
        else:
            last = field_map.file in _READ_ONCE
            yield from plain_items(tables, complete, builder, last=last)
    yield from _headings_of_services(tables, builder)
    yield from _headings_in_rows(tables, builder)
    yield from _translations_of_terms(tables, builder)


_READ_AGAIN = frozenset({"services", "taxonomy_terms"})
_READ_ONCE = frozenset(
    file
    for file, count in Counter(field_map.file for field_map in FIELD_MAPS).items()
    if count == 1 and file not in _READ_AGAIN
)


def _headings_of_services(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    field_map = FieldMap(kind="service_heading", file="services", fields={})
    for reader, values in read_rows(tables, field_map):
        service = reader.row.get("id")
        for slug in joined(reader.take("heading", "headings")).split("|"):
            yield from _heading_items(builder, reader, service, slug, values)


def _headings_in_rows(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    """The headings of our own exports; what rules placed there, the rules here place again."""
    for reader, values in read_rows(tables, _HEADINGS):
        if values.get("set_by") != SET_BY_RULE:
            service, slug = values.get("service_id", ""), values.get("heading", "")
            yield from _heading_items(builder, reader, service, slug, values)


def _heading_items(
    builder: RecordBuilder, reader: RowReader, service: str, slug: str, values: Values
) -> Iterator[Item]:
    """That a service stands under a heading its file names; an unknown heading is said."""
    slug = slug.strip().lower()
    if not slug or not service:
        return
    if slug not in HEADING_SLUGS:
        detail = message(
            "There is no heading %(heading)s. Use one of: %(headings)s.",
            heading=slug,
            headings=", ".join(HEADING_SLUGS),
        )
        reader.warn("unknown-heading", detail, "headings")
        yield reader.problems[-1]
        return
    key = f"{service}/{slug}"
    if "heading" in values:  # a row of its own
        key = key_of(_HEADINGS, reader, values)
    values = {"set_by": "file", **values, "service_id": service, "heading": slug}
    yield from builder.items("service_heading", key, reader, values, main=False)


def _translations_of_terms(tables: Tables, builder: RecordBuilder) -> Iterator[Item]:
    field_map = FieldMap(kind="translation", file="taxonomy_terms", fields={})
    for reader, _ in read_rows(tables, field_map):
        term = reader.row.get("id")
        for field_name in ("name", "description", "use_references"):
            text = clean_text(reader.take("text", f"{field_name}_es"))
            if not text or not term:
                continue
            if field_name == "use_references":
                text = joined(text)
            values: dict[str, Any] = {
                "link_entity": "taxonomy_term",
                "link_id": term,
                "language": "es",
                "field": field_name,
                "text": text,
            }
            key = f"{term}/{field_name}/es"
            yield from builder.items("translation", key, reader, values, main=False)
