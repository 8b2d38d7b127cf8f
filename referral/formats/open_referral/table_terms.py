"""Taxonomies, terms and headings of Open Referral tables, and their links to services."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from referral.fields.text import clean_line, clean_text, split_list
from referral.formats.files.tables import Tables
from referral.formats.open_referral.own_terms import HEADING_SLUGS
from referral.formats.open_referral.sheets import (
    SERVICE_ID,
    TABLES_OF_TERMS,
    TAXONOMIES,
    TERM_JOINS,
    TERMS,
)
from referral.formats.reading.derived_fields import join_values
from referral.formats.reading.items import Item
from referral.formats.reading.joins import ids_in, iter_joins, join_reader, read_joins
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
from referral.message import message
from referral.records.classification import SET_BY_RULE

_TERM_CODE = re.compile(r"[A-Z]{1,2}(?:-[\d.-]+)?\Z|\d{3}(?:-\d{2})*\Z")
_OHANA_TAXONOMY = "Open Eligibility (Ohana)"
_ONE_PARENT = message("A term has one parent here; the first was taken.")
_TYPES = FieldMap(
    kind="taxonomy",
    file="taxonomy_types",
    fields={"name": ("name",), "description": ("notes",), "uri": ("reference_url",)},
    key=("taxonomy_type_recordid",),
    also_read=("type", "order"),
)
_OTHER_ATTRIBUTES = FieldMap(
    kind="attribute",
    file="other_attributes",
    fields={
        "link_id": ("link_id",),
        "taxonomy_term_id": ("taxonomy_term_id",),
        "link_entity": ("link_type", "link_entity"),
    },
)
_HEADINGS = FieldMap(
    kind="service_heading", file="service_headings", fields=own_fields("service_heading")
)


class Terms:
    """Reader of the taxonomy terms of one Open Referral list."""

    def __init__(self, tables: Tables, builder: RecordBuilder, *, are_hsds3: bool) -> None:
        self.tables = tables
        self.builder = builder
        self._has_taxonomy_ids = are_hsds3

    def items(self) -> Iterator[Item]:
        """Yield an Open Referral list's taxonomies, terms, and links of services to terms."""
        yield from self._taxonomies()
        yield from self._terms()
        yield from self._attributes()
        yield from self._headings_of_services()
        yield from self._headings_in_rows()
        yield from self._translations()

    # ------------------------------------------------------------ taxonomies and terms
    @cached_property
    def _taxonomy_names(self) -> dict[str, str]:
        """Return the names of an Open Referral list's taxonomies by their key in the list."""
        names = {
            row.get(header): clean_line(row.get("name"))
            for stem, header in (("taxonomy_types", "taxonomy_type_recordid"), ("taxonomies", "id"))
            for row in self.tables.rows(stem)
            if row.get(header)
        }
        for _, _, values in self._term_rows():
            given = "" if values.get("taxonomy_id") else values.get("taxonomy", "")
            if given and given not in names and given not in names.values():
                names[given] = given
        return names

    def _taxonomies(self) -> Iterator[Item]:
        """Yield an Open Referral list's taxonomies, and those that only terms or codes name."""
        yield from plain_items(self.tables, TAXONOMIES, self.builder)
        if self.tables.has("taxonomy_types", "taxonomy_type_recordid"):
            yield from plain_items(self.tables, _TYPES, self.builder)
        done = {r.get("taxonomy_type_recordid") for r in self.tables.rows("taxonomy_types")}
        done |= {r.get("id") for r in self.tables.rows("taxonomies")}
        for _, reader, values in self._term_rows():
            key = self._taxonomy_key(values)
            if key and key not in done:
                done.add(key)
                taxonomy_values: Values = {"name": self._taxonomy_names[key]}
                yield from self.builder.items(
                    "taxonomy", key, reader, taxonomy_values, is_main=False
                )
        if not any(map(self.tables.get, TABLES_OF_TERMS)):
            yield from self._open_eligibility_taxonomy()

    def _open_eligibility_taxonomy(self) -> Iterator[Item]:
        """Yield the Open Eligibility taxonomy if services have codes of it."""
        for row in self.tables.rows("services"):
            if any(map(is_open_eligibility, split_list(row.get("taxonomy_ids")))):
                taxonomy_values = {"name": _OHANA_TAXONOMY}
                reader = RowReader(row, {})
                yield from self.builder.items(
                    "taxonomy", _OHANA_TAXONOMY, reader, taxonomy_values, is_main=False
                )
                return

    def _taxonomy_key(self, values: Values) -> str:
        """Return the key of the taxonomy that a listed term names; "" if it names none.

        It is also "" for a term that has the taxonomy's id.
        """
        given = "" if values.get("taxonomy_id") else values.get("taxonomy", "")
        if given in self._taxonomy_names:
            return str(given)
        return next((key for key, name in self._taxonomy_names.items() if name == given), "")

    def _term_rows(self) -> Iterator[tuple[FieldMap, RowReader, Values]]:
        """Yield an Open Referral list's rows of taxonomy terms with their table's field map.

        Ohana calls the id of a term ``taxonomy_id``, and has only one taxonomy.
        """
        for stem in TABLES_OF_TERMS:
            if stem == "taxonomy_types" and not self.tables.has(stem, "term"):
                continue
            sheet = replace(TERMS, file=stem)
            is_ohana = stem == "taxonomy" and self.tables.has(stem, "taxonomy_id")
            if is_ohana:
                sheet = replace(sheet, key=("taxonomy_id",))
            for reader, values in read_rows(self.tables, sheet):
                if not self._has_taxonomy_ids:
                    values.pop("taxonomy_id", None)
                    reader.headers.pop("taxonomy_id", None)
                    reader.leave_unmapped("taxonomy_id")
                if is_ohana:
                    values["taxonomy"] = _OHANA_TAXONOMY
                yield sheet, reader, values

    def _terms(self) -> Iterator[Item]:
        ids_by_name = {
            values.get("name", ""): reader.row.get(*sheet.key)
            for sheet, reader, values in self._term_rows()
        }
        ids = set(ids_by_name.values())
        for sheet, reader, values in self._term_rows():
            key = key_of(sheet, reader, values)
            if _TERM_CODE.match(key):
                values.setdefault("code", key)
            if taxonomy := self._taxonomy_key(values):
                values["taxonomy_id"] = taxonomy
                values["taxonomy"] = self._taxonomy_names[taxonomy]
            _choose_parent(reader, values, ids, ids_by_name)
            yield from self.builder.items("taxonomy_term", key, reader, values)

    # ------------------------------------------------------------ links to services
    def _attributes(self) -> Iterator[Item]:
        """Yield an Open Referral list's links of services to terms, from any table."""
        for term, join in iter_joins(read_joins(self.tables, TERM_JOINS)):
            reader = join_reader(self.tables, join, child="taxonomy_term_id", parent="link_id")
            values: Values = {
                "link_entity": "service",
                "link_id": join.parent,
                "taxonomy_term_id": term,
            }
            key = f"{join.parent}/{term}"
            yield from self.builder.items("attribute", key, reader, values, is_main=join.is_record)
        yield from plain_items(self.tables, _OTHER_ATTRIBUTES, self.builder)

    def _headings_of_services(self) -> Iterator[Item]:
        field_map = FieldMap(kind="service_heading", file="services", fields={})
        if not self.tables.has("services", "headings"):
            return
        for reader, values in read_rows(self.tables, field_map):
            service = reader.row.get(*SERVICE_ID)
            for slug in join_values(reader.take("heading", "headings")).split("|"):
                yield from self._heading_items(reader, service, slug, values)

    def _headings_in_rows(self) -> Iterator[Item]:
        """Yield the headings of services in our own exports, other than those set by rules."""
        for reader, values in read_rows(self.tables, _HEADINGS):
            if values.get("set_by") != SET_BY_RULE:
                service, slug = values.get("service_id", ""), values.get("heading", "")
                yield from self._heading_items(reader, service, slug, values)

    def _heading_items(
        self, reader: RowReader, service: str, slug: str, values: Values
    ) -> Iterator[Item]:
        """Yield a service's heading, or a problem if the heading is unknown."""
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
        yield from self.builder.items("service_heading", key, reader, values, is_main=False)

    def _translations(self) -> Iterator[Item]:
        """Yield the Spanish translations of our own taxonomy terms."""
        field_map = FieldMap(kind="translation", file="taxonomy_terms", fields={})
        for reader, _ in read_rows(self.tables, field_map):
            term = reader.row.get("id")
            for field_name in ("name", "description", "use_references"):
                text = clean_text(reader.take("text", f"{field_name}_es"))
                if not text or not term:
                    continue
                values: dict[str, Any] = {
                    "link_entity": "taxonomy_term",
                    "link_id": term,
                    "language": "es",
                    "field": field_name,
                    "text": join_values(text) if field_name == "use_references" else text,
                }
                key = f"{term}/{field_name}/es"
                yield from self.builder.items("translation", key, reader, values, is_main=False)


def _choose_parent(
    reader: RowReader, values: Values, ids: set[str], ids_by_name: Mapping[str, str]
) -> None:
    """Set the parent of a taxonomy term: the first in the source list, by id or name."""
    given = ids_in(values.pop("parent_id", ""))
    found = [parent if parent in ids else ids_by_name.get(parent, parent) for parent in given]
    if found:
        values["parent_id"] = found[0]
    if len(found) > 1:
        header = next(h for h in TERMS.fields["parent_id"] if h in reader.row.cells)
        reader.leave_unmapped(header)
        reader.warn("several-parents", _ONE_PARENT, header)
