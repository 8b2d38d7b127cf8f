"""Tags document by document: which few combinations of values there are, and which each has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from referral.search.facts_file import Docs, Tag

_MOST_VALUES = 63  # at a time: one bit for each
_Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TagCodes:
    """All tags of one kind.

    Attributes:
        values: of this kind.
        codes: for each document its combination.
        combinations: for each combination which values it has, as 0 and 1.
    """

    values: tuple[str, ...]
    codes: _Codes
    combinations: _Codes

    def counts(self, found: _Codes) -> dict[str, int]:
        """For each value how many documents have it, ``found`` having how many each combination."""
        return dict(zip(self.values, (found @ self.combinations).tolist(), strict=True))


class TagCounter:
    """Counts the values of several kinds of tags at once.

    Documents are counted by the combinations of all kinds together first, where there are more
    documents than combinations.
    """

    def __init__(self, kinds: Sequence[str], tags: Mapping[Tag, Docs], size: int) -> None:
        self._kinds = tuple(kinds)
        self._tags = tags
        self._size = size

    @cached_property
    def _codes(self) -> Mapping[str, TagCodes]:
        values: dict[str, list[str]] = {kind: [] for kind in self._kinds}
        for kind, value in self._tags:
            if kind in values:
                values[kind].append(value)
        return {
            kind: tag_codes(some, [self._tags[kind, value] for value in some], self._size)
            for kind, some in values.items()
        }

    @cached_property
    def _together(self) -> tuple[_Codes, Mapping[str, _Codes]]:
        """For each document its combination of all kinds; for each of these that of one kind."""
        codes: _Codes = np.zeros(self._size, dtype=np.int64)
        first = np.zeros(0, dtype=np.int64)
        for one in self._codes.values():
            both = codes * len(one.combinations) + one.codes
            _, first, codes = np.unique(both, return_index=True, return_inverse=True)
        return codes, {kind: one.codes[first] for kind, one in self._codes.items()}

    def counter_of(self, docs: NDArray[np.integer]) -> Callable[[str], dict[str, int]]:
        """A function from a kind to how many of these documents have each of its values."""
        codes, kinds = self._together
        if len(docs) < len(next(iter(kinds.values()), ())):
            return lambda kind: self._counted(kind, self._codes[kind].codes[docs])
        found = np.bincount(codes.take(docs))
        return lambda kind: self._counted(kind, kinds[kind][: len(found)], found)

    def _counted(self, kind: str, codes: _Codes, times: _Codes | None = None) -> dict[str, int]:
        known = self._codes[kind]
        found = np.bincount(codes, times, len(known.combinations))
        return known.counts(found.astype(np.int64))


def tag_codes(values: Sequence[str], docs: Sequence[Docs], size: int) -> TagCodes:
    """The codes of ``size`` documents; ``docs`` has for each value which of them have it."""
    codes: _Codes = np.zeros(size, dtype=np.int64)
    combinations: _Codes = np.zeros((1, 0), dtype=np.int64)
    for start in range(0, len(values), _MOST_VALUES):
        bits = np.zeros(size, dtype=np.int64)
        some = docs[start : start + _MOST_VALUES]
        for number, having in enumerate(some):
            bits[having] |= np.int64(1) << number
        different, here = np.unique(bits, return_inverse=True)
        held = (different[:, None] >> np.arange(len(some))) & 1
        both, codes = np.unique(codes * len(different) + here, return_inverse=True)
        before, now = np.divmod(both, len(different))
        combinations = np.concatenate([combinations[before], held[now]], axis=1)
    return TagCodes(tuple(values), codes, combinations)
