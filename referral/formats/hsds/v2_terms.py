"""Taxonomies and terms of HSDS 1 and 2 lists, and which services they apply to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from referral.fields.text import clean_line
from referral.formats.files.tables import Tables
from referral.formats.hsds import v2_columns as columns
from referral.formats.reading.items import Item
from referral.formats.reading.joins import each_join, ids_in, join_reader, read_joins
from referral.formats.reading.row_reader import (
    FieldMap,
    RecordBuilder,
    RowReader,
    Values,
    key_of,
    plain_items,
    read_rows,
)
from referral.message import message

_CODE = re.compile(r"[A-Z]{1,2}(?:-[\d.-]+)?\Z|\d{3}(?:-\d{2})*\Z")


class Hsds2Terms:
    """The terms of one list."""

    def __init__(self, tables: Tables, builder: RecordBuilder) -> None:
        self.tables = tables
        self.builder = builder

    @cached_property
    def _taxonomy_names(self) -> dict[str, str]:
        """What the list calls a taxonomy (an id, or its name) → its name."""
        names = {
            row.get("taxonomy_type_recordid"): clean_line(row.get("name"))
            for row in self.tables.rows("taxonomy_types")
            if row.get("taxonomy_type_recordid")
        }
        for _, values in self._term_rows():
            given = values.get("taxonomy", "")
            if given and given not in names and given not in names.values():
                names[given] = given
        return names

    def taxonomies(self) -> Iterator[Item]:
        """The taxonomies that terms name."""
        field_map = FieldMap(
            kind="taxonomy",
            file="taxonomy_types",
            fields={"name": ("name",), "description": ("notes",), "uri": ("reference_url",)},
            key=("taxonomy_type_recordid",),
            also_read=("type", "order"),
        )
        listed = self.tables.has("taxonomy_types", "taxonomy_type_recordid")
        if listed:
            yield from plain_items(self.tables, field_map, self.builder)
        done = {r.get("taxonomy_type_recordid") for r in self.tables.rows("taxonomy_types")}
        for reader, values in self._term_rows():
            key = self._taxonomy_key(values.get("taxonomy", ""))
            if key and key not in done:
                done.add(key)
                named: Values = {"name": self._taxonomy_names[key]}
                yield from self.builder.items("taxonomy", key, reader, named, main=False)

    def _taxonomy_key(self, given: str) -> str:
        if given in self._taxonomy_names:
            return given
        return next((key for key, name in self._taxonomy_names.items() if name == given), "")

    def _term_rows(self) -> Iterator[tuple[RowReader, Values]]:
        for stem in ("taxonomy_terms", "taxonomy", "taxonomy_types"):
            if stem == "taxonomy_types" and not self.tables.has(stem, "term"):
                continue
            yield from read_rows(self.tables, replace(columns.TERMS, file=stem))

    def terms(self) -> Iterator[Item]:
        """The terms of the taxonomies."""
        ids_by_name = {
            values.get("name", ""): reader.row.get(*columns.TERM_ID)
            for reader, values in self._term_rows()
        }
        ids = set(ids_by_name.values())
        for reader, values in self._term_rows():
            key = key_of(columns.TERMS, reader, values)
            if _CODE.match(key):
                values.setdefault("code", key)
            taxonomy = self._taxonomy_key(values.get("taxonomy", ""))
            if taxonomy:
                values["taxonomy_id"] = taxonomy
                values["taxonomy"] = self._taxonomy_names[taxonomy]
            _choose_parent(reader, values, ids, ids_by_name)
            yield from self.builder.items("taxonomy_term", key, reader, values)

    def attributes(self) -> Iterator[Item]:
        """Which terms apply to which service, from all the places that say so."""
        for term, join in each_join(read_joins(self.tables, columns.TERM_JOINS)):
            reader = join_reader(self.tables, join, child="taxonomy_term_id", parent="link_id")
            values: Values = {
                "link_entity": "service",
                "link_id": join.parent,
                "taxonomy_term_id": term,
            }
            key = f"{join.parent}/{term}"
            yield from self.builder.items("attribute", key, reader, values, main=join.own)
        other = FieldMap(
            kind="attribute",
            file="other_attributes",
            fields={
                "link_id": ("link_id",),
                "taxonomy_term_id": ("taxonomy_term_id",),
                "link_entity": ("link_type", "link_entity"),
            },
        )
        yield from plain_items(self.tables, other, self.builder)


def _choose_parent(
    reader: RowReader, values: Values, ids: set[str], ids_by_name: dict[str, str]
) -> None:
    """One parent for a term: the first the list names, by id or by name."""
    given = ids_in(values.pop("parent_id", ""))
    found = [parent if parent in ids else ids_by_name.get(parent, parent) for parent in given]
    if found:
        values["parent_id"] = found[0]
    if len(found) > 1:
        header = next(h for h in columns.TERMS.fields["parent_id"] if h in reader.row.cells)
        reader.leave_unmapped(header)
        reader.warn(
            "several-parents", message("A term has one parent here; the first was taken."), header
        )
