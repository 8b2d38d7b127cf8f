"""The tables of the overview and of the board report, and the periods that can be chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.reports.code_names import CodeNames, read_code_names
from referral.reports.publication import publish_closed_periods
from referral.reports.published_tables import published_periods, read_reasons, read_table
from referral.reports.records import Cell, Dimension, Measure, Period, Table
from referral.reports.topic_tree import roll_up

Report = tuple[Measure, Dimension]
OVERVIEW: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.MONTH),
    (Measure.NEEDS, Dimension.HEADING),
    (Measure.NEEDS, Dimension.TERM),
    (Measure.NEEDS, Dimension.OUTCOME),
    (Measure.UNMET, Dimension.TERM),
    (Measure.UNMET, Dimension.UNMET_REASON),
    (Measure.UNMET, Dimension.HEADING_REASON),
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
    (Measure.REFERRALS, Dimension.DESK),
    (Measure.UNMET, Dimension.TERM),
    (Measure.UNMET, Dimension.UNMET_GROUP),
    (Measure.RESULTS, Dimension.RESULT),
)
_NAMED = (Dimension.TERM, Dimension.SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Tables read in one transaction, in the requested order, and the names of their codes.

    Attributes:
        reasons: why needs stayed unmet, as ``published_tables.read_reasons`` gives it.
    """

    tables: tuple[Table, ...]
    names: CodeNames
    reasons: Mapping[str, Mapping[str, int]]

    def of(self, measure: Measure, dimension: Dimension) -> Table:
        """One of the tables."""
        return next(t for t in self.tables if (t.measure, t.dimension) == (measure, dimension))


def read_periods(directory: Directory) -> tuple[str, ...]:
    """The names of the published months and quarters, sorted; what is due is published first."""
    publish_closed_periods(directory)
    with directory.store.read() as session:
        return published_periods(session)


def read_reports(directory: Directory, period: Period, reports: Sequence[Report]) -> Reports:
    """These tables of published counts."""
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        tables = tuple(
            roll_up(read_table(session, measure, dimension, period), tree)
            for measure, dimension in reports
        )
        return Reports(
            tables=tables,
            names=read_names(directory, session, tables),
            reasons=read_reasons(session, period),
        )


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
