"""Years and quarters side by side: how much was asked, how much stayed unmet, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.reports.code_names import CodeNames
from referral.reports.published_tables import published_periods, read_table
from referral.reports.records import Dimension, Measure, Period, Table, is_month, quarter_of
from referral.reports.standard_reports import read_names

_MOST_YEARS = 5
_MOST_QUARTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodSums:
    """What was counted in a year or quarter; ``is_whole`` says that it is over."""

    name: str
    is_whole: bool
    inquiries: int
    needs: int
    unmet: int
    referrals: int

    @property
    def unmet_share(self) -> float | None:
        """Share of the needs that were unmet or partly met; None without needs."""
        return self.unmet / self.needs if self.needs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class YearsReport:
    """Years and quarters, the last first, and the needs of each year by heading."""

    years: tuple[PeriodSums, ...]
    quarters: tuple[PeriodSums, ...]
    by_heading: tuple[Table, ...]
    names: CodeNames

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of any year, those of the last year first."""
        return tuple(dict.fromkeys(cell.value for of in self.by_heading for cell in of.cells))


def read_years(directory: Directory) -> YearsReport:
    """What is published of the last years."""
    with directory.store.read() as session:
        months = [name for name in published_periods(session) if is_month(name)]
        years = _grouped(months, [month[:4] for month in months])[-_MOST_YEARS:]
        quarters = _grouped(months, list(map(quarter_of, months)))[-_MOST_QUARTERS:]
        tables = tuple(
            read_table(session, Measure.NEEDS, Dimension.HEADING, period)
            for _, period in reversed(years)
        )
        return YearsReport(
            years=tuple(_sums(session, *each, 12) for each in reversed(years)),
            quarters=tuple(_sums(session, *each, 3) for each in reversed(quarters)),
            by_heading=tables,
            names=read_names(directory, session, tables),
        )


def _grouped(months: Sequence[str], names: Sequence[str]) -> list[tuple[str, Period]]:
    found: dict[str, list[str]] = {}
    for month, name in zip(months, names, strict=True):
        found.setdefault(name, []).append(month)
    return [
        (name, Period(first_month=of[0], last_month=of[-1])) for name, of in sorted(found.items())
    ]


def _sums(session: Session, name: str, period: Period, months: int) -> PeriodSums:
    def total(measure: Measure) -> int:
        return read_table(session, measure, Dimension.MONTH, period).total

    return PeriodSums(
        name=name,
        is_whole=len(period.months) == months,
        inquiries=total(Measure.INQUIRIES),
        needs=total(Measure.NEEDS),
        unmet=total(Measure.UNMET),
        referrals=total(Measure.REFERRALS),
    )
