"""The reports of the desk: several tables of one moment, with what they can be narrowed by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from referral.directory.context import Directory, local_month
from referral.records.headings import Heading
from referral.reports.counts import (
    count_in,
    unmet_by_group,
    what_was_counted,
)
from referral.reports.records import Dimension, Measure, Period, Table
from referral.reports.report_names import Names, read_names
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
class ReportChoices:
    """What a report can be narrowed by: the months, rising, with the present one."""

    months: tuple[str, ...]
    desks: tuple[str, ...]
    counties: tuple[str, ...]
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Tables of one moment, in the order asked for, and what their codes are called."""

    tables: tuple[Table, ...]
    names: Names

    def of(self, measure: Measure, dimension: Dimension) -> Table:
        """One of the tables."""
        return next(t for t in self.tables if (t.measure, t.dimension) == (measure, dimension))


def read_choices(directory: Directory) -> ReportChoices:
    """What reports can be narrowed by."""
    with directory.store.read() as session:
        months, desks, counties = what_was_counted(session)
        return ReportChoices(
            months=tuple(sorted({*months, local_month(directory)})),
            desks=desks,
            counties=counties,
            headings=read_headings(session),
        )


def read_reports(directory: Directory, period: Period, reports: Sequence[Report]) -> Reports:
    """These tables, small counts kept to themselves; those of one measure are counted together."""
    asked: defaultdict[Measure, list[Dimension]] = defaultdict(list)
    for measure, dimension in reports:
        asked[measure].append(dimension)
    with directory.store.read() as session:
        counted = [
            table
            for measure, dimensions in asked.items()
            for table in count_in(session, measure, dimensions, period)
        ]
        tables = sorted(counted, key=lambda table: reports.index((table.measure, table.dimension)))
        return Reports(tables=tuple(tables), names=_names(directory, session, tables))


def read_unmet_groups(directory: Directory, period: Period) -> Table:
    """What the desk could not do, by what kind of gap it shows."""
    with directory.store.read() as session:
        return unmet_by_group(session, period)


def _names(directory: Directory, session: Session, tables: Sequence[Table]) -> Names:
    codes: defaultdict[Dimension, set[str]] = defaultdict(set)
    for table in tables:
        if table.dimension in _NAMED:
            codes[table.dimension] |= {cell.value for cell in table.cells}
    return read_names(directory, session, codes)
