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


_FEW = 100  # small segments have together less than one in so many of all documents


class NameOrder:
    """The order by name of the large segments, kept for the next commit, which mostly has them too.

    Documents of small segments are put into it.
    """

    def __init__(self) -> None:
        self._segments: tuple[SegmentFacts, ...] = ()
        self._order: Docs = np.zeros(0, dtype=np.int32)

    def ranks(self, segments: Sequence[SegmentFacts], starts: Sequence[int]) -> Docs:
        """The rank of each document by name, then id.

        Args:
            starts: number of the first document of each segment, and of all documents.
        """
        large = _large(segments)
        small = [number for number in range(len(segments)) if number not in large]
        others = [doc for each in small for doc in range(starts[each], starts[each + 1])]
        order = self._order_of(segments, large, starts)
        keys = sorted((_name_key(segments, starts, doc), doc) for doc in others)
        places = [
            bisect_left(order, key, key=lambda doc: _name_key(segments, starts, int(doc)))
            for key, _ in keys
        ]
        order = np.insert(order, places, [doc for _, doc in keys])
        ranks = np.zeros(starts[-1], dtype=np.int32)
        ranks[order] = np.arange(len(ranks), dtype=np.int32)
        return ranks

    def _order_of(
        self, segments: Sequence[SegmentFacts], large: Sequence[int], starts: Sequence[int]
    ) -> Docs:
        """The documents of the large segments in order, by their numbers among all."""
        some = tuple(segments[number] for number in large)
        if [*map(id, some)] != [*map(id, self._segments)]:
            self._segments, self._order = some, _in_order(some)
        firsts = np.cumsum([0, *(segment.size for segment in some)])
        moved = [starts[number] - first for number, first in zip(large, firsts, strict=False)]
        if not any(moved):
            return self._order
        of = np.searchsorted(firsts, self._order, side="right") - 1
        order: Docs = (self._order + np.array(moved)[of]).astype(np.int32)
        return order


def _large(segments: Sequence[SegmentFacts]) -> list[int]:
    """All segments but the smallest ones that have few documents together."""
    total, few = sum(segment.size for segment in segments), 0
    large = set(range(len(segments)))
    for number in sorted(large, key=lambda each: segments[each].size):
        few += segments[number].size
        if few * _FEW > total:
            break
        large.discard(number)
    return sorted(large)


def _in_order(segments: Sequence[SegmentFacts]) -> Docs:
    """The documents of these segments, numbered one segment after the other, by name and id."""
    if len(segments) == 1:
        by_name: Docs = segments[0].arrays["by_name"]
        return by_name
    keys = [segment.name_key(doc) for segment in segments for doc in range(segment.size)]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int32)


def _name_key(segments: Sequence[SegmentFacts], starts: Sequence[int], doc: int) -> bytes:
    number = bisect_right(starts, doc) - 1
    return segments[number].name_key(doc - starts[number])
