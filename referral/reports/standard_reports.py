"""The tables of the overview and of the board report, and the filters of reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from referral.desk.desk_list import read_desks
from referral.directory.context import Directory, local_month
from referral.records.headings import Heading
from referral.reports.code_names import CodeNames, read_code_names
from referral.reports.counts import count_tables, count_unmet_groups, distinct_values
from referral.reports.records import Dimension, Measure, Period, Table
from referral.store.terms import read_headings

Report = tuple[Measure, Dimension]
OVERVIEW: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.MONTH),
    (Measure.NEEDS, Dimension.HEADING),
    (Measure.NEEDS, Dimension.TERM),
    (Measure.NEEDS, Dimension.OUTCOME),
    (Measure.UNMET, Dimension.UNMET_REASON),
    (Measure.REFERRALS, Dimension.SERVICE),
    (Measure.RESULTS, Dimension.RESULT),
    (Measure.RESULTS, Dimension.WHY_NOT),
    (Measure.FOLLOW_UPS, Dimension.STATUS),
    (Measure.INQUIRIES, Dimension.COUNTY),
    (Measure.INQUIRIES, Dimension.DESK),
)
BOARD: tuple[Report, ...] = (
    (Measure.INQUIRIES, Dimension.MONTH),
    (Measure.NEEDS, Dimension.TERM),
    (Measure.NEEDS, Dimension.OUTCOME),
    (Measure.REFERRALS, Dimension.HEADING),
    (Measure.UNMET, Dimension.TERM),
    (Measure.RESULTS, Dimension.RESULT),
)
_NAMED = (Dimension.TERM, Dimension.SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilters:
    """Filter values of reports; the months sorted, with the current one; desks by id."""

    months: tuple[str, ...]
    desks: Mapping[str, str]
    counties: tuple[str, ...]
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Tables read in one transaction, in the requested order, and the names of their codes."""

    tables: tuple[Table, ...]
    names: CodeNames

    def of(self, measure: Measure, dimension: Dimension) -> Table:
        """One of the tables."""
        return next(t for t in self.tables if (t.measure, t.dimension) == (measure, dimension))


def read_report_filters(directory: Directory) -> ReportFilters:
    """The filter values of reports."""
    with directory.store.read() as session:
        months, desks, counties = distinct_values(session)
        return ReportFilters(
            months=tuple(sorted({*months, local_month(directory)})),
            desks=_desk_labels(session, desks),
            counties=counties,
            headings=read_headings(session),
        )


def _desk_labels(session: Session, counted: Sequence[str]) -> dict[str, str]:
    """Labels of the desks at which something was counted, by branch and name."""
    labels = {desk.id: desk.label for desk in read_desks(session) if desk.id in counted}
    return labels | {desk_id: desk_id for desk_id in counted if desk_id not in labels}


def read_reports(directory: Directory, period: Period, reports: Sequence[Report]) -> Reports:
    """These tables, suppressed; those of one measure are counted together."""
    asked: defaultdict[Measure, list[Dimension]] = defaultdict(list)
    for measure, dimension in reports:
        asked[measure].append(dimension)
    with directory.store.read() as session:
        counted = [
            table
            for measure, dimensions in asked.items()
            for table in count_tables(session, measure, dimensions, period)
        ]
        tables = sorted(counted, key=lambda table: reports.index((table.measure, table.dimension)))
        return Reports(tables=tuple(tables), names=_names(directory, session, tables))


def read_unmet_groups(directory: Directory, period: Period) -> Table:
    """Unmet needs of a period by kind of gap."""
    with directory.store.read() as session:
        return count_unmet_groups(session, period)


def _names(directory: Directory, session: Session, tables: Sequence[Table]) -> CodeNames:
    codes: defaultdict[Dimension, set[str]] = defaultdict(set)
    for table in tables:
        if table.dimension in _NAMED:
            codes[table.dimension] |= {cell.value for cell in table.cells}
    return read_code_names(directory, session, codes)
