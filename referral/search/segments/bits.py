"""Sets of documents as bits, 64 in a number, so that they meet and are counted quickly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search.segments.doc_values import Mask

Bits = NDArray[np.uint64]  # the last number is filled up with documents that are in no set

_IN_A_NUMBER = 64
_SPARSE, _DENSE = 1 / 50, 1 / 10


def bits_of(mask: Mask) -> Bits:
    """The set of documents for which the mask holds."""
    bits = np.zeros(-(-len(mask) // _IN_A_NUMBER), dtype=np.uint64)
    packed = np.packbits(mask, bitorder="little")
    bits.view(np.uint8)[: len(packed)] = packed
    return bits


def planes_of(masks: Iterable[Mask], size: int) -> Bits:
    """Several sets, one in a row; ``size`` is how many documents there are."""
    rows = [bits_of(mask) for mask in masks]
    return np.array(rows, dtype=np.uint64).reshape(len(rows), -(-size // _IN_A_NUMBER))


def mask_of(bits: Bits, size: int) -> Mask:
    """The same for each of ``size`` documents."""
    mask: Mask = np.unpackbits(bits.view(np.uint8), count=size, bitorder="little").view(np.bool_)
    return mask


def mask_with(docs: NDArray[np.integer], size: int) -> Mask:
    """A mask over ``size`` documents that holds for these."""
    mask = np.zeros(size, dtype=np.bool_)
    mask[docs] = True
    return mask


def listed(mask: Mask) -> NDArray[np.intp]:
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


def count_of(bits: Bits) -> int:
    """How many documents are in a set."""
    return int(np.bitwise_count(bits).sum(dtype=np.uint32))


def counts_in(planes: Bits, bits: Bits) -> Sequence[int]:
    """How many documents of a set are in each of several others."""
    both: NDArray[Any] = np.bitwise_count(planes & bits)
    counts: list[int] = both.sum(axis=1, dtype=np.uint32).tolist()
    return counts
