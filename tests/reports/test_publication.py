"""What is published agrees with an independent recount in SQL, and never changes."""

import random
from collections import Counter
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text

from referral.desk.rows import InquiryRow, NeedRow
from referral.directory.context import Directory
from referral.reports.publication import publish_closed_periods
from referral.reports.published_tables import published_periods, read_table
from referral.reports.records import Dimension, Measure, Period
from referral.reports.rows import PublishedCountRow
from tests.support.inquiries import add_random_inquiries, add_unmet, closed_month

MONTHS = ("2025-01", "2025-02", "2025-03", "2025-04")
PERIODS = [(month, month) for month in MONTHS] + [("2025-01", "2025-03"), ("2025-01", "2025-04")]
RECOUNTS = {
    (Measure.INQUIRIES, Dimension.LANGUAGE): "SELECT language, 1 FROM inquiry",
    (Measure.NEEDS, Dimension.HEADING): "SELECT heading, 1 FROM need",
    (Measure.NEEDS, Dimension.COUNTY): "SELECT county, 1 FROM need",
    (Measure.UNMET, Dimension.HEADING): "SELECT heading, unmet_reason <> '' FROM need",
    (Measure.INQUIRIES, Dimension.DESK): "SELECT desk, 1 FROM inquiry",
    (Measure.INQUIRIES, Dimension.HOUR): "SELECT hour, 1 FROM inquiry",
    (Measure.INQUIRIES, Dimension.WEEKDAY): "SELECT happened_on, 1 FROM inquiry",
}
PARTS = {
    (Measure.NEEDS, Dimension.TERM): "SELECT heading, term_code, 1 FROM need",
    (Measure.NEEDS, Dimension.ZIP_CODE): "SELECT county, zip_code, 1 FROM need",
    (Measure.UNMET, Dimension.TERM): "SELECT heading, term_code, unmet_reason <> '' FROM need",
    (
        Measure.UNMET,
        Dimension.HEADING_REASON,
    ): "SELECT heading, unmet_reason, unmet_reason <> '' FROM need",
}
"""Tables with parts, which no row of a report may exceed."""
OPEN = {Dimension.DESK, Dimension.HOUR, Dimension.WEEKDAY}


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 25), min_size=4, max_size=4),
    st.integers(0, 99),
    st.sampled_from(PERIODS),
)
def test_reports_agree_with_a_recount(directory, numbers, seed, ends):
    with directory.store.write() as session:
        for table in (NeedRow, InquiryRow, PublishedCountRow):
            session.execute(delete(table))
    chance = random.Random(seed)
    for month, number in zip(MONTHS, numbers, strict=True):
        add_random_inquiries(directory, chance, month, number)
    publish_closed_periods(directory)
    with directory.store.read() as session:
        period = Period(first_month=ends[0], last_month=ends[1])
        where = f" WHERE month BETWEEN '{ends[0]}' AND '{ends[1]}'"
        for (measure, dimension), select in RECOUNTS.items():
            table = read_table(session, measure, dimension, period)
            exact = {}
            for value, counts in session.execute(text(select + where)):
                named = "" if value is None else weekday_of(value, dimension)
                exact[named] = exact.get(named, 0) + int(counts)
            assert table.total == sum(exact.values())
            assert table.total == table.other + sum(cell.number for cell in table.cells)
            for cell in table.cells:
                assert cell.number <= exact[cell.value]
                if dimension in OPEN:
                    assert cell.number == exact[cell.value]
        assert_parts_are_within_their_recount(session, period, where)


def assert_parts_are_within_their_recount(session, period, where):
    for (measure, dimension), select in PARTS.items():
        exact = Counter()
        for *key, counts in session.execute(text(select + where)):
            exact[tuple(key)] += int(counts)
        for cell in read_table(session, measure, dimension, period).cells:
            assert cell.number == cell.other + sum(part.number for part in cell.parts)
            assert cell.other >= 0
            for part in cell.parts:
                assert part.number <= exact[cell.value, part.value]


def weekday_of(value, dimension):
    """Return the value as reports have it: the weekday of a date, 0 for Sunday."""
    if dimension is Dimension.WEEKDAY:
        return str(date.fromisoformat(str(value)).isoweekday() % 7)
    return str(value)


def test_a_published_number_stays_when_its_inquiries_go(directory):
    month = closed_month(directory)
    add_unmet(directory, 9)
    assert publish_closed_periods(directory) > 0
    with directory.store.write() as session:
        session.execute(delete(NeedRow))
    assert publish_closed_periods(directory) == 0
    with directory.store.read() as session:
        period = Period(first_month=month, last_month=month)
        table = read_table(session, Measure.NEEDS, Dimension.HEADING, period)
        assert (table.total, table.cells[0].number) == (9, 9)


@pytest.mark.parametrize(("day", "is_over"), [(3, False), (4, True)])
def test_a_month_is_published_some_days_after_its_end(directory, monkeypatch, day, is_over):
    then = directory.now().replace(year=2026, month=6, day=day, hour=18)
    monkeypatch.setattr(Directory, "now", lambda _: then)
    add_unmet(directory, 9, month="2026-05")
    publish_closed_periods(directory)
    with directory.store.read() as session:
        assert ("2026-05" in published_periods(session)) is is_over
