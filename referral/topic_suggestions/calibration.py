"""Calibration of suggestion scores to confidences, by isotonic regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Fitted on the 408 services of the sample county, with their topics left out (2026-11-26). Of 215
# suggestions for six lists not used for tuning, judged by another person (2026-12-01), 119 of 138
# likely ones and 45 of 77 others were right, so the curve is cautious.
_SHIPPED_POINTS = (
    (0.0, 0.0), (0.25, 0.07), (0.45, 0.17), (0.55, 0.3), (0.65, 0.43), (0.75, 0.65), (1.05, 0.8),
    (1.25, 0.9), (2.0, 0.98), (3.0, 1.0),
)  # fmt: skip
LEAST_DECISIONS = 200  # from which a library's own decisions replace the shipped curve
_LEAST_OF_EACH = 40  # so that the curve is not flat near 0 or 1

Values = NDArray[np.floating[Any]]


class ConfidenceCurve:
    """A rising curve from scores to confidences, linear between its points and flat beyond."""

    def __init__(self, points: Sequence[tuple[float, float]] = _SHIPPED_POINTS) -> None:
        self._scores, self._shares = map(np.array, zip(*points, strict=True))

    def __call__(self, scores: Values) -> Values:
        """Return the confidence (0 to 1) of each score."""
        found: Values = np.interp(scores, self._scores, self._shares)
        return found


def fit_curve(decided: Sequence[tuple[float, bool]]) -> ConfidenceCurve:
    """Return the isotonic regression of accepted (true) and refused suggestions on their scores.

    The method is pool adjacent violators. The shipped curve is returned if fewer than
    ``LEAST_DECISIONS`` were decided, or nearly all the same way.
    """
    accepted = sum(is_accepted for _, is_accepted in decided)
    fewest = min(accepted, len(decided) - accepted)
    if len(decided) < LEAST_DECISIONS or fewest < _LEAST_OF_EACH:
        return ConfidenceCurve()
    pools: list[_Pool] = []
    for score, is_accepted in sorted(decided):
        pools.append(_Pool(score, float(is_accepted), 1))
        while len(pools) > 1 and pools[-2].share >= pools[-1].share:
            pools[-2:] = [_merge_pools(*pools[-2:])]
    return ConfidenceCurve([(pool.score, pool.share) for pool in pools])


class _Pool(NamedTuple):
    """Neighboring decisions: their mean score, the share of accepted ones, and their number."""

    score: float
    share: float
    size: int


def _merge_pools(lower: _Pool, upper: _Pool) -> _Pool:
    size = lower.size + upper.size
    return _Pool(
        (lower.score * lower.size + upper.score * upper.size) / size,
        (lower.share * lower.size + upper.share * upper.size) / size,
        size,
    )
