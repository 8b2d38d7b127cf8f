"""Sets of documents as bitmaps (64 documents per ``uint64``), and facet counts by popcount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search.segments.doc_values import Docs, Mask, Tag

Bits = NDArray[np.uint64]  # the last number is filled up with documents that are in no set

_IN_A_NUMBER = 64
_SPARSE, _DENSE = 1 / 50, 1 / 10


def pack_mask(mask: Mask) -> Bits:
    """The set of documents for which the mask holds."""
    bits = np.zeros(-(-len(mask) // _IN_A_NUMBER), dtype=np.uint64)
    packed = np.packbits(mask, bitorder="little")
    bits.view(np.uint8)[: len(packed)] = packed
    return bits


def pack_masks(masks: Iterable[Mask], size: int) -> Bits:
    """Several sets, one in a row; ``size`` is how many documents there are."""
    rows = [pack_mask(mask) for mask in masks]
    return np.array(rows, dtype=np.uint64).reshape(len(rows), -(-size // _IN_A_NUMBER))


def unpack_mask(bits: Bits, size: int) -> Mask:
    """The same for each of ``size`` documents."""
    mask: Mask = np.unpackbits(bits.view(np.uint8), count=size, bitorder="little").view(np.bool_)
    return mask


def mask_from_docs(docs: NDArray[np.integer], size: int) -> Mask:
    """A mask over ``size`` documents that holds for these."""
    mask = np.zeros(size, dtype=np.bool_)
    mask[docs] = True
    return mask


def docs_in(mask: Mask) -> NDArray[np.intp]:
    """Where a mask holds, rising: ``numpy.flatnonzero``.

    That guesses right in a mask that holds nearly nowhere, and does not guess where it holds for
    more than one in ten; in between it guesses wrong, and takes five times as long. So the mask is
    then made to hold for more, behind its end.
    """
    count = np.count_nonzero(mask)
    if not _SPARSE < count / (len(mask) or 1) < _DENSE:
        return np.flatnonzero(mask)
    filled = np.ones(int(len(mask) * (1 + _DENSE)) + 1, dtype=np.bool_)
    filled[: len(mask)] = mask
    return np.flatnonzero(filled)[:count]


def count_bits(bits: Bits) -> int:
    """How many documents are in a set."""
    return int(np.bitwise_count(bits).sum(dtype=np.uint32))


def intersection_counts(planes: Bits, bits: Bits) -> Sequence[int]:
    """How many documents of a set are in each of several others."""
    both: NDArray[Any] = np.bitwise_count(planes & bits)
    counts: list[int] = both.sum(axis=1, dtype=np.uint32).tolist()
    return counts


@dataclass(frozen=True, slots=True)
class FacetBitmaps:
    """The sets of all values of some kinds of tags, those of one kind side by side.

    Attributes:
        values: kind → its values, rising.
        starts: kind → the row of its first value.
        planes: one row for each value.
    """

    values: Mapping[str, Sequence[str]]
    starts: Mapping[str, int]
    planes: Bits

    def with_value(self, kind: str, value: str) -> Bits:
        """The documents that have a value of a kind."""
        if value not in self.values[kind]:
            return np.zeros(self.planes.shape[1], dtype=np.uint64)
        row: Bits = self.planes[self.starts[kind] + self.values[kind].index(value)]
        return row

    def counts(self, bits: Bits) -> Mapping[str, Mapping[str, int]]:
        """For each kind and value how many documents of a set have it."""
        counts = intersection_counts(self.planes, bits)
        return {
            kind: dict(zip(values, counts[self.starts[kind] :], strict=False))
            for kind, values in self.values.items()
        }

    def counts_of(self, kind: str, bits: Bits) -> Mapping[str, int]:
        """The same for one kind."""
        start, values = self.starts[kind], self.values[kind]
        counts = intersection_counts(self.planes[start : start + len(values)], bits)
        return dict(zip(values, counts, strict=True))


def facet_bitmaps(kinds: Sequence[str], tags: Mapping[Tag, Docs], size: int) -> FacetBitmaps:
    """The sets of ``size`` documents; ``tags`` has the documents of each value, values rising."""
    values: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind, value in tags:
        if kind in values:
            values[kind].append(value)
    sizes = map(len, values.values())
    return FacetBitmaps(
        values,
        dict(zip(values, accumulate(sizes, initial=0), strict=False)),
        pack_masks(
            (mask_from_docs(tags[kind, value], size) for kind in kinds for value in values[kind]),
            size,
        ),
    )
