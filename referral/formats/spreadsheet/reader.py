"""Spreadsheet reader: one or more sheets of rows, read by their column mapping."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from referral.errors import refused
from referral.formats.column_mapping import ColumnMapping, check_mapping
from referral.formats.files.tables import Table, Tables
from referral.formats.reading.items import Item
from referral.formats.reading.row_reader import RecordBuilder, RowReader
from referral.formats.spreadsheet.header_matching import columns_of
from referral.formats.spreadsheet.header_row import is_header_row
from referral.formats.spreadsheet.header_synonyms import HEADER_SYNONYMS
from referral.formats.spreadsheet.mapped_rows import MappedSheet, mapped_sheet
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.sheet_records import SheetRecords
from referral.formats.spreadsheet.sheet_rows import SheetRows
from referral.message import Message, message

_ORDER = ("organization", "location", "service", "service_at_location")


def recognise_spreadsheet(tables: Tables) -> Message | None:
    """Why this is a spreadsheet of services, None when it is not."""
    if tables.mapping is not None:
        return message("Its columns are mapped.")
    headed = [table for table in tables.by_stem.values() if _is_headed(table)]
    if not headed:
        return None
    table = headed[0]
    found = columns_of(table.shown.items())
    named = ", ".join(table.shown[headers[0]] for headers in list(found.values())[:4])
    return message(
        "It has columns for %(columns)s, as a spreadsheet of services has.", columns=named
    )


def check_spreadsheet(tables: Tables) -> None:
    """Refuse what has no sheet with a name and something else, and no mapping that says so.

    Raises:
        RefusedError: it names the headers found and those expected.
    """
    if tables.mapping is not None:
        check_mapping(tables.mapping)
        return
    if any(_is_headed(table) for table in tables.by_stem.values()):
        return
    table = next(iter(tables.by_stem.values()))
    found = ", ".join(table.shown.values())
    names = ", ".join(HEADER_SYNONYMS["service.name"][:4])
    raise refused(
        "The columns of %(name)s are not known: %(columns)s. Expected are a column for "
        "the name (%(synonyms)s or %(other_synonyms)s) and one more. That may be "
        "phone, address, city, hours, description or website. Or say with a column "
        "mapping what each column holds.",
        name=table.name,
        columns=found,
        synonyms=names,
        other_synonyms=", ".join(HEADER_SYNONYMS["organization.name"][:3]),
    )


def read_spreadsheet(tables: Tables, source: str) -> Iterator[Item]:
    """The items of a spreadsheet, by the mapping given or, without one, by the proposed one."""
    mapping = tables.mapping or propose_mapping(tables)
    return apply_mapping(tables, mapping, source)


def apply_mapping(
    tables: Tables, mapping: ColumnMapping, source: str, *, first: int | None = None
) -> Iterator[Item]:
    """The records, refused rows and problems that a mapping makes of the sheets.

    Rows of one service and organization are its places.

    Args:
        tables: the sheets by name, or the only one.
        mapping: what each column holds.
        source: name of the provider list.
        first: read only so many services, for a preview; None reads all.

    Raises:
        RefusedError: the mapping does not fit these sheets.
    """
    sheets = _mapped(tables, mapping)
    sheet_rows = SheetRows()
    for kind in _ORDER:
        for stem, sheet in sheets.items():
            if sheet.rule.row == kind:
                rows = sheet.rows_of(tables.rows(stem))
                for row in islice(rows, first if kind == "service" else None):
                    sheet_rows.add(sheet, RowReader(row, sheet.table.shown))
    for sheet in sheets.values():
        yield from sheet.problems
    yield from SheetRecords(sheet_rows, RecordBuilder(source)).items()


def _mapped(tables: Tables, mapping: ColumnMapping) -> dict[str, MappedSheet]:
    check_mapping(mapping)
    sheets: dict[str, MappedSheet] = {}
    for stem, table in tables.by_stem.items():
        rule = mapping.of_sheet(stem)
        if rule is None and len(tables.by_stem) == 1 == len(mapping.sheets):
            rule = mapping.sheets[0]
        if rule is not None and rule.row != "none":
            sheets[stem] = mapped_sheet(table, rule)
    if not sheets:
        known = ", ".join(tables.by_stem)
        raise refused(
            "The mapping names none of these sheets: %(sheets)s. Map them again.", sheets=known
        )
    return sheets


def _is_headed(table: Table) -> bool:
    return is_header_row(list(table.shown.values()))
