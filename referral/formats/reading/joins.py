"""Parent-child joins of records: from foreign keys, join files and cells of several ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from referral.formats.files.tables import Row, Tables
from referral.formats.reading.row_reader import RowReader

_ID_SEPARATORS = re.compile(r"\s*[,;|]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinColumns:
    """Two columns of a source list's file that name a child record and its parents.

    ``is_record`` is for files whose rows are only such joins, and become records themselves.
    """

    file: str
    child: tuple[str, ...]
    parent: tuple[str, ...]
    field: str
    is_record: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """Link of a listed child record to a parent by a field, with the link's row and columns."""

    field: str
    parent: str
    row: Row
    child_header: str
    parent_header: str
    is_record: bool = False

    def keep(self) -> None:
        """Note that a record contains the cells that link it to its parent."""
        self.row.fates.keep(("id", self.child_header, self.parent_header))


@dataclass(slots=True)
class Joins:
    """The links of a list's child records of one kind to their parents."""

    by_child: dict[str, dict[tuple[str, str], Join]] = field(default_factory=dict)

    def add(self, child: str, join: Join) -> None:
        """Add a link of a child record to a parent, unless an earlier row has the same."""
        self.by_child.setdefault(child, {}).setdefault((join.field, join.parent), join)

    def of(self, child: str) -> list[Join]:
        """Return the links of a child record to its parents, in the order of the list."""
        return list(self.by_child.get(child, {}).values())


def ids_in(cell: str) -> list[str]:
    """Split a cell of a source list into distinct record ids.

    ``0``, which some exporters write for none, is left out.
    """
    parts = dict.fromkeys(_ID_SEPARATORS.split(cell.strip()))
    return [part for part in parts if part not in {"", "0"}]


def read_joins(tables: Tables, columns: Iterable[JoinColumns]) -> Joins:
    """Read from a list's tables which child record belongs to which parent."""
    joins = Joins()
    for column in columns:
        for row in tables.rows(column.file):
            children, parents = (
                _present_header(row, column.child),
                _present_header(row, column.parent),
            )
            for child in _ids_under(children, row):
                for parent in _ids_under(parents, row):
                    joins.add(
                        child, Join(column.field, parent, row, children, parents, column.is_record)
                    )
    return joins


def _ids_under(header: str, row: Row) -> list[str]:
    """Return the record ids in a cell of a source list; a row's own id is never split."""
    cell = row.get(header)
    return [cell] if header == "id" and cell else ids_in(cell)


def _present_header(row: Row, headers: tuple[str, ...]) -> str:
    return next((header for header in headers if header in row.cells), headers[0])


def parent_sets(joins: Iterable[Join]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the parents of each record that a child with these joins becomes, and a key suffix.

    A child becomes one record if no field has several parents, else one for each parent.
    """
    joins = list(joins)
    fields = [join.field for join in joins]
    if len(fields) == len(set(fields)):
        yield "", {join.field: join.parent for join in joins}
        return
    for join in joins:
        yield f"/{join.parent}", {join.field: join.parent}


def iter_joins(joins: Joins) -> Iterator[tuple[str, Join]]:
    """Yield each pair of a child record's id and one of its links to a parent."""
    for child in joins.by_child:
        for join in joins.of(child):
            yield child, join


def join_reader(tables: Tables, join: Join, *, child: str, parent: str) -> RowReader:
    """Build a row reader for the link of a child record to a parent.

    ``child`` and ``parent`` are the fields it fills.
    """
    table = next(table for table in tables.by_stem.values() if table.name == join.row.file)
    reader = RowReader(join.row, table.shown)
    reader.mark_used("id", join.child_header, join.parent_header)
    reader.headers[child] = reader.show(join.child_header)
    reader.headers[parent] = reader.show(join.parent_header)
    return reader
