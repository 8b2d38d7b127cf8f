"""Sets as bits say the same as masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.search.columns import docs_in, mask_from_docs
from referral.search.filters import intersection_counts, pack_mask, pack_masks, unpack_mask

_SIZES = st.integers(0, 300)


@given(size=_SIZES, data=st.data())
def test_sets_meet_and_are_counted(size, data):
    masks = [
        np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=np.bool_)
        for _ in range(3)
    ]
    first, *others = masks
    assert unpack_mask(pack_mask(first), size).tolist() == first.tolist()
    planes = pack_masks(others, size)
    assert intersection_counts(planes, pack_mask(first)) == [
        int((first & other).sum()) for other in others
    ]
    assert pack_masks((), size).shape == (0, len(pack_mask(first)))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.05, 0.09, 0.5, 1.0])
@pytest.mark.parametrize("size", [0, 1, 7, 1000])
def test_what_is_listed_is_where_the_mask_holds(share, size):
    docs = np.flatnonzero(np.random.default_rng(1).random(size) < share)
    assert docs_in(mask_from_docs(docs, size)).tolist() == docs.tolist()
