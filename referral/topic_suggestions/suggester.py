"""Topic suggestions for the services of one list: phrases, words and the list's own categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from referral.records.headings import OWN_TAXONOMY
from referral.records.thesaurus import ThesaurusEntry
from referral.records.topic_suggestions import LEAST_CONFIDENCE, EvidencePlace
from referral.store.terms import TermTree
from referral.topic_suggestions.calibration import ConfidenceCurve
from referral.topic_suggestions.category_evidence import CategoryScores, best_of_categories
from referral.topic_suggestions.phrase_evidence import Evidence, PhraseMatcher
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.ways_to_say import ways_to_say
from referral.topic_suggestions.word_evidence import (
    CentroidClassifier,
    Features,
    Scores,
    features_of,
)

RULES_VERSION = "2"
"""Raise when the same texts get other suggestions, or other words of evidence."""

MOST_TOPICS = 8  # of one service
_CATEGORY = 1.0  # what the mean of a category is worth beside the service's own evidence


class Suggestion(NamedTuple):
    """A topic for a service."""

    term_id: str
    score: float
    confidence: float
    place: EvidencePlace
    words: str


@dataclass(frozen=True, slots=True)
class _Scored:
    service: ServiceText
    scores: Scores
    evidence: Mapping[str, Evidence]


class TopicSuggester:
    """Ready for one list after another.

    Args:
        tagged: services that people tagged with our topics: examples of them.
    """

    def __init__(
        self,
        terms: TermTree,
        thesaurus: Iterable[ThesaurusEntry],
        tagged: Iterable[ServiceText],
        curve: ConfidenceCurve,
    ) -> None:
        own = [term for term in terms.terms.values() if term.taxonomy == OWN_TAXONOMY]
        self._topics: Sequence[str] = [term.id for term in own]
        self._numbers = {term_id: number for number, term_id in enumerate(self._topics)}
        self._ways = ways_to_say(terms, thesaurus)
        self._phrases = PhraseMatcher(self._ways)
        self._examples: list[tuple[Features, Sequence[str]]] = [
            (features_of(service), service.topic_ids) for service in tagged
        ]
        self._curve = curve

    def suggest(
        self, services: Sequence[ServiceText]
    ) -> Iterator[tuple[ServiceText, list[Suggestion]]]:
        """The suggestions for the services of one list, the most confident first."""
        classifier = self._classifier(services)
        categories = CategoryScores(len(self._topics))
        scored = []
        for service in services:
            one = self._score(service, classifier)
            categories.add(service, one.scores)
            scored.append(one)
        means = categories.means()
        for one in scored:
            similar = best_of_categories(one.service, means, len(self._topics))
            scores = one.scores + _CATEGORY * similar
            known = [self._numbers[term_id] for term_id in one.service.category_topic_ids]
            scores[known] = 0.0  # it has these
            yield one.service, self._chosen(one, scores)

    def _classifier(self, services: Sequence[ServiceText]) -> CentroidClassifier:
        frequencies: Counter[str] = Counter()
        for service in services:
            frequencies.update(features_of(service).keys())
        return CentroidClassifier(
            self._topics, self._ways, self._examples, frequencies, len(services)
        )

    def _score(self, service: ServiceText, classifier: CentroidClassifier) -> _Scored:
        scores = classifier.scores(features_of(service))
        evidence = self._phrases.find(service)
        for term_id, found in evidence.items():
            scores[self._numbers[term_id]] += found.score
        return _Scored(service, scores, evidence)

    def _chosen(self, one: _Scored, scores: Scores) -> list[Suggestion]:
        confidences = self._curve(scores)
        best = np.argsort(-scores, kind="stable")[:MOST_TOPICS]
        return [
            Suggestion(
                self._topics[number],
                float(scores[number]),
                float(confidences[number]),
                *self._because(one, self._topics[number]),
            )
            for number in best.tolist()
            if confidences[number] >= LEAST_CONFIDENCE
        ]

    @staticmethod
    def _because(one: _Scored, term_id: str) -> tuple[EvidencePlace, str]:
        if found := one.evidence.get(term_id):
            return found.place, found.words
        return EvidencePlace.SIMILAR if one.service.categories else EvidencePlace.TEXT, ""
