"""What our exports put into HSDS's own places, as tables with columns of ours again.

Headings and keywords come as attributes of our terms, tax numbers as identifiers (of whoever made
the list), and addresses that lack a part in a table of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from referral.fields.urls_and_emails import to_uri
from referral.formats.files.tables import Row, Table, Tables
from referral.formats.hsds.own_terms import KEYWORD_TERM, SLUG_BY_TERM, TAXONOMY_IDS, TERM_IDS
from referral.formats.reading.row_reader import Adjust, RowReader, Values
from referral.records.kinds import field_names

OTHER_FILES = ("partial_addresses", "organization_identifiers")
"""Files that are read as part of others."""
_TAX_SCHEMES = frozenset({"us-ein", "ca-cra_acr"})
_TAX_TYPES = frozenset({"ein", "tax id"})
TEXT_SUFFIX = "_text"
# HSDS requires a description of these.
_DESCRIBED = frozenset({"organization", "program", "taxonomy", "taxonomy_term"})
_ADDRESS_FIELDS = (
    "url", "website", "uri", "term_uri", "schedule_link", "email", "assurer_email",
)  # fmt: skip


def with_own_columns(tables: Tables) -> Tables:
    """The tables of a list with headings, keywords and tax numbers where the reader takes them."""
    changed = dict(tables.by_stem)
    _take_attributes(changed)
    _take_identifiers(changed)
    if partial := changed.pop("partial_addresses", None):
        known = changed.get("addresses")
        changed["addresses"] = _with_rows(known, partial.rows) if known else partial
    for stem, own in (("taxonomies", TAXONOMY_IDS), ("taxonomy_terms", TERM_IDS)):
        if table := changed.get(stem):
            changed[stem] = _only(table, [row for row in table.rows if row.get("id") not in own])
    return replace(tables, by_stem=changed)


def _take_attributes(tables: dict[str, Table]) -> None:
    """Take headings and keywords of services out of the attributes."""
    table = tables.get("attributes")
    if table is None:
        return
    kept: list[Row] = []
    headings: list[Row] = []
    keywords: dict[str, list[str]] = defaultdict(list)
    for row in table.rows:
        term, service = row.get("taxonomy_term_id"), row.get("link_id")
        if term == KEYWORD_TERM.id:
            keywords[service].append(row.get("value"))
        elif slug := SLUG_BY_TERM.get(term, ""):
            said = {"id": row.get("id"), "service_id": service, "heading": slug}
            headings.append(Row(row.file, row.line, {**said, "set_by": row.get("value") or "file"}))
        else:
            kept.append(row)
    if len(kept) == len(table.rows):
        return
    tables["attributes"] = _only(table, kept)
    if headings:
        headers = ("id", "service_id", "heading", "set_by")
        known = tables.get("service_headings")
        own = Table(table.name, headers, dict(zip(headers, headers, strict=True)), headings)
        tables["service_headings"] = _with_rows(known, headings) if known else own
    _add_cells(
        tables, "services", "keywords", {k: "|".join(words) for k, words in keywords.items()}
    )


def _take_identifiers(tables: dict[str, Table]) -> None:
    """Tax numbers become a column of organizations, other numbers one that is kept aside."""
    table = tables.pop("organization_identifiers", None)
    if table is None:
        return
    numbers: dict[str, str] = {}
    others: dict[str, list[str]] = defaultdict(list)
    for row in table.rows:
        agency, number = row.get("organization_id"), row.get("identifier")
        if number and agency not in numbers and _is_tax_number(row):
            numbers[agency] = number
        else:
            names = (row.get("identifier_scheme"), row.get("identifier_type"), number)
            others[agency].append(" ".join(filter(None, names)))
    aside = {agency: "\n".join(lines) for agency, lines in others.items()}
    _add_cells(tables, "organizations", "organization_identifiers", aside)
    _add_cells(tables, "organizations", "tax_id", numbers)


def _is_tax_number(row: Row) -> bool:
    scheme = row.get("identifier_scheme").casefold()
    return scheme in _TAX_SCHEMES if scheme else row.get("identifier_type").casefold() in _TAX_TYPES


def _add_cells(tables: dict[str, Table], stem: str, header: str, cells: Mapping[str, str]) -> None:
    """Give the rows of these ids a cell where they have none."""
    table = tables.get(stem)
    if table is None or not cells:
        return
    rows = [
        replace(row, cells={header: cells[key], **row.cells})
        if (key := row.get("id")) in cells
        else row
        for row in table.rows
    ]
    tables[stem] = _only(replace(table, shown={header: header, **table.shown}), rows)


def _with_rows(table: Table, rows: Sequence[Row]) -> Table:
    return _only(table, [*table.rows, *rows])


def _only(table: Table, rows: Sequence[Row]) -> Table:
    return replace(table, rows=rows)


def adjustments(kind: str) -> tuple[Adjust, ...]:
    """What our exports add to the columns of a kind, taken back."""
    names = [name for name in field_names(kind) if name in _ADDRESS_FIELDS]
    adjusts: list[Adjust] = [_address_as_given(name) for name in names]
    if kind in _DESCRIBED:
        adjusts.append(_without_repeated_name)
    if kind == "service_area":
        adjusts.append(_without_type_of_nothing)
    return tuple(adjusts)


def text_columns(kind: str) -> tuple[str, ...]:
    """The columns for addresses that are none, or had to be encoded."""
    return tuple(f"{name}{TEXT_SUFFIX}" for name in field_names(kind) if name in _ADDRESS_FIELDS)


def _address_as_given(name: str) -> Adjust:
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
    """A description that repeats the name stands where HSDS requires one."""
    if values.get("description") and values["description"] == values.get("name"):
        del values["description"]


def _without_type_of_nothing(reader: RowReader, values: Values) -> None:
    """The type of an extent that is not there says nothing."""
    if values.get("extent_type") and not values.get("extent"):
        del values["extent_type"]
        reader.leave_unmapped("extent_type")
