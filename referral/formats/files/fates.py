"""Fates of cells: set by the reader of each cell, and counted by column.

A cell is kept if a record contains it or is found by it, put aside if it has no field or cannot be
parsed (it stays with the origin of the record), and refused if its row is. A cell without a fate
was not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Literal

import msgspec

Content = Literal["", "phones", "e-mail addresses", "streets", "hours"]
Cells = Mapping[str, str]

AS_GIVEN = " (as given)"
"""End of the key under which the text of a cell is put aside as given."""
_UNREAD, _ASIDE, _KEPT, _REFUSED = 1, 2, 3, 4  # 0 is no cell; the highest fate counts
_MOST_LINES = 3
_SAMPLE_ROWS = 400
_FEWEST_CELLS = 5
_MIN_ALIKE_SHARE = 0.6  # share of the cells of a column that must look alike
_PATTERNS: Sequence[tuple[Content, re.Pattern[str]]] = (
    ("e-mail addresses", re.compile(r"\S+@\S+\.\w{2,}\Z")),
    (
        "phones",
        re.compile(r"(?!-?\d+\.\d+\Z)\D{0,12}1?[\s.-]?\(?\d{3}\)?[\s./-]{0,3}\d{3}[\s.-]?\d{4}\b"),
    ),
    ("streets", re.compile(r"\d{1,6}[a-z]? +(?:[nsew]{1,2}\.? +)?\w[\w.' -]+", re.IGNORECASE)),
    ("hours", re.compile(r".*\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b", re.IGNORECASE | re.DOTALL)),
)


class ColumnFates(msgspec.Struct, kw_only=True):
    """Counts of the cells of a list's column by fate: kept, put aside, refused or unread.

    Attributes:
        file, header: location of the column in the list.
        cells: filled cells.
        kept, aside, refused: numbers of cells; the rest was not read.
        fields: the fields that kept cells became, such as ``service.name``.
        content: kind of content of most cells; "" if unknown.
        kept_examples, aside_examples: some of the cells, only from public records.
        refused_lines: lines of some refused rows.
    """

    file: str
    header: str
    cells: int
    kept: int = 0
    aside: int = 0
    refused: int = 0
    fields: list[str] = []
    content: Content = ""
    kept_examples: list[str] = []
    aside_examples: list[str] = []
    refused_lines: list[int] = []

    @property
    def unread(self) -> int:
        """Return the number of cells of a list's column that no reader read."""
        return self.cells - self.kept - self.aside - self.refused

    def as_dict(self) -> dict[str, Any]:
        """Return a column's counts of cell fates as ``referral import --json`` prints them.

        They have no examples.
        """
        return {
            "file": self.file,
            "column": self.header,
            "cells": self.cells,
            "kept": self.kept,
            "aside": self.aside,
            "refused": self.refused,
            "unread": self.unread,
            "fields": self.fields,
            "refused_lines": self.refused_lines,
        }

    def refuse(self, *, was_aside: bool) -> bool:
        """Recount a kept or aside cell of a list's column as refused, if there is one.

        Return whether there was one.
        """
        if not (self.aside if was_aside else self.kept):
            return False
        self.aside -= was_aside
        self.kept -= not was_aside
        self.refused += 1
        return True

    def add(self, other: ColumnFates) -> None:
        """Add the cell fates of a column of the same name in another table of the file."""
        self.cells += other.cells
        self.kept += other.kept
        self.aside += other.aside
        self.refused += other.refused
        self.content = other.content or self.content
        self.refused_lines = [*self.refused_lines, *other.refused_lines][:_MOST_LINES]


class TableFates:
    """The fates of the cells of a list's table, one byte per cell.

    Args:
        file: name of its file.
        shown: key → header as the file has it.
        rows: line and cells of each row.
    """

    def __init__(
        self, file: str, shown: Mapping[str, str], rows: Sequence[tuple[int, Cells]]
    ) -> None:
        keys = dict.fromkeys(chain.from_iterable(cells for _, cells in rows))
        self.positions = {key: position for position, key in enumerate(keys)}
        self.positions_by_header = {
            shown.get(key, key): position for key, position in self.positions.items()
        }
        self.fates = bytearray(len(rows) * len(keys))
        self._file = file
        self._contents = [_content_of(rows, key) for key in keys]
        self._lines = [line for line, _ in rows]
        for start, (_, cells) in zip(self._starts(), rows, strict=False):
            for key in cells:
                self.fates[start + self.positions[key]] = _UNREAD

    def of_rows(self) -> Iterator[RowFates]:
        """Yield the cell fates of each row of a list's table."""
        return (RowFates(self, start) for start in self._starts())

    def columns(self) -> Iterator[ColumnFates]:
        """Yield the counts of cell fates of each column of a list's table."""
        for header, position in self.positions_by_header.items():
            fates = self.fates[position :: len(self.positions)]
            refused = fates.count(_REFUSED)
            lines = (
                line for line, fate in zip(self._lines, fates, strict=True) if fate == _REFUSED
            )
            yield ColumnFates(
                file=self._file,
                header=header,
                cells=len(fates) - fates.count(0),
                kept=fates.count(_KEPT),
                aside=fates.count(_ASIDE),
                refused=refused,
                content=self._contents[position],
                refused_lines=list(islice(lines, _MOST_LINES)) if refused else [],
            )

    def _starts(self) -> range:
        return range(0, len(self.fates), len(self.positions) or 1)


class RowFates:
    """The fates of the cells of a row: kept, put aside or refused by any record made of the row."""

    __slots__ = ("_start", "_table")

    def __init__(self, table: TableFates, start: int) -> None:
        self._table = table
        self._start = start

    def keep(self, keys: Iterable[str]) -> None:
        """Note that a record contains the row's cells under these keys, or was found by them."""
        self._set_fate(map(self._table.positions.get, keys), _KEPT)

    def keep_headers(self, headers: Iterable[str]) -> None:
        """Note that a record contains the row's cells under these headers, as the file has them."""
        self._set_fate(map(self._table.positions_by_header.get, headers), _KEPT)

    def put_aside(self, keys: Iterable[str]) -> None:
        """Note that the row's cells under these keys stay unmapped, beside a record."""
        self._set_fate(
            map(self._table.positions.get, (key.removesuffix(AS_GIVEN) for key in keys)), _ASIDE
        )

    def refuse(self) -> None:
        """Note that the row of a list, and so each of its cells, was refused."""
        self._set_fate(self._table.positions.values(), _REFUSED)

    def _set_fate(self, positions: Iterable[int | None], fate: int) -> None:
        """Set the fate of cells that exist in a row and have no higher fate."""
        fates, start = self._table.fates, self._start
        for position in positions:
            if position is not None and 0 < fates[start + position] < fate:
                fates[start + position] = fate


UNCOUNTED = RowFates(TableFates("", {}, ()), 0)
"""The fates of a row whose cells are not counted."""


def sum_columns(tables: Iterable[TableFates]) -> list[ColumnFates]:
    """Return the counts of cell fates by column, added up over the tables of a file."""
    found: dict[tuple[str, str], ColumnFates] = {}
    for table in tables:
        for column in table.columns():
            total = found.setdefault((column.file, column.header), column)
            if total is not column:
                total.add(column)
    return list(found.values())


def _content_of(rows: Iterable[tuple[int, Cells]], key: str) -> Content:
    """Return the kind of content of most first cells of a list's column; "" if unknown."""
    cells = list(islice((cells[key] for _, cells in rows if key in cells), _SAMPLE_ROWS))
    if len(cells) < _FEWEST_CELLS:
        return ""
    for content, pattern in _PATTERNS:
        if sum(pattern.match(cell) is not None for cell in cells) >= _MIN_ALIKE_SHARE * len(cells):
            return content
    return ""
