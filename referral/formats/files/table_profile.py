"""Table profiles: how many cells each column of a list has, and what they look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from referral.formats.files.tables import Row, Table

Content = Literal["", "phones", "e-mail addresses", "streets", "hours"]

_SAMPLE_ROWS = 400
_FEWEST_CELLS = 5
_MOST = 0.6  # share of the cells of a column that must look alike
_LOOKS: Sequence[tuple[Content, re.Pattern[str]]] = (
    ("e-mail addresses", re.compile(r"\S+@\S+\.\w{2,}\Z")),
    (
        "phones",
        re.compile(r"(?!-?\d+\.\d+\Z)\D{0,12}1?[\s.-]?\(?\d{3}\)?[\s./-]{0,3}\d{3}[\s.-]?\d{4}\b"),
    ),
    ("streets", re.compile(r"\d{1,6}[a-z]? +(?:[nsew]{1,2}\.? +)?\w[\w.' -]+", re.IGNORECASE)),
    ("hours", re.compile(r".*\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b", re.IGNORECASE | re.DOTALL)),
)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column: its header as the file has it, its filled cells, and what most look like."""

    header: str
    filled: int
    content: Content = ""


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A table before it is read.

    Attributes:
        file: the file's name.
        row_count: rows that say something.
        long_rows: rows with more cells than there are headers.
        short_rows: rows with fewer.
        columns: those with at least one filled cell, and cells beyond the last header.
    """

    file: str
    row_count: int
    long_rows: int
    short_rows: int
    columns: tuple[ColumnProfile, ...]


def profile_table(table: Table) -> TableProfile | None:
    """The profile of a table; None for rows that are made one by one (AIRS XML)."""
    if not isinstance(table.rows, list):
        return None
    filled: Counter[str] = Counter()
    for row in table.rows:
        filled.update(row.cells.keys())
    columns = tuple(
        ColumnProfile(table.shown.get(key, key), count, _content_of(table.rows, key))
        for key, count in filled.items()
    )
    return TableProfile(
        file=table.name,
        row_count=len(table.rows),
        long_rows=sum(problem.code == "row-too-long" for problem in table.problems),
        short_rows=table.short_rows,
        columns=columns,
    )


def _content_of(rows: Iterable[Row], key: str) -> Content:
    """What most of the first filled cells of a column look like; "" for anything else."""
    cells = list(islice((row.cells[key] for row in rows if key in row.cells), _SAMPLE_ROWS))
    if len(cells) < _FEWEST_CELLS:
        return ""
    for content, pattern in _LOOKS:
        if sum(pattern.match(cell) is not None for cell in cells) >= _MOST * len(cells):
            return content
    return ""
