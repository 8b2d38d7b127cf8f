"""The first so many of a long list, without putting all of it in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def first_in_order(keys: Sequence[NDArray[Any]], count: int) -> NDArray[np.intp]:
    """Where the first ``count`` stand, in order: by the first key, rising, then by the next.

    What is NaN goes last. Equal to ``numpy.lexsort(keys[::-1])[:count]``, as long as the last key
    tells any two apart.
    """
    rows = _candidates(keys, np.arange(len(keys[0])), count)
    return rows[np.lexsort([key[rows] for key in reversed(keys)])][:count]


def _candidates(
    keys: Sequence[NDArray[Any]], rows: NDArray[np.intp], count: int
) -> NDArray[np.intp]:
    """Rows that have the first ``count`` among them: those before the last one, and its equals."""
    if count >= len(rows) or not keys:
        return rows
    if count <= 0:
        return rows[:0]
    key = keys[0][rows]
    last = np.partition(key, count - 1)[count - 1]
    if np.isnan(last):
        before, level = ~np.isnan(key), np.isnan(key)
    else:
        before, level = key < last, key == last
    first = rows[before]
    return np.concatenate([first, _candidates(keys[1:], rows[level], count - len(first))])
