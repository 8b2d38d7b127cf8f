"""Which counts of a table must not be told, so that no small one can be worked out.

A count from 1 to 4 is never told. Where what is told, and the sums, would still leave just one
number for it, more is hidden, the smallest first. So are sums that stand in another table beside
it: those of counties beside their ZIP codes, or of headings beside their topics.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

SMALLEST_SHOWN = 5
"""Counts below this are shown as "<5": few enough people may be known by them."""

Key = tuple[int, int]
"""Row and column of a cell; ``TOTAL`` in place of either is the sum over all of them."""
TOTAL = -1


@dataclass(frozen=True, slots=True)
class _Line:
    """Cells that add up to a sum; without one here, another table tells it."""

    parts: tuple[Key, ...]
    total: Key | None


@dataclass(slots=True)
class _Guarded:
    """A table, and what of it is hidden so far.

    Attributes:
        known: what is hidden here but told elsewhere, as a sum over it alone.
    """

    cells: Mapping[Key, int]
    hidden: set[Key]
    known: set[Key] = field(default_factory=set)

    def gives_away(self, line: _Line) -> bool:
        """Whether the sum of a line leaves just one number for a cell that is hidden in it."""
        keys = [key for key in line.parts if key in self.hidden and key not in self.known]
        if line.total in self.hidden or not keys:
            return False
        if len(keys) == 1:
            return True
        return _leaves_one_number([self.cells[key] for key in keys])

    def hide_one(self, line: _Line) -> bool:
        """Hide one more of a line, cells before sums, small before large; no where none is left."""
        left = [key for key in line.parts if key not in self.hidden and self.cells[key]]
        key = min(
            left, key=lambda each: (TOTAL in each, self.cells[each], each), default=line.total
        )
        if key is None:
            self.known |= {one for one in line.parts if one in self.hidden}
            return False
        self.hidden.add(key)
        return True


def is_small(number: int) -> bool:
    """Whether a count is too small to be told."""
    return 0 < number < SMALLEST_SHOWN


def cells_to_hide(
    rows: Sequence[Sequence[int]], parts: Sequence[str | None] = ()
) -> frozenset[Key]:
    """The cells and sums of a table of counts that must stay untold.

    A sum is hidden only where hiding every cell of its row or column is not enough.

    Args:
        parts: for each row what it is a part of, if the sums over that stand in another table,
            which was made by this rule too.
    """
    cells = _with_sums(rows)
    table = _Guarded(cells, {key for key, number in cells.items() if is_small(number)})
    lines = _lines(len(rows), len(rows[0]) if rows else 0)
    for line, is_told in _lines_of_parts(rows, parts):
        if is_told:
            lines.append(line)
        elif table.hidden.isdisjoint(line.parts):  # or the sum could be worked out from here
            table.hide_one(line)
    before = (-1, -1)
    while before != (before := (len(table.hidden), len(table.known))):
        for line in lines:
            while table.gives_away(line) and table.hide_one(line):
                pass
    return frozenset(table.hidden)


def _with_sums(rows: Sequence[Sequence[int]]) -> dict[Key, int]:
    cells = {(r, c): number for r, row in enumerate(rows) for c, number in enumerate(row)}
    columns = len(rows[0]) if rows else 0
    sums = {(r, TOTAL): sum(row) for r, row in enumerate(rows)}
    sums |= {(TOTAL, c): sum(row[c] for row in rows) for c in range(columns)}
    return cells | sums | {(TOTAL, TOTAL): sum(map(sum, rows))}


def _lines(rows: int, columns: int) -> list[_Line]:
    """Every row and column that adds up to its last cell, the sums among them."""
    across = [*range(columns), TOTAL]
    down = [*range(rows), TOTAL]
    if columns == 1:  # its rows would be the sum of one cell
        return [_Line(tuple((r, 0) for r in down[:-1]), (TOTAL, 0))]
    return [
        *(_Line(tuple((r, c) for c in across[:-1]), (r, TOTAL)) for r in down),
        *(_Line(tuple((r, c) for r in down[:-1]), (TOTAL, c)) for c in across),
    ]


def _lines_of_parts(
    rows: Sequence[Sequence[int]], parts: Sequence[str | None]
) -> Iterator[tuple[_Line, bool]]:
    """The cells of each part, column by column, and whether the other table tells their sum."""
    rows_of: defaultdict[str, list[int]] = defaultdict(list)
    for row, part in enumerate(parts):
        if part is not None:
            rows_of[part].append(row)
    if not rows_of:
        return
    summed = {
        part: [sum(column) for column in zip(*(rows[row] for row in found), strict=True)]
        for part, found in rows_of.items()
    }
    names = sorted(summed, key=lambda part: (-sum(summed[part]), part))  # as tables are
    sums = [summed[part] for part in names]
    single = [rows[row] for row, part in enumerate(parts) if part is None]
    hidden = cells_to_hide([*sums, *single])
    columns = [*range(len(rows[0])), TOTAL] if rows and len(rows[0]) > 1 else [0]
    for at, part in enumerate(names):
        for column in columns:
            line = _Line(tuple((row, column) for row in rows_of[part]), None)
            yield line, (at, column) not in hidden


def _leaves_one_number(unknown: Sequence[int]) -> bool:
    """Whether the sum of several hidden counts leaves one number only for the small ones."""
    rest = sum(unknown)
    small = sum(map(is_small, unknown))
    # What the others of them can be together, at the least and at the most, for a small one.
    least = small - 1 + SMALLEST_SHOWN * (len(unknown) - small)
    most = rest if small < len(unknown) else (SMALLEST_SHOWN - 1) * (small - 1)
    lowest, highest = max(1, rest - most), min(SMALLEST_SHOWN - 1, rest - least)
    return bool(small) and lowest == highest
