"""Cells of a table by two things: none that stays hidden can be told from the others and the sums."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.reports.cross_cells import select_cells
from referral.reports.suppression import is_small
from referral.reports.web.board import most_often
from tests.support.count_solver import CountSolver

LINES = ("a", "b", "c", None)
TABLES = st.dictionaries(
    st.tuples(st.sampled_from(LINES), st.sampled_from(LINES)), st.integers(0, 12), min_size=4
)


def solved(counts, shown):
    """Return the small cells that the sums, and these cells, leave one number for."""
    solver, sums = CountSolver(), defaultdict(list)
    for row in LINES:
        for column in LINES:
            sums["row", row].append((row, column))
            sums["column", column].append((row, column))
    for cells in sums.values():
        solver.add(cells, sum(counts.get(cell, 0) for cell in cells))
    for cell in shown:
        solver.add([cell], counts[cell])
    return {cell for cell, number in solver.solve().items() if is_small(number)}


@given(TABLES)
def test_what_is_shown_gives_no_small_cell_away(counts):
    shown = select_cells(counts)
    assert not any(is_small(counts[cell]) or None in cell for cell in shown)
    assert solved(counts, shown) <= solved(counts, ())


@given(st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(5)))
def test_nothing_is_hidden_without_need(counts):
    assert select_cells(counts) == set(counts)


def test_the_attack_would_find_a_cell_that_hides_alone():
    counts = {("a", "x"): 9, ("a", "y"): 3, ("b", "x"): 8, ("b", "y"): 7}
    assert select_cells(counts) == set()
    lines = {("a", "b"): 9, ("a", "c"): 3, ("b", "b"): 8, ("b", "c"): 7}
    assert ("a", "c") in solved(lines, [("a", "b"), ("b", "b"), ("b", "c")])


@pytest.mark.parametrize(
    ("reasons", "unmet", "most"),
    [
        ({"full": 23, "cost": 8}, 40, "full"),
        ({"full": 23, "cost": 8}, 60, ""),
        ({"full": 9}, 18, "full"),
        ({}, 18, ""),
    ],
)
def test_most_often_is_said_only_where_no_hidden_number_can_be_larger(reasons, unmet, most):
    assert most_often(reasons, unmet) == most
