"""What everybody may see of needs: the rounded counts of the last closed year."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.reports.counts import first_month
from referral.reports.records import (
    Cell,
    Dimension,
    Measure,
    Period,
    Scope,
    by_size,
    period_of,
)
from referral.reports.rounded_counts import closed_periods
from referral.reports.standard_reports import CodeNames, read_names, read_table
from referral.reports.territory import report_settings

_MOST_TOPICS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicYear:
    """A closed year; numbers are rounded, and None where one is left out.

    Attributes:
        period: the months of it that are counted: all, or from the first inquiry on.
        unmet: how many of the needs stayed unmet, or were met in part only.
        headings, topics: the needs by heading, and the topics asked for most.
    """

    year: str
    period: Period
    inquiries: int | None
    needs: int | None
    unmet: int | None
    headings: tuple[Cell, ...]
    topics: tuple[Cell, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all months of the year are counted."""
        return len(self.period.months) == 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNeeds:
    """The last closed year, or None, and the names of its headings and topics."""

    year: PublicYear | None
    names: CodeNames


def has_public_needs(directory: Directory) -> bool:
    """Whether the library shows them; not while the database is away."""
    try:
        with directory.store.read() as session:
            return report_settings(session).has_public_page
    except SQLAlchemyError:
        return False


def read_public_needs(directory: Directory) -> PublicNeeds:
    """What everybody may see.

    Raises:
        NotFoundError: the library does not show it.
    """
    with directory.store.read() as session:
        if not report_settings(session).has_public_page:
            raise NotFoundError("This library does not show needs to everybody.")
        years = [name for name in closed_periods(session) if "Q" not in name]
        if not years:
            return PublicNeeds(year=None, names=CodeNames())
        name, period = years[-1], period_of(years[-1])
        scope = Scope(name=name, period=period, is_live=False)
        tree = directory.listings.terms(session)
        needs = read_table(session, tree, scope, Measure.NEEDS, Dimension.TERM)
        inquiries, unmet = (
            read_table(session, tree, scope, measure, Dimension.MONTH).total
            for measure in (Measure.INQUIRIES, Measure.UNMET)
        )
        first = max(period.first_month, first_month(session))
        topics = by_size(part for cell in needs.cells for part in cell.parts if part.value)
        year = PublicYear(
            year=name,
            period=Period(first_month=first, last_month=period.last_month),
            inquiries=inquiries,
            needs=needs.total,
            unmet=unmet,
            headings=needs.cells,
            topics=topics[:_MOST_TOPICS],
        )
        return PublicNeeds(year=year, names=read_names(directory, session, [needs]))
