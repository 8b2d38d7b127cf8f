"""Sort order: ranks by name over all segments, and the first rows of a multi-key sort."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search.segments.doc_values import Docs, SegmentFacts


def first_rows(keys: Sequence[NDArray[Any]], count: int) -> NDArray[np.intp]:
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


_FEW = 8  # the others are few when they are less than one in so many


def name_ranks(segments: Sequence[SegmentFacts], starts: Sequence[int]) -> Docs:
    """The rank of each document by name, then id.

    The largest segment is in order, others are put into it; where these are many, all are put in
    order anew.

    Args:
        starts: number of the first document of each segment, and of all documents.
    """
    ranks = np.zeros(starts[-1], dtype=np.int32)
    if not segments:
        return ranks
    largest = max(range(len(segments)), key=lambda number: segments[number].size)
    others = [
        doc
        for number in range(len(segments))
        if number != largest
        for doc in range(starts[number], starts[number + 1])
    ]
    if len(others) * _FEW > starts[-1]:
        keys = [segment.name_key(doc) for segment in segments for doc in range(segment.size)]
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    else:
        order = _inserted(segments, starts, largest, others)
    ranks[order] = np.arange(len(ranks), dtype=np.int32)
    return ranks


def _inserted(
    segments: Sequence[SegmentFacts], starts: Sequence[int], largest: int, others: Sequence[int]
) -> NDArray[np.int64]:
    segment = segments[largest]
    order = segment.arrays["by_name"].astype(np.int64)
    keys = sorted((_name_key(segments, starts, doc), doc) for doc in others)
    places = [
        bisect_left(range(len(order)), key, key=lambda at: segment.name_key(int(order[at])))
        for key, _ in keys
    ]
    return np.insert(order + starts[largest], places, [doc for _, doc in keys])


def _name_key(segments: Sequence[SegmentFacts], starts: Sequence[int], doc: int) -> bytes:
    number = bisect_right(starts, doc) - 1
    return segments[number].name_key(doc - starts[number])
