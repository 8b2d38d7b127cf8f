"""Measures, dimensions and periods of reports; tables of published counts."""

from __future__ import annotations

from collections.abc import Iterator
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
    SEARCHES = "searches"  # searches that found nothing
    REPLIES = "replies"  # replies to slips: full, or not eligible
    FULL = "full"  # those of them that say full
    NOT_ELIGIBLE = "not_eligible"


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
    HEADING_REASON = "heading_reason"  # why needs under a heading stayed unmet, by quarter
    TERM_REASON = "term_reason"
    SERVICE = "service"
    RESULT = "result"  # how far a service that was given led
    WHY_NOT = "why_not"
    STATUS = "status"  # of follow-ups
    SOURCE = "source"  # of unmet needs


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
        return tuple(_months(self.first_month, self.last_month))


@dataclass(frozen=True, slots=True)
class Cell:
    """One count.

    Attributes:
        value: the code or name it is the count of; "" is not said.
        parts: the counts of what is below it, as the topics of a heading; a topic that has parts
            is one of them, for what was said no closer.
    """

    value: str
    number: int
    parts: tuple[Cell, ...] = ()

    @property
    def other(self) -> int:
        """What of it is in none of its parts."""
        return self.number - sum(part.number for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of published counts, largest first; months, weekdays and hours in their order.

    Attributes:
        other: what is counted, but too small to be published under its own name.
        total: the sum of the cells and of ``other``.
    """

    measure: Measure
    dimension: Dimension
    cells: tuple[Cell, ...]
    other: int
    total: int


def quarter_of(month: str) -> str:
    """``2026-Q1`` of ``2026-03``."""
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def is_month(name: str) -> bool:
    """Whether the name of a period is that of a month, not of a quarter or year."""
    return len(name) == len("2026-01") and "Q" not in name


def next_month(month: str) -> str:
    """``2027-01`` after ``2026-12``."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def _months(first: str, last: str) -> Iterator[str]:
    while first <= last:
        yield first
        first = next_month(first)
