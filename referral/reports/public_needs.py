"""Rounded needs of the last closed year, for the public page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from referral.directory.instance import Instance
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
    """The rounded numbers of needs in a closed year, for the public page.

    A number is None if it is left out.

    Attributes:
        period: the counted months of the year, from the first month with counts on.
        unmet: the number of needs that were unmet or only partly met.
        headings, topics: the needs by heading, and the most frequent topics.
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
        """Return whether the counted year has all twelve months."""
        return len(self.period.months) == 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNeeds:
    """The data of the public page of needs: the last closed year, and names for its codes.

    ``year`` is None if no year is closed.
    """

    year: PublicYear | None
    names: CodeNames


def has_public_needs(instance: Instance) -> bool:
    """Return whether the library has a public page of needs; False without a database."""
    try:
        with instance.store.read() as session:
            return report_settings(session).has_public_page
    except SQLAlchemyError:
        return False


def read_public_needs(instance: Instance) -> PublicNeeds:
    """Read the rounded needs of the last closed year for the public page.

    Raises:
        NotFoundError: the library has no public page of needs.
    """
    with instance.store.read() as session:
        if not report_settings(session).has_public_page:
            raise NotFoundError("This library does not show needs to everybody.")
        years = [name for name in closed_periods(session) if "Q" not in name]
        if not years:
            return PublicNeeds(year=None, names=CodeNames())
        name, period = years[-1], period_of(years[-1])
        scope = Scope(name=name, period=period, is_live=False)
        tree = instance.listings.terms(session)
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
        return PublicNeeds(year=year, names=read_names(instance, session, [needs]))
