"""Measures, dimensions, periods, filters and tables of reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

GAP = "gap"
"""Value of ``Dimension.OUTCOME`` for needs that were unmet or only partly met."""


class Measure(StrEnum):
    """A quantity that reports count, such as inquiries, needs or services given."""

    INQUIRIES = "inquiries"
    NEEDS = "needs"
    UNMET = "unmet"  # needs with a reason why they were unmet or only partly met
    REFERRALS = "referrals"
    FOLLOW_UPS = "follow_ups"  # follow-ups agreed to
    RESULTS = "results"  # services given whose result is known
    BARRIERS = "barriers"  # barriers named; an inquiry may name several
    ALL_UNMET = "all_unmet"  # unmet needs of the desk, searches without results, replies to slips


class Dimension(StrEnum):
    """A characteristic by which a report counts a measure, such as month or county."""

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
    RESULT = "result"  # the furthest step that a person reached with a service
    WHY_NOT = "why_not"
    STATUS = "status"  # of follow-ups
    SOURCE = "source"  # of unmet needs


class Source(StrEnum):
    """A source of unmet needs in reports: the desk, searches without results, or slip replies."""

    DESK = "desk"
    SEARCHES = "searches"
    SLIPS = "slips"


IN_ORDER = frozenset({Dimension.MONTH, Dimension.WEEKDAY, Dimension.HOUR})
"""Dimensions whose values are sorted in their natural order, not by count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The first and the last month that a report covers, such as ``2026-11``.

    Both months are included.
    """

    first_month: str
    last_month: str

    @property
    def months(self) -> tuple[str, ...]:
        """Return the months of a report period, in order."""
        found, month = [], self.first_month
        while month <= self.last_month:
            found.append(month)
            month = next_month(month)
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of a report table with live counts; "" is no filter."""

    heading: str = ""
    term: str = ""
    zip_code: str = ""
    desk: str = ""
    branch: str = ""


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The scope of a page of reports: period, filters, and live or stored rounded counts.

    Attributes:
        name: the name of a month, quarter or year, or "12" for the last twelve months.
        is_live: True for exact numbers counted now, False for stored rounded ones of a closed
            period.
    """

    name: str
    period: Period
    is_live: bool
    filters: Filters = NO_FILTERS


@dataclass(frozen=True, slots=True)
class Cell:
    """A count in a report table, with the counts of its narrower values.

    Attributes:
        value: the code or name that is counted; "" if not said.
        number: the count; in a rounded table a multiple of five, or 1 for 1 to 4.
        parts: the counts of narrower values, such as the topics of a heading. A topic with parts is
            also a part of itself, for needs that are coded no closer.
    """

    value: str
    number: int
    parts: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A report table: counts of a measure by a characteristic, such as needs by county.

    Attributes:
        total: the count of all cells. In a rounded table the sum is itself rounded, and None if it
            is left out.
        is_rounded: whether the table is one of a closed period.
        is_counted: False if a closed period is not closed yet for this measure.
    """

    measure: Measure
    dimension: Dimension
    cells: tuple[Cell, ...]
    total: int | None
    is_rounded: bool = False
    is_counted: bool = True


def in_order(dimension: Dimension, cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Sort the counts of a report table: months, weekdays and hours in order, others by size."""
    if dimension not in IN_ORDER:
        return by_size(cells)
    return tuple(sorted(cells, key=lambda cell: (not cell.value, cell.value.zfill(7))))


def by_size(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Return the counts of a report table sorted by number, the largest first."""
    return tuple(sorted(cells, key=lambda cell: (-cell.number, cell.value)))


def quarter_of(month: str) -> str:
    """Return the quarter of a month, such as ``2026-Q1`` for ``2026-03``."""
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def period_of(name: str) -> Period:
    """Return the report period with a name such as ``2026``, ``2026-Q3`` or ``2026-08``."""
    if is_month(name):
        return Period(first_month=name, last_month=name)
    year, _, quarter = name.partition("-Q")
    last = 3 * int(quarter) if quarter else 12
    first = last - 2 if quarter else 1
    return Period(first_month=f"{year}-{first:02}", last_month=f"{year}-{last:02}")


def is_month(name: str) -> bool:
    """Return whether the name of a report period is that of a month."""
    return len(name) == len("2026-01") and "Q" not in name


def next_month(month: str) -> str:
    """Return the month after a month of a report, such as ``2027-01`` for ``2026-12``."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"
