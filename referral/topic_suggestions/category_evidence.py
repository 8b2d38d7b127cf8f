"""Category evidence: mean topic scores of the services in a source list's categories.

A category is a professional's judgement, even if the list has only its code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from referral.topic_suggestions.service_texts import ServiceText

PSEUDO_SERVICES = 2  # with the list's mean score, so that small categories are smoothed
_FULL_LIFT, _LEAST_AGREEMENT, _UNKNOWN_AGREEMENT = 0.1, 0.3, 0.7
_LEAST_ORGANIZATIONS = 2  # so that one organization's wording does not spread

Scores = NDArray[np.float32]


@dataclass(slots=True)
class _Sum:
    scores: Scores
    services: int = 0
    organizations: set[str] = field(default_factory=set)


class CategoryScores:
    """Sums of topic scores over the services of each category.

    Args:
        topics: number of topics.
    """

    def __init__(self, topics: int) -> None:
        self._total = _Sum(np.zeros(topics, dtype=np.float32))
        self._sums: dict[str, _Sum] = defaultdict(lambda: _Sum(np.zeros(topics, dtype=np.float32)))

    def add(self, service: ServiceText, scores: Scores) -> None:
        """Add a service with the topic scores of its own texts."""
        for total in (self._total, *(self._sums[key] for key, _ in set(service.categories))):
            total.scores += scores
            total.services += 1
            total.organizations.add(service.organization_id)

    def means(self) -> CategoryMeans:
        """Return the mean scores of the categories that two or more organizations use."""
        everywhere = _mean(self._total.scores, max(self._total.services, 1))
        known = {
            key: _mean(
                total.scores + PSEUDO_SERVICES * everywhere, total.services + PSEUDO_SERVICES
            )
            for key, total in self._sums.items()
            if len(total.organizations) >= _LEAST_ORGANIZATIONS
        }
        return CategoryMeans(known, everywhere)


@dataclass(frozen=True, slots=True)
class CategoryMeans:
    """Mean topic scores by category, smoothed toward the mean of the whole list."""

    by_category: Mapping[str, Scores]
    everywhere: Scores

    def best(self, service: ServiceText) -> Scores:
        """Return the highest mean for each topic among a service's categories, or 0."""
        known = [self.by_category[key] for key, _ in service.categories if key in self.by_category]
        best: Scores = np.max(known, axis=0) if known else np.zeros_like(self.everywhere)
        return best

    def agreement(self, category: str, topic: int) -> float:
        """Return how far the texts in a category support a topic that its name suggests.

        From 1, if its services score higher for the topic than the list does, down to
        ``_LEAST_AGREEMENT`` if they do not: "U.S. citizens" is about who may come, not about
        citizenship.
        """
        means = self.by_category.get(category)
        if means is None:
            return _UNKNOWN_AGREEMENT
        lift = float(means[topic] - self.everywhere[topic])
        return min(max(lift / _FULL_LIFT, _LEAST_AGREEMENT), 1.0)


def _mean(total: Scores, count: int) -> Scores:
    return total / np.float32(count)
