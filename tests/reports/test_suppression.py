"""Small counts stay hidden: somebody tries every table that has the same published numbers."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from referral.reports.suppression import (
    SMALLEST_COUNT,
    Pool,
    is_small,
    select_pools,
    select_values,
)

NUMBERS = st.integers(0, 9)
PARTS = (("2026-01",), ("2026-02",))
TABLES = st.dictionaries(
    st.sampled_from("abc"), st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=3
)


@given(st.dictionaries(st.sampled_from("abcdef"), NUMBERS))
def test_what_is_hidden_in_one_period_hides_behind_others(counts):
    shown = select_values(counts, {})
    rest = [n for value, n in counts.items() if n and value not in shown]
    assert not any(is_small(counts[value]) for value in shown)
    if rest and shown:
        assert sum(rest) >= SMALLEST_COUNT
        assert len(rest) > 1


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(SMALLEST_COUNT, 99)))
def test_nothing_is_hidden_without_need(counts):
    assert select_values(counts, {}) == set(counts)


def test_what_is_left_of_a_whole_is_not_small_either():
    assert select_values({"a": 8, "b": 9, "c": 9}, {"a": 10, "b": 9, "c": 99}) == {"c"}
    assert select_values({"a": 8, "b": 9, "c": 9}, {"a": 20, "b": 9, "c": 99}) == {"a", "b", "c"}


def test_what_a_related_table_hides_is_hidden_here():
    counts = {"a": 8, "b": 9, "c": 10}
    assert select_values(counts, {}, {"a"}) == {"c"}
    hidden = {value: dict.fromkeys(PARTS, 4) for value in "abc"}
    allowed = {"a": PARTS, "b": PARTS[:1], "c": PARTS}
    pools = select_pools(hidden, (), {}, PARTS, allowed)
    assert "b" not in {pool.value for pool in pools}


def test_a_small_rest_of_a_whole_is_hidden_in_sums_over_months_too():
    """The two sums would leave one number for what c has in the second month."""
    parts = {"a": (3, 5), "b": (2, 3)}
    hidden = {value: dict(zip(PARTS, row, strict=True)) for value, row in parts.items()}
    hidden |= {"c": {PARTS[1]: 5}, "d": {PARTS[0]: 6}}
    wholes = {"c": {PARTS[1]: 8}}
    assert len(select_pools(hidden, (), {}, PARTS)) == 2
    assert len(select_pools(hidden, (), wholes, PARTS)) < 2


@given(TABLES)
def test_no_small_count_of_two_months_has_one_solution(table):
    """All tables of two months that have the same published numbers, and small hidden ones."""
    shown = {
        (value, at)
        for at in range(2)
        for value in select_values({each: row[at] for each, row in table.items()}, {})
    }
    hidden = {
        value: {part: row[at] for at, part in enumerate(PARTS) if (value, at) not in shown}
        for value, row in table.items()
        if any(n and (value, at) not in shown for at, n in enumerate(row))
    }
    pools = select_pools(hidden, (), {}, PARTS)
    cells = [(value, part) for value, by_part in hidden.items() for part in by_part]
    small = [key for key in cells if is_small(hidden[key[0]][key[1]])]
    if len(hidden) < 2 or not (shown or pools):
        return  # the sum of one value is its own; or only sums are published
    telling = {PARTS[at] for _, at in shown}
    assert_each_can_be_another(hidden, pools, small, {cell: cell[1] in telling for cell in cells})


def assert_each_can_be_another(hidden, pools, small, cells):
    """A hidden count is known to be small only in a month that shows others."""
    left = set(small)
    sums = sums_of(hidden, pools)
    ranges = []
    for (value, part), is_telling in cells.items():
        number = hidden[value][part]
        most = SMALLEST_COUNT - is_telling
        ranges.append(range(most + 1) if number <= most else (number - 1, number, number + 1))
    for guess in product(*ranges):
        if not left:
            return
        tried = {value: dict(by_part) for value, by_part in hidden.items()}
        for (value, part), number in zip(cells, guess, strict=True):
            tried[value][part] = number
        if sums_of(tried, pools) == sums:
            left = {(v, p) for v, p in left if tried[v][p] == hidden[v][p]}
    assert not left, (hidden, pools, left)


def sums_of(hidden, pools):
    columns = [sum(by_part.get(part, 0) for by_part in hidden.values()) for part in PARTS]
    return columns, [sum(hidden[pool.value][part] for part in pool.parts) for pool in pools]


def test_a_quarter_shows_what_its_months_are_too_small_for():
    row, other = dict(zip(PARTS, (2, 3), strict=True)), dict(zip(PARTS, (4, 1), strict=True))
    counts = {"a": row, "b": other, "c": row, "d": row}
    pools = select_pools(counts, (), {}, PARTS)
    assert {pool.value for pool in pools} == {"a", "b", "c", "d"}
    few = {"a": row, "b": {PARTS[0]: 1, PARTS[1]: 0}}
    assert select_pools(few, (), {}, PARTS) == ()
    assert select_pools({"a": row}, [Pool("a", frozenset(PARTS))], {}, PARTS) == ()
