"""Suggester of topics for the services of a source list, from phrases, words and categories."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.records.headings import OWN_TAXONOMY
from referral.records.shelter_detection import looks_like_survivor_shelter
from referral.records.thesaurus import ThesaurusEntry
from referral.records.topic_suggestions import (
    LEAST_CONFIDENCE,
    LEAST_TO_SHOW,
    EvidencePlace,
)
from referral.store.terms import TermTree
from referral.topic_suggestions.calibration import ConfidenceCurve
from referral.topic_suggestions.category_evidence import CategoryMeans, CategoryScores
from referral.topic_suggestions.phrase_evidence import Evidence, PhraseMatcher, keep_stronger
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.topic_phrases import topic_phrases, whole_phrases
from referral.topic_suggestions.word_evidence import (
    CentroidClassifier,
    Features,
    Scores,
    features_of,
)

RULES_VERSION = "11"
"""Must be raised when the same texts get other suggestions or other words of evidence."""

MOST_TOPICS = 14  # of one service
_COMMUNITY_GROUPS = "community-advocacy"
_CATEGORY_WEIGHT = 1.0  # weight of a category's mean score beside the service's own evidence
_WEAKER_SHARE = 0.5  # weight of the weaker of two phrases, in a service's texts and its category
# Institutions whose names alone are no evidence: a single word of the name does not count.
_INSTITUTION = re.compile(
    r"\b(?:jails?|prison|penitentiary|correctional|detention|courts?|courthouse|police|sheriff'?s?"
    r"|billing|public works)\b",
    re.IGNORECASE,
)

# Names of services for animals, except animals that help people.
_ANIMALS = re.compile(
    r"\b(?:animals?|pets?|dogs?|doggy|cats?|humane society|spca|veterinar\w+|mascotas|animales)\b"
    r"|paws\b",
    re.IGNORECASE,
)
_HELPED_BY_ANIMALS = re.compile(
    r"\b(?:(?:guide|service|assistance|hearing|therapy|support) (?:animals?|dogs?)"
    r"|blind|veterans?)\b",
    re.IGNORECASE,
)
_ANIMAL_TOPIC = "pets"  # the topic above all topics for animals
# Source lists also put lasting homes, which have no beds for tonight, under "Emergency shelter".
_SHELTER_TOPIC = "emergency-shelter"
_HOME_TOPICS = frozenset({"supportive-housing", "sober-living", "low-cost-housing"})
_LEAST_FOR_A_HOME = 0.4  # least score of a phrase that names such a home, not in passing


class Suggestion(NamedTuple):
    """A topic suggested for a service, with score, confidence and evidence."""

    term_id: str
    score: float
    confidence: float
    place: EvidencePlace
    words: str


@dataclass(frozen=True, slots=True)
class _ScoredService:
    service: ServiceText
    scores: Scores
    evidence: Mapping[str, Evidence]


class _OwnEvidence(NamedTuple):
    """Evidence in the texts of a service alone, without its categories.

    Attributes:
        given: numbers of the topics that the service has from accepted categories.
        given_scores: scores of these topics.
    """

    evidence: Mapping[str, Evidence]
    given: list[int]
    given_scores: Scores


class TopicSuggester:
    """Suggests topics for the services of one list after another.

    Args:
        tagged: services with topics assigned, as examples of these topics.
    """

    def __init__(
        self,
        terms: TermTree,
        thesaurus: Iterable[ThesaurusEntry],
        tagged: Iterable[ServiceText],
        curve: ConfidenceCurve,
    ) -> None:
        own_terms = [term for term in terms.terms.values() if term.taxonomy == OWN_TAXONOMY]
        self._topics: Sequence[str] = [term.id for term in own_terms]
        self._broader = [term.parent_id for term in own_terms]
        paths = [{above.code for above in terms.path(term.id)} for term in own_terms]
        self._for_animals = np.array([_ANIMAL_TOPIC in codes for codes in paths])
        self._for_tonight = np.array([_SHELTER_TOPIC in codes for codes in paths])
        self._lasting_homes = frozenset(term.id for term in own_terms if term.code in _HOME_TOPICS)
        self._never_of_shelters = [term.code == _COMMUNITY_GROUPS for term in own_terms]
        self._numbers = {term_id: number for number, term_id in enumerate(self._topics)}
        thesaurus = list(thesaurus)
        self._topic_phrases = topic_phrases(terms, thesaurus)
        self._matcher = PhraseMatcher([*self._topic_phrases, *whole_phrases(terms, thesaurus)])
        self._examples: list[tuple[Features, Sequence[str]]] = [
            (features_of(service), service.topic_ids) for service in tagged
        ]
        self._curve = curve
        self._category_evidence: dict[str, Mapping[str, Evidence]] = {}

    def suggest(
        self, services: Sequence[ServiceText]
    ) -> Iterator[tuple[ServiceText, list[Suggestion]]]:
        """Yield the services of a list, each with its suggestions, most confident first."""
        if not services:
            return
        features = [features_of(service) for service in services]
        classifier = self._build_classifier(features)
        categories = CategoryScores(len(self._topics))
        own = [self._find_own_evidence(service, classifier, categories) for service in services]
        means = categories.means()
        for service, words, alone in zip(services, features, own, strict=True):
            evidence = self._add_category_evidence(service, alone.evidence, means)
            scores = classifier.scores(words) + _CATEGORY_WEIGHT * means.best(service)
            self._add_scores(scores, evidence)
            self._rule_out_by_name(service, scores, evidence)
            scores[alone.given] = alone.given_scores
            least = LEAST_CONFIDENCE
            if looks_like_survivor_shelter(service.name, service.description, ()):
                scores[self._never_of_shelters] = 0
                least = LEAST_TO_SHOW
            elif self._is_lasting_home(alone.evidence):
                scores[self._for_tonight] = 0
            scored = _ScoredService(service, scores, evidence)
            yield service, self._best_suggestions(scored, least)

    def _find_own_evidence(
        self, service: ServiceText, classifier: CentroidClassifier, categories: CategoryScores
    ) -> _OwnEvidence:
        """Return the evidence in the texts of a service, and add its scores to its categories."""
        evidence = self._matcher.find(service)
        scores = classifier.scores(features_of(service, categories=False))
        self._add_scores(scores, evidence)
        categories.add(service, scores)
        given = [self._numbers[term_id] for term_id in service.category_topic_ids]
        return _OwnEvidence(evidence, given, scores[given])

    def _add_scores(self, scores: Scores, evidence: Mapping[str, Evidence]) -> None:
        for term_id, found in evidence.items():
            scores[self._numbers[term_id]] += found.score

    def _rule_out_by_name(
        self, service: ServiceText, scores: Scores, evidence: Mapping[str, Evidence]
    ) -> None:
        """Set scores to 0 that the name of an institution or service for animals rules out."""
        if _INSTITUTION.search(service.name):
            scores *= self._has_strong_evidence(evidence)
        if _ANIMALS.search(service.name) and not _HELPED_BY_ANIMALS.search(service.name):
            scores *= self._for_animals

    def _is_lasting_home(self, evidence: Mapping[str, Evidence]) -> bool:
        """Return whether a service's own words name a home to stay in, and no shelter."""
        own_scores = {
            term_id: found.score
            for term_id, found in evidence.items()
            if found.place is not EvidencePlace.CATEGORY
        }
        is_home = any(
            own_scores.get(home, 0.0) >= _LEAST_FOR_A_HOME for home in self._lasting_homes
        )
        return is_home and not any(
            self._for_tonight[self._numbers[term_id]] for term_id in own_scores
        )

    def _has_strong_evidence(self, evidence: Mapping[str, Evidence]) -> NDArray[np.bool_]:
        """Return which topics have more evidence than a single word of a name."""
        is_strong = np.zeros(len(self._topics), dtype=np.bool_)
        for term_id, found in evidence.items():
            has_several_words = found.end - found.start > 1
            is_strong[self._numbers[term_id]] = (
                has_several_words or found.place is not EvidencePlace.NAME
            )
        return is_strong

    def _add_category_evidence(
        self, service: ServiceText, found: Mapping[str, Evidence], means: CategoryMeans
    ) -> Mapping[str, Evidence]:
        """Return the evidence in the texts of a service and the names of its categories."""
        both = dict(found)
        for key, name in service.categories:
            if name not in self._category_evidence:
                self._category_evidence[name] = self._matcher.find_in_category(name)
            for term_id, evidence in self._category_evidence[name].items():
                agreement = means.agreement(key, self._numbers[term_id])
                named = evidence._replace(score=evidence.score * agreement)
                own_evidence = found.get(term_id)
                keep_stronger(
                    both, term_id, _combine(named, own_evidence) if own_evidence else named
                )
        return both

    def _build_classifier(self, features: Sequence[Features]) -> CentroidClassifier:
        frequencies: Counter[str] = Counter()
        for words in features:
            frequencies.update(words.keys())
        return CentroidClassifier(
            self._topics,
            self._broader,
            self._topic_phrases,
            self._examples,
            frequencies,
            len(features),
        )

    def _best_suggestions(self, scored: _ScoredService, least: float) -> list[Suggestion]:
        scores = scored.scores
        confidences = self._curve(scores)
        best = np.argsort(-scores, kind="stable")[:MOST_TOPICS]
        return [
            Suggestion(
                self._topics[number],
                float(scores[number]),
                float(confidences[number]),
                *self._evidence_shown(scored, self._topics[number]),
            )
            for number in best.tolist()
            if confidences[number] >= least
        ]

    @staticmethod
    def _evidence_shown(scored: _ScoredService, term_id: str) -> tuple[EvidencePlace, str]:
        if found := scored.evidence.get(term_id):
            return found.place, found.words
        return EvidencePlace.SIMILAR if scored.service.categories else EvidencePlace.TEXT, ""


def _combine(evidence: Evidence, other: Evidence) -> Evidence:
    """Return the sum of two pieces of evidence, with the place and words of the stronger."""
    weaker, stronger = sorted((evidence, other), key=lambda piece: piece.score)
    return stronger._replace(score=stronger.score + _WEAKER_SHARE * weaker.score)
