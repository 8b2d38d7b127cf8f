"""Which cells of a table by two things at once may be published, where its sums are known.

The table has the rows and columns whose sums are published, and one more of each for all others,
of which nothing is shown. A cell is published only if what stays hidden in its row and its column
is at least 5, in two cells or more, and if no small hidden cell is left that has one solution.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from referral.reports.suppression import SMALLEST_COUNT, is_small

Cell = tuple[str | None, str | None]
"""Row and column; None is all rows, or all columns, without a sum of their own."""
_Line = tuple[bool, str | None]


def select_cells(counts: Mapping[Cell, int]) -> frozenset[Cell]:
    """The cells that may be published beside the sums of all named rows and columns."""
    hidden = {cell for cell, n in counts.items() if n and (is_small(n) or None in cell)}
    shown = {cell for cell, n in counts.items() if n} - hidden
    while open_ones := _some_to_hide(counts, shown, hidden):
        least = min(open_ones, key=lambda cell: (counts[cell], str(cell)))
        shown.remove(least)
        hidden.add(least)
    return frozenset(shown)


def _some_to_hide(counts: Mapping[Cell, int], shown: set[Cell], hidden: set[Cell]) -> set[Cell]:
    """Cells of which one must be hidden as well; none where enough is."""
    rest: defaultdict[_Line, list[int]] = defaultdict(list)
    for cell in hidden:
        for line in _lines(cell):
            rest[line].append(counts[cell])
    in_line = {line: {cell for cell in shown if line in _lines(cell)} for line in rest}
    for line, numbers in rest.items():
        if in_line[line] and (len(numbers) < 2 or sum(numbers) < SMALLEST_COUNT):
            return in_line[line]
    of_line: defaultdict[_Line, set[Cell]] = defaultdict(set)
    for cell in hidden:
        for line in _lines(cell):
            of_line[line].add(cell)
    for cell in hidden:
        if is_small(counts[cell]) and not _is_in_circle(cell, of_line):
            row, column = _lines(cell)
            return in_line[row] | in_line[column] or shown
    return set()


def _is_in_circle(cell: Cell, of_line: Mapping[_Line, set[Cell]]) -> bool:
    """Whether one more here can be made up for along other hidden cells, all sums the same."""
    row, column = _lines(cell)
    reached, waiting = {row}, [row]
    while waiting and column not in reached:
        for other in of_line[waiting.pop()] - {cell}:
            new = set(_lines(other)) - reached
            reached |= new
            waiting += new
    return column in reached


def _lines(cell: Cell) -> tuple[_Line, _Line]:
    return (True, cell[0]), (False, cell[1])
