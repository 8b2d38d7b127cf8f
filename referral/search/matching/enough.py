"""Which documents have enough of what was said, when hardly any has all of it.

How much a document has of a clause comes in few steps: all of it, or so many of its parts. So the
documents of each combination of steps are put together, instead of adding up for each document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product

import numpy as np

from referral.search.matching.having import Had, Rising
from referral.search.segments.bits import listed
from referral.search.segments.doc_values import Mask, Numbers

_MOST_COMBINATIONS = 24

Enough = Callable[[float], Mask]  # from a share to the documents that have this much, or more


def most_had(required: Sequence[Had]) -> tuple[float, Enough]:
    """The largest share that any document has, and who has how much."""
    steps = [[*had.steps(), None] if had.telling else [None] for had in required]
    if np.prod([len(some) for some in steps]) > _MOST_COMBINATIONS:
        return _one_by_one(required)
    telling = sum(had.telling for had in required) or 1.0
    combinations = []
    for some in product(*steps):
        chosen = [(had, step) for had, step in zip(required, some, strict=True) if step]
        share = sum(had.telling * step.share for had, step in chosen) / telling
        combinations.append((share, [step.mask for _, step in chosen]))
    combinations.sort(key=lambda combination: -combination[0])
    best = next((share for share, masks in combinations if share and _all(masks).any()), 0.0)

    def enough(share: float) -> Mask:
        some = [masks for known, masks in combinations if known and known >= share]
        return reduce(np.logical_or, map(_all, _least(some)), np.zeros(required[0].size, np.bool_))

    return best, enough


def _all(masks: Sequence[Mask]) -> Mask:
    return reduce(np.logical_and, masks)


def _least(combinations: Sequence[Sequence[Mask]]) -> Iterator[Sequence[Mask]]:
    """Without those that ask for all that another asks for, and for more."""
    asked = [frozenset(map(id, masks)) for masks in combinations]
    return (
        masks
        for masks, here in zip(combinations, asked, strict=True)
        if not any(other < here for other in asked)
    )


def _one_by_one(required: Sequence[Had]) -> tuple[float, Enough]:
    docs = listed(reduce(np.logical_or, [had.some for had in required]))
    shares = shares_of(required, docs)

    def enough(share: float) -> Mask:
        mask = np.zeros(required[0].size, dtype=np.bool_)
        mask[docs[(shares > 0) & (shares >= share)]] = True
        return mask

    return float(shares.max(initial=0.0)), enough


def shares_of(required: Sequence[Had], docs: Rising) -> Numbers:
    """How much of what was said each document has, by how much it tells (0 to 1)."""
    shares = np.zeros(len(docs))
    for had in required:
        shares += had.telling * had.shares_of(docs)
    telling = sum(had.telling for had in required)
    return shares / telling if telling else shares
