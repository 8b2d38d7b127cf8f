"""Reports tell of gaps and never of a person: small counts stay untold, also by subtraction."""

from hypothesis import given
from hypothesis import strategies as st

from referral.reports.records import Dimension, Measure, build_table
from referral.reports.suppression import SMALLEST_COUNT

COUNTS = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 40), max_size=9)


@given(COUNTS)
def test_no_small_count_is_told_and_none_can_be_worked_out(counts):
    table = build_table(Measure.NEEDS, Dimension.HEADING, counts.items())
    told = {cell.value: cell.number for cell in table.cells if cell.number is not None}
    untold = [n for value, n in counts.items() if n and value not in told]
    assert all(n >= SMALLEST_COUNT for n in told.values())
    assert all(counts[value] == n for value, n in told.items())
    if table.total.number is not None and len([n for n in counts.values() if n]) > 1:
        assert len(untold) != 1


@given(COUNTS)
def test_every_count_has_its_row(counts):
    table = build_table(Measure.NEEDS, Dimension.HEADING, counts.items())
    assert sorted(cell.value for cell in table.cells) == sorted(v for v, n in counts.items() if n)


def test_largest_first_but_months_in_their_order():
    counts = [("2026-02", 9), ("2026-01", 7), ("2026-03", 8)]
    by_size = build_table(Measure.NEEDS, Dimension.HEADING, counts)
    by_month = build_table(Measure.NEEDS, Dimension.MONTH, counts)
    assert [cell.number for cell in by_size.cells] == [9, 8, 7]
    assert [cell.value for cell in by_month.cells] == ["2026-01", "2026-02", "2026-03"]
