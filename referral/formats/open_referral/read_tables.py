"""Open Referral tables read into records: one way for HSDS 1, 2 and 3, ORServices and Ohana."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from referral.fields.text import clean_line, split_list
from referral.formats.files.tables import Tables
from referral.formats.open_referral.hours import (
    HOURS,
    has_content,
    holiday_values,
    numbered_days_problem,
    parents_in,
    schedules_of,
    with_schedules_together,
)
from referral.formats.open_referral.own_exports import unused_units, with_own_columns
from referral.formats.open_referral.owners import Owners
from referral.formats.open_referral.phones import PhonesInCells
from referral.formats.open_referral.service_texts import ServiceTexts
from referral.formats.open_referral.sheets import (
    AREAS_OF_SERVICE,
    FILES,
    HOLIDAYS,
    SERVICE_ID,
    SHEETS,
    SITE_CELLS,
    SITE_ROWS,
    SITES,
    CellOfRecords,
    Sheet,
)
from referral.formats.open_referral.signs import are_hsds3
from referral.formats.open_referral.table_terms import Terms
from referral.formats.reading.areas import area_of
from referral.formats.reading.derived_fields import complete_language
from referral.formats.reading.items import Item
from referral.formats.reading.joins import (
    Join,
    Joins,
    ids_in,
    iter_joins,
    join_reader,
    parent_sets,
    read_joins,
)
from referral.formats.reading.row_reader import (
    FieldMap,
    RecordBuilder,
    RowReader,
    Values,
    apply_flags,
    content_key,
    key_of,
    listed_key,
    plain_items,
    read_rows,
)
from referral.formats.reading.social_pages import pages_of
from referral.message import Message, message
from referral.records.kinds import SourcedRecord
from referral.records.problems import Problem, Severity

_MOST_NAMED = 3
_SITE = "service_at_location_id"
_PARENTS = ("service_id", "location_id", "organization_id", _SITE, "contact_id")
# Column by which rows point at another table → that table.
_POINTERS = {
    "organization_id": "organizations", "service_id": "services", "location_id": "locations",
}  # fmt: skip
_NO_TABLE = message(
    "%(count)s rows of %(file)s point at %(table)s, and there is no such table. Add it."
)
_NO_HOURS = message("Rows without hours were left out: %(count)s.")
_FIRST_LINE_HERE = message("The first is in this line.")


def recognize_open_referral(tables: Tables) -> Message | None:
    """Return the reason why tables may be Open Referral's, None when they are not."""
    if tables.form == "json":
        names = ", ".join(stem.replace("_", " ") for stem in tables.by_stem)
        return message("It is JSON with %(objects)s, as HSDS 3 has.", objects=names)
    known = [table.name for stem, table in tables.by_stem.items() if stem in FILES]
    if not known:
        return None
    names = ", ".join(known[:_MOST_NAMED])
    return message("It has tables as Open Referral calls them (such as %(names)s).", names=names)


def read_open_referral(tables: Tables, source: str) -> Iterator[Item]:
    """Yield the records and problems of Open Referral tables, kind by kind."""
    yield from unused_units(tables)
    yield from numbered_days_problem(tables)
    yield from _missing_tables(tables)
    yield from _ListReader(with_own_columns(with_schedules_together(tables)), source).items()


def _missing_tables(tables: Tables) -> Iterator[Problem]:
    """Yield a doubt for each missing Open Referral table to which rows refer.

    JSON is exempt: a partial list may point at records of an earlier one.
    """
    for table in tables.by_stem.values() if tables.form != "json" else ():
        for header, stem in _POINTERS.items():
            if tables.get(stem) is None and table.has(header):
                count = sum(header in row.cells for row in table.rows)
                if count:
                    detail = _NO_TABLE.filled(count=count, file=table.name, table=f"{stem}.csv")
                    yield Problem(
                        code="table-missing",
                        severity=Severity.DOUBT,
                        message=detail,
                        file=table.name,
                        column=table.shown[header],
                    )


class _ListReader:
    """Reader of one list of Open Referral tables."""

    def __init__(self, tables: Tables, source: str) -> None:
        self.tables = tables
        self.builder = RecordBuilder(source)
        self.owners = Owners(tables)
        self.is_hsds3 = are_hsds3(tables)

    def items(self) -> Iterator[Item]:
        """Yield the records and problems of all Open Referral tables of a list."""
        yield from Terms(self.tables, self.builder, are_hsds3=self.is_hsds3).items()
        for sheet in SHEETS:
            if sheet.file == HOLIDAYS.file or (sheet.kind == "schedule" and not self.is_hsds3):
                yield from self._schedules_of_sheet(sheet)
            else:
                yield from self._records_of_sheet(sheet)
            if sheet.kind == "location":
                yield from self._service_locations()
        yield from self._languages_of_services()

    # ------------------------------------------------------------ a table whose rows are records
    def _records_of_sheet(self, sheet: Sheet) -> Iterator[Item]:
        joins = read_joins(self.tables, sheet.joins)
        phones = PhonesInCells(self.tables)
        if sheet.kind == "phone":
            phones.add_joins(joins)
        empty = []
        for reader, values in self._read_rows(sheet):
            if sheet.content and not any(values.get(name) for name in sheet.content):
                empty.append(reader)
                continue
            key = self._key_of(sheet, reader, values)
            row_joins = joins.of(listed_key(sheet, reader, values))
            for index, (suffix, parent_values) in enumerate(
                self._iter_by_parent(sheet, reader, values, row_joins)
            ):
                yield from self._record_items(
                    sheet, key + suffix, reader, parent_values, is_main=index == 0
                )
        yield from _left_out_problem(empty, sheet.message_for_left_out(len(empty)))
        if sheet.kind == "phone":
            yield from phones.items(self.builder)
        if sheet.kind == "service":
            self._texts.note_statuses()
            yield from self._texts.problems

    def _read_rows(self, sheet: Sheet) -> Iterator[tuple[RowReader, Values]]:
        return read_rows(self.tables, sheet, is_last=not sheet.is_read_again)

    def _key_of(self, sheet: Sheet, reader: RowReader, values: Values) -> str:
        if sheet.kind == "accessibility" and not self.is_hsds3:  # ORServices repeats ids
            return f"{listed_key(sheet, reader, values)}/{content_key(values)}"
        return key_of(sheet, reader, values)

    def _iter_by_parent(
        self, sheet: Sheet, reader: RowReader, values: Values, joins: Iterable[Join]
    ) -> Iterator[tuple[str, Values]]:
        """Yield an Open Referral row's values for each of its parents, with a key suffix."""
        if not sheet.is_shared:
            if site := values.get(_SITE):
                values[_SITE] = self._site_keys.get(site, site)
            yield "", values
            return
        key, all_joins = "", Joins()
        for name in _PARENTS:
            for listed_id in ids_in(values.pop(name, "")):
                parent = self._site_keys.get(listed_id, listed_id) if name == _SITE else listed_id
                all_joins.add(
                    key, Join(name, parent, reader.row, name, reader.headers.get(name, name))
                )
        for join in joins:
            join.keep()
            all_joins.add(key, join)
        for suffix, parents in parent_sets(all_joins.of(key)):
            yield suffix, {**values, **parents}

    def _record_items(
        self, sheet: Sheet, key: str, reader: RowReader, values: Values, *, is_main: bool
    ) -> Iterator[Item]:
        """Yield the record of an Open Referral row and the records that its cells name."""
        if sheet.kind == "service":
            self._complete_service(reader, values, key)
        elif sheet.kind == "program":
            self.owners.set_of_program(reader, values)
        elif sheet.kind == "location":
            self.owners.set_of_location(values)
        pages = tuple(pages_of(reader, self.builder, key)) if sheet.kind == "organization" else ()
        optional_parent = "organization_id" if sheet.kind == "program" else ""
        items = tuple(
            self.builder.items(
                sheet.kind, key, reader, values, is_main=is_main, optional_parent=optional_parent
            )
        )
        yield from items
        yield from pages
        if not isinstance(items[-1], SourcedRecord):
            return
        for cell in sheet.cells:
            for text in split_list(reader.row.get(cell.header)):
                yield from self._cell_record_items(cell, f"{sheet.kind}_id", key, reader, text)
        if sheet.kind == "phone":
            yield from self._languages_by_number(key, reader, "phone_id", "language")

    def _cell_record_items(
        self, cell: CellOfRecords, parent: str, key: str, reader: RowReader, text: str
    ) -> Iterator[Item]:
        """Yield a record that a cell of an Open Referral row names, such as a language."""
        values: Values = {parent: key, cell.field: text}
        cell.complete(text, values)
        if cell is AREAS_OF_SERVICE:
            state = self._states_by_location.get(reader.row.get("location_id"), "")
            values["area_kind"], values["area_codes"] = area_of(text, state)
        child = RowReader(reader.row, {})
        child.headers.update(dict.fromkeys(values, reader.show(cell.header)))
        made_key = cell.key.format(parent=parent, key=key, text=text)
        yield from self.builder.items(cell.kind, made_key, child, values, is_main=False)

    @cached_property
    def _states_by_location(self) -> Mapping[str, str]:
        """Return the state in the address of each location of an Open Referral list."""
        rows = self.tables.rows("addresses")
        return {row.get("location_id"): row.get("state_province") for row in rows}

    def _complete_service(self, reader: RowReader, values: Values, key: str) -> None:
        if not self.is_hsds3:
            self.owners.set_of_service(reader, values, key)
        self._texts.append(reader, values, key)

    @cached_property
    def _texts(self) -> ServiceTexts:
        return ServiceTexts(self.tables)

    # ------------------------------------------------------------ hours
    def _schedules_of_sheet(self, sheet: Sheet) -> Iterator[Item]:
        """Yield the schedules of an HSDS table of hours; one problem counts rows without a time.

        A row of a day without times is kept if other rows of its parent have times: it may be open
        then. If no row has any, the hours were never filled in.
        """
        is_holiday = sheet.file == HOLIDAYS.file
        if not is_holiday:
            fields = {n: headers for n, headers in sheet.fields.items() if n not in HOURS}
            sheet = replace(sheet, fields=fields)
        joins = read_joins(self.tables, sheet.joins)
        rows: list[tuple[RowReader, str, list[tuple[str, Values]]]] = []
        for reader, values in self._read_rows(sheet):
            key, listed = key_of(sheet, reader, values), listed_key(sheet, reader, values)
            parts = list(schedules_of(reader, values)) if not is_holiday else [("", values)]
            if is_holiday and (problems := holiday_values(reader, values)):
                yield self.builder.refusal("schedule", key, reader, problems)
                continue
            schedules = [
                (suffix + part_suffix, with_parents)
                for part_suffix, part in parts
                for suffix, with_parents in self._iter_by_parent(
                    sheet, reader, part, joins.of(listed)
                )
            ]
            rows.append((reader, key, schedules))
        parents_with_hours = {
            parents_in(part)
            for _, _, schedules in rows
            for _, part in schedules
            if has_content(part)
        }
        empty = []
        for reader, key, schedules in rows:
            filled = [
                (suffix, part)
                for suffix, part in schedules
                if has_content(part) or parents_in(part) in parents_with_hours
            ]
            if not filled:
                empty.append(reader)
            for index, (suffix, part) in enumerate(filled):
                yield from self.builder.items(
                    "schedule", key + suffix, reader, part, is_main=index == 0
                )
        yield from _left_out_problem(empty, _NO_HOURS.filled(count=len(empty)))

    # ------------------------------------------------------------ sites
    def _service_locations(self) -> Iterator[Item]:
        """Yield an Open Referral list's links of services and locations, from any table."""
        if self.is_hsds3:
            yield from plain_items(self.tables, SITES, self.builder)
        columns = SITE_CELLS if self.is_hsds3 else (SITE_ROWS, *SITE_CELLS)
        for location, join in iter_joins(read_joins(self.tables, columns)):
            reader = join_reader(self.tables, join, child="location_id", parent="service_id")
            values: Values = {"service_id": join.parent, "location_id": location}
            if join.is_record:
                values["description"] = clean_line(reader.take("description", "description"))
                apply_flags(reader, values)
            key = f"{join.parent}/{location}"
            yield from self.builder.items(
                "service_at_location", key, reader, values, is_main=join.is_record
            )

    @cached_property
    def _site_keys(self) -> Mapping[str, str]:
        """Return the record key of each service_at_location row by its id."""
        if self.is_hsds3:
            return {}
        return {
            row.get("id"): f"{row.get('service_id')}/{row.get('location_id')}"
            for row in self.tables.rows("service_at_location")
            if row.get("id")
        }

    # ------------------------------------------------------------ languages by number
    def _languages_of_services(self) -> Iterator[Item]:
        if self.tables.has("services", "service_language"):
            services = FieldMap(kind="language", file="services", fields={})
            for reader, _ in read_rows(self.tables, services):
                service = reader.row.get(*SERVICE_ID)
                yield from self._languages_by_number(
                    service, reader, "service_id", "service_language"
                )

    def _languages_by_number(
        self, parent: str, reader: RowReader, field_name: str, header: str
    ) -> Iterator[Item]:
        for number in ids_in(reader.row.get(header)):
            name = self._language_names.get(number, number)
            values: Values = {"name": name, field_name: parent}
            complete_language(reader, values)
            reader.headers["name"] = reader.headers[field_name] = reader.show(header)
            key = f"{field_name}/{parent}/{name}"
            yield from self.builder.items("language", key, reader, values, is_main=False)

    @cached_property
    def _language_names(self) -> Mapping[str, str]:
        """Return the names of languages by number, as ORServices lists them."""
        return {
            row.get(header): clean_line(row.get("language", "name"))
            for row in self.tables.rows("languages")
            for header in ("id", "language_recordid")
            if row.get(header)
        }


def _left_out_problem(readers: Sequence[RowReader], detail: Message) -> Iterator[Problem]:
    """Yield one problem for all rows of an Open Referral file that have no content."""
    if readers:
        first = readers[0].row
        yield Problem(
            code="rows-without-content",
            severity=Severity.WARNING,
            message=detail.then(_FIRST_LINE_HERE),
            file=first.file,
            line=first.line,
            lines=tuple(reader.row.line for reader in readers),
        )
