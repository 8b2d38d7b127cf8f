"""The first so many are the first of all of them in order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from referral.search.order import first_rows

_keys = st.sampled_from([0.0, 1.0, 2.5, float("nan"), -1.0])


@given(
    pairs=st.lists(st.tuples(_keys, st.integers(0, 2)), max_size=40),
    count=st.integers(0, 50),
)
def test_first_in_order_is_the_beginning_of_a_full_sort(pairs, count):
    keys = [
        np.array([pair[0] for pair in pairs]),
        np.array([pair[1] for pair in pairs], dtype=np.int32),
        np.arange(len(pairs))[::-1],
    ]
    expected = np.lexsort(keys[::-1])[:count]
    assert first_rows(keys, count).tolist() == expected.tolist()
