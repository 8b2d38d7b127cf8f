"""Somebody who has every rounded number that is ever shown solves for counts of 1 to 4."""

import random
from datetime import timedelta

import pytest

from referral.directory.instance import Instance
from referral.reports.counts import ABOVE, count_by_month
from referral.reports.records import Measure, Scope, period_of
from referral.reports.rounded_counts import CLOSED, close_periods, closed_periods, rounded
from referral.reports.standard_reports import read_reports
from tests.support.count_solver import CountSolver
from tests.support.inquiries import (
    add_random_inquiries,
    add_random_results,
    add_services,
    closed_month,
)


def fill_months(instance, number, months):
    """Write so many months of inquiries, about ``number`` a month, closing periods as they end."""
    chance, month = random.Random(number), closed_month(instance)
    year, first = int(month[:4]), int(month[5:])
    names = [
        f"{year - (first - 1 - at < 0)}-{(first - 1 - at) % 12 + 1:02}" for at in range(months)
    ]
    add_services(instance)
    for name in names:
        add_random_inquiries(instance, chance, name, number)
        add_random_results(instance, chance, name, number)
    close_periods(instance)


def attack(instance):
    """Return how many counts of 1 to 4 there are, and those that have one possible value."""
    solver, exact = CountSolver(), {}
    with instance.store.read() as session:
        periods = closed_periods(session)
    for period in periods:
        for measure, dimensions in CLOSED.items():
            for dimension in dimensions:
                exact |= add_table(instance, solver, period, measure, dimension)
    join(solver, exact)
    solved = {key: n for key, n in solver.solve().items() if key in exact and 1 <= n <= 4}
    return sum(1 <= n <= 4 for n in exact.values()), solved


def add_table(instance, solver, period, measure, dimension):
    """Add what a page shows of a table, and give the exact counts of it."""
    scope = Scope(name=period, period=period_of(period), is_live=False)
    [table] = read_reports(instance, scope, [(measure, dimension)]).tables
    if not table.is_counted:
        return {}
    top = ABOVE.get(dimension, dimension)
    show(solver, (period, measure, "", "", ""), table.total)
    shown = set()
    for cell in table.cells:
        show(solver, (period, measure, top, "", cell.value), cell.number)
        shown.add((top, "", cell.value))
        for part in cell.parts:
            show(solver, (period, measure, dimension, cell.value, part.value), part.number)
            shown.add((dimension, cell.value, part.value))
    months = scope.period
    exact = {}
    with instance.store.read() as session:
        for each in {top, dimension}:
            found = count_by_month(session, measure, each, months.first_month, months.last_month)
            for (above, value, _), number in found.items():
                key = (period, measure, each, above, value)
                exact[key] = exact.get(key, 0) + number
    whole = (period, measure, "", "", "")
    solver.add_parts(whole, [key for key in exact if key[2] == top])
    if top is not dimension:
        for key in [key for key in exact if key[2] == top]:
            parts = [part for part in exact if part[2] == dimension and part[3] == key[4]]
            solver.add_parts(key, parts)
    return exact


def show(solver, key, number):
    """Add the range that a shown number stands for."""
    if number is None:
        return
    possible = [n for n in range(number + 5) if rounded(n) == number]
    solver.limit(key, possible[-1])
    solver.least[key] = possible[0]


def join(solver, exact):
    """Add that years are sums of quarters, and which counts are never more than others."""
    for key in exact:
        period, measure, *rest = key
        if "Q" not in period:
            quarters = [(f"{period}-Q{n}", measure, *rest) for n in range(1, 5)]
            solver.add_parts(key, [each for each in quarters if each in exact])
        for part, whole in (
            (Measure.UNMET, Measure.NEEDS),
            (Measure.UNMET, Measure.ALL_UNMET),
            (Measure.INQUIRIES, Measure.NEEDS),
            (Measure.RESULTS, Measure.REFERRALS),
        ):
            if measure is part and (period, whole, *rest) in exact:
                solver.add_at_most(key, (period, whole, *rest))


@pytest.fixture
def busy(request, instance, monkeypatch):
    """Give a directory with months of inquiries, on a day on which a year and quarters are closed."""
    then = instance.now().replace(year=2026, month=6, day=15, hour=18)
    monkeypatch.setattr(Instance, "now", lambda _: then)
    fill_months(instance, *request.param)
    return instance


@pytest.mark.parametrize(
    "busy", [(3, 14), pytest.param((20, 14), marks=pytest.mark.slow)], indirect=True
)
def test_each_count_of_1_to_4_keeps_two_possible_values(busy):
    """``python -m soak attack`` tries other numbers."""
    small, solved = attack(busy)
    assert small > 100
    assert not solved, f"{len(solved)} solved, as {next(iter(solved.items()))}"


@pytest.mark.slow
@pytest.mark.parametrize("busy", [(3, 14)], indirect=True)
def test_the_attack_finds_what_rounding_alone_gives_away(busy, monkeypatch):
    monkeypatch.setattr("referral.reports.rounded_counts._counts_to_leave_out", lambda *_: set())
    with busy.store.write() as session:
        session.connection().exec_driver_sql("DELETE FROM closed_count")
    close_periods(busy)
    assert attack(busy)[1]


@pytest.mark.parametrize("number", [1, 6])
def test_a_year_closes_although_its_quarters_were_corrected(instance, monkeypatch, number):
    then = instance.now().replace(year=2025, month=11, day=15, hour=18)
    monkeypatch.setattr(Instance, "now", lambda _: then)
    fill_months(instance, number, 9)
    chance = random.Random(number)
    for month in ("2025-02", "2025-05", "2025-08"):
        add_random_inquiries(instance, chance, month, 5 * number)
    monkeypatch.setattr(Instance, "now", lambda _: then + timedelta(days=150))
    assert close_periods(instance)
    with instance.store.read() as session:
        assert "2025" in closed_periods(session)
