"""Rounded counts of closed quarters and years, for files and accounts without exact counts.

Each count is the exact sum rounded to the nearest five; 1 to 4 become one class, and 0 stays 0.
Counts are stored once, when a period closes, so that later corrections do not reveal exact numbers.
A count of 1 to 4 that could be derived from the sums around it is left out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.desk.report_columns import last_closed_month
from referral.directory.instance import Instance
from referral.reports.counts import ABOVE, count_by_month, first_month
from referral.reports.records import (
    GAP,
    Cell,
    Dimension,
    Measure,
    Table,
    by_size,
    in_order,
    period_of,
    quarter_of,
)
from referral.reports.rows import ClosedCountRow
from referral.store.terms import TermTree

FEW = 1
"""The stored number for counts of 1 to 4."""
_LEFT_OUT = -1
# Days after a period before it closes for measures whose values become known late.
_LATE_DAYS = 65
_LATE_MEASURES = {Measure.FOLLOW_UPS, Measure.RESULTS}
_D = Dimension
CLOSED: Mapping[Measure, tuple[Dimension, ...]] = {
    Measure.INQUIRIES: (_D.DESK, _D.LANGUAGE, _D.AGE_BAND, _D.HOUSEHOLD),
    Measure.NEEDS: (_D.OUTCOME, _D.HEADING, _D.TERM, _D.COUNTY, _D.ZIP_CODE),
    Measure.UNMET: (_D.HEADING,),
    Measure.REFERRALS: (_D.SERVICE,),
    Measure.FOLLOW_UPS: (_D.STATUS,),
    Measure.RESULTS: (_D.RESULT, _D.WHY_NOT),
    Measure.BARRIERS: (_D.BARRIER,),
    Measure.ALL_UNMET: (
        _D.HEADING, _D.TERM, _D.UNMET_GROUP, _D.COUNTY, _D.ZIP_CODE, _D.SOURCE,
    ),
}  # fmt: skip
"""Measure → dimensions of closed tables. Each further table would reveal more of small counts."""
_MOST_PASSES = 50
_NEVER_ABOVE = (
    (Measure.UNMET, Measure.NEEDS),
    (Measure.UNMET, Measure.ALL_UNMET),
    (Measure.INQUIRIES, Measure.NEEDS),
    (Measure.RESULTS, Measure.REFERRALS),
)
"""Pairs of measures of which the first never exceeds the second, by any common dimension."""


class _Key(NamedTuple):
    """The key of a rounded count: period, measure, dimension and value.

    ``dimension`` is "" for the total of a measure.
    """

    period: str
    measure: str
    dimension: str
    above: str
    value: str


@dataclass(frozen=True, slots=True)
class _Relation:
    """A relation between rounded counts: a whole, and parts that do not exceed it.

    ``is_all`` is whether the parts add up to the whole. ``is_all`` is whether the parts add up to
    the whole.
    """

    whole: _Key
    parts: tuple[_Key, ...]
    is_all: bool


def rounded(number: int) -> int:
    """Round a report count to the nearest multiple of five; return ``FEW`` for 1 to 4."""
    return FEW if 0 < number < 5 else (number + 2) // 5 * 5


def closed_periods(session: Session) -> tuple[str, ...]:
    """Return the names of quarters and years whose rounded counts are stored, sorted."""
    statement = select(ClosedCountRow.period).where(
        ClosedCountRow.measure == Measure.INQUIRIES, ClosedCountRow.dimension == ""
    )
    return tuple(sorted(session.scalars(statement)))


def read_closed_table(
    session: Session, measure: Measure, dimension: Dimension, period: str
) -> Table:
    """Return the report table of rounded counts for a closed quarter or year.

    Topics are the broadest ones, which include their narrower topics. Months become quarters.
    """
    if dimension is Dimension.MONTH:
        return _by_quarter(session, measure, period)
    top = ABOVE.get(dimension, dimension)
    statement = select(
        ClosedCountRow.dimension, ClosedCountRow.above, ClosedCountRow.value, ClosedCountRow.number
    ).where(
        ClosedCountRow.period == period,
        ClosedCountRow.measure == measure,
        ClosedCountRow.dimension.in_({"", top.value, dimension.value}),
    )
    cells_of: defaultdict[tuple[str, str], list[Cell]] = defaultdict(list)
    total = None
    for of_dimension, above, value, number in session.execute(statement):
        if of_dimension == "":
            total = number
        elif number != _LEFT_OUT:
            cells_of[of_dimension, above].append(Cell(value, number))
    cells = cells_of[top.value, ""]
    if top is not dimension:
        cells = [
            Cell(cell.value, cell.number, by_size(cells_of[dimension.value, cell.value]))
            for cell in cells
        ]
    return Table(
        measure=measure,
        dimension=dimension,
        cells=in_order(dimension, cells),
        total=_as_total(total),
        is_rounded=True,
        is_counted=total is not None,
    )


def _by_quarter(session: Session, measure: Measure, period: str) -> Table:
    names = [period, *(f"{period}-Q{number}" for number in range(1, 5))]
    statement = select(ClosedCountRow.period, ClosedCountRow.number).where(
        ClosedCountRow.measure == measure,
        ClosedCountRow.dimension == "",
        ClosedCountRow.period.in_(names),
    )
    numbers = {name: number for name, number in session.execute(statement)}  # noqa: C416  # rows are not pairs to mypy
    total = numbers.get(period)
    quarters = {
        name: number for name, number in numbers.items() if "Q" in name and number != _LEFT_OUT
    }
    return Table(
        measure=measure,
        dimension=Dimension.MONTH,
        cells=tuple(Cell(name, number) for name, number in sorted(quarters.items())),
        total=_as_total(total),
        is_rounded=True,
        is_counted=total is not None,
    )


def _as_total(number: int | None) -> int | None:
    return None if number == _LEFT_OUT else number


def close_periods(instance: Instance) -> int:
    """Store rounded counts of quarters and years that are over; return how many measures closed.

    A quarter closes three days after its end, to leave time for corrections, and 65 days after for
    measures whose values become known late, such as results.
    """
    with instance.store.read() as session:
        if not any(_iter_due_periods(instance, session)):
            return 0
    try:
        with instance.store.write() as session:
            due = list(_iter_due_periods(instance, session))
            tree = instance.listings.terms(session)
            for period, measures in due:
                _close_period(session, tree, period, measures)
    except IntegrityError:  # another node has closed the period in the meantime
        return 0
    return sum(len(measures) for _, measures in due)


def _iter_due_periods(instance: Instance, session: Session) -> Iterator[tuple[str, list[Measure]]]:
    first = first_month(session)
    if not first:
        return
    marks = session.execute(
        select(ClosedCountRow.period, ClosedCountRow.measure).where(ClosedCountRow.dimension == "")
    )
    closed = {(period, measure) for period, measure in marks}
    in_time, late = last_closed_month(instance), last_closed_month(instance, _LATE_DAYS)
    last = {measure: late if measure in _LATE_MEASURES else in_time for measure in Measure}
    for period in _iter_periods(first, max(last.values())):
        measures = [
            measure
            for measure in Measure
            if (period, measure) not in closed and period_of(period).last_month <= last[measure]
        ]
        if measures:
            yield period, measures


def _iter_periods(first: str, last: str) -> Iterator[str]:
    """Yield the names of quarters for reports, and of each year after its last quarter."""
    for year in range(int(first[:4]), int(last[:4]) + 1):
        for quarter in range(1, 5):
            name = f"{year}-Q{quarter}"
            if quarter_of(first) <= name and period_of(name).last_month <= last:
                yield name
        if f"{year}-12" <= last:
            yield str(year)


def _close_period(
    session: Session, tree: TermTree, period: str, measures: Iterable[Measure]
) -> None:
    exact: dict[_Key, int] = {}
    for measure in measures:
        exact |= _exact_counts(session, tree, period, measure)
    shown = {key: rounded(number) for key, number in exact.items()}
    columns = (
        ClosedCountRow.period,
        ClosedCountRow.measure,
        ClosedCountRow.dimension,
        ClosedCountRow.above,
        ClosedCountRow.value,
        ClosedCountRow.number,
    )
    of_year = select(*columns).where(ClosedCountRow.period.startswith(period[:4], autoescape=True))
    stored = {_Key(*key): number for *key, number in session.execute(of_year)}
    left_out = _counts_to_leave_out(stored | shown, exact)
    rows = [
        {**key._asdict(), "number": _LEFT_OUT if key in left_out else number}
        for key, number in shown.items()
    ]
    session.execute(insert(ClosedCountRow), rows)


def _exact_counts(
    session: Session, tree: TermTree, period: str, measure: Measure
) -> dict[_Key, int]:
    months = period_of(period)
    total = _Key(period, measure, "", "", "")
    counts: dict[_Key, int] = {total: 0}
    for dimension in CLOSED[measure]:
        found = count_by_month(session, measure, dimension, months.first_month, months.last_month)
        for (above, value, _), number in found.items():
            shown_value = _broad_topic(tree, value) if dimension is Dimension.TERM else value
            key = _Key(period, measure, dimension, above, shown_value)
            counts[key] = counts.get(key, 0) + number
    first = CLOSED[measure][0]
    counts[total] = sum(number for key, number in counts.items() if key.dimension == first)
    return {key: number for key, number in counts.items() if number or key == total}


def _broad_topic(tree: TermTree, code: str) -> str:
    """Return the broadest topic above a need's topic, so that rounded counts are not too small.

    The one-letter level of the 2-1-1 taxonomy is skipped: it is as broad as a heading.
    """
    path = [term.key for term in tree.path(code)]
    broad = [key for key in path if len(key) > 1]
    return broad[-1] if broad else code


def _counts_to_leave_out(shown: Mapping[_Key, int], new: Mapping[_Key, int]) -> set[_Key]:
    """Choose the rounded counts to leave out, so that no count of 1 to 4 can be derived.

    Args:
        shown: all rounded numbers of the year, stored and new.
        new: the exact counts that are about to be stored.
    """
    relations = _relations(shown)
    hidden = {key for key, number in shown.items() if number == _LEFT_OUT}
    while narrowed := _narrowed_counts(shown, hidden, relations):
        newly_hidden = (narrowed & new.keys()) - hidden
        if not newly_hidden:
            related = {
                key
                for relation in relations
                if narrowed.intersection((relation.whole, *relation.parts))
                for key in (relation.whole, *relation.parts)
            }
            candidates = (related & new.keys()) - hidden
            if not candidates:  # earlier stored counts alone narrow the values
                break
            newly_hidden = {min(candidates, key=lambda key: (not key.dimension, new[key], key))}
        hidden |= newly_hidden
    return hidden


def _relations(shown: Mapping[_Key, int]) -> list[_Relation]:
    """Return the relations between rounded counts by which one could be derived from others."""
    quarters_by_year: defaultdict[_Key, list[_Key]] = defaultdict(list)
    by_dimension: defaultdict[tuple[_Key, str], list[_Key]] = defaultdict(list)
    found: list[_Relation] = []
    for key in shown:
        if key.above or Dimension(key.dimension or "month") in ABOVE:
            whole = key._replace(
                dimension=ABOVE[Dimension(key.dimension)], above="", value=key.above
            )
            by_dimension[whole, key.dimension].append(key)
        elif key.dimension:
            total = key._replace(dimension="", value="")
            by_dimension[total, key.dimension].append(key)
        if "Q" in key.period:
            quarters_by_year[key._replace(period=key.period[:4])].append(key)
        for part, whole_measure in _NEVER_ABOVE:
            if key.measure == part:
                found.append(_Relation(key._replace(measure=whole_measure), (key,), is_all=False))
    found += [
        _Relation(whole, tuple(keys), is_all=True) for (whole, _), keys in by_dimension.items()
    ]
    found += [
        _Relation(whole, tuple(keys), is_all=True) for whole, keys in quarters_by_year.items()
    ]
    for key in shown:
        if (key.measure, key.dimension) == (Measure.UNMET, ""):
            gap = key._replace(measure=Measure.NEEDS, dimension=Dimension.OUTCOME, value=GAP)
            found.append(_Relation(gap, (key,), is_all=True))
    return [relation for relation in found if relation.whole in shown]


def _narrowed_counts(
    shown: Mapping[_Key, int], hidden: Iterable[_Key], relations: Iterable[_Relation]
) -> set[_Key]:
    """Return the counts of 1 to 4 that a reader could narrow down from the rounded numbers.

    Excluding none is stricter than needed, because each sum is checked by itself, while a reader
    who combines several learns a little more. Questions logged after a quarter has closed are in
    the year but not in its quarters: bounds that contradict each other are ignored, and the passes
    are limited.
    """
    low: dict[_Key, float] = {}
    high: dict[_Key, float] = {}
    for key, number in shown.items():
        low[key], high[key] = _possible_counts(number)
    for key in hidden:
        low[key], high[key] = 0, math.inf
    for _ in range(_MOST_PASSES):
        is_changed = False
        for relation in relations:
            for key, lowest, highest in _implied_bounds(relation, low, high):
                narrowed = max(low[key], lowest), min(high[key], highest)
                if narrowed != (low[key], high[key]) and narrowed[0] <= narrowed[1]:
                    low[key], high[key] = narrowed
                    is_changed = True
        if not is_changed:
            break
    return {key for key in shown if high[key] - low[key] < 3 and high[key] >= 1 and low[key] <= 4}


def _implied_bounds(
    relation: _Relation, low: Mapping[_Key, float], high: Mapping[_Key, float]
) -> list[tuple[_Key, float, float]]:
    """Return the bounds that a relation between rounded counts implies for each of them.

    Args:
        low, high: the bounds of each count that are known so far.
    """
    least = sum(low[part] for part in relation.parts)
    bounds: list[tuple[_Key, float, float]] = [
        (part, 0, high[relation.whole] - (least - low[part])) for part in relation.parts
    ]
    bounds.append((relation.whole, least, math.inf))
    if relation.is_all:
        bounded = {part: high[part] for part in relation.parts if high[part] < math.inf}
        most, unbounded = sum(bounded.values()), len(relation.parts) - len(bounded)
        bounds.append((relation.whole, 0, math.inf if unbounded else most))
        bounds += [  # the whole minus the most of all other parts
            (part, low[relation.whole] - most + bounded.get(part, 0), math.inf)
            for part in relation.parts
            if unbounded == (part not in bounded)
        ]
    return bounds


def _possible_counts(number: int) -> tuple[float, float]:
    """Return the lowest and the highest count that a rounded number can stand for."""
    if number == FEW:
        return 1, 4
    return (max(5, number - 2), number + 2) if number else (0, 0)
