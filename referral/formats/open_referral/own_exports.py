"""Tables of our own exports, converted from HSDS back to the columns that are read.

Headings and keywords are exported as attributes of our terms, tax numbers as identifiers (also by
other publishers), and incomplete addresses in a table of their own. Units of capacities, a table in
HSDS, are columns of capacities here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from referral.fields.urls_and_emails import to_uri
from referral.formats.files.tables import Row, Table, Tables
from referral.formats.open_referral.own_terms import (
    KEYWORD_TERM,
    SLUG_BY_TERM,
    SOURCES_TAXONOMY,
    TAXONOMY_IDS,
    TERM_IDS,
)
from referral.formats.reading.row_reader import Adjust, FieldMap, RowReader, Values
from referral.formats.writing.hsds_values import ADDRESS_FIELDS, TEXT_SUFFIX
from referral.message import message
from referral.records.kinds import field_names
from referral.records.problems import Problem, Severity

FieldMapT = TypeVar("FieldMapT", bound=FieldMap)
OTHER_FILES = ("partial_addresses", "units")
"""Files that are read as part of others."""
_TAX_SCHEMES = frozenset({"us-ein", "ca-cra_acr"})
_TAX_TYPES = frozenset({"ein", "tax id"})
# Kinds of which HSDS requires a description.
_DESCRIPTION_REQUIRED = frozenset({"organization", "program", "taxonomy", "taxonomy_term"})
_UNIT_COLUMNS = {
    "name": "unit", "scheme": "unit_scheme", "identifier": "unit_identifier", "uri": "unit_uri",
}  # fmt: skip


def with_own_columns(tables: Tables) -> Tables:
    """Move headings, keywords and tax numbers of our own exports to the columns that are read."""
    changed = dict(tables.by_stem)
    _remove_sources(changed)
    _move_attributes(changed)
    _move_tax_numbers(changed)
    _move_units(changed)
    if partial := changed.pop("partial_addresses", None):
        addresses = changed.get("addresses")
        changed["addresses"] = _with_rows(addresses, partial.rows) if addresses else partial
    for stem, own_ids in (("taxonomies", TAXONOMY_IDS), ("taxonomy_terms", TERM_IDS)):
        if table := changed.get(stem):
            changed[stem] = replace(
                table, rows=[row for row in table.rows if row.get("id") not in own_ids]
            )
    return replace(tables, by_stem=changed)


def _remove_sources(tables: dict[str, Table]) -> None:
    """Remove attributes and terms by which our own exports name the sources of services."""
    terms = tables.get("taxonomy_terms")
    rows = terms.rows if terms else ()
    ids = {row.get("id") for row in rows if row.get("taxonomy_id") == SOURCES_TAXONOMY.id}
    for stem, column in (("taxonomy_terms", "id"), ("attributes", "taxonomy_term_id")):
        if ids and (table := tables.get(stem)):
            tables[stem] = replace(
                table, rows=[row for row in table.rows if row.get(column) not in ids]
            )


def _move_attributes(tables: dict[str, Table]) -> None:
    """Move headings and keywords in our own exports from attributes to tables and columns."""
    table = tables.get("attributes")
    if table is None:
        return
    other_rows: list[Row] = []
    headings: list[Row] = []
    keywords: dict[str, list[str]] = defaultdict(list)
    for row in table.rows:
        term, service = row.get("taxonomy_term_id"), row.get("link_id")
        if term == KEYWORD_TERM.id:
            keywords[service].append(row.get("value"))
        elif slug := SLUG_BY_TERM.get(term, ""):
            cells = {"id": row.get("id"), "service_id": service, "heading": slug}
            headings.append(
                Row(row.file, row.line, {**cells, "set_by": row.get("value") or "file"})
            )
        else:
            other_rows.append(row)
            continue
        row.fates.keep(row.cells)
    if len(other_rows) == len(table.rows):
        return
    tables["attributes"] = replace(table, rows=other_rows)
    if headings:
        headers = ("id", "service_id", "heading", "set_by")
        existing = tables.get("service_headings")
        new_table = Table(table.name, headers, dict(zip(headers, headers, strict=True)), headings)
        tables["service_headings"] = _with_rows(existing, headings) if existing else new_table
    _add_cells(
        tables, "services", "keywords", {k: "|".join(words) for k, words in keywords.items()}
    )


def _move_tax_numbers(tables: dict[str, Table]) -> None:
    """Move tax numbers in our own exports from identifiers to the organization's row."""
    table, organizations = tables.get("organization_identifiers"), tables.get("organizations")
    if table is None or organizations is None:
        return
    given_numbers = {row.get("id"): row.get("tax_id") for row in organizations.rows}
    numbers: dict[str, str] = {}
    other_rows: list[Row] = []
    for row in table.rows:
        organization, number = row.get("organization_id"), row.get("identifier")
        is_first = (
            organization in given_numbers
            and organization not in numbers
            and given_numbers[organization] in {"", number}
        )
        if number and is_first and _is_tax_number(row):
            numbers[organization] = number
            row.fates.keep(row.cells)
        else:
            other_rows.append(row)
    tables["organization_identifiers"] = replace(table, rows=other_rows)
    _add_cells(tables, "organizations", "tax_id", numbers)


def _move_units(tables: dict[str, Table]) -> None:
    """Move the unit of a capacity in our own exports to columns of its row."""
    table, units = tables.get("service_capacity"), tables.pop("units", None)
    if table is None or units is None:
        return
    by_id = {row.get("id"): _unit_cells(row) for row in units.rows}
    used_ids = {row.get("unit_id") for row in table.rows}
    for row in units.rows:
        if row.get("id") in used_ids:
            row.fates.keep(row.cells)
    rows = []
    for row in table.rows:
        row.fates.keep(("unit_id",))
        unit = by_id.get(row.get("unit_id"))
        cells = {name: text for name, text in row.cells.items() if name != "unit_id"}
        rows.append(row if unit is None else replace(row, cells={**unit, **cells}))
    shown = {name: name for name in _UNIT_COLUMNS.values()}
    tables["service_capacity"] = replace(table, rows=rows, shown={**shown, **table.shown})


def _unit_cells(row: Row) -> dict[str, str]:
    cells = {column: row.get(name) for name, column in _UNIT_COLUMNS.items()}
    cells["unit_uri"] = row.get(f"uri{TEXT_SUFFIX}") or cells["unit_uri"]
    return {column: text for column, text in cells.items() if text}


def unused_units(tables: Tables) -> Iterator[Problem]:
    """Yield a problem for units in our own exports that no capacity uses, so are not stored."""
    units, capacities = tables.by_stem.get("units"), tables.by_stem.get("service_capacity")
    used_ids = {row.get("unit_id") for row in capacities.rows} if capacities else set()
    for row in units.rows if units else ():
        if row.get("id") not in used_ids:
            yield Problem(
                code="unit-unused",
                severity=Severity.WARNING,
                message=message("No capacity counts in this unit. It was left out."),
                file=row.file,
                line=row.line,
            )


def _is_tax_number(row: Row) -> bool:
    scheme = row.get("identifier_scheme").casefold()
    return scheme in _TAX_SCHEMES if scheme else row.get("identifier_type").casefold() in _TAX_TYPES


def _add_cells(tables: dict[str, Table], stem: str, header: str, cells: Mapping[str, str]) -> None:
    """Set a cell of rows in a table of our own exports, by their ids, if it is empty."""
    table = tables.get(stem)
    if table is None or not cells:
        return
    rows = [
        replace(row, cells={header: cells[key], **row.cells})
        if (key := row.get("id")) in cells
        else row
        for row in table.rows
    ]
    tables[stem] = replace(table, shown={header: header, **table.shown}, rows=rows)


def _with_rows(table: Table, rows: Sequence[Row]) -> Table:
    return replace(table, rows=[*table.rows, *rows])


def with_text_columns(field_map: FieldMapT) -> FieldMapT:
    """Add the ``*_text`` columns of our exports, which contain invalid URLs and e-mail addresses.

    Values that our exports only repeat because HSDS requires them are removed.
    """
    kind = field_map.kind
    names = [name for name in field_names(kind) if name in ADDRESS_FIELDS]
    adjusts: list[Adjust] = [_restore_address(name) for name in names]
    if kind in _DESCRIPTION_REQUIRED:
        adjusts.append(_without_repeated_name)
    if kind == "organization_identifier":
        adjusts.append(_without_repeated_scheme)
    if kind == "service_area":
        adjusts.append(_without_type_of_no_extent)
    return replace(
        field_map,
        also_read=(*field_map.also_read, *(f"{name}{TEXT_SUFFIX}" for name in names)),
        adjust=(*field_map.adjust, *adjusts),
    )


def _restore_address(name: str) -> Adjust:
    header = f"{name}{TEXT_SUFFIX}"

    def restore(reader: RowReader, values: Values) -> None:
        text = reader.row.get(header)
        if not text:
            return
        if name not in values or to_uri(text) == values[name]:
            values[name] = text
            reader.headers[name] = reader.show(header)
        else:
            reader.leave_unmapped(header)

    return restore


def _without_repeated_name(_reader: RowReader, values: Values) -> None:
    """Remove a description that repeats the name, as our exports have if HSDS requires one."""
    if values.get("description") and values["description"] == values.get("name"):
        del values["description"]


def _without_repeated_scheme(_reader: RowReader, values: Values) -> None:
    """Remove the type of an identifier if it repeats its scheme, as our exports write it."""
    if values.get("identifier_type") and values["identifier_type"] == values.get(
        "identifier_scheme"
    ):
        del values["identifier_type"]


def _without_type_of_no_extent(reader: RowReader, values: Values) -> None:
    """Remove the extent type of a service area that has no extent."""
    if values.get("extent_type") and not values.get("extent"):
        del values["extent_type"]
        reader.leave_unmapped("extent_type")
