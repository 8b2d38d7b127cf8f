"""Primary and complementary suppression of small cells in tables of counts.

Primary: counts from 1 to 4 are never shown. Complementary: where the shown cells and sums would
still determine a suppressed count, further cells are suppressed, the smallest first. Sums by
parent that another table publishes (counties beside ZIP codes) are taken into account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

SMALLEST_COUNT = 5
"""Counts below this are shown as "<5": few enough people may be known by them."""

Key = tuple[int, int]
"""Row and column of a cell; ``TOTAL`` in place of either is the sum over all of them."""
TOTAL = -1


@dataclass(frozen=True, slots=True)
class _Sum:
    """Cells that add up to a total; None where another table shows the total."""

    parts: tuple[Key, ...]
    total: Key | None


@dataclass(slots=True)
class _Suppression:
    """A table, and its cells suppressed so far.

    Attributes:
        known: suppressed here but shown elsewhere, as a sum over one cell.
    """

    cells: Mapping[Key, int]
    hidden: set[Key]
    known: set[Key] = field(default_factory=set)

    def is_disclosive(self, line: _Sum) -> bool:
        """Whether a total determines a suppressed cell."""
        keys = [key for key in line.parts if key in self.hidden and key not in self.known]
        if line.total in self.hidden or not keys:
            return False
        if len(keys) == 1:
            return True
        return _is_determined([self.cells[key] for key in keys])

    def suppress_one(self, line: _Sum) -> bool:
        """Suppress one more: cells before totals, small before large; False when none is left."""
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
    """Whether a count needs primary suppression."""
    return 0 < number < SMALLEST_COUNT


def suppressed_cells(
    rows: Sequence[Sequence[int]], parents: Sequence[str | None] = ()
) -> frozenset[Key]:
    """Cells and totals of a table to suppress.

    A total is suppressed only where suppressing every cell of its row or column is not enough.

    Args:
        parents: for each row its parent, if another table, suppressed by the same rule, shows the
            sums by parent.
    """
    cells = _cells_and_totals(rows)
    table = _Suppression(cells, {key for key, number in cells.items() if is_small(number)})
    lines = _sums(len(rows), len(rows[0]) if rows else 0)
    for line, is_told in _sums_by_parent(rows, parents):
        if is_told:
            lines.append(line)
        elif table.hidden.isdisjoint(line.parts):  # or the sum could be worked out from here
            table.suppress_one(line)
    before = (-1, -1)
    while before != (before := (len(table.hidden), len(table.known))):
        for line in lines:
            while table.is_disclosive(line) and table.suppress_one(line):
                pass
    return frozenset(table.hidden)


def _cells_and_totals(rows: Sequence[Sequence[int]]) -> dict[Key, int]:
    cells = {(r, c): number for r, row in enumerate(rows) for c, number in enumerate(row)}
    columns = len(rows[0]) if rows else 0
    sums = {(r, TOTAL): sum(row) for r, row in enumerate(rows)}
    sums |= {(TOTAL, c): sum(row[c] for row in rows) for c in range(columns)}
    return cells | sums | {(TOTAL, TOTAL): sum(map(sum, rows))}


def _sums(rows: int, columns: int) -> list[_Sum]:
    """Every row and column that adds up to its last cell, the totals included."""
    across = [*range(columns), TOTAL]
    down = [*range(rows), TOTAL]
    if columns == 1:  # its rows would be the sum of one cell
        return [_Sum(tuple((r, 0) for r in down[:-1]), (TOTAL, 0))]
    return [
        *(_Sum(tuple((r, c) for c in across[:-1]), (r, TOTAL)) for r in down),
        *(_Sum(tuple((r, c) for r in down[:-1]), (TOTAL, c)) for c in across),
    ]


def _sums_by_parent(
    rows: Sequence[Sequence[int]], parents: Sequence[str | None]
) -> Iterator[tuple[_Sum, bool]]:
    """The cells of each parent, column by column, and whether the other table shows their sum."""
    rows_of: defaultdict[str, list[int]] = defaultdict(list)
    for row, part in enumerate(parents):
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
    single = [rows[row] for row, part in enumerate(parents) if part is None]
    hidden = suppressed_cells([*sums, *single])
    columns = [*range(len(rows[0])), TOTAL] if rows and len(rows[0]) > 1 else [0]
    for at, part in enumerate(names):
        for column in columns:
            line = _Sum(tuple((row, column) for row in rows_of[part]), None)
            yield line, (at, column) not in hidden


def _is_determined(unknown: Sequence[int]) -> bool:
    """Whether the sum of several suppressed counts leaves one value only for the small ones."""
    rest = sum(unknown)
    small = sum(map(is_small, unknown))
    # What the others of them can be together, at the least and at the most, for a small one.
    least = small - 1 + SMALLEST_COUNT * (len(unknown) - small)
    most = rest if small < len(unknown) else (SMALLEST_COUNT - 1) * (small - 1)
    lowest, highest = max(1, rest - most), min(SMALLEST_COUNT - 1, rest - least)
    return bool(small) and lowest == highest
