"""Metrics of ranked results over judged phrases: success at k, precision at 5, MRR.

Precision can be measured because all right services of a list are known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

SHOWN = 10  # results that are judged
_FIRST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedResult:
    """The judged results of an engine for a phrase.

    Attributes:
        is_right: whether each of the first ten results is right, best first.
        right: number of right services in the whole list, at least 1.
    """

    is_right: tuple[bool, ...]
    right: int

    @property
    def rank(self) -> int:
        """Rank of the first right result, from 1; 0 when none of the first ten is right."""
        return self.is_right.index(True) + 1 if True in self.is_right else 0

    @property
    def is_among_three(self) -> bool:
        """Whether one of the first three results is right."""
        return True in self.is_right[:3]

    @property
    def precision_at_5(self) -> Fraction:
        """Right results among the first five, over the lesser of five and all right services."""
        return Fraction(sum(self.is_right[:_FIRST]), min(_FIRST, self.right))


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedMetrics:
    """Means of metrics over phrases (0 to 1); ``zero_results`` is a number of phrases."""

    phrases: int
    success_at_1: float
    success_at_3: float
    precision_at_5: float
    mean_reciprocal_rank: float
    zero_results: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanishGap:
    """Metrics of Spanish phrases minus those of English ones, or None without phrases of both."""

    success_at_3: float | None = None
    precision_at_5: float | None = None


def judge_ranking(found: Sequence[str], right: Collection[str]) -> RankedResult:
    """Judge the ids that an engine found, best first, by the ids of at least one right service."""
    return RankedResult(
        is_right=tuple(service_id in right for service_id in found[:SHOWN]), right=len(right)
    )


def compute_ranked_metrics(results: Sequence[RankedResult]) -> RankedMetrics:
    """Compute the mean metrics of at least one result."""
    ranks = [result.rank for result in results]
    return RankedMetrics(
        phrases=len(results),
        success_at_1=_mean(rank == 1 for rank in ranks),
        success_at_3=_mean(1 <= rank <= 3 for rank in ranks),
        precision_at_5=_mean(result.precision_at_5 for result in results),
        mean_reciprocal_rank=_mean(Fraction(1, rank) if rank else 0 for rank in ranks),
        zero_results=sum(not result.is_right for result in results),
    )


def compute_spanish_gap(
    spanish: Sequence[RankedResult], english: Sequence[RankedResult]
) -> SpanishGap:
    """Compute how much better Spanish results are than English ones, negative if worse."""
    if not spanish or not english:
        return SpanishGap()
    es, en = compute_ranked_metrics(spanish), compute_ranked_metrics(english)
    return SpanishGap(
        success_at_3=round(es.success_at_3 - en.success_at_3, 4),
        precision_at_5=round(es.precision_at_5 - en.precision_at_5, 4),
    )


def _mean(values: Iterable[float | Fraction]) -> float:
    numbers = [Fraction(value) for value in values]
    return round(float(sum(numbers) / len(numbers)), 4)
