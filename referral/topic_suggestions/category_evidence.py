"""Category evidence: what the services of one of the list's own categories are about.

A category is a professional's judgement, even where we have only its code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from referral.topic_suggestions.service_texts import ServiceText

PSEUDO_SERVICES = 2  # of the list's mean, that few services are drawn toward
_LEAST_ORGANIZATIONS = 2  # or one organization's wording would spread by itself

Scores = NDArray[np.float32]


@dataclass(slots=True)
class _Sum:
    scores: Scores
    services: int = 0
    organizations: set[str] = field(default_factory=set)


class CategoryScores:
    """Mean scores of the topics over the services of each category.

    Args:
        topics: how many topics there are.
    """

    def __init__(self, topics: int) -> None:
        self._total = _Sum(np.zeros(topics, dtype=np.float32))
        self._sums: dict[str, _Sum] = defaultdict(lambda: _Sum(np.zeros(topics, dtype=np.float32)))

    def add(self, service: ServiceText, scores: Scores) -> None:
        """Count a service, with the scores of its own texts."""
        for total in (self._total, *(self._sums[key] for key, _ in set(service.categories))):
            total.scores += scores
            total.services += 1
            total.organizations.add(service.organization_id)

    def means(self) -> dict[str, Scores]:
        """Category → its mean scores, drawn toward the list's; of two organizations or more."""
        everywhere = _mean(self._total.scores, max(self._total.services, 1))
        return {
            key: _mean(one.scores + PSEUDO_SERVICES * everywhere, one.services + PSEUDO_SERVICES)
            for key, one in self._sums.items()
            if len(one.organizations) >= _LEAST_ORGANIZATIONS
        }


def _mean(total: Scores, count: int) -> Scores:
    return total / np.float32(count)


def best_of_categories(service: ServiceText, means: dict[str, Scores], topics: int) -> Scores:
    """For each topic the highest mean among the categories of a service; 0 where it has none."""
    known: Sequence[Scores] = [means[key] for key, _ in service.categories if key in means]
    best: Scores = np.max(known, axis=0) if known else np.zeros(topics, dtype=np.float32)
    return best
