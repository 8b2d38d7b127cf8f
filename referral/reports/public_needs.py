"""What everybody may see of needs: whole years, rounded numbers of what is published already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.reports.code_names import CodeNames
from referral.reports.published_tables import by_size, published_periods, read_table
from referral.reports.records import Cell, Dimension, Measure, Period
from referral.reports.standard_reports import read_names
from referral.reports.territory import report_settings
from referral.reports.topic_tree import roll_up

ROUNDED_TO = 10
_MOST_TOPICS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicYear:
    """A whole year; numbers are rounded.

    Attributes:
        unmet: how many of the needs stayed unmet, or were met in part only.
        headings, topics: the needs by heading, and the topics asked for most.
        other: needs that are under no heading of their own here.
    """

    year: str
    inquiries: int
    needs: int
    unmet: int
    headings: tuple[Cell, ...]
    topics: tuple[Cell, ...]
    other: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNeeds:
    """The last whole year, or None, and the names of its headings and topics."""

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
        whole = [name[:4] for name in published_periods(session) if name.endswith("-12")]
        if not whole:
            return PublicNeeds(year=None, names=CodeNames())
        period = Period(first_month=f"{whole[-1]}-01", last_month=f"{whole[-1]}-12")
        table = roll_up(
            read_table(session, Measure.NEEDS, Dimension.TERM, period),
            directory.listings.terms(session),
        )
        inquiries, unmet = (
            read_table(session, measure, Dimension.MONTH, period).total
            for measure in (Measure.INQUIRIES, Measure.UNMET)
        )
        year = PublicYear(
            year=whole[-1],
            inquiries=rounded(inquiries),
            needs=rounded(table.total),
            unmet=rounded(unmet),
            headings=_rounded(table.cells),
            topics=_rounded(part for cell in table.cells for part in cell.parts if part.value)[
                :_MOST_TOPICS
            ],
            other=rounded(table.other),
        )
        return PublicNeeds(year=year, names=read_names(directory, session, [table]))


def rounded(number: int) -> int:
    """The nearest ten; five and up to the next one."""
    return (number + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO


def _rounded(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    return by_size(Cell(cell.value, rounded(cell.number)) for cell in cells)
