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
_OF_BOTH = frozenset({"name", "visibility"})  # of a service and an organization made for it
_NO_CELLS: Mapping[str, str] = {}


class RowReader:
    """Cells of one row as a record takes them: which were taken, what was odd, what is put aside.

    ``headers`` maps each field to the header of the column that gave it. ``shares_id`` says that
    another row of the file has its id and says something else. Of several records of a row each has
    a reader, which ``part`` gives: what one of them takes is taken for all.
    """

    __slots__ = ("_shown", "_used", "headers", "problems", "row", "shares_id")

    def __init__(self, row: Row, shown: Mapping[str, str], *, shares_id: bool = False) -> None:
        self.row = row
        self.shares_id = shares_id
        self.headers: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._shown = shown
        self._used: set[str] = set()

    def part(self) -> RowReader:
        """Return a reader for another record of the row, with headers of its own."""
        reader = RowReader(self.row, self._shown)
        reader.problems, reader._used = self.problems, self._used
        return reader

    def text(self, *headers: str) -> str:
        """Return the first filled cell under these headers, counted as read; "" if none is."""
        header = next((header for header in headers if header in self.row.cells), "")
        if not header:
            return ""
        self._used.add(header)
        return self.row.cells[header]

    def fill(self, kind: str, fields: Mapping[str, tuple[str, ...]]) -> Values:
        """Return the values of fields; a cell that cannot be read is put aside, with a warning.

        Args:
            kind: HSDS name of the records that have these fields.
            fields: field → headers that may give it, the first filled one wins.
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
        """Return a text as the value of a field; None where it cannot be read, with a warning.

        What cannot be read is put aside; a visibility that cannot be read withholds.
        """
        value = read_cell(kind, name, text)
        if not isinstance(value, Unreadable):
            return value
        self.leave_unmapped(header)
        detail = value.message.then(message("It was kept aside as given."))
        self.warn(value.code, detail, header)
        return Visibility.WITHHELD if name == "visibility" else None

    def take(self, field_name: str, *headers: str) -> str:
        """Return the first filled cell under these headers, and mark it as used; "" if none."""
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
        """Return whether the table of a row has a column with this header."""
        return header in self._shown

    def mark_used(self, *headers: str) -> None:
        """Count these cells as read: they are not unmapped."""
        self._used.update(headers)

    def leave_unmapped(self, *headers: str) -> None:
        """Keep these cells with the origin although a field read them."""
        self._used.difference_update(headers)

    def show(self, header: str) -> str:
        """Return a folded header as it is written in the file."""
        return self._shown.get(header, header)

    def warn(self, code: str, detail: Message, header: str = "") -> None:
        """Add a warning about a cell of this row."""
        self.problems.append(self.problem(code, Severity.WARNING, detail, header))

    def problem(self, code: str, severity: Severity, detail: Message, header: str = "") -> Problem:
        """Build a problem located at a row and column."""
        return Problem(
            code=code,
            severity=severity,
            message=detail,
            file=self.row.file,
            line=self.row.line,
            column=self.show(header) if header else "",
        )

    def keep_used(self) -> None:
        """Note that a record holds the cells that were taken."""
        self.row.fates.keep(self._used & self.row.cells.keys())

    def put_aside(self) -> dict[str, str]:
        """Return the cells nobody took, by the header the file has; they are put aside."""
        cells = self.row.cells
        left = [header for header in cells if header not in self._used]
        self.row.fates.put_aside(left)
        return {self.show(header): cells[header] for header in left}

    def refusal(self, kind: str, *problems: Problem, id: str = "") -> RefusedRow:  # noqa: A002
        """Return the refusal of the row, of which no record of this kind is made."""
        self.row.fates.refuse()
        return RefusedRow(kind, problems, id)


_id = lru_cache(maxsize=2**17)(record_id)  # a parent is named by each of its children
Adjust = Callable[[RowReader, Values], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """Mapping of the columns of a file to the fields of records of a kind.

    Attributes:
        kind: HSDS name of the records.
        file: stem of the file.
        fields: field of the record → headers that may give it, the first filled one wins.
        key: headers that may give the list's own id.
        prefix: what comes before it, where two files count 1, 2, 3 for records of one kind.
        also_read: headers that other field maps read, so that they are not put aside.
        adjust: what needs more than one cell; it changes the values in place.
        repair: puts the cells of a damaged row right; None when it is whole, else what was done.
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
    """Map each field of a kind to the column of its own name and to these other headers."""
    names = [name for name in field_names(kind) if name != "id"]
    return {name: (name, *other_headers.get(name, ())) for name in names}


def read_rows(
    tables: Tables, field_map: FieldMap, *, last: bool = False
) -> Iterator[tuple[RowReader, Values]]:
    """Yield a reader and the field values of each row of a file; parents are ids of the list.

    Args:
        last: the rows of the file are not asked for again.
    """
    table = tables.get(field_map.file)
    if table is None:
        return
    found = _read_table(tables, table, field_map, last=last)
    is_part = field_map.kind in _LEAVES | _POINTED_AT
    lacks_ids = is_part and not all(row.get(*field_map.key) for row in table.rows)
    yield from _marked_where_ids_are_shared(list(found), field_map) if lacks_ids else found


def _marked_where_ids_are_shared(
    rows: list[tuple[RowReader, Values]], field_map: FieldMap
) -> Iterator[tuple[RowReader, Values]]:
    """Yield the rows of a file, setting ``shares_id`` where different rows get the same made-up id.

    What makes up an id is not always all that a row says: the hours of a day are read later.
    """
    alike: dict[str, list[RowReader]] = defaultdict(list)
    for reader, values in rows:
        if not reader.row.get(*field_map.key):
            alike[content_key(values)].append(reader)
    for readers in alike.values():
        if any(reader.row.cells != readers[0].row.cells for reader in readers[1:]):
            for reader in readers:
                reader.shares_id = True
    yield from rows


def _read_table(
    tables: Tables, table: Table, field_map: FieldMap, *, last: bool
) -> Iterator[tuple[RowReader, Values]]:
    sharing = _rows_sharing_ids(table, field_map)
    present = _fields_in(table, field_map)
    for given in tables.rows(field_map.file, last=last):
        row, mended = field_map.repair(table, given) if field_map.repair else (given, None)
        reader = RowReader(row, table.shown, shares_id=given.line in sharing)
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


def _fields_in(table: Table, field_map: FieldMap) -> Mapping[str, tuple[str, ...]]:
    """Return the fields for which the table has a column: a part of those of HSDS."""
    return {
        name: headers
        for name, headers in field_map.fields.items()
        if any(header in table.shown for header in headers)
    }


# A part that nothing points at, and one to which other rows may point by the id of its row.
_LEAVES = frozenset({
    "schedule", "service_area", "language", "accessibility", "required_document", "cost_option",
    "attribute", "translation", "service_heading", "service_capacity", "funding",
    "organization_identifier", "url", "metadata",
})  # fmt: skip
_POINTED_AT = frozenset({"phone", "contact", "address", "service_at_location"})


def _rows_sharing_ids(table: Table, field_map: FieldMap) -> frozenset[int]:
    """Return the lines of rows whose id is shared by a row with other content.

    Old exports give all languages, or weekdays, of a service one id. What other rows may point at
    keeps the id in the first of its rows.
    """
    if field_map.kind not in _LEAVES | _POINTED_AT:
        return frozenset()
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        if key := row.get(*field_map.key):
            by_id[key].append(row)
    start = 0 if field_map.kind in _LEAVES else 1
    found: set[int] = set()
    for rows in by_id.values():
        if any(row.cells != rows[0].cells for row in rows[1:]):
            first = rows[0].cells if start else None
            found.update(row.line for row in rows[start:] if row.cells != first)
    return frozenset(found)


def apply_flags(reader: RowReader, values: Values) -> None:
    """Restrict visibility by every protection flag in the row; never widen what is given."""
    for header, text in reader.row.cells.items():
        if not is_flag(header):
            continue
        asked, understood = flag_visibility(header, text)
        reader.mark_used(header)
        if not understood:
            reader.leave_unmapped(header)
            reader.warn("flag-not-understood", NOT_UNDERSTOOD, header)
        if asked is not Visibility.PUBLIC:
            values["visibility"] = strictest(asked, values.get("visibility", asked))
            reader.headers["visibility"] = reader.show(header)


@dataclass(slots=True)
class RecordBuilder:
    """Builder of records and refusals from rows of one source (the name of the provider list)."""

    source: str

    def items(
        self,
        kind: str,
        key: str,
        reader: RowReader,
        values: Values,
        *,
        main: bool = True,
        may_lack: str = "",
    ) -> Iterator[Item]:
        """Yield the problems of a row, then its record or its refusal.

        Args:
            kind: HSDS name of the record's kind.
            key: what the list calls the record.
            reader: the row.
            values: fields; parents as the list's own ids.
            main: whether the record stands for the row: it says the row's problems and keeps
                the cells nobody took.
            may_lack: a parent field that may be empty here, since the reader said so already.
        """
        if not may_lack:
            values = yield from self._with_organization(kind, reader, values)
        values, given = self._with_parents(values)
        record = _make_record(kind, _id(self.source, kind, key), values)
        found = tuple(_problems_at(reader, record, may_lack))
        if main:
            found = (*reader.problems, *found)
        if any(problem.severity is Severity.ERROR for problem in found):
            if main:
                reader.row.fates.refuse()
            yield RefusedRow(kind, found, record.id)
            return
        yield from found
        cells, row = _NO_CELLS, reader.row
        if main:
            reader.keep_used()
            cells = reader.put_aside() or _NO_CELLS
        else:
            held = (h for name, h in reader.headers.items() if getattr(record, name, None))
            row.fates.keep_headers(held)
        origin = Origin(source=self.source, key=key, file=row.file, line=row.line, unmapped=cells)
        yield SourcedRecord(record, origin, shared_cells(tuple(reader.headers.items())), given)

    def refusal(
        self, kind: str, key: str, reader: RowReader, problems: tuple[Problem, ...]
    ) -> RefusedRow:
        """Return the refusal of a row from which no record can be built."""
        return reader.refusal(kind, *problems, id=_id(self.source, kind, key))

    def _with_organization(
        self, kind: str, reader: RowReader, values: Values
    ) -> Generator[Item, None, Values]:
        """Return the values of a service, after yielding an organization for one that has none.

        Nobody sees more of that organization than of the service.
        """
        name = values.get("name")
        if kind != "service" or values.get("organization_id") or not name:
            return values
        own = {field: value for field, value in values.items() if field in _OF_BOTH}
        key = f"organization/{name}"
        reader.warn("organization-proposed", _NO_ORGANIZATION)
        child = RowReader(reader.row, {})
        yield from self.items("organization", key, child, own, main=False)
        return {**values, "organization_id": key}

    def _with_parents(self, values: Values) -> tuple[Values, dict[str, str]]:
        made: Values = dict(values)
        given = {"visibility": str(values["visibility"])} if "visibility" in values else {}
        for name, key in values.items():
            parent = PARENT_FIELDS.get(name)
            if name == "link_id":
                parent = values.get("link_entity", "")
            if parent and key:
                given[name] = key
                made[name] = _id(self.source, parent, key)
        return made, given


def _problems_at(reader: RowReader, record: Record, may_lack: str) -> Iterator[Problem]:
    """Yield the validation problems of a record, located at its row."""
    for problem in validate_record(record):
        if may_lack and problem.column == may_lack and not getattr(record, may_lack):
            continue
        column = reader.headers.get(problem.column, problem.column)
        yield replace(problem, file=reader.row.file, line=reader.row.line, column=column)


def _make_record(kind: str, identifier: str, values: Values) -> Record:
    """Build a record; required text that is missing becomes "", which validation refuses."""
    known = _known_fields(kind)
    filled: Values = dict.fromkeys(_required(kind), "")
    filled |= {name: value for name, value in values.items() if name in known}
    filled["id"] = identifier
    return KINDS[kind](**filled)


@cache
def _known_fields(kind: str) -> frozenset[str]:
    return frozenset(field_names(kind))


@cache
def _required(kind: str) -> tuple[str, ...]:
    return tuple(
        f.name
        for f in fields(KINDS[kind])
        if f.default is MISSING and f.default_factory is MISSING and f.name != "id"
    )


def key_of(field_map: FieldMap, reader: RowReader, values: Values) -> str:
    """Return the id that the list gives a row, or a key made of its content.

    An id that several rows share is followed by what the row says.
    """
    key = listed_key(field_map, reader, values)
    return f"{key}/{content_key(reader.row.cells)}" if reader.shares_id else key


def listed_key(field_map: FieldMap, reader: RowReader, values: Values) -> str:
    """Return the key by which other rows of the list refer to a row."""
    key = reader.row.get(*field_map.key)
    reader.mark_used(*field_map.key)
    return field_map.prefix + (key or content_key(values))


def content_key(values: Mapping[str, Any]) -> str:
    """Return a digest of field values as the key of a row without an id; equal rows get equal keys.

    Only a digest of it, since a key is kept and shown where an address may not be.
    """
    said = "\n".join(f"{name}={values[name]}" for name in sorted(values) if values[name] != "")
    return sha256(said.encode()).hexdigest()[:24]


def plain_items(
    tables: Tables, field_map: FieldMap, builder: RecordBuilder, *, last: bool = False
) -> Iterator[Item]:
    """Yield the items of a file with one record in each row; ``last`` is that of ``read_rows``."""
    for reader, values in read_rows(tables, field_map, last=last):
        yield from builder.items(field_map.kind, key_of(field_map, reader, values), reader, values)
