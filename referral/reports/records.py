"""Measures, dimensions, periods and filters of reports, and their tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """What is counted."""

    INQUIRIES = "inquiries"
    NEEDS = "needs"
    UNMET = "unmet"  # needs with a reason why there was no help, or not enough
    REFERRALS = "referrals"
    FOLLOW_UPS = "follow_ups"  # follow-ups agreed to
    RESULTS = "results"  # services given whose result is known
    BARRIERS = "barriers"  # barriers named; an inquiry may name several
    ALL_UNMET = "all_unmet"  # unmet needs of the desk, searches that found nothing, slip replies


class Dimension(StrEnum):
    """By what it is counted."""

    MONTH = "month"
    WEEKDAY = "weekday"  # 0 is Sunday
    HOUR = "hour"  # 0 to 23
    DESK = "desk"
    CHANNEL = "channel"
    LANGUAGE = "language"
    AGE_BAND = "age_band"
    HOUSEHOLD = "household"
    BARRIER = "barrier"
    COUNTY = "county"
    ZIP_CODE = "zip_code"
    HEADING = "heading"
    TERM = "term"
    OUTCOME = "outcome"
    UNMET_GROUP = "unmet_group"
    UNMET_REASON = "unmet_reason"
    SERVICE = "service"
    RESULT = "result"  # how far a service that was given led
    WHY_NOT = "why_not"
    STATUS = "status"  # of follow-ups
    SOURCE = "source"  # of unmet needs


class Source(StrEnum):
    """Source of an unmet need."""

    DESK = "desk"
    SEARCHES = "searches"
    SLIPS = "slips"


IN_ORDER = frozenset({Dimension.MONTH, Dimension.WEEKDAY, Dimension.HOUR})
"""Dimensions whose values stand in their own order, not by size."""
GAP = "gap"
"""Value of ``Dimension.OUTCOME``: unmet, or only partly met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A month, a quarter or a year, or a run of months; both ends included (``2026-11``)."""

    first_month: str
    last_month: str

    @property
    def months(self) -> tuple[str, ...]:
        """Its months, in their order."""
        found, month = [], self.first_month
        while month <= self.last_month:
            found.append(month)
            month = next_month(month)
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a live table is narrowed to; "" is everything."""

    heading: str = ""
    term: str = ""
    zip_code: str = ""
    desk: str = ""
    branch: str = ""


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the tables of a page are of.

    Attributes:
        name: of the period: a month, a quarter, a year, or "12" for the last twelve months.
        is_live: exact numbers counted now; else the stored rounded ones of a closed period.
    """

    name: str
    period: Period
    is_live: bool
    filters: Filters = NO_FILTERS


@dataclass(frozen=True, slots=True)
class Cell:
    """One count.

    Attributes:
        value: the code or name it is the count of; "" is not said.
        number: in a rounded table a multiple of five, and 1 for 1 to 4.
        parts: the counts of what is below it, as the topics of a heading; a topic that has parts
            is one of them, for what was said no closer.
    """

    value: str
    number: int
    parts: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of counts, largest first; months, weekdays and hours in their order.

    Attributes:
        total: of all cells. In a rounded table it is rounded by itself, and None where it is left
            out.
        is_rounded: whether it is one of a closed period.
        is_counted: False where a closed period is not closed yet for what it counts.
    """

    measure: Measure
    dimension: Dimension
    cells: tuple[Cell, ...]
    total: int | None
    is_rounded: bool = False
    is_counted: bool = True


def in_order(dimension: Dimension, cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Months, weekdays and hours as they follow, what is not known last; others by size."""
    if dimension not in IN_ORDER:
        return by_size(cells)
    return tuple(sorted(cells, key=lambda cell: (not cell.value, cell.value.zfill(7))))


def by_size(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The largest first."""
    return tuple(sorted(cells, key=lambda cell: (-cell.number, cell.value)))


def quarter_of(month: str) -> str:
    """``2026-Q1`` of ``2026-03``."""
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def period_of(name: str) -> Period:
    """The months of ``2026``, ``2026-Q3`` or ``2026-08``."""
    if is_month(name):
        return Period(first_month=name, last_month=name)
    year, _, quarter = name.partition("-Q")
    last = 3 * int(quarter) if quarter else 12
    first = last - 2 if quarter else 1
    return Period(first_month=f"{year}-{first:02}", last_month=f"{year}-{last:02}")


def is_month(name: str) -> bool:
    """Whether the name of a period is that of a month, not of a quarter or year."""
    return len(name) == len("2026-01") and "Q" not in name


def next_month(month: str) -> str:
    """``2027-01`` after ``2026-12``."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"
