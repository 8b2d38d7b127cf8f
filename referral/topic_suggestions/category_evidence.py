"""Category evidence: what the services of one of the list's own categories are about.

A category is a professional's judgement, even where we have only its code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from referral.topic_suggestions.service_texts import ServiceText

PSEUDO_SERVICES = 2  # of the list's mean, that few services are drawn toward
_FULL_LIFT, _NOT_BORNE_OUT, _UNKNOWN = 0.1, 0.3, 0.7
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

    def means(self) -> CategoryMeans:
        """The means of all categories that two organizations or more have."""
        everywhere = _mean(self._total.scores, max(self._total.services, 1))
        known = {
            key: _mean(one.scores + PSEUDO_SERVICES * everywhere, one.services + PSEUDO_SERVICES)
            for key, one in self._sums.items()
            if len(one.organizations) >= _LEAST_ORGANIZATIONS
        }
        return CategoryMeans(known, everywhere)


@dataclass(frozen=True, slots=True)
class CategoryMeans:
    """Mean scores of the topics by category, drawn toward those of the whole list."""

    by_category: Mapping[str, Scores]
    everywhere: Scores

    def best(self, service: ServiceText) -> Scores:
        """For each topic the highest mean among the categories of a service; 0 without any."""
        known = [self.by_category[key] for key, _ in service.categories if key in self.by_category]
        best: Scores = np.max(known, axis=0) if known else np.zeros_like(self.everywhere)
        return best

    def agreement(self, category: str, topic: int) -> float:
        """How far the texts of a category's services bear out a topic that its name says.

        From 1 where they speak of the topic more than others do, down to ``_NOT_BORNE_OUT`` where
        they do not: "U.S. citizens" says who may come, not that it is about citizenship.
        """
        means = self.by_category.get(category)
        if means is None:
            return _UNKNOWN
        lift = float(means[topic] - self.everywhere[topic])
        return min(max(lift / _FULL_LIFT, _NOT_BORNE_OUT), 1.0)


def _mean(total: Scores, count: int) -> Scores:
    return total / np.float32(count)
