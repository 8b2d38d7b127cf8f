"""Spreadsheet reader: one or more sheets of rows, read by their column mapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from referral.errors import refused
from referral.formats.column_mapping import ColumnMapping, check_mapping
from referral.formats.files.fates import AS_GIVEN
from referral.formats.files.tables import Row, Table, Tables
from referral.formats.reading.items import Item, RefusedRow
from referral.formats.reading.row_reader import RecordBuilder, RowReader, Values
from referral.formats.spreadsheet.header_matching import columns_of
from referral.formats.spreadsheet.header_row import is_header_row
from referral.formats.spreadsheet.locations import SheetLocation
from referral.formats.spreadsheet.mapped_rows import MappedSheet, mapped_sheet
from referral.formats.spreadsheet.parts import RowParts, RowsOfRecord
from referral.formats.spreadsheet.propose_mapping import propose_mapping
from referral.formats.spreadsheet.sheet_rows import (
    EntityRow,
    ServiceRow,
    SheetRows,
    add_email_of_contact,
    values_of,
)
from referral.formats.spreadsheet.shifted_rows import is_shifted
from referral.formats.spreadsheet.targets import TARGETS
from referral.message import Message, message
from referral.records.kinds import SourcedRecord
from referral.records.problems import Problem, Severity

_KINDS_IN_ORDER = ("organization", "location", "service", "service_at_location")
# Texts of a service that may differ by place, and the words put before each of them.
_TEXTS_BY_PLACE = {
    "description": "",
    "eligibility_description": "Who can get it: ",
    "application_process": "How to apply: ",
    "fees_description": "What it costs: ",
}
_REPEATED = message(
    "An earlier row says the same of this service and place. Phones, hours and the "
    "like of both rows were taken together."
)


def recognize_spreadsheet(tables: Tables) -> Message | None:
    """Return the reason why tables are taken for a services spreadsheet, None if not."""
    if tables.mapping is not None:
        return message("Its columns are mapped.")
    headed = [table for table in tables.by_stem.values() if _is_headed(table)]
    if not headed:
        return None
    table = headed[0]
    found = columns_of(table.shown.items())
    column_names = ", ".join(table.shown[headers[0]] for headers in list(found.values())[:4])
    return message(
        "It has columns for %(columns)s, as a spreadsheet of services has.", columns=column_names
    )


def check_spreadsheet(tables: Tables) -> None:
    """Refuse sheets without a known name column and one more, unless a column mapping is given.

    Raises:
        RefusedError: no sheet has such columns; the message names those found and expected.
    """
    if tables.mapping is not None:
        check_mapping(tables.mapping)
        return
    if any(_is_headed(table) for table in tables.by_stem.values()):
        return
    table = next(iter(tables.by_stem.values()))
    found = ", ".join(table.shown.values())
    raise refused(
        "The columns of %(name)s are not known: %(columns)s. Expected are a column for "
        "the name (%(synonyms)s or %(other_synonyms)s) and one more. That may be "
        "phone, address, city, hours, description or website. Or say with a column "
        "mapping what each column holds.",
        name=table.name,
        columns=found,
        synonyms=", ".join(islice(TARGETS["service.name"].words, 4)),
        other_synonyms=", ".join(islice(TARGETS["organization.name"].words, 3)),
    )


def read_spreadsheet(tables: Tables, source: str) -> Iterator[Item]:
    """Read the records and problems of a spreadsheet by its column mapping.

    The mapping is given or proposed.
    """
    mapping = tables.mapping or propose_mapping(tables)
    return apply_mapping(tables, mapping, source)


def apply_mapping(
    tables: Tables, mapping: ColumnMapping, source: str, *, first: int | None = None
) -> Iterator[Item]:
    """Yield the records, refused rows and problems of sheets read by a column mapping.

    Several rows of one service and organization are its places.

    Args:
        tables: the sheets by name, or the only one.
        mapping: the column mapping.
        source: name of the provider list.
        first: number of services to read, for a preview; None reads all.

    Raises:
        RefusedError: the mapping does not fit these sheets.
    """
    sheets = _map_sheets(tables, mapping)
    sheet_rows = SheetRows()
    for kind in _KINDS_IN_ORDER:
        for stem, sheet in sheets.items():
            if sheet.rule.row == kind:
                rows = sheet.rows_of(tables.rows(stem))
                for given, row in islice(rows, first if kind == "service" else None):
                    row.fates.keep(_keys_replaced(given, row))
                    reader = RowReader(row, sheet.table.shown)
                    if is_shifted(given, sheet.recognizable, sheet.table.shown):
                        sheet_rows.refuse_shifted(sheet, reader)
                    else:
                        sheet_rows.add(sheet, reader)
    for sheet in sheets.values():
        yield from sheet.problems
    yield from _SheetRecords(sheet_rows, RecordBuilder(source)).items()


def _map_sheets(tables: Tables, mapping: ColumnMapping) -> dict[str, MappedSheet]:
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


def _keys_replaced(given: Row, row: Row) -> Iterator[str]:
    """Yield the keys of a row's cells that the column mapping replaced: marks, days, times."""
    removed = given.cells.keys() - row.cells.keys()
    return (key for key in removed if f"{key}{AS_GIVEN}" not in row.cells)


def _is_headed(table: Table) -> bool:
    return is_header_row(list(table.shown.values()))


class _SheetRecords:
    """Builder of the records of a spreadsheet's rows, each only once."""

    def __init__(self, rows: SheetRows, builder: RecordBuilder) -> None:
        self.rows = rows
        self.builder = builder
        self._done: set[str] = set()

    def items(self) -> Iterator[Item]:
        """Yield the records and problems of all rows of a spreadsheet."""
        groups = self.rows.rows_by_service()
        yield from self.rows.refused
        for row in self.rows.organizations.values():
            yield from self._own_organization(row)
        for key in list(groups):
            lines = groups.pop(key)  # a row takes as much memory as the records made of it
            yield from self._organization(lines[0])
            yield from self._service(lines)
        for row in self.rows.locations.values():
            yield from self._own_location(row)

    def _parts(
        self,
        row: EntityRow | ServiceRow,
        kind: str,
        rows: RowsOfRecord | None = None,
        site: SheetLocation | None = None,
    ) -> list[Item]:
        """Return the parts of a record in a sheet's row; ``site`` is the location of a service."""
        parts = RowParts(
            self.builder,
            row.reader,
            row.key,
            {f"{kind}_id": row.key},
            sheet=row.sheet,
            kind=kind,
            rows=rows or RowsOfRecord([row.reader]),
            done=self._done,
            site=site,
        )
        return list(parts.items())

    def _is_new(self, item: Item) -> bool:
        """Return whether a spreadsheet's record was not yielded before, and note that it was."""
        if not isinstance(item, SourcedRecord):
            return True
        is_new = item.record.id not in self._done
        self._done.add(item.record.id)
        return is_new

    def _own_organization(self, row: EntityRow) -> Iterator[Item]:
        values = {**values_of(row.sheet, row.reader, "organization"), "name": row.name}
        add_email_of_contact(row.sheet, row.reader, values)
        parts = self._parts(row, "organization")
        yield from self.builder.items("organization", row.key, row.reader, values)
        yield from filter(self._is_new, parts)
        if row.site is not None:
            yield from self._location(row.site, row.reader, row.key, is_main=False)

    def _organization(self, line: ServiceRow) -> Iterator[Item]:
        """Yield the organization that a sheet's row names, unless it has a row of its own."""
        key = line.organization_key
        if key in self._done or key in self.rows.organizations or not line.organization:
            return
        self._done.add(key)
        reader = RowReader(line.reader.row, {})
        values = values_of(line.sheet, reader, "organization")
        shown = line.reader.show(next(iter(line.sheet.columns.get("organization.name", ())), ""))
        reader.headers = {"name": shown}
        values["name"] = line.organization
        columns = line.sheet.columns
        organization_targets = (target for target in columns if target.startswith("organization."))
        line.reader.mark_used(*(key for target in organization_targets for key in columns[target]))
        yield from self.builder.items("organization", key, reader, values, is_main=False)

    def _service(self, lines: Sequence[ServiceRow]) -> Iterator[Item]:
        """Yield a service made of its sheet rows, with its locations and parts."""
        first = lines[0]
        rows = RowsOfRecord(line.reader for line in lines)
        parts_by_line = [self._parts(line, "service", rows, line.site) for line in lines]
        values = {
            **first.values,
            "name": first.name,
            "organization_id": first.organization_key,
        }
        items = list(self.builder.items("service", first.key, first.reader, values))
        yield from items
        if isinstance(items[-1], RefusedRow):
            for line in lines:
                line.reader.row.fates.refuse()
            return
        for line, parts in zip(lines, parts_by_line, strict=True):
            yield from self._service_at_location(line, first)
            line.reader.keep_used()
            yield from filter(self._is_new, parts)

    def _service_at_location(self, line: ServiceRow, first: ServiceRow) -> Iterator[Item]:
        """Yield the service at a row's location, with the texts in which a later row differs."""
        reader = line.reader
        columns = line.sheet.columns
        texts = _texts_at_place(line, first) if reader is not first.reader else {}
        for name, value in line.values.items():
            if first.values.get(name) != value and name not in texts:
                reader.leave_unmapped(*columns.get(f"service.{name}", ())[:1])
        if line.site is None:
            if reader is not first.reader:
                yield _repeated_row_problem(reader)
            return
        is_main = reader is not first.reader
        yield from self._location(line.site, reader, line.organization_key, is_main=is_main)
        key = f"{first.key}@{line.site.key}"
        if key in self._done:
            yield _repeated_row_problem(reader)
            return
        self._done.add(key)
        description = "\n".join(f"{_TEXTS_BY_PLACE[name]}{text}" for name, text in texts.items())
        values: Values = {"service_id": first.key, "location_id": line.site.key}
        if description:
            values["description"] = description
        yield from self.builder.items("service_at_location", key, reader, values, is_main=False)

    def _location(
        self, site: SheetLocation, reader: RowReader, organization: str, *, is_main: bool
    ) -> Iterator[Item]:
        """Yield a spreadsheet's location once, from its own row if it has one."""
        row = self.rows.locations.get(site.key)
        if row is not None:
            yield from self._own_location(row)
        elif site.key not in self._done:
            self._done.add(site.key)
            yield from self._location_items(site, reader, organization, is_main=is_main)

    def _own_location(self, row: EntityRow) -> Iterator[Item]:
        if row.site is None or row.key in self._done:
            return
        self._done.add(row.key)
        parts = self._parts(row, "location")
        yield from self._location_items(row.site, row.reader, row.organization, is_main=True)
        yield from filter(self._is_new, parts)

    def _location_items(
        self, site: SheetLocation, reader: RowReader, organization: str, *, is_main: bool
    ) -> Iterator[Item]:
        place = {**site.location, "organization_id": organization}
        yield from self.builder.items("location", site.key, reader, place, is_main=is_main)
        for number, address in enumerate(site.addresses):
            key = f"{site.key}/{number}"
            values = {**address, "location_id": site.key}
            yield from self.builder.items("address", key, reader, values, is_main=False)


def _texts_at_place(line: ServiceRow, first: ServiceRow) -> dict[str, str]:
    """Return a row's texts that differ from those of the first row of its service."""
    if line.site is None:
        return {}
    texts = ((name, str(line.values.get(name, ""))) for name in _TEXTS_BY_PLACE)
    return {name: text for name, text in texts if text and text != first.values.get(name)}


def _repeated_row_problem(reader: RowReader) -> Problem:
    return reader.problem("row-repeated", Severity.WARNING, _REPEATED)
