"""Word evidence: tf-idf similarity of a service's words to all texts about a topic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.topic_phrases import TopicPhrase, content_stems

_MOST_LETTERS = 350  # of the description, whose beginning is about the main subject
_NAME_WEIGHT, _CATEGORY_WEIGHT = 3.0, 2.0

_BROADER_SHARE = 0.4  # share of the broader topic's centroid that is added (shrinkage)

Features = Mapping[str, float]  # stem, or two stems joined by a blank → weighted count
Scores = NDArray[np.float32]


def features_of(service: ServiceText, *, categories: bool = True) -> defaultdict[str, float]:
    """Return the weighted stems and stem pairs of a service, optionally with its categories."""
    found: defaultdict[str, float] = defaultdict(float)
    _add_text(found, service.name, _NAME_WEIGHT)
    _add_text(found, service.description[:_MOST_LETTERS], 1.0)
    if categories:
        for _, name in service.categories:
            _add_text(found, name, _CATEGORY_WEIGHT)
    return found


def _add_text(found: defaultdict[str, float], text: str, times: float) -> None:
    _add_stems(found, [stem for _, stem in content_stems(text)], times)


def _add_stems(found: defaultdict[str, float], stems: Sequence[str], times: float) -> None:
    for stem in stems:
        found[stem] += times
    for first, second in pairwise(stems):
        found[f"{first} {second}"] += times


class CentroidClassifier:
    """Rocchio classifier with a centroid for each topic, from its phrases and tagged services.

    Args:
        topic_ids: ids of the topics, in the order of the scores.
        broader: the id of the broader topic of each topic, "" for none.
        document_frequencies: for each feature, how many of the ``size`` services have it.
    """

    def __init__(
        self,
        topic_ids: Sequence[str],
        broader: Sequence[str],
        phrases: Iterable[TopicPhrase],
        tagged: Iterable[tuple[Features, Sequence[str]]],
        document_frequencies: Mapping[str, int],
        size: int,
    ) -> None:
        self._frequencies, self._size = document_frequencies, size
        numbers = {term_id: number for number, term_id in enumerate(topic_ids)}
        sums: list[defaultdict[str, float]] = [defaultdict(float) for _ in topic_ids]
        for phrase in phrases:
            found: defaultdict[str, float] = defaultdict(float)
            _add_stems(found, phrase.stems, 1.0)
            self._add_unit(sums[numbers[phrase.term_id]], found, phrase.weight)
        for features, term_ids in tagged:
            for term_id in term_ids:
                self._add_unit(sums[numbers[term_id]], features, 1.0)
        names = sorted({name for total in sums for name in total})
        self._rows = {name: row for row, name in enumerate(names)}
        self._centroids = np.zeros((len(names), len(topic_ids)), dtype=np.float32)
        for number, total in enumerate(sums):
            norm = _norm(total)
            for name, value in total.items():
                self._centroids[self._rows[name], number] = value / norm
        self._centroids = _shrink(self._centroids, [numbers.get(above, -1) for above in broader])

    def _add_unit(self, total: defaultdict[str, float], features: Features, weight: float) -> None:
        vector = self._vector(features)
        norm = _norm(vector)
        for name, value in vector.items():
            total[name] += weight * value / norm

    def _vector(self, features: Features) -> dict[str, float]:
        return {name: (1 + log(times)) * self._idf(name) for name, times in features.items()}

    def _idf(self, name: str) -> float:
        return log((self._size + 1) / (self._frequencies.get(name, 0) + 1)) + 1.0

    def scores(self, features: Features) -> Scores:
        """Return the similarity (0 to 1) of a service to each topic."""
        vector = self._vector(features)
        norm = _norm(vector)
        known = [name for name in vector if name in self._rows]
        values = np.array([vector[name] / norm for name in known], dtype=np.float32)
        rows = self._centroids[[self._rows[name] for name in known]]
        scores: Scores = values @ rows
        return scores


def _norm(vector: Features) -> float:
    return float(sum(value**2 for value in vector.values()) ** 0.5) or 1.0


def _shrink(centroids: Scores, broader: Sequence[int]) -> Scores:
    """Return centroids shrunk toward those of broader topics, since few words are weak evidence."""
    above = np.where(np.array(broader) >= 0, centroids[:, broader], 0)
    summed = centroids + np.float32(_BROADER_SHARE) * above
    norms = np.sqrt((summed**2).sum(axis=0))
    shrunken: Scores = (summed / np.maximum(norms, 1e-9)).astype(np.float32)
    return shrunken
