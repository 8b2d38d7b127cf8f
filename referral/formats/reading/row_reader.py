"""Row readers, field maps and the record builder shared by the readers of all formats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any

from referral.formats.files.tables import Row, Table, Tables
from referral.formats.reading.cells import Unreadable, read_cell
from referral.formats.reading.items import Item, RefusedRow, shared_cells
from referral.formats.reading.protection_flags import (
    NOT_UNDERSTOOD,
    flag_visibility,
    is_flag,
)
from referral.message import Message, message
from referral.records.hsds import Record
from referral.records.kinds import KINDS, PARENT_FIELDS, Origin, SourcedRecord, field_names
from referral.records.problems import Problem, Severity
from referral.records.record_ids import record_id
from referral.records.validation import validate_record
from referral.records.visibility import Visibility, strictest

Values = dict[str, Any]
_NO_ORGANIZATION = message(
    "The service names no organization of this list. One of the same name was made for it."
)
_SHARED_FIELDS = frozenset({"name", "visibility"})  # of a service and an organization made for it
_NO_CELLS: Mapping[str, str] = {}
_cached_record_id = lru_cache(maxsize=2**17)(record_id)  # each child names its parent
# Kinds of parts to which no other rows point, and those to which they may point by id.
_WITHOUT_POINTERS = frozenset({
    "schedule", "service_area", "language", "accessibility", "required_document", "cost_option",
    "attribute", "translation", "service_heading", "service_capacity", "funding",
    "organization_identifier", "url", "metadata",
})  # fmt: skip
_WITH_POINTERS = frozenset({"phone", "contact", "address", "service_at_location"})


class RowReader:
    """Reader of the cells of a list's row, with the cells that were used and the problems found.

    ``headers`` maps each field to the header of its column. ``has_shared_id`` means that another
    row of the file has the same id and other content. If a row makes several records, each has its
    own reader from ``part``; a cell that one of them uses counts as used for all.
    """

    __slots__ = ("_shown", "_used", "has_shared_id", "headers", "problems", "row")

    def __init__(self, row: Row, shown: Mapping[str, str], *, has_shared_id: bool = False) -> None:
        self.row = row
        self.has_shared_id = has_shared_id
        self.headers: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._shown = shown
        self._used: set[str] = set()

    def part(self) -> RowReader:
        """Return a row reader for another record of the row, with column headers of its own."""
        reader = RowReader(self.row, self._shown)
        reader.problems, reader._used = self.problems, self._used
        return reader

    def text(self, *headers: str) -> str:
        """Return a row's first filled cell under these headers, counted as read; "" if none."""
        header = next((header for header in headers if header in self.row.cells), "")
        if not header:
            return ""
        self._used.add(header)
        return self.row.cells[header]

    def fill(self, kind: str, fields: Mapping[str, tuple[str, ...]]) -> Values:
        """Return the field values of a row's record; unreadable cells are put aside with a warning.

        Args:
            kind: HSDS name of the records that have these fields.
            fields: field → headers of which the first filled one is read.
        """
        values: Values = {}
        for name, headers in fields.items():
            text = self.take(name, *headers)
            if not text:
                continue
            if name in PARENT_FIELDS or name == "link_id":
                values[name] = text
                continue
            header = next(h for h in headers if h in self.row.cells)
            if (value := self.read(kind, name, text, header)) is not None:
                values[name] = value
        return values

    def read(self, kind: str, name: str, text: str, header: str) -> Any:
        """Parse the text of a row's cell for a field; None with a warning where it is unreadable.

        The unreadable cell is put aside. An unreadable visibility becomes withheld.
        """
        value = read_cell(kind, name, text)
        if not isinstance(value, Unreadable):
            return value
        self.leave_unmapped(header)
        detail = value.message.then(message("It was kept aside as given."))
        self.warn(value.code, detail, header)
        return Visibility.WITHHELD if name == "visibility" else None

    def take(self, field_name: str, *headers: str) -> str:
        """Return a row's first filled cell under these headers, and mark it as used; "" if none."""
        cells = self.row.cells
        for header in headers:
            if header in cells:
                self._used.add(header)
                self.headers[field_name] = self.show(header)
                return cells[header]
        for header in headers:
            if header in self._shown:
                self.headers[field_name] = self.show(header)
                break
        return ""

    def has_column(self, header: str) -> bool:
        """Return whether the table of a list's row has a column with this header."""
        return header in self._shown

    def mark_used(self, *headers: str) -> None:
        """Mark these cells of a row as read, so that they do not count as unmapped."""
        self._used.update(headers)

    def leave_unmapped(self, *headers: str) -> None:
        """Mark these cells of a row as unused: they stay unmapped beside its record."""
        self._used.difference_update(headers)

    def show(self, header: str) -> str:
        """Return a column's folded header as it is written in the file."""
        return self._shown.get(header, header)

    def warn(self, code: str, detail: Message, header: str = "") -> None:
        """Add a warning about a cell of this row of a source list."""
        self.problems.append(self.problem(code, Severity.WARNING, detail, header))

    def problem(self, code: str, severity: Severity, detail: Message, header: str = "") -> Problem:
        """Build a problem located at a row and column of a source list."""
        return Problem(
            code=code,
            severity=severity,
            message=detail,
            file=self.row.file,
            line=self.row.line,
            column=self.show(header) if header else "",
        )

    def keep_used(self) -> None:
        """Note that a record contains the cells of its row that were used."""
        self.row.fates.keep(self._used & self.row.cells.keys())

    def put_aside(self) -> dict[str, str]:
        """Put aside the unused cells of a row, and return them by their header in the file."""
        cells = self.row.cells
        unused = [header for header in cells if header not in self._used]
        self.row.fates.put_aside(unused)
        return {self.show(header): cells[header] for header in unused}

    def refusal(self, kind: str, *problems: Problem, id: str = "") -> RefusedRow:  # noqa: A002
        """Return the refusal of a list's row, of which no record of this kind is made."""
        self.row.fates.refuse()
        return RefusedRow(kind, problems, id)


Adjust = Callable[[RowReader, Values], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """Mapping of the columns of a list's file to the fields of records of a kind.

    Attributes:
        kind: HSDS name of the records.
        file: stem of the file.
        fields: field of the record → headers of which the first filled one is read.
        key: headers that may contain the list's own id.
        prefix: begin of the keys, if two files use ids 1, 2, 3 for records of one kind.
        also_read: headers that other field maps read, so that they are not put aside.
        adjust: functions that need more than one cell; they change the values in place.
        repair: corrects the cells of a damaged row and returns a message; None for a sound row.
    """

    kind: str
    file: str
    fields: Mapping[str, tuple[str, ...]]
    key: tuple[str, ...] = ("id",)
    prefix: str = ""
    also_read: tuple[str, ...] = ()
    adjust: tuple[Adjust, ...] = ()
    repair: Callable[[Table, Row], tuple[Row, Message | None]] | None = None


def own_fields(kind: str, **other_headers: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Map each field of a record kind to the column of its own name and to other headers."""
    names = [name for name in field_names(kind) if name != "id"]
    return {name: (name, *other_headers.get(name, ())) for name in names}


def read_rows(
    tables: Tables, field_map: FieldMap, *, is_last: bool = False
) -> Iterator[tuple[RowReader, Values]]:
    """Yield a row reader and the field values of each row of a file; parents are ids of the list.

    Args:
        is_last: whether the file is read for the last time; its rows may then be freed.
    """
    table = tables.get(field_map.file)
    if table is None:
        return
    rows = _read_table(tables, table, field_map, is_last=is_last)
    is_part = field_map.kind in _WITHOUT_POINTERS | _WITH_POINTERS
    lacks_ids = is_part and not all(row.get(*field_map.key) for row in table.rows)
    yield from _mark_shared_ids(list(rows), field_map) if lacks_ids else rows


def _mark_shared_ids(
    rows: list[tuple[RowReader, Values]], field_map: FieldMap
) -> Iterator[tuple[RowReader, Values]]:
    """Yield the rows of a list's file, marking different rows that get the same made-up id.

    A made-up id does not always cover the whole row: the hours of a day are read later.
    """
    readers_by_content: dict[str, list[RowReader]] = defaultdict(list)
    for reader, values in rows:
        if not reader.row.get(*field_map.key):
            readers_by_content[content_key(values)].append(reader)
    for readers in readers_by_content.values():
        if any(reader.row.cells != readers[0].row.cells for reader in readers[1:]):
            for reader in readers:
                reader.has_shared_id = True
    yield from rows


def _read_table(
    tables: Tables, table: Table, field_map: FieldMap, *, is_last: bool
) -> Iterator[tuple[RowReader, Values]]:
    sharing = _rows_sharing_ids(table, field_map)
    present = _fields_with_columns(table, field_map)
    for original_row in tables.rows(field_map.file, is_last=is_last):
        row, mended = (
            field_map.repair(table, original_row) if field_map.repair else (original_row, None)
        )
        reader = RowReader(row, table.shown, has_shared_id=original_row.line in sharing)
        if mended:
            reader.warn("row-mended", mended)
        reader.mark_used(*field_map.also_read)
        is_known = row.cells.keys() <= table.shown.keys()
        fields = present if is_known else field_map.fields
        values = reader.fill(field_map.kind, fields)
        for adjust in field_map.adjust:
            adjust(reader, values)
        apply_flags(reader, values)
        yield reader, values


def _fields_with_columns(table: Table, field_map: FieldMap) -> Mapping[str, tuple[str, ...]]:
    """Return the fields of a field map for which a list's table has a column."""
    return {
        name: headers
        for name, headers in field_map.fields.items()
        if any(header in table.shown for header in headers)
    }


def _rows_sharing_ids(table: Table, field_map: FieldMap) -> frozenset[int]:
    """Return the lines of a list's rows whose id is shared by a row with other content.

    Old exports give all languages, or weekdays, of a service one id. Where other rows may point at
    the id, the first row keeps it.
    """
    if field_map.kind not in _WITHOUT_POINTERS | _WITH_POINTERS:
        return frozenset()
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        if key := row.get(*field_map.key):
            by_id[key].append(row)
    start = 0 if field_map.kind in _WITHOUT_POINTERS else 1
    lines: set[int] = set()
    for rows in by_id.values():
        if any(row.cells != rows[0].cells for row in rows[1:]):
            first = rows[0].cells if start else None
            lines.update(row.line for row in rows[start:] if row.cells != first)
    return frozenset(lines)


def apply_flags(reader: RowReader, values: Values) -> None:
    """Restrict a record's visibility by every protection flag of its row; never widen it."""
    for header, text in reader.row.cells.items():
        if not is_flag(header):
            continue
        required, is_understood = flag_visibility(header, text)
        reader.mark_used(header)
        if not is_understood:
            reader.leave_unmapped(header)
            reader.warn("flag-not-understood", NOT_UNDERSTOOD, header)
        if required is not Visibility.PUBLIC:
            values["visibility"] = strictest(required, values.get("visibility", required))
            reader.headers["visibility"] = reader.show(header)


@dataclass(slots=True)
class RecordBuilder:
    """Builder of records and refusals from rows of one source's list."""

    source: str

    def items(
        self,
        kind: str,
        key: str,
        reader: RowReader,
        values: Values,
        *,
        is_main: bool = True,
        optional_parent: str = "",
    ) -> Iterator[Item]:
        """Yield the problems of a list's row, then its record or its refusal.

        Args:
            kind: HSDS name of the record's kind.
            key: the key of the record in the list.
            reader: the row.
            values: fields; parents as the list's own ids.
            is_main: whether this is the main record of the row, which reports the row's problems
                and keeps the unused cells.
            optional_parent: a parent field that may be empty; the reader reported it already.
        """
        if not optional_parent:
            values = yield from self._with_organization(kind, reader, values)
        values, given = self._with_parents(values)
        record = _make_record(kind, _cached_record_id(self.source, kind, key), values)
        problems = tuple(_problems_at(reader, record, optional_parent))
        if is_main:
            problems = (*reader.problems, *problems)
        if any(problem.severity is Severity.ERROR for problem in problems):
            if is_main:
                reader.row.fates.refuse()
            yield RefusedRow(kind, problems, record.id)
            return
        yield from problems
        cells, row = _NO_CELLS, reader.row
        if is_main:
            reader.keep_used()
            cells = reader.put_aside() or _NO_CELLS
        else:
            kept_headers = (h for name, h in reader.headers.items() if getattr(record, name, None))
            row.fates.keep_headers(kept_headers)
        origin = Origin(source=self.source, key=key, file=row.file, line=row.line, unmapped=cells)
        yield SourcedRecord(record, origin, shared_cells(tuple(reader.headers.items())), given)

    def refusal(
        self, kind: str, key: str, reader: RowReader, problems: tuple[Problem, ...]
    ) -> RefusedRow:
        """Return the refusal of a list's row from which no record can be built."""
        return reader.refusal(kind, *problems, id=_cached_record_id(self.source, kind, key))

    def _with_organization(
        self, kind: str, reader: RowReader, values: Values
    ) -> Generator[Item, None, Values]:
        """Return the values of a service, after yielding an organization for one that has none.

        The organization gets the visibility of the service.
        """
        name = values.get("name")
        if kind != "service" or values.get("organization_id") or not name:
            return values
        own = {field: value for field, value in values.items() if field in _SHARED_FIELDS}
        key = f"organization/{name}"
        reader.warn("organization-proposed", _NO_ORGANIZATION)
        child = RowReader(reader.row, {})
        yield from self.items("organization", key, child, own, is_main=False)
        return {**values, "organization_id": key}

    def _with_parents(self, values: Values) -> tuple[Values, dict[str, str]]:
        resolved: Values = dict(values)
        given = {"visibility": str(values["visibility"])} if "visibility" in values else {}
        for name, key in values.items():
            parent = PARENT_FIELDS.get(name)
            if name == "link_id":
                parent = values.get("link_entity", "")
            if parent and key:
                given[name] = key
                resolved[name] = _cached_record_id(self.source, parent, key)
        return resolved, given


def _problems_at(reader: RowReader, record: Record, optional_parent: str) -> Iterator[Problem]:
    """Yield the validation problems of a listed record, located at its row."""
    for problem in validate_record(record):
        if (
            optional_parent
            and problem.column == optional_parent
            and not getattr(record, optional_parent)
        ):
            continue
        column = reader.headers.get(problem.column, problem.column)
        yield replace(problem, file=reader.row.file, line=reader.row.line, column=column)


def _make_record(kind: str, identifier: str, values: Values) -> Record:
    """Build a record from a row's values.

    Required text that is missing becomes "", which validation refuses.
    """
    known = _known_fields(kind)
    filled: Values = dict.fromkeys(_required_fields(kind), "")
    filled |= {name: value for name, value in values.items() if name in known}
    filled["id"] = identifier
    return KINDS[kind](**filled)


@cache
def _known_fields(kind: str) -> frozenset[str]:
    return frozenset(field_names(kind))


@cache
def _required_fields(kind: str) -> tuple[str, ...]:
    return tuple(
        f.name
        for f in fields(KINDS[kind])
        if f.default is MISSING and f.default_factory is MISSING and f.name != "id"
    )


def key_of(field_map: FieldMap, reader: RowReader, values: Values) -> str:
    """Return the id of a row in the source list, or a key made of its content.

    To an id that several rows share, a digest of the cells of the row is added.
    """
    key = listed_key(field_map, reader, values)
    return f"{key}/{content_key(reader.row.cells)}" if reader.has_shared_id else key


def listed_key(field_map: FieldMap, reader: RowReader, values: Values) -> str:
    """Return the key by which other rows of the source list refer to a row."""
    key = reader.row.get(*field_map.key)
    reader.mark_used(*field_map.key)
    return field_map.prefix + (key or content_key(values))


def content_key(values: Mapping[str, Any]) -> str:
    """Return a digest of field values as the key of a row without an id; equal rows get equal keys.

    A digest, because keys are stored and shown where an address may have to be withheld.
    """
    content = "\n".join(f"{name}={values[name]}" for name in sorted(values) if values[name] != "")
    return sha256(content.encode()).hexdigest()[:24]


def plain_items(
    tables: Tables, field_map: FieldMap, builder: RecordBuilder, *, is_last: bool = False
) -> Iterator[Item]:
    """Yield the records and problems of a list's file with a record in each row.

    For ``is_last`` see ``read_rows``.
    """
    for reader, values in read_rows(tables, field_map, is_last=is_last):
        yield from builder.items(field_map.kind, key_of(field_map, reader, values), reader, values)
