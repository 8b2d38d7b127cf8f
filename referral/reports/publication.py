"""Publishes the counts of closed periods: each is decided once, stored, and never changed.

A month is published some days after its end, when mistakes have been mended. Its quarter, and the
year up to then, add sums over those months where each month alone was too small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from referral.desk.report_columns import last_closed_month
from referral.directory.context import Directory
from referral.reports.counts import FAMILIES, Family, count_by_month, first_month
from referral.reports.reason_publication import publish_reasons, quarters_without_reasons
from referral.reports.records import Dimension, Measure, Period, is_month, quarter_of
from referral.reports.rows import DECIDED, PublishedCountRow, published_row
from referral.reports.suppression import Months, Pool, select_pools, select_values

# After the end of a month, where what is counted becomes known later: follow-ups, words staff read.
_LATE_DAYS = 65
_LATE = {Measure.FOLLOW_UPS, Measure.RESULTS, Measure.SEARCHES}

_ByMonth = Mapping[str, int]
_Key = tuple[str, str]  # the value above, the value
_Units = Mapping[str, Sequence[Months]]


def publish_closed_periods(directory: Directory) -> int:
    """Decide every closed period that is not decided yet; gives how many of all tables."""
    with directory.store.read() as session:
        if not any(_due(directory, session)) and not quarters_without_reasons(session):
            return 0
    try:
        with directory.store.write() as session:
            due = list(_due(directory, session))
            for family, year, periods in due:
                _publish(session, family, year, periods)
            for quarter in quarters_without_reasons(session):
                publish_reasons(session, quarter)
    except IntegrityError:  # another node was faster
        return 0
    return sum(len(periods) for _, _, periods in due)


def _due(directory: Directory, session: Session) -> Iterator[tuple[Family, str, Sequence[str]]]:
    """By table and year, the names of the periods to decide now, short ones first."""
    first = first_month(session)
    if not first:
        return
    decided = defaultdict[tuple[str, str], set[str]](set)
    row = PublishedCountRow
    marks = select(row.measure, row.dimension, row.months).where(row.value == DECIDED)
    for measure, dimension, name in session.execute(marks):
        decided[measure, dimension].add(name)
    for family in FAMILIES:
        known = decided[family.measure, family.dimension]
        last = last_closed(directory, family.measure)
        for year, names in _closed_periods(first, last).items():
            if left := [name for name in names if name not in known]:
                yield family, year, left


def last_closed(directory: Directory, measure: Measure) -> str:
    """The last month that is over for a measure: it is published."""
    if measure in _LATE:
        return last_closed_month(directory, _LATE_DAYS)
    return last_closed_month(directory)


def _closed_periods(first: str, last: str) -> dict[str, list[str]]:
    """Year → names of its closed months and quarters, in the order in which they are decided."""
    years: defaultdict[str, list[str]] = defaultdict(list)
    for month in Period(first_month=first, last_month=last).months:
        years[month[:4]].append(month)
        if month[5:] in {"03", "06", "09", "12"}:
            years[month[:4]].append(quarter_of(month))
    return years


def _publish(session: Session, family: Family, year: str, periods: Sequence[str]) -> None:
    release = _read_release(session, family, family.dimension, year)
    below = _read_release(session, family, family.below, year) if family.below else None
    months = sorted({month for by_month in release.counts.values() for month in by_month})
    for name in periods:
        new = [(name,)] if is_month(name) else []
        release.decide(name, {"": [(month,) for month in months]}, {"": new})
        rows = []
        if below:
            below.decide(name, release.units(), release.new_units())
            rows = below.take_rows()
        total = published_row(
            family.measure, family.dimension, ("", DECIDED), (name,), release.sum_of(name)
        )
        session.execute(insert(PublishedCountRow), [*rows, *release.take_rows(), total])


def _read_release(session: Session, family: Family, dimension: Dimension, year: str) -> _Release:
    """What is published of a table in a year already, and the exact counts."""
    return _Release(
        family,
        dimension,
        _counts_of(session, family.measure, dimension, year),
        _counts_of(session, family.whole, dimension, year) if family.whole else {},
        _published(session, family.measure, dimension, year),
        _published(session, family.after, dimension, year) if family.after else None,
    )


def _published(
    session: Session, measure: Measure, dimension: Dimension, year: str
) -> defaultdict[_Key, list[Months]]:
    """The months that each published count of a year covers."""
    published: defaultdict[_Key, list[Months]] = defaultdict(list)
    row = PublishedCountRow
    statement = select(row.above, row.value, row.months).where(
        row.measure == measure,
        row.dimension == dimension,
        row.value != DECIDED,
        row.first_month.between(f"{year}-01", f"{year}-12"),
    )
    for above, value, months in session.execute(statement):
        published[above, value].append(tuple(months.split(",")))
    return published


def _counts_of(
    session: Session, measure: Measure, dimension: Dimension, year: str
) -> dict[_Key, dict[str, int]]:
    counts: defaultdict[_Key, dict[str, int]] = defaultdict(dict)
    found = count_by_month(session, measure, dimension, f"{year}-01", f"{year}-12")
    for (above, value, month), number in found.items():
        counts[above, value][month] = number
    return counts


class _Release:
    """What is published of one table in one year; grows period by period."""

    def __init__(
        self,
        family: Family,
        dimension: Dimension,
        counts: Mapping[_Key, _ByMonth],
        wholes: Mapping[_Key, _ByMonth],
        published: defaultdict[_Key, list[Months]],
        first: defaultdict[_Key, list[Months]] | None,
    ) -> None:
        self._family, self._dimension = family, dimension
        self.counts, self._wholes, self.published = counts, wholes, published
        self._first = first
        self._new: list[tuple[_Key, Months]] = []
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        for above, value in sorted(counts):
            self._values[above].append(value)

    def decide(self, name: str, units: _Units, new: _Units) -> None:
        """Decide a month or a quarter; with a quarter, what its year so far adds.

        Args:
            units: value above → the parts of the year in which its own count is published.
            new: those of them that were added with this period.
        """
        for above in self._values:
            for unit in new.get(above, ()):
                self._publish_unit(above, unit)
            if is_month(name) or self._family.is_open:
                continue
            so_far = [u for u in units.get(above, ()) if quarter_of(u[-1]) <= name]
            self._publish_pools(above, [u for u in so_far if quarter_of(u[0]) == name])
            self._publish_pools(above, so_far)

    def units(self) -> dict[str, list[Months]]:
        """Value → the parts of the year in which its count is published."""
        return {value: months for (_, value), months in self.published.items()}

    def new_units(self) -> dict[str, list[Months]]:
        """Those of them that are not written yet."""
        found: defaultdict[str, list[Months]] = defaultdict(list)
        for (_, value), months in self._new:
            found[value].append(months)
        return found

    def take_rows(self) -> list[dict[str, object]]:
        """The rows to write."""
        new, self._new = self._new, []
        return [
            published_row(
                self._family.measure,
                self._dimension,
                key,
                months,
                _sum(self.counts[key], months),
            )
            for key, months in new
        ]

    def sum_of(self, name: str) -> int:
        """Everything that is counted in a month; 0 for a quarter."""
        return sum(by_month.get(name, 0) for by_month in self.counts.values())

    def _publish_unit(self, above: str, unit: Months) -> None:
        counts = self._numbers(self.counts, above, unit)
        wholes = self._numbers(self._wholes, above, unit)
        always = {value for value in counts if self._family.is_open or value in self._family.always}
        others = {value: number for value, number in counts.items() if value not in always}
        hidden = {value for value in others if not self._allowed(above, value, [unit])}
        for value in sorted(always | select_values(others, wholes, hidden)):
            self._add((above, value), unit)

    def _publish_pools(self, above: str, units: Sequence[Months]) -> None:
        hidden: dict[str, dict[Months, int]] = {}
        earlier: list[Pool] = []
        for value in self._values[above]:
            if value in self._family.always:
                continue
            covers = self.published[above, value]
            by_unit = {
                unit: _sum(self.counts[above, value], unit) for unit in units if unit not in covers
            }
            if any(by_unit.values()):
                hidden[value] = by_unit
                earlier += _pools(value, units, covers)
        wholes = {
            value: {unit: _sum(self._wholes.get((above, value), {}), unit) for unit in units}
            for value in hidden
            if self._family.whole
        }
        allowed = {value: self._allowed(above, value, units) for value in hidden}
        for pool in select_pools(hidden, earlier, wholes, units, allowed):
            months = sorted(month for unit in pool.parts for month in unit)
            self._add((above, pool.value), tuple(months))

    def _allowed(self, above: str, value: str, units: Sequence[Months]) -> Sequence[Months]:
        """Those of these units that the measure before it shows, by themselves or together."""
        if self._first is None:
            return units
        months = {month for unit in units for month in unit}
        covers = [cover for cover in self._first[above, value] if months.issuperset(cover)]
        shown = {month for cover in covers for month in cover}
        return [unit for unit in units if shown.issuperset(unit)]

    def _add(self, key: _Key, months: Months) -> None:
        self.published[key].append(months)
        self._new.append((key, months))

    def _numbers(self, counts: Mapping[_Key, _ByMonth], above: str, unit: Months) -> dict[str, int]:
        found = {value: _sum(counts.get((above, value), {}), unit) for value in self._values[above]}
        return {value: number for value, number in found.items() if number}


def _pools(value: str, units: Sequence[Months], covers: Iterable[Months]) -> Iterator[Pool]:
    """What was published for several of these units together."""
    for cover in covers:
        parts = frozenset(unit for unit in units if set(unit) <= set(cover))
        if cover not in units and parts:
            yield Pool(value, parts)


def _sum(by_month: _ByMonth, months: Months) -> int:
    return sum(by_month.get(month, 0) for month in months)
