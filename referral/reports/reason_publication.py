"""Publishes why needs stayed unmet, by heading and by topic, once for each quarter.

Only whole quarters: a table by month as well would have too many small counts. Rows and columns
are those whose sums are published for the quarter; a topic is one within its heading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from referral.desk.codes import UNMET_GROUPS
from referral.desk.rows import NeedRow
from referral.reports.cross_cells import select_cells
from referral.reports.records import Dimension, Measure, Period, quarter_of
from referral.reports.rows import DECIDED, PublishedCountRow, published_row

REASON_TABLES = (Dimension.HEADING_REASON, Dimension.TERM_REASON)
_GROUPS = {reason.value: group.value for reason, group in UNMET_GROUPS.items()}
_Need = tuple[str, str, str]  # heading, topic, reason


def topic_key(heading: str, topic: str) -> str:
    """What stands above the reasons of a topic."""
    return f"{heading}|{topic}"


def quarters_without_reasons(session: Session) -> list[str]:
    """The quarters whose unmet needs are published, and whose reasons by topic are not."""
    row = PublishedCountRow
    marks = select(row.dimension, row.months).where(
        row.measure == Measure.UNMET, row.value == DECIDED, row.months.contains("Q")
    )
    found: dict[str, set[str]] = {}
    for dimension, name in session.execute(marks):
        found.setdefault(dimension, set()).add(name)
    ready = found.get(Dimension.HEADING, set()) & found.get(Dimension.UNMET_GROUP, set())
    return sorted(ready - found.get(Dimension.HEADING_REASON, set()))


def publish_reasons(session: Session, quarter: str) -> None:
    """Decide the reasons of one quarter."""
    months = _months_of(quarter)
    needs = _unmet_needs(session, months)
    headings = _sums_told(session, Dimension.HEADING, months, needs, lambda need: ("", need[0]))
    topics = _sums_told(session, Dimension.TERM, months, needs, lambda need: need[:2])
    reasons = _sums_told(
        session, Dimension.UNMET_REASON, months, needs, lambda n: (_GROUPS.get(n[2], ""), n[2])
    )
    columns = {reason for _, reason in reasons}
    rows = {heading for _, heading in headings}
    cells = select_cells(_table(needs, rows, columns, lambda need: need[0]))
    counts = Counter[tuple[Dimension, str, str]]()
    for (above, _, reason), number in needs.items():
        if (above, reason) in cells:
            counts[Dimension.HEADING_REASON, above, reason] += number
    for heading in rows:
        of_heading = {need: n for need, n in needs.items() if need[0] == heading}
        of_topics = {topic for above, topic in topics if above == heading and topic}
        told = {column for row, column in cells if row == heading and column}
        table = _table(of_heading, of_topics, told, lambda need: need[1])
        for row, column in select_cells(table):
            key = topic_key(heading, str(row))
            counts[Dimension.TERM_REASON, key, str(column)] = table[row, column]
    session.execute(insert(PublishedCountRow), list(_rows(counts, quarter, months)))


def _rows(
    counts: Mapping[tuple[Dimension, str, str], int], quarter: str, months: tuple[str, ...]
) -> Iterator[dict[str, object]]:
    for dimension in REASON_TABLES:
        yield published_row(Measure.UNMET, dimension, ("", DECIDED), (quarter,), 0)
    for (dimension, above, reason), number in counts.items():
        yield published_row(Measure.UNMET, dimension, (above, reason), months, number)


def _table(
    needs: Mapping[_Need, int],
    rows: Iterable[str],
    columns: Iterable[str],
    row_of: Callable[[_Need], str],
) -> Counter[tuple[str | None, str | None]]:
    named_rows, named_columns = set(rows), set(columns)
    table = Counter[tuple[str | None, str | None]]()
    for need, number in needs.items():
        row, column = row_of(need), need[2]
        table[row if row in named_rows else None, column if column in named_columns else None] += (
            number
        )
    return table


def _sums_told(
    session: Session,
    dimension: Dimension,
    months: tuple[str, ...],
    needs: Mapping[_Need, int],
    key_of: Callable[[_Need], Hashable],
) -> set[tuple[str, str]]:
    """The values whose published counts within the quarter are the whole of it."""
    row = PublishedCountRow
    statement = (
        select(row.above, row.value, func.sum(row.count))
        .where(row.measure == Measure.UNMET, row.dimension == dimension, row.value != DECIDED)
        .where(row.first_month >= months[0], row.last_month <= months[-1])
        .group_by(row.above, row.value)
    )
    exact = Counter[Hashable]()
    for need, number in needs.items():
        exact[key_of(need)] += number
    return {
        (above, value)
        for above, value, number in session.execute(statement)
        if exact[above, value] == number
    }


def _unmet_needs(session: Session, months: tuple[str, ...]) -> dict[_Need, int]:
    row = NeedRow
    statement = (
        select(row.heading, row.term_code, row.unmet_reason, func.sum(row.count))
        .where(row.month.between(months[0], months[-1]), row.unmet_reason != "")
        .group_by(row.heading, row.term_code, row.unmet_reason)
    )
    return {
        (heading or "", topic or "", reason): int(number)
        for heading, topic, reason, number in session.execute(statement)
    }


def _months_of(quarter: str) -> tuple[str, ...]:
    year = quarter[:4]
    months = Period(first_month=f"{year}-01", last_month=f"{year}-12").months
    return tuple(month for month in months if quarter_of(month) == quarter)
