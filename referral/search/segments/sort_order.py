"""The order of all documents by name, put together from the orders of the segments."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from referral.search.segments.doc_values import Docs, SegmentFacts

_FEW = 8  # the others are few when they are less than one in so many


def ranks_by_name(segments: Sequence[SegmentFacts], starts: Sequence[int]) -> Docs:
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
