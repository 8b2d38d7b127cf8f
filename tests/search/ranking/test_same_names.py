"""Rows of one name and organization are spread; all others stay where they are."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.search import weights
from referral.search.order import spread_same_names

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9), st.integers(1, 3)))


@given(ROWS)
@settings(max_examples=25)
def test_each_further_row_of_a_name_is_worth_less(listed):
    listed = sorted(listed, key=lambda row: (row[0], -row[1]))
    seen: list[int] = []
    expected = []
    for place, (tier, score, title) in enumerate(listed):
        share = weights.SAME_NAME[min(seen.count(title), len(weights.SAME_NAME) - 1)]
        expected.append((tier, -score * share, place))
        seen.append(title)
    keys = [
        np.array([tier for tier, _, _ in listed], dtype=np.int32),
        -np.array([score for _, score, _ in listed], dtype=np.float64),
        np.arange(len(listed)),
    ]
    found = spread_same_names(np.arange(len(listed)), keys, np.array(seen, dtype=np.int64))
    assert found.tolist() == [place for _, _, place in sorted(expected)]
