"""Counts the values that filters offer: each value is a set of documents, as bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from referral.search.segments.bits import (
    Bits,
    counts_in,
    mask_with,
    planes_of,
)
from referral.search.segments.doc_values import Docs, Tag


@dataclass(frozen=True, slots=True)
class TagPlanes:
    """The sets of all values of some kinds of tags, those of one kind side by side.

    Attributes:
        values: kind → its values, rising.
        starts: kind → the row of its first value.
        planes: one row for each value.
    """

    values: Mapping[str, Sequence[str]]
    starts: Mapping[str, int]
    planes: Bits

    def having(self, kind: str, value: str) -> Bits:
        """The documents that have a value of a kind."""
        if value not in self.values[kind]:
            return np.zeros(self.planes.shape[1], dtype=np.uint64)
        row: Bits = self.planes[self.starts[kind] + self.values[kind].index(value)]
        return row

    def counts(self, bits: Bits) -> Mapping[str, Mapping[str, int]]:
        """For each kind and value how many documents of a set have it."""
        counts = counts_in(self.planes, bits)
        return {
            kind: dict(zip(values, counts[self.starts[kind] :], strict=False))
            for kind, values in self.values.items()
        }

    def counts_of(self, kind: str, bits: Bits) -> Mapping[str, int]:
        """The same for one kind."""
        start, values = self.starts[kind], self.values[kind]
        counts = counts_in(self.planes[start : start + len(values)], bits)
        return dict(zip(values, counts, strict=True))


def lay_planes(kinds: Sequence[str], tags: Mapping[Tag, Docs], size: int) -> TagPlanes:
    """The sets of ``size`` documents; ``tags`` has the documents of each value, values rising."""
    values: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind, value in tags:
        if kind in values:
            values[kind].append(value)
    sizes = map(len, values.values())
    return TagPlanes(
        values,
        dict(zip(values, accumulate(sizes, initial=0), strict=False)),
        planes_of(
            (mask_with(tags[kind, value], size) for kind in kinds for value in values[kind]), size
        ),
    )
