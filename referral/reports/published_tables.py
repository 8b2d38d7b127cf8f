"""Tables of published counts for any run of closed months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.reports.counts import ABOVE, dimensions_of
from referral.reports.reason_publication import REASON_TABLES
from referral.reports.records import (
    IN_ORDER,
    Cell,
    Dimension,
    Measure,
    Period,
    Table,
    is_month,
)
from referral.reports.rows import DECIDED, PublishedCountRow


def published_periods(session: Session) -> tuple[str, ...]:
    """The names of all months and quarters whose inquiries are published, sorted."""
    row = PublishedCountRow
    statement = select(row.months).where(
        row.measure == Measure.INQUIRIES, row.dimension == Dimension.DESK, row.value == DECIDED
    )
    return tuple(sorted(session.scalars(statement)))


def read_table(session: Session, measure: Measure, dimension: Dimension, period: Period) -> Table:
    """One table; by topic, ZIP code or reason it has what these are parts of, with its parts."""
    if dimension is Dimension.MONTH:
        return _by_month(session, measure, period)
    top = ABOVE.get(dimension, dimension)
    numbers = _numbers(session, measure, top, period)
    parts = _numbers(session, measure, dimension, period) if dimension in ABOVE else {}
    of: defaultdict[str, list[Cell]] = defaultdict(list)
    for (above, value), number in parts.items():
        of[above].append(Cell(value, number))
    cells = [Cell(value, number, by_size(of[value])) for (_, value), number in numbers.items()]
    total = sum(number for _, number in _months(session, measure, top, period))
    return Table(
        measure=measure,
        dimension=dimension,
        cells=in_order(dimension, cells),
        other=total - sum(cell.number for cell in cells),
        total=total,
    )


def read_reasons(session: Session, period: Period) -> Mapping[str, Mapping[str, int]]:
    """Why needs stayed unmet: heading, or heading and topic (``topic_key``) → reason → count."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for dimension in REASON_TABLES:
        numbers = _numbers(session, Measure.UNMET, dimension, period)
        for (above, reason), number in numbers.items():
            found[above][reason] = number
    return found


def _by_month(session: Session, measure: Measure, period: Period) -> Table:
    dimension = dimensions_of(measure)[1]
    numbers = _months(session, measure, dimension, period)
    return Table(
        measure=measure,
        dimension=Dimension.MONTH,
        cells=tuple(Cell(month, number) for month, number in numbers),
        other=0,
        total=sum(number for _, number in numbers),
    )


def _months(
    session: Session, measure: Measure, dimension: Dimension, period: Period
) -> Sequence[tuple[str, int]]:
    row = PublishedCountRow
    statement = (
        select(row.months, row.count)
        .where(row.measure == measure, row.dimension == dimension, row.value == DECIDED)
        .where(row.months.between(period.first_month, period.last_month))
        .order_by(row.months)
    )
    return [(name, number) for name, number in session.execute(statement) if is_month(name)]


def _numbers(
    session: Session, measure: Measure, dimension: Dimension, period: Period
) -> dict[tuple[str, str], int]:
    """Sums of what is published of the months of a period and of no other month."""
    row = PublishedCountRow
    statement = (
        select(row.above, row.value, func.sum(row.count))
        .where(row.measure == measure, row.dimension == dimension, row.value != DECIDED)
        .where(row.first_month >= period.first_month, row.last_month <= period.last_month)
        .group_by(row.above, row.value)
    )
    return {(above, value): int(number) for above, value, number in session.execute(statement)}


def in_order(dimension: Dimension, cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Weekdays and hours as they follow, what is not known last; others by size."""
    if dimension not in IN_ORDER:
        return by_size(cells)
    return tuple(sorted(cells, key=lambda cell: (not cell.value, cell.value.zfill(7))))


def by_size(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The largest first."""
    return tuple(sorted(cells, key=lambda cell: (-cell.number, cell.value)))
