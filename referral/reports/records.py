"""Measures, dimensions and periods of reports; tables of counts with small cells suppressed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from referral.reports.suppression import SMALLEST_COUNT, TOTAL, is_small, suppressed_cells


class Measure(StrEnum):
    """What is counted."""

    INQUIRIES = "inquiries"
    NEEDS = "needs"
    UNMET = "unmet"  # needs with a reason why there was no help, or not enough
    REFERRALS = "referrals"
    FOLLOW_UPS = "follow_ups"  # follow-ups agreed to
    RESULTS = "results"  # services given whose result is known


class Dimension(StrEnum):
    """By what it is counted."""

    MONTH = "month"
    DESK = "desk"
    CHANNEL = "channel"
    LANGUAGE = "language"
    AGE_BAND = "age_band"
    COUNTY = "county"
    ZIP_CODE = "zip_code"
    HEADING = "heading"
    TERM = "term"
    OUTCOME = "outcome"
    UNMET_REASON = "unmet_reason"
    SERVICE = "service"
    RESULT = "result"  # how far a service that was given led
    WHY_NOT = "why_not"
    STATUS = "status"  # of follow-ups


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Months, both ends included (``2026-11``), and what else narrows a report; "" is all."""

    first_month: str
    last_month: str
    desk: str = ""
    heading: str = ""
    county: str = ""

    @property
    def months(self) -> int:
        """How many months, 1 at the least."""
        first, last = (
            int(month[:4]) * 12 + int(month[5:]) for month in (self.first_month, self.last_month)
        )
        return max(last - first + 1, 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One count as it may be shown.

    Attributes:
        value: the code or name it is the count of; "" is not said.
        number: the count, None where it is too small to be told.
        shown: the count as it is written: a number, ``<5``, or ``hidden`` where it would give a
            small one away.
    """

    value: str
    number: int | None
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of counts, largest first; months in their order.

    ``total`` is written like a cell. With hidden cells it does not give them away.
    """

    measure: Measure
    dimension: Dimension
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTable:
    """Counts by two things at once, the rows with the largest sums first.

    Attributes:
        columns: the codes of the columns.
        rows: for each row its code, a cell for each column, and their sum.
        totals: the sums of the columns.
        total: of everything.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...], Cell], ...]
    totals: tuple[Cell, ...]
    total: Cell


def build_table(
    measure: Measure,
    dimension: Dimension,
    counts: Iterable[tuple[str, int]],
    parents: Mapping[str, str] | None = None,
) -> Table:
    """A one-way table with primary and complementary suppression.

    A cell suppressed only to protect a small one is written ``hidden``.

    Args:
        parents: value → its parent, where another table publishes the sums by parent.
    """
    by_size = sorted(
        ((n, value) for value, n in counts if n > 0), key=lambda one: (-one[0], one[1])
    )
    of = (parents or {}).get
    hidden = suppressed_cells([[n] for n, _ in by_size], [of(value) for _, value in by_size])
    cells = [
        _cell(value, n, is_hidden=(place, 0) in hidden) for place, (n, value) in enumerate(by_size)
    ]
    if dimension is Dimension.MONTH:
        cells.sort(key=lambda cell: cell.value)
    total = sum(n for n, _ in by_size)
    return Table(
        measure=measure,
        dimension=dimension,
        cells=tuple(cells),
        total=_cell("", total, is_hidden=(TOTAL, 0) in hidden),
    )


def build_cross_table(
    columns: Sequence[str],
    counts: Mapping[tuple[str, str], int],
    *,
    by_name: bool = False,
    parents: Mapping[str, str] | None = None,
) -> CrossTable:
    """A two-way table of counts by (row, column), with primary and complementary suppression.

    Args:
        by_name: order the rows by their codes, as for months.
        parents: row → its parent, where another table publishes the sums by parent.
    """
    names = sorted({row for (row, _), n in counts.items() if n})
    numbers = {name: [counts.get((name, column), 0) for column in columns] for name in names}
    if not by_name:
        names.sort(key=lambda name: (-sum(numbers[name]), name))
    of = (parents or {}).get
    hidden = suppressed_cells([numbers[name] for name in names], [of(name) for name in names])

    def cell(value: str, number: int, row: int, column: int) -> Cell:
        return _cell(value, number, is_hidden=(row, column) in hidden)

    sums = [sum(numbers[name][at] for name in names) for at in range(len(columns))]
    return CrossTable(
        columns=tuple(columns),
        rows=tuple(
            (
                name,
                tuple(cell(columns[at], n, row, at) for at, n in enumerate(numbers[name])),
                cell(name, sum(numbers[name]), row, TOTAL),
            )
            for row, name in enumerate(names)
        ),
        totals=tuple(cell(columns[at], n, TOTAL, at) for at, n in enumerate(sums)),
        total=cell("", sum(sums), TOTAL, TOTAL),
    )


def _cell(value: str, number: int, *, is_hidden: bool) -> Cell:
    if is_small(number):
        return Cell(value, None, f"<{SMALLEST_COUNT}")
    return Cell(value, None, "hidden") if is_hidden else Cell(value, number, f"{number:,}")
