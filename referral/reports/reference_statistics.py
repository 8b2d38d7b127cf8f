"""Reference statistics of a fiscal year, in the form of the Public Libraries Survey.

Questions are counted by day, hour, desk, channel, type, effort and minutes. The numbers are exact,
so only accounts that may see live counts see them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.desk.codes import Channel, QuestionType
from referral.desk.desk_list import read_desks
from referral.desk.log_settings import WEEK, LogField, LogSettings, log_settings
from referral.desk.rows import InquiryRow
from referral.directory.instance import Instance, local_today

WEEKS_A_YEAR = 52
_Counts = dict[str, dict[QuestionType, int]]


class CountedBy(StrEnum):
    """A characteristic by which reference statistics count a year's questions."""

    MONTH = "month"
    READ_SCALE = "read_scale"
    CHANNEL = "channel"
    DESK = "desk"
    WEEKDAY = "weekday"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal year of the library, named after the calendar year in which it begins."""

    year: int
    first_month: int

    @property
    def first_day(self) -> date:
        """Return the first day of a fiscal year."""
        return date(self.year, self.first_month, 1)

    @property
    def last_day(self) -> date:
        """Return the last day of a fiscal year."""
        return date(self.year + 1, self.first_month, 1) - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFigure:
    """The number of reference transactions of a year, counted or estimated.

    Attributes:
        number: the number to report.
        weeks: the number of typical weeks behind an estimate; 0 if counted.
        in_weeks: the count in these weeks.
        counted: the count in the whole year.
    """

    number: int
    weeks: int
    in_weeks: int
    counted: int


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """A row of a table in the reference statistics: questions by type for one value.

    ``value`` is "" if unknown.
    """

    value: str
    numbers: Mapping[QuestionType, int]
    transactions: int

    @property
    def total(self) -> int:
        """Return the number of all questions in a row of the reference statistics."""
        return sum(self.numbers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceStatistics:
    """The reference statistics of a fiscal year.

    ``years`` are the fiscal years since the first logged question, the latest first.
    """

    year: FiscalYear
    years: tuple[FiscalYear, ...]
    settings: LogSettings
    figure: YearFigure
    total: StatisticsRow
    minutes: int
    tables: Mapping[CountedBy, tuple[StatisticsRow, ...]]
    desk_labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry of the desk's question log, for its CSV export.

    ``desk`` is the label of the desk.
    """

    happened_on: date
    desk: str
    channel: str
    question_type: str
    read_scale: int | None
    minutes: int | None
    count: int


_COLUMNS: Mapping[CountedBy, InstrumentedAttribute[Any]] = {
    CountedBy.READ_SCALE: InquiryRow.read_scale,
    CountedBy.CHANNEL: InquiryRow.channel,
    CountedBy.DESK: InquiryRow.desk,
    CountedBy.HOUR: InquiryRow.hour,
}


def read_reference_statistics(instance: Instance, year: int | None = None) -> ReferenceStatistics:
    """Return the reference statistics of a fiscal year, by default the latest."""
    today = local_today(instance)
    with instance.store.read() as session:
        settings = log_settings(session)
        years = _fiscal_years(session, settings, today)
        shown = _chosen_year(years, year)
        desks = {desk.id: desk.label for desk in read_desks(session)}
        orders = {CountedBy.CHANNEL: tuple(Channel), CountedBy.DESK: tuple(desks)}
        by_day = _count_questions(session, shown.first_day, shown.last_day, InquiryRow.happened_on)
        tables = {
            CountedBy.MONTH: _sorted_rows(_regroup(by_day, lambda day: day[:7]), settings),
            CountedBy.WEEKDAY: _sorted_rows(
                _regroup(by_day, lambda day: str(date.fromisoformat(day).weekday())), settings
            ),
        }
        for by, column in _COLUMNS.items():
            counts = _count_questions(session, shown.first_day, shown.last_day, column)
            tables[by] = _sorted_rows(counts, settings, orders.get(by, ()))
        if LogField.READ_SCALE not in settings.fields:
            del tables[CountedBy.READ_SCALE]
        total = _statistics_row("", _regroup(by_day, lambda _: "").get("", {}), settings)
        conditions = _in_period(shown.first_day, shown.last_day)
        minutes = session.scalar(select(func.sum(InquiryRow.minutes)).where(*conditions))
        return ReferenceStatistics(
            year=shown,
            years=years,
            settings=settings,
            figure=_year_figure(session, shown, settings, total.transactions, today),
            total=total,
            minutes=int(minutes or 0),
            tables={by: tables[by] for by in CountedBy if by in tables},
            desk_labels=desks,
        )


def read_log_lines(instance: Instance, year: int | None = None) -> Iterator[LogLine]:
    """Yield a fiscal year's entries of the question log, sorted so as to hide their sequence."""
    columns = (
        InquiryRow.happened_on, InquiryRow.desk, InquiryRow.channel, InquiryRow.question_type,
        InquiryRow.read_scale, InquiryRow.minutes, InquiryRow.count,
    )  # fmt: skip
    with instance.store.read() as session:
        years = _fiscal_years(session, log_settings(session), local_today(instance))
        shown = _chosen_year(years, year)
        labels = {desk.id: desk.label for desk in read_desks(session)}
        statement = select(*columns).where(*_in_period(shown.first_day, shown.last_day))
        for row in session.execute(statement.order_by(*columns)):
            day, desk, channel, kind, read_scale, minutes, number = row
            if day is not None:  # always true because of the condition
                desk = labels.get(desk, desk)
                yield LogLine(day, desk, channel, kind, read_scale, minutes, number)


def _chosen_year(years: Sequence[FiscalYear], year: int | None) -> FiscalYear:
    """Return the fiscal year that begins in a calendar year, or the latest if there is none."""
    return next((fiscal for fiscal in years if fiscal.year == year), years[0])


def _fiscal_years(session: Session, settings: LogSettings, today: date) -> tuple[FiscalYear, ...]:
    first = session.scalar(select(func.min(InquiryRow.happened_on)).where(InquiryRow.month != ""))
    begin, end = (
        day.year if day.month >= settings.first_month else day.year - 1
        for day in (first or today, today)
    )
    return tuple(FiscalYear(year, settings.first_month) for year in range(end, begin - 1, -1))


def _in_period(first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return InquiryRow.happened_on.between(first, last), InquiryRow.month != ""


def _count_questions(
    session: Session, first: date, last: date, column: InstrumentedAttribute[Any]
) -> _Counts:
    statement = select(column, InquiryRow.question_type, func.sum(InquiryRow.count))
    statement = statement.where(*_in_period(first, last)).group_by(column, InquiryRow.question_type)
    counts: defaultdict[str, dict[QuestionType, int]] = defaultdict(dict)
    for value, kind, number in session.execute(statement):
        counts["" if value is None else str(value)][QuestionType(kind)] = int(number)
    return counts


def _regroup(counts: _Counts, key: Any) -> _Counts:
    grouped: defaultdict[str, dict[QuestionType, int]] = defaultdict(dict)
    for value, numbers in counts.items():
        group = grouped[key(value)]
        for kind, number in numbers.items():
            group[kind] = group.get(kind, 0) + number
    return grouped


def _sorted_rows(
    counts: _Counts, settings: LogSettings, order: Sequence[str] = ()
) -> tuple[StatisticsRow, ...]:
    """Return the rows of a reference statistics table, sorted, with the unknown value last."""
    places = {value: place for place, value in enumerate(order)}
    rows = (_statistics_row(value, counts[value], settings) for value in counts)
    return tuple(
        sorted(rows, key=lambda row: (not row.value, places.get(row.value, 0), row.value.zfill(7)))
    )


def _statistics_row(
    value: str, numbers: Mapping[QuestionType, int], settings: LogSettings
) -> StatisticsRow:
    return StatisticsRow(value, numbers, sum(numbers.get(kind, 0) for kind in settings.counted))


def _year_figure(
    session: Session, year: FiscalYear, settings: LogSettings, counted: int, today: date
) -> YearFigure:
    """Estimate a year's reference transactions from typical weeks, or return their exact count."""
    weeks = [
        (week, week + WEEK - timedelta(days=1))
        for week in settings.weeks
        if year.first_day <= week <= year.last_day
    ]
    past_weeks = [(first, last) for first, last in weeks if last < today]
    if not past_weeks:
        return YearFigure(number=counted, weeks=0, in_weeks=0, counted=counted)
    in_weeks = sum(
        _count_transactions(session, settings, first, last) for first, last in past_weeks
    )
    estimate = (2 * in_weeks * WEEKS_A_YEAR + len(past_weeks)) // (
        2 * len(past_weeks)
    )  # rounded half up
    return YearFigure(number=estimate, weeks=len(past_weeks), in_weeks=in_weeks, counted=counted)


def _count_transactions(session: Session, settings: LogSettings, first: date, last: date) -> int:
    statement = select(func.sum(InquiryRow.count)).where(
        *_in_period(first, last), InquiryRow.question_type.in_(settings.counted)
    )
    return int(session.scalar(statement) or 0)
