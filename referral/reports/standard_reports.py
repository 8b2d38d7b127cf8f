"""The tables of the pages of reports: exact and live, or the rounded ones of a closed period."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.reports.closed_counts import read_closed_table
from referral.reports.code_names import CodeNames, read_code_names
from referral.reports.counts import ABOVE, DIMENSIONS, count_by_month, need_conditions
from referral.reports.records import (
    Cell,
    Dimension,
    Measure,
    Period,
    Scope,
    Table,
    by_size,
    in_order,
    period_of,
)
from referral.reports.topic_tree import roll_up
from referral.store.terms import TermTree

Report = tuple[Measure, Dimension]
OVERVIEW: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.MONTH),
    (Measure.NEEDS, Dimension.HEADING),
    (Measure.NEEDS, Dimension.TERM),
    (Measure.NEEDS, Dimension.OUTCOME),
    (Measure.UNMET, Dimension.HEADING),
    (Measure.UNMET, Dimension.UNMET_REASON),
    (Measure.REFERRALS, Dimension.SERVICE),
    (Measure.RESULTS, Dimension.RESULT),
    (Measure.RESULTS, Dimension.WHY_NOT),
    (Measure.FOLLOW_UPS, Dimension.STATUS),
    (Measure.INQUIRIES, Dimension.ZIP_CODE),
    (Measure.INQUIRIES, Dimension.DESK),
    (Measure.INQUIRIES, Dimension.LANGUAGE),
    (Measure.INQUIRIES, Dimension.AGE_BAND),
    (Measure.INQUIRIES, Dimension.HOUSEHOLD),
    (Measure.BARRIERS, Dimension.BARRIER),
)
BUSY_TIMES: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.WEEKDAY),
    (Measure.INQUIRIES, Dimension.HOUR),
)
BOARD: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.MONTH),
    (Measure.NEEDS, Dimension.TERM),
    (Measure.NEEDS, Dimension.OUTCOME),
    (Measure.REFERRALS, Dimension.MONTH),
    (Measure.UNMET, Dimension.HEADING),
    (Measure.ALL_UNMET, Dimension.TERM),
    (Measure.ALL_UNMET, Dimension.UNMET_GROUP),
    (Measure.RESULTS, Dimension.RESULT),
)
ALL_UNMET: tuple[Report, ...] = tuple(
    (Measure.ALL_UNMET, dimension)
    for dimension in (
        Dimension.TERM,
        Dimension.UNMET_GROUP,
        Dimension.ZIP_CODE,
        Dimension.MONTH,
        Dimension.SOURCE,
    )
)
FILTERED = tuple(each for each in Measure if each is not Measure.ALL_UNMET)
"""What the table with filters can count; searches and slips know neither a desk nor a ZIP code."""
YEARLY = (Measure.INQUIRIES, Measure.NEEDS, Measure.UNMET, Measure.REFERRALS)
_NAMED = (Dimension.TERM, Dimension.SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Tables read in one transaction, in the requested order, and the names of their codes."""

    tables: tuple[Table, ...]
    names: CodeNames

    def of(self, measure: Measure, dimension: Dimension) -> Table:
        """One of the tables."""
        return next(t for t in self.tables if (t.measure, t.dimension) == (measure, dimension))


def read_reports(directory: Directory, scope: Scope, reports: Sequence[Report]) -> Reports:
    """These tables."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        tables = tuple(read_table(session, tree, scope, *each) for each in reports)
        return Reports(tables=tables, names=read_names(directory, session, tables))


def read_years(
    directory: Directory, names: Sequence[str], *, is_live: bool
) -> dict[str, dict[Measure, int | None]]:
    """The sums of these years by what is counted; None where a sum is left out."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        return {
            name: {
                measure: read_table(
                    session,
                    tree,
                    Scope(name=name, period=period_of(name), is_live=is_live),
                    measure,
                    Dimension.MONTH,
                ).total
                for measure in YEARLY
            }
            for name in names
        }


def read_table(
    session: Session, tree: TermTree, scope: Scope, measure: Measure, dimension: Dimension
) -> Table:
    """One table; by topic, ZIP code or reason it has what these are parts of, with its parts.

    In a live table topics stand under the topics above them.
    """
    if not scope.is_live:
        return read_closed_table(session, measure, dimension, scope.name)
    is_by_month = dimension is Dimension.MONTH
    by = DIMENSIONS[measure][1] if is_by_month else dimension
    conditions = need_conditions(session, tree, scope.filters)
    period = scope.period
    counts = count_by_month(session, measure, by, period.first_month, period.last_month, conditions)
    cells = _by_month(counts, period) if is_by_month else _cells(counts, has_parts=by in ABOVE)
    table = Table(
        measure=measure,
        dimension=dimension,
        cells=in_order(dimension, cells),
        total=counts.total(),
    )
    return roll_up(table, tree)


def _by_month(counts: Counter[tuple[str, str, str]], period: Period) -> list[Cell]:
    numbers = dict.fromkeys(period.months, 0)
    for (_, _, month), number in counts.items():
        numbers[month] += number
    return [Cell(month, number) for month, number in numbers.items()]


def _cells(counts: Counter[tuple[str, str, str]], *, has_parts: bool) -> list[Cell]:
    numbers: Counter[tuple[str, str]] = Counter()
    for (above, value, _), number in counts.items():
        numbers[above, value] += number
    if not has_parts:
        return [Cell(value, number) for (_, value), number in numbers.items()]
    of: defaultdict[str, list[Cell]] = defaultdict(list)
    for (above, value), number in numbers.items():
        of[above].append(Cell(value, number))
    return [
        Cell(
            above,
            sum(part.number for part in parts),
            by_size(parts) if any(part.value for part in parts) else (),
        )
        for above, parts in of.items()
    ]


def read_names(directory: Directory, session: Session, tables: Sequence[Table]) -> CodeNames:
    """The names of the codes in these tables."""
    codes: defaultdict[Dimension, set[str]] = defaultdict(set)
    for table in tables:
        if table.dimension in _NAMED:
            codes[table.dimension] |= {cell.value for cell in _all_cells(table.cells)}
    return read_code_names(directory, session, codes)


def _all_cells(cells: Sequence[Cell]) -> Iterator[Cell]:
    for cell in cells:
        yield cell
        yield from _all_cells(cell.parts)
