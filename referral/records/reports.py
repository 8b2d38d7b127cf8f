"""What reports count, by what, and how small numbers are kept from telling on anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SMALLEST_SHOWN = 5
"""Counts below this are shown as "<5": few enough people may be known by them."""


class Measure(StrEnum):
    """What is counted."""

    INQUIRIES = "inquiries"
    NEEDS = "needs"
    UNMET = "unmet"  # needs with a reason why there was no help, or not enough
    REFERRALS = "referrals"
    FOLLOW_UPS = "follow_ups"  # follow-ups agreed to
    RESULTS = "results"  # services given whose result is known


class Dimension(StrEnum):
    """By what it is counted."""

    MONTH = "month"
    DESK = "desk"
    CHANNEL = "channel"
    LANGUAGE = "language"
    AGE_BAND = "age_band"
    COUNTY = "county"
    ZIP_CODE = "zip_code"
    HEADING = "heading"
    TERM = "term"
    OUTCOME = "outcome"
    UNMET_REASON = "unmet_reason"
    SERVICE = "service"
    RESULT = "result"  # how far a service that was given led
    WHY_NOT = "why_not"
    STATUS = "status"  # of follow-ups


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Months, both ends included (``2026-11``), and what else narrows a report; "" is all."""

    first_month: str
    last_month: str
    desk: str = ""
    heading: str = ""
    county: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One count as it may be shown.

    Attributes:
        value: the code or name it is the count of; "" is not said.
        number: the count, None where it is too small to be told.
        shown: the count as it is written: a number, ``<5``, or ``hidden`` where it would give a
            small one away.
    """

    value: str
    number: int | None
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of counts, largest first; months in their order.

    ``total`` is written like a cell. With hidden cells it does not give them away.
    """

    measure: Measure
    dimension: Dimension
    cells: tuple[Cell, ...]
    total: Cell


def table_of(measure: Measure, dimension: Dimension, counts: Iterable[tuple[str, int]]) -> Table:
    """Counts as a table that keeps small numbers to itself.

    Where just one cell would be too small, the total less the others would tell it. Then the next
    smallest is hidden as well.
    """
    by_size = sorted(
        ((n, value) for value, n in counts if n > 0), key=lambda one: (-one[0], one[1])
    )
    small = sum(n < SMALLEST_SHOWN for n, _ in by_size)
    also_hidden = {len(by_size) - 2} if small == 1 else set()
    cells = [
        Cell(value, None, "hidden") if place in also_hidden else shown(value, n)
        for place, (n, value) in enumerate(by_size)
    ]
    if dimension is Dimension.MONTH:
        cells.sort(key=lambda cell: cell.value)
    total = shown("", sum(n for n, _ in by_size))
    return Table(measure=measure, dimension=dimension, cells=tuple(cells), total=total)


def shown(value: str, number: int) -> Cell:
    """One count by itself as it may be shown."""
    if 0 < number < SMALLEST_SHOWN:
        return Cell(value, None, f"<{SMALLEST_SHOWN}")
    return Cell(value, number, f"{number:,}")
