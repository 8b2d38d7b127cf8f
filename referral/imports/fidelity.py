"""Fidelity of an import: what became of the cells of each column of the list.

A cell is kept when it is part of a record, put aside when the directory has no field for it or
cannot read it (it stays with the origin of the record), and refused when its row is. It is not read
when nothing was made of its row: of a table or row that was passed over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from referral.formats.files.table_profile import Content, TableProfile
from referral.formats.files.tables import CellsRead
from referral.formats.reading.items import Item, ReadRecord, RefusedRow
from referral.records.kinds import SourcedRecord, kind_of, parents_of
from referral.records.visibility import Visibility

_EXAMPLES = 3
_LONGEST_EXAMPLE = 80
_MOST_HEADERS = 1_000
Column = tuple[str, str]  # file, header
_OpenField = tuple[str, Column, str]  # name, column, how it is called


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFidelity:
    """What became of a column.

    Attributes:
        file, header: where it is in the list.
        cells: filled cells.
        kept, aside, refused, unread: how many of them; they add up to ``cells``.
        fields: what they were kept as, as ``service.name``.
        content: what most of the cells look like, where that can be told.
        kept_examples, aside_examples: some of them, none of a record that is not foreverybody.
        refused_lines: lines of some refused rows.
    """

    file: str
    header: str
    cells: int
    kept: int
    aside: int
    refused: int
    unread: int = 0
    fields: tuple[str, ...] = ()
    content: Content = ""
    kept_examples: tuple[str, ...] = ()
    aside_examples: tuple[str, ...] = ()
    refused_lines: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The shape that ``referral import --json`` prints: without examples, which are private."""
        return {
            "file": self.file,
            "column": self.header,
            "cells": self.cells,
            "kept": self.kept,
            "aside": self.aside,
            "refused": self.refused,
            "unread": self.unread,
            "fields": list(self.fields),
            "refused_lines": list(self.refused_lines),
        }


@dataclass(frozen=True, slots=True)
class Fidelity:
    """What became of all cells of a list; no columns where rows are made one by one (AIRS XML)."""

    columns: tuple[ColumnFidelity, ...] = ()

    @property
    def cells(self) -> int:
        """Filled cells of the list."""
        return sum(column.cells for column in self.columns)

    @property
    def kept(self) -> int:
        """Cells that are part of a record."""
        return sum(column.kept for column in self.columns)

    @property
    def kept_share(self) -> float:
        """Share (0 to 1) of the cells that are part of a record; 1 where there are none."""
        return self.kept / self.cells if self.cells else 1.0

    def as_dict(self) -> dict[str, Any]:
        """The shape that ``referral import --json`` prints."""
        return {
            "cells": self.cells,
            "kept": self.kept,
            "columns": [column.as_dict() for column in self.columns],
        }


class _Counts:
    """What the items say of each column."""

    def __init__(self) -> None:
        self.aside: Counter[Column] = Counter()
        self.refused: Counter[Column] = Counter()
        self.fields: dict[Column, dict[str, None]] = defaultdict(dict)
        self.kept_examples: dict[Column, list[str]] = defaultdict(list)
        self.aside_examples: dict[Column, list[str]] = defaultdict(list)
        self.refused_lines: dict[Column, list[int]] = defaultdict(list)
        self._private: set[str] = set()
        self._headers: list[Mapping[str, str]] = []
        self._wanted: dict[tuple[str, str, int], list[_OpenField]] = {}

    def add(self, item: Item, taken: Mapping[tuple[str, int], set[str]]) -> None:
        """Count one item; ``taken``: the headers that other records of its row hold."""
        if isinstance(item, RefusedRow):
            self._add_refused(item)
        elif isinstance(item, SourcedRecord):
            is_private = self._is_private(item)
            self._add_aside(item, taken, is_private=is_private)
            if isinstance(item, ReadRecord):
                self._add_kept(item, is_private=is_private)

    def _is_private(self, item: SourcedRecord) -> bool:
        record = item.record
        is_private = record.visibility is not Visibility.PUBLIC or any(
            parent in self._private for _, _, parent in parents_of(record)
        )
        if is_private:
            self._private.add(record.id)
        return is_private

    def _add_kept(self, item: ReadRecord, *, is_private: bool) -> None:
        file = item.origin.file
        open_fields = self._open_fields(kind_of(item.record), file, item.headers)
        for place in list(open_fields):
            name, column, field_name = place
            value = getattr(item.record, name, None)
            if not value:
                continue
            self.fields[column][field_name] = None
            examples = self.kept_examples[column]
            if len(examples) >= _EXAMPLES:
                open_fields.remove(place)
            elif not is_private:
                examples.append(_example(value))

    def _open_fields(self, kind: str, file: str, headers: Mapping[str, str]) -> list[_OpenField]:
        """The fields with these headers of which more examples are wanted; most have enough."""
        key = (kind, file, id(headers))
        if key not in self._wanted:
            if len(self._headers) >= _MOST_HEADERS:
                self._headers.clear()
                self._wanted.clear()
            self._headers.append(headers)  # as long as it is kept, no other map has its id
            self._wanted[key] = [
                (name, (file, header), f"{kind}.{name}") for name, header in headers.items()
            ]
        return self._wanted[key]

    def _add_aside(
        self,
        item: SourcedRecord,
        taken: Mapping[tuple[str, int], set[str]],
        *,
        is_private: bool,
    ) -> None:
        file = item.origin.file
        held = taken.get((file, item.origin.line), ())
        for header, text in item.origin.unmapped.items():
            if header in held:
                continue
            self.aside[file, header] += 1
            examples = self.aside_examples[file, header]
            if not is_private and len(examples) < _EXAMPLES:
                examples.append(_example(text))

    def _add_refused(self, row: RefusedRow) -> None:
        place = next((problem for problem in row.problems if problem.file), None)
        if place is None:
            return
        for header in row.headers:
            self.refused[place.file, header] += 1
            lines = self.refused_lines[place.file, header]
            if len(lines) < _EXAMPLES:
                lines.append(place.line)


def measure_fidelity(
    profiles: Iterable[TableProfile], cells_read: Iterable[CellsRead], items: Sequence[Item]
) -> Fidelity:
    """What became of the cells of a list.

    Args:
        profiles: the cells of its columns before it was read.
        cells_read: how many of them stand in rows of which something was made.
        items: what was read, after all checks, parents before children.
    """
    counts, taken = _Counts(), _headers_taken(items)
    for item in items:
        counts.add(item, taken)
    read = {(file, header): count for file, header, count in cells_read}
    return Fidelity(
        tuple(
            _fidelity_of(column, cells, read.get(column, 0), counts)
            for column, cells in _cells_of(profiles).items()
        )
    )


def _cells_of(profiles: Iterable[TableProfile]) -> dict[Column, tuple[int, Content]]:
    """Filled cells and their content by column; the tables of one JSON file share their name."""
    cells: dict[Column, tuple[int, Content]] = {}
    for table in profiles:
        for column in table.columns:
            count, content = cells.get((table.file, column.header), (0, ""))
            cells[table.file, column.header] = count + column.filled, column.content or content
    return cells


def _fidelity_of(
    column: Column, cells: tuple[int, Content], cells_read: int, counts: _Counts
) -> ColumnFidelity:
    filled, content = cells
    read = min(cells_read, filled)
    aside = min(counts.aside[column], read)
    refused = min(counts.refused[column], read - aside)
    return ColumnFidelity(
        file=column[0],
        header=column[1],
        cells=filled,
        kept=read - aside - refused,
        aside=aside,
        refused=refused,
        unread=filled - read,
        fields=tuple(counts.fields[column]),
        content=content,
        kept_examples=tuple(counts.kept_examples[column]),
        aside_examples=tuple(counts.aside_examples[column]),
        refused_lines=tuple(counts.refused_lines[column]),
    )


def _headers_taken(items: Iterable[Item]) -> dict[tuple[str, int], set[str]]:
    """The headers that records of a row hold, for rows of which another record puts some aside."""
    rows = {
        (item.origin.file, item.origin.line)
        for item in items
        if isinstance(item, SourcedRecord) and item.origin.unmapped
    }
    taken: dict[tuple[str, int], set[str]] = defaultdict(set)
    for item in items:
        place = (item.origin.file, item.origin.line) if isinstance(item, ReadRecord) else None
        if place in rows and isinstance(item, ReadRecord):
            held = {h for name, h in item.headers.items() if getattr(item.record, name, None)}
            taken[item.origin.file, item.origin.line] |= held - item.origin.unmapped.keys()
    return taken


def _example(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…"
