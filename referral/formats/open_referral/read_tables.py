"""Open Referral tables read into records: one way for HSDS 1, 2 and 3, ORServices and Ohana."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from referral.fields.text import clean_line, split_list
from referral.formats.files.tables import Tables
from referral.formats.open_referral.hours import (
    HOURS,
    holiday_values,
    numbered_days,
    parents_in,
    schedules_of,
    tells,
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
    each_join,
    ids_in,
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
_FIRST_HERE = message("The first is in this line.")


def recognise_open_referral(tables: Tables) -> Message | None:
    """Return why these may be tables of Open Referral, None when they are not."""
    if tables.form == "json":
        names = ", ".join(stem.replace("_", " ") for stem in tables.by_stem)
        return message("It is JSON with %(objects)s, as HSDS 3 has.", objects=names)
    known = [table.name for stem, table in tables.by_stem.items() if stem in FILES]
    if not known:
        return None
    names = ", ".join(known[:_MOST_NAMED])
    return message("It has tables as Open Referral calls them (such as %(names)s).", names=names)


def read_open_referral(tables: Tables, source: str) -> Iterator[Item]:
    """Yield the items of Open Referral tables, kind by kind."""
    yield from unused_units(tables)
    yield from numbered_days(tables)
    yield from _missing_tables(tables)
    yield from _List(with_own_columns(with_schedules_together(tables)), source).items()


def _missing_tables(tables: Tables) -> Iterator[Problem]:
    """Yield a doubt for each missing table to which rows refer.

    A part of a list in JSON may point at what came before.
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


class _List:
    """One list being read."""

    def __init__(self, tables: Tables, source: str) -> None:
        self.tables = tables
        self.builder = RecordBuilder(source)
        self.owners = Owners(tables)
        self.is_hsds3 = are_hsds3(tables)

    def items(self) -> Iterator[Item]:
        """Yield the items of all tables."""
        yield from Terms(self.tables, self.builder, are_hsds3=self.is_hsds3).items()
        for sheet in SHEETS:
            if sheet.file == HOLIDAYS.file or (sheet.kind == "schedule" and not self.is_hsds3):
                yield from self._schedules(sheet)
            else:
                yield from self._sheet(sheet)
            if sheet.kind == "location":
                yield from self._sites()
        yield from self._languages_of_services()

    # ------------------------------------------------------------ a table whose rows are records
    def _sheet(self, sheet: Sheet) -> Iterator[Item]:
        joins = read_joins(self.tables, sheet.joins)
        phones = PhonesInCells(self.tables)
        if sheet.kind == "phone":
            phones.add_joins(joins)
        silent = []
        for reader, values in self._rows(sheet):
            if sheet.content and not any(values.get(name) for name in sheet.content):
                silent.append(reader)
                continue
            key = self._key_of(sheet, reader, values)
            own = joins.of(listed_key(sheet, reader, values))
            for at, (end, parented) in enumerate(self._for_each_parent(sheet, reader, values, own)):
                yield from self._record(sheet, key + end, reader, parented, main=at == 0)
        yield from _left_out(silent, sheet.said_of_left_out(len(silent)))
        if sheet.kind == "phone":
            yield from phones.items(self.builder)
        if sheet.kind == "service":
            self._texts.note_statuses()
            yield from self._texts.problems

    def _rows(self, sheet: Sheet) -> Iterator[tuple[RowReader, Values]]:
        return read_rows(self.tables, sheet, last=not sheet.is_read_again)

    def _key_of(self, sheet: Sheet, reader: RowReader, values: Values) -> str:
        if sheet.kind == "accessibility" and not self.is_hsds3:  # ORServices repeats ids
            return f"{listed_key(sheet, reader, values)}/{content_key(values)}"
        return key_of(sheet, reader, values)

    def _for_each_parent(
        self, sheet: Sheet, reader: RowReader, values: Values, joins: Iterable[Join]
    ) -> Iterator[tuple[str, Values]]:
        """Yield the values of a row for each of its parents, as (suffix of the key, values)."""
        if not sheet.is_shared:
            if site := values.get(_SITE):
                values[_SITE] = self._site_keys.get(site, site)
            yield "", values
            return
        key, own = "", Joins()
        for name in _PARENTS:
            for given in ids_in(values.pop(name, "")):
                parent = self._site_keys.get(given, given) if name == _SITE else given
                own.add(key, Join(name, parent, reader.row, name, reader.headers.get(name, name)))
        for join in joins:
            join.keep()
            own.add(key, join)
        for end, parents in parent_sets(own.of(key)):
            yield end, {**values, **parents}

    def _record(
        self, sheet: Sheet, key: str, reader: RowReader, values: Values, *, main: bool
    ) -> Iterator[Item]:
        """Yield the record of a row and the records that its cells name."""
        if sheet.kind == "service":
            self._complete_service(reader, values, key)
        elif sheet.kind == "program":
            self.owners.set_of_program(reader, values)
        elif sheet.kind == "location":
            self.owners.set_of_location(values)
        pages = tuple(pages_of(reader, self.builder, key)) if sheet.kind == "organization" else ()
        lacks = "organization_id" if sheet.kind == "program" else ""
        made = tuple(self.builder.items(sheet.kind, key, reader, values, main=main, may_lack=lacks))
        yield from made
        yield from pages
        if not isinstance(made[-1], SourcedRecord):
            return
        for cell in sheet.cells:
            for text in split_list(reader.row.get(cell.header)):
                yield from self._named(cell, f"{sheet.kind}_id", key, reader, text)
        if sheet.kind == "phone":
            yield from self._languages_of(key, reader, "phone_id", "language")

    def _named(
        self, cell: CellOfRecords, parent: str, key: str, reader: RowReader, text: str
    ) -> Iterator[Item]:
        """Yield a record that a cell names, such as a language."""
        values: Values = {parent: key, cell.field: text}
        cell.complete(text, values)
        if cell is AREAS_OF_SERVICE:
            state = self._states.get(reader.row.get("location_id"), "")
            values["area_kind"], values["area_codes"] = area_of(text, state)
        child = RowReader(reader.row, {})
        child.headers.update(dict.fromkeys(values, reader.show(cell.header)))
        made_key = cell.key.format(parent=parent, key=key, text=text)
        yield from self.builder.items(cell.kind, made_key, child, values, main=False)

    @cached_property
    def _states(self) -> Mapping[str, str]:
        """Return location → the state of its address."""
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
    def _schedules(self, sheet: Sheet) -> Iterator[Item]:
        """Yield the schedules of a table of hours; rows without a time are counted in one problem.

        A day without times counts beside rows with times: it may be open then. Where no row has
        any, nobody filled them in.
        """
        is_holiday = sheet.file == HOLIDAYS.file
        if not is_holiday:
            kept = {n: headers for n, headers in sheet.fields.items() if n not in HOURS}
            sheet = replace(sheet, fields=kept)
        joins = read_joins(self.tables, sheet.joins)
        rows: list[tuple[RowReader, str, list[tuple[str, Values]]]] = []
        for reader, values in self._rows(sheet):
            key, listed = key_of(sheet, reader, values), listed_key(sheet, reader, values)
            parts = list(schedules_of(reader, values)) if not is_holiday else [("", values)]
            if is_holiday and (bad := holiday_values(reader, values)):
                yield self.builder.refusal("schedule", key, reader, bad)
                continue
            each = [
                (end + part_end, parented)
                for part_end, part in parts
                for end, parented in self._for_each_parent(sheet, reader, part, joins.of(listed))
            ]
            rows.append((reader, key, each))
        told = {parents_in(part) for _, _, each in rows for _, part in each if tells(part)}
        silent = []
        for reader, key, each in rows:
            said = [(end, part) for end, part in each if tells(part) or parents_in(part) in told]
            if not said:
                silent.append(reader)
            for at, (end, part) in enumerate(said):
                yield from self.builder.items("schedule", key + end, reader, part, main=at == 0)
        yield from _left_out(silent, _NO_HOURS.filled(count=len(silent)))

    # ------------------------------------------------------------ sites
    def _sites(self) -> Iterator[Item]:
        """Yield the links between services and locations, from all tables that have them."""
        if self.is_hsds3:
            yield from plain_items(self.tables, SITES, self.builder)
        columns = SITE_CELLS if self.is_hsds3 else (SITE_ROWS, *SITE_CELLS)
        for location, join in each_join(read_joins(self.tables, columns)):
            reader = join_reader(self.tables, join, child="location_id", parent="service_id")
            values: Values = {"service_id": join.parent, "location_id": location}
            if join.own:
                values["description"] = clean_line(reader.take("description", "description"))
                apply_flags(reader, values)
            key = f"{join.parent}/{location}"
            yield from self.builder.items("service_at_location", key, reader, values, main=join.own)

    @cached_property
    def _site_keys(self) -> Mapping[str, str]:
        """Return id of a service_at_location row → the key of its record."""
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
                yield from self._languages_of(service, reader, "service_id", "service_language")

    def _languages_of(
        self, parent: str, reader: RowReader, field_name: str, header: str
    ) -> Iterator[Item]:
        for given in ids_in(reader.row.get(header)):
            name = self._language_names.get(given, given)
            values: Values = {"name": name, field_name: parent}
            complete_language(reader, values)
            reader.headers["name"] = reader.headers[field_name] = reader.show(header)
            key = f"{field_name}/{parent}/{name}"
            yield from self.builder.items("language", key, reader, values, main=False)

    @cached_property
    def _language_names(self) -> Mapping[str, str]:
        """Return number → name of languages, as ORServices lists them."""
        return {
            row.get(header): clean_line(row.get("language", "name"))
            for row in self.tables.rows("languages")
            for header in ("id", "language_recordid")
            if row.get(header)
        }


def _left_out(readers: Sequence[RowReader], detail: Message) -> Iterator[Problem]:
    """Yield one problem for all rows of a file that have no content."""
    if readers:
        first = readers[0].row
        yield Problem(
            code="rows-without-content",
            severity=Severity.WARNING,
            message=detail.then(_FIRST_HERE),
            file=first.file,
            line=first.line,
            lines=tuple(reader.row.line for reader in readers),
        )
