"""Somebody who has every number that was ever published solves for those that were not."""

import csv
import io
import random
from collections import Counter, defaultdict

import pytest
from bs4 import BeautifulSoup
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from referral.desk.codes import UNMET_GROUPS
from referral.desk.rows import NeedRow
from referral.records.accounts import Role
from referral.reports.counts import FAMILIES, count_by_month, dimensions_of
from referral.reports.publication import publish_closed_periods
from referral.reports.reason_publication import REASON_TABLES, topic_key
from referral.reports.records import Dimension, Measure, quarter_of
from referral.reports.rows import DECIDED, PublishedCountRow
from referral.reports.suppression import is_small
from tests.support.count_solver import CountSolver
from tests.support.inquiries import (
    add_random_inquiries,
    add_random_results,
    add_services,
    closed_month,
)
from tests.support.staff import add_account, signed_in_client

PROTECTED = [family for family in FAMILIES if not family.is_open]


def fill_months(directory, number, months):
    """Write so many months of inquiries, about ``number`` a month, and publish what is closed."""
    chance, month = random.Random(number), closed_month(directory)
    year, first = int(month[:4]), int(month[5:])
    names = [
        f"{year - (first - 1 - at < 0)}-{(first - 1 - at) % 12 + 1:02}" for at in range(months)
    ]
    add_services(directory)
    for name in names:
        add_random_inquiries(directory, chance, name, number)
        add_random_results(directory, chance, name, number)
    publish_closed_periods(directory)


@pytest.fixture
def busy(request, directory):
    """Give a directory with some months of inquiries; the parameters are those of ``fill_months``."""
    fill_months(directory, *request.param)
    return directory


def attack(directory):
    """Return how many small counts there are, and those that can be solved for."""
    solver, exact = CountSolver(), {}
    with directory.store.read() as session:
        for family in PROTECTED:
            exact |= add_family(solver, session, family.measure, family.dimension, family.below)
            if family.whole:
                add_rest(solver, exact, family)
        join_measures(solver, exact)
        exact |= add_reasons(solver, session, exact)
    solved = {key: n for key, n in solver.solve().items() if key in exact and is_small(n)}
    return sum(map(is_small, exact.values())), solved


@pytest.mark.parametrize("busy", [(12, 6)], indirect=True)
def test_no_small_count_can_be_solved_for(busy):
    """``python -m tests.soak attack`` tries other numbers, over fourteen months."""
    small, solved = attack(busy)
    assert small > 100
    assert not solved, f"{len(solved)} solved, as {next(iter(solved.items()))}"


@pytest.mark.slow
@pytest.mark.parametrize("busy", [(12, 6)], indirect=True)
def test_the_attack_finds_what_tables_by_themselves_give_away(busy):
    """The rule until 2026: each table hides for itself, for any months from one to another."""
    with busy.store.read() as session:
        counts = count_by_month(session, Measure.NEEDS, Dimension.TERM, "2000-01", "9999-12")
    small = {key: n for key, n in counts.items() if is_small(n)}
    months = sorted({month for _, _, month in counts})
    solver = CountSolver()
    for first in range(len(months)):
        for last in range(first, len(months)):
            add_window(solver, counts, months[first : last + 1])
    solved = {key: n for key, n in solver.solve().items() if is_small(n)}
    right = sum(small.get(key) == n for key, n in solved.items())
    assert right == len(solved) > len(small) / 2


def add_window(solver, counts, months):
    """Add what a table shows that hides small counts, and one more where it must."""
    sums = Counter()
    for (above, value, month), n in counts.items():
        sums[above, value] += n if month in months else 0
    hidden = [key for key, n in sums.items() if is_small(n)]
    if len(hidden) == 1:
        hidden.append(min((n, key) for key, n in sums.items() if n and key not in hidden)[1])
    for key, n in sums.items():
        if key not in hidden:
            solver.add([(*key, month) for month in months], n)
    solver.add([(*key, month) for key in sums for month in months], sum(sums.values()))


def add_family(solver, session, measure, dimension, below):
    """Add every published count of a table, and give the exact ones."""
    rows = published(session, measure, dimension)
    top = count_by_month(session, measure, dimension, "2000-01", "9999-12")
    exact = {(measure, dimension, *key): n for key, n in top.items()}
    months = {months[0] for (_, value), months, _ in rows if value == DECIDED}
    months = {month for month in months if "Q" not in month}
    values = {value for _, value, _ in top}
    for (above, value), covered, number in rows:
        if value != DECIDED:
            solver.add([(measure, dimension, above, value, month) for month in covered], number)
        elif covered[0] in months:
            solver.add([(measure, dimension, "", each, covered[0]) for each in values], number)
    # Reference statistics and tables by month tell the sums of all months, published or not.
    for month in {month for _, _, month in top} - months:
        keys = [key for key in top if key[-1] == month]
        number = sum(top[key] for key in keys)
        solver.add([(measure, dimension, *key[:2], month) for key in keys], number)
    limit_hidden(solver, exact, rows, months, values, "")
    if below:
        exact |= add_below(solver, session, (measure, dimension, below), rows, months)
    always = next(f.always for f in FAMILIES if (f.measure, f.dimension) == (measure, dimension))
    return {key: n for key, n in exact.items() if key[-1] in months and key[3] not in always}


def add_below(solver, session, named, above_rows, months):
    """Add what divides the values of a table; its sums are known where the value is published."""
    measure, dimension, below = named
    rows = published(session, measure, below)
    counts = count_by_month(session, measure, below, "2000-01", "9999-12")
    exact = {(measure, below, *key): n for key, n in counts.items()}
    values = defaultdict(set)
    for above, value, _ in counts:
        values[above].add(value)
    for (above, value), covered, number in rows:
        solver.add([(measure, below, above, value, month) for month in covered], number)
    for (_, above), covered, number in above_rows:
        if above in values and above != DECIDED:
            keys = [(measure, below, above, v, m) for v in values[above] for m in covered]
            solver.add(keys, number)
    for above, of in values.items():
        limit_hidden(solver, exact, rows, months, of, above)
        for month in months:
            solver.add_parts(
                (measure, dimension, "", above, month),
                [(measure, below, above, value, month) for value in of],
            )
    return exact


def limit_hidden(solver, exact, rows, months, values, above):
    """Add what is known of a count that is not shown, in a month that shows others: it is small.

    Where a month shows nothing, a larger count may be hidden to protect a small one.
    """
    measure, dimension = next(iter(exact))[:2] if exact else (None, None)
    shown = {(*key, covered[0]) for key, covered, _ in rows if len(covered) == 1}
    for value in values:
        for month in months:
            key = (measure, dimension, above, value, month)
            shows = any((above, each, month) in shown for each in values)
            if shows and (above, value, month) not in shown and exact.get(key, 0) < 5:
                solver.limit(key, 4)


def add_rest(solver, exact, family):
    """Add that a part and the rest are the whole; the rest of it is not to be known either."""
    for dimension in filter(None, (family.dimension, family.below)):
        for measure, of, *key in list(exact):
            if (measure, of) == (family.whole, dimension):
                part, rest = (family.measure, of, *key), (f"rest of {family.measure}", of, *key)
                solver.add_parts((measure, of, *key), [part, rest])
                exact[rest] = exact[measure, of, *key] - exact.get(part, 0)


def join_measures(solver, exact):
    """Add what joins the measures: an inquiry has a need or more, help comes only from what helped."""
    for measure, dimension, above, value, month in list(exact):
        if (
            measure is Measure.INQUIRIES
            and (Measure.NEEDS, dimension, above, value, month) in exact
        ):
            key = (dimension, above, value, month)
            solver.add_at_most((Measure.INQUIRIES, *key), (Measure.NEEDS, *key))
        if (measure, dimension, value) == (Measure.RESULTS, Dimension.RESULT, "solved"):
            helped = (Measure.RESULTS, Dimension.WHY_NOT, "", "", month)
            solver.add_at_most((measure, dimension, above, value, month), helped)


def add_reasons(solver, session, exact):
    """Add reasons by topic: unknown for each month, published for a quarter, and joined to both."""
    row = NeedRow
    statement = select(row.heading, row.term_code, row.unmet_reason, row.month, func.sum(row.count))
    statement = statement.where(row.unmet_reason != "")
    found = session.execute(statement.group_by(*statement.selected_columns[:4])).all()
    crossed = {("reasons", *key): n for *key, n in found}
    of = {dimension: defaultdict(set) for dimension in REASON_TABLES}
    for key in crossed:
        _, heading, topic, reason, month = key
        of[Dimension.HEADING_REASON][heading, reason].add(key)
        of[Dimension.TERM_REASON][topic_key(heading, topic), reason].add(key)
    for dimension, keys in of.items():
        for name, months, number in published(session, Measure.UNMET, dimension):
            if name[1] != DECIDED:
                solver.add([key for key in keys[name] if key[-1] in months], number)
    sums = defaultdict(set)
    for key in crossed:
        _, heading, topic, reason, month = key
        sums[Measure.UNMET, Dimension.TERM, heading, topic, month].add(key)
        sums[Measure.UNMET, Dimension.UNMET_REASON, UNMET_GROUPS[reason], reason, month].add(key)
        sums["quarter", heading, reason, quarter_of(month)].add(key)
    for whole, parts in sums.items():
        solver.add_parts(whole, parts)
    quarters = {
        row.months
        for row in session.scalars(
            select(PublishedCountRow).where(
                PublishedCountRow.dimension == Dimension.HEADING_REASON,
                PublishedCountRow.value == DECIDED,
            )
        )
    }
    return {
        whole: sum(crossed[key] for key in parts)
        for whole, parts in sums.items()
        if whole[0] == "quarter" and whole[-1] in quarters
    }


def published(session, measure, dimension):
    row = PublishedCountRow
    found = session.execute(
        select(row.above, row.value, row.months, row.count).where(
            row.measure == measure, row.dimension == dimension
        )
    )
    return [((above, value), tuple(months.split(",")), n) for above, value, months, n in found]


@pytest.mark.slow
@pytest.mark.parametrize("busy", [(12, 4)], indirect=True)
def test_whatever_can_be_downloaded_is_a_sum_of_published_counts(app, busy):
    """Every table as a file, for every period that can be chosen, and the same in a workbook."""
    add_account(busy, [Role.ADMIN])
    client = signed_in_client(app)
    times = times_on(client.get("/desk/reports").text)
    assert len(times) > 5
    with busy.store.read() as session:
        for measure in Measure:
            for dimension in dimensions_of(measure):
                allowed = sums_allowed(session, measure, dimension)
                for time in times[::2]:
                    path = f"/desk/reports/{measure}/{dimension}.csv?time={time}"
                    lines = lines_of(client.get(path))
                    named = [line for line in lines if "Other" not in line and line[0] != "All"]
                    told = [int(line[-1]) for line in named]
                    assert set(told) <= allowed, path
                    assert sum(int(line[-1]) for line in lines[:-1]) == int(lines[-1][-1]), path
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/desk/reports/reports.xlsx").data))
    lines = book.get_sheet_by_name("needs term").to_python()
    csv_lines = lines_of(client.get("/desk/reports/needs/term.csv"))
    assert [line[-1] for line in csv_lines] == [
        f"{line[-1]:.0f}" for line in lines[-len(csv_lines) :]
    ]


def sums_allowed(session, measure, dimension):
    """Give every sum over a run of months of what is published of one value."""
    named = dimensions_of(measure)[1] if dimension is Dimension.MONTH else dimension
    runs = defaultdict(list)
    for key, months, number in published(session, measure, named):
        if (key[1] == DECIDED) == (dimension is Dimension.MONTH) and "Q" not in months[0]:
            name = months[0] if dimension is Dimension.MONTH else key
            runs[name].append((months[0], months[-1], number))
    sums = set()
    for found in runs.values():
        firsts, lasts = {first for first, _, _ in found}, {last for _, last, _ in found}
        for first in firsts:
            for last in lasts:
                sums.add(sum(n for a, b, n in found if first <= a and b <= last))
    return sums


def times_on(page):
    return [option["value"] for option in BeautifulSoup(page, "html.parser").select("#time option")]


def lines_of(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))[1:]
