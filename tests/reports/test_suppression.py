"""Small counts cannot be worked out: somebody with a pencil tries every table that would fit."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.reports.suppression import SMALLEST_COUNT, TOTAL, is_small, suppressed_cells

NUMBERS = st.integers(0, 12)
LINES = st.lists(NUMBERS, min_size=1, max_size=4)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(NUMBERS, min_size=width, max_size=width), min_size=1, max_size=3
    )
)


def sums_of(rows):
    cells = {(r, c): n for r, row in enumerate(rows) for c, n in enumerate(row)}
    cells |= {(r, TOTAL): sum(row) for r, row in enumerate(rows)}
    cells |= {(TOTAL, c): sum(column) for c, column in enumerate(zip(*rows, strict=True))}
    return cells | {(TOTAL, TOTAL): sum(map(sum, rows))}


@pytest.mark.parametrize("length", [1, 2, 3])
def test_no_short_column_tells_a_small_count(length):
    """All of them: the few examples of a short run may miss the one that tells."""
    for numbers in product(range(13), repeat=length):
        assert_two_numbers_are_left(numbers)


@given(LINES)
def test_a_column_leaves_two_numbers_at_least_for_each_small_count(numbers):
    assert_two_numbers_are_left(numbers)


def assert_two_numbers_are_left(numbers):
    hidden = suppressed_cells([[n] for n in numbers])
    unknown = [n for at, n in enumerate(numbers) if (at, 0) in hidden]
    if (TOTAL, 0) in hidden:
        return
    choices = [
        range(1, SMALLEST_COUNT) if is_small(n) else range(SMALLEST_COUNT, sum(unknown) + 1)
        for n in unknown
    ]
    fitting = [guess for guess in product(*choices) if sum(guess) == sum(unknown)]
    for at, n in enumerate(unknown):
        if is_small(n):
            assert len({guess[at] for guess in fitting}) > 1, (numbers, hidden)


@given(TABLES)
def test_no_row_or_column_with_a_known_sum_has_just_one_hidden_cell(rows):
    cells, hidden = sums_of(rows), suppressed_cells(rows)
    assert all(key in hidden for key, n in cells.items() if is_small(n))
    down, across = [*range(len(rows)), TOTAL], [*range(len(rows[0])), TOTAL]
    lines = [[(r, c) for c in across] for r in down] + [[(r, c) for r in down] for c in across]
    for line in lines:
        unknown = [key for key in line if key in hidden]
        if unknown and line[-1] not in hidden and len(rows[0]) > 1:
            assert len(unknown) > 1, (rows, line)


@given(st.lists(st.integers(SMALLEST_COUNT, 90), max_size=5))
def test_nothing_is_hidden_without_need(numbers):
    assert not suppressed_cells([[n] for n in numbers])


PARTS = st.lists(st.tuples(st.sampled_from("abc"), NUMBERS), min_size=1, max_size=5)


@given(PARTS)
def test_sums_in_another_table_leave_no_small_count_to_subtract(counts):
    """Somebody lays the sums of parts beside the parts, and takes away what is told."""
    sum_of = {name: sum(n for part, n in counts if part == name) for name, _ in counts}
    names = sorted(sum_of, key=lambda name: (-sum_of[name], name))  # as the other table has them
    sums = [sum_of[name] for name in names]
    hidden = suppressed_cells([[n] for _, n in counts], [part for part, _ in counts])
    hidden_sums = suppressed_cells([[n] for n in sums])
    for at, name in enumerate(names):
        own = [n for row, (part, n) in enumerate(counts) if part == name and (row, 0) in hidden]
        all_of_it = [n for part, n in counts if part == name and n]
        if (at, 0) not in hidden_sums and len(own) == 1:
            assert own == all_of_it, (counts, hidden, hidden_sums)  # the cell is that very sum
            assert not is_small(own[0])
        if (at, 0) in hidden_sums:
            assert own, (counts, hidden, hidden_sums)
