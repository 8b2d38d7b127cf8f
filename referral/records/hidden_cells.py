"""Which counts of a table must not be told, so that no small one can be worked out.

A count from 1 to 4 is never told. Where what is told, and the sums, would still leave just one
number for it, more is hidden, the smallest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SMALLEST_SHOWN = 5
"""Counts below this are shown as "<5": few enough people may be known by them."""

Key = tuple[int, int]
"""Row and column of a cell; ``TOTAL`` in place of either is the sum over all of them."""
TOTAL = -1


def is_small(number: int) -> bool:
    """Whether a count is too small to be told."""
    return 0 < number < SMALLEST_SHOWN


def cells_to_hide(rows: Sequence[Sequence[int]]) -> frozenset[Key]:
    """The cells and sums of a table of counts that must stay untold.

    A sum is hidden only where hiding every cell of its row or column is not enough.
    """
    cells = _with_sums(rows)
    hidden = {key for key, number in cells.items() if is_small(number)}
    lines = _lines(len(rows), len(rows[0]) if rows else 0)
    is_settled = False
    while not is_settled:
        is_settled = True
        for line in lines:
            while _gives_away(line, cells, hidden):
                hidden.add(_next_to_hide(line, cells, hidden))
                is_settled = False
    return frozenset(hidden)


def _next_to_hide(line: Sequence[Key], cells: Mapping[Key, int], hidden: set[Key]) -> Key:
    """The smallest count left in a line, inside the table first; its sum where none is left."""
    *parts, total = line
    left = [key for key in parts if key not in hidden and cells[key]]
    return min(left, key=lambda key: (TOTAL in key, cells[key], key), default=total)


def _with_sums(rows: Sequence[Sequence[int]]) -> dict[Key, int]:
    cells = {(r, c): number for r, row in enumerate(rows) for c, number in enumerate(row)}
    columns = len(rows[0]) if rows else 0
    sums = {(r, TOTAL): sum(row) for r, row in enumerate(rows)}
    sums |= {(TOTAL, c): sum(row[c] for row in rows) for c in range(columns)}
    return cells | sums | {(TOTAL, TOTAL): sum(map(sum, rows))}


def _lines(rows: int, columns: int) -> list[tuple[Key, ...]]:
    """Every row and column that adds up to its last cell, the sums among them."""
    across = [*range(columns), TOTAL]
    down = [*range(rows), TOTAL]
    if columns == 1:  # its rows would be the sum of one cell
        return [tuple((r, 0) for r in down)]
    return [
        *(tuple((r, c) for c in across) for r in down),
        *(tuple((r, c) for r in down) for c in across),
    ]


def _gives_away(line: Sequence[Key], cells: Mapping[Key, int], hidden: set[Key]) -> bool:
    """Whether the sum of a line leaves just one number for a cell that is hidden in it."""
    *parts, total = line
    unknown = [cells[key] for key in parts if key in hidden]
    if total in hidden or not unknown:
        return False
    if len(unknown) == 1:
        return True
    rest = sum(unknown)
    small = sum(map(is_small, unknown))
    # What the others of them can be together, at the least and at the most, for a small one.
    least = small - 1 + SMALLEST_SHOWN * (len(unknown) - small)
    most = rest if small < len(unknown) else (SMALLEST_SHOWN - 1) * (small - 1)
    lowest, highest = max(1, rest - most), min(SMALLEST_SHOWN - 1, rest - least)
    return bool(small) and lowest == highest
