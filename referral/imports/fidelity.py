"""Fidelity of an import: the fates of the cells of each column of the list.

They are counted by the readers (``formats.files.fates``); here the cells of records that checks
refused afterwards are subtracted, and examples added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from referral.formats.files.fates import ColumnFates
from referral.formats.reading.items import Item, RefusedRow
from referral.records.kinds import SourcedRecord, kind_of, parents_of
from referral.records.visibility import Visibility

_EXAMPLES = 3
_LONGEST_EXAMPLE = 80
_MOST_HEADERS = 1_000


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Counts of all cells of an imported list by fate.

    There are no columns if rows are made one by one (AIRS XML).
    """

    columns: tuple[ColumnFates, ...] = ()

    @property
    def cells(self) -> int:
        """Return the number of filled cells of the imported list."""
        return sum(column.cells for column in self.columns)

    @property
    def kept(self) -> int:
        """Return the number of cells of the imported list that became part of a record."""
        return sum(column.kept for column in self.columns)

    @property
    def kept_share(self) -> float:
        """Return the share (0 to 1) of an imported list's cells that became part of a record.

        It is 1 without cells.
        """
        return self.kept / self.cells if self.cells else 1.0

    def as_dict(self) -> dict[str, Any]:
        """Return an import's cell counts as ``referral import --json`` prints them."""
        return {
            "cells": self.cells,
            "kept": self.kept,
            "columns": [column.as_dict() for column in self.columns],
        }


def measure_fidelity(columns: Iterable[ColumnFates], items: Sequence[Item]) -> Fidelity:
    """Count the cells of an imported list by fate: kept, put aside, refused or not read.

    Args:
        columns: the counts of its readers; changed in place.
        items: the items of the list after all checks, parents before children.
    """
    counts = tuple(columns)
    counter = _ColumnCounter(counts)
    for item in items:
        if isinstance(item, RefusedRow):
            counter.refuse(item)
        elif isinstance(item, SourcedRecord):
            counter.add_examples(item)
    return Fidelity(counts)


class _OpenField(NamedTuple):
    """A record field whose column still lacks examples of imported cells."""

    name: str
    column: ColumnFates
    full_name: str


class _ColumnCounter:
    """Counter of the cells of an imported list's columns, with examples."""

    def __init__(self, columns: Iterable[ColumnFates]) -> None:
        self._columns = {(column.file, column.header): column for column in columns}
        self._private: set[str] = set()
        self._headers: list[Mapping[str, str]] = []
        self._wanted: dict[tuple[str, str, int], list[_OpenField]] = {}

    def refuse(self, row: RefusedRow) -> None:
        """Count the cells of an imported record that a check refused."""
        cause = next((problem for problem in row.problems if problem.file), None)
        if cause is None:
            return
        for header in (*row.kept, *row.aside):
            column = self._columns.get((cause.file, header))
            if column is not None and column.refuse(was_aside=header in row.aside):
                column.refused_lines = [*column.refused_lines, cause.line][:_EXAMPLES]

    def add_examples(self, item: SourcedRecord) -> None:
        """Record the fields that an imported list's cells became, with public examples."""
        if not self._columns:
            return
        is_private = self._is_private(item)
        file = item.origin.file
        for header, text in item.origin.unmapped.items():
            column = self._columns.get((file, header))
            if column and column.aside and not is_private:
                _add_example(column.aside_examples, text)
        open_fields = self._open_fields(kind_of(item.record), file, item.headers)
        for open_field in list(open_fields):
            name, column, field_name = open_field
            value = getattr(item.record, name, None)
            if not value:
                continue
            if field_name not in column.fields:
                column.fields.append(field_name)
            if len(column.kept_examples) >= _EXAMPLES:
                open_fields.remove(open_field)
            elif not is_private:
                _add_example(column.kept_examples, value)

    def _is_private(self, item: SourcedRecord) -> bool:
        record = item.record
        is_private = record.visibility is not Visibility.PUBLIC or any(
            parent in self._private for _, _, parent in parents_of(record)
        )
        if is_private:
            self._private.add(record.id)
        return is_private

    def _open_fields(self, kind: str, file: str, headers: Mapping[str, str]) -> list[_OpenField]:
        """Return the record fields of a header map whose columns still lack examples."""
        key = (kind, file, id(headers))
        if key not in self._wanted:
            if len(self._headers) >= _MOST_HEADERS:
                self._headers.clear()
                self._wanted.clear()
            self._headers.append(headers)  # keeps its id() from being reused
            self._wanted[key] = [
                _OpenField(name, self._columns[file, header], f"{kind}.{name}")
                for name, header in headers.items()
                if (file, header) in self._columns
            ]
        return self._wanted[key]


def _add_example(examples: list[str], value: Any) -> None:
    if len(examples) < _EXAMPLES:
        text = " ".join(str(value).split())
        is_short = len(text) <= _LONGEST_EXAMPLE
        examples.append(text if is_short else text[: _LONGEST_EXAMPLE - 1] + "…")
