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
from referral.topic_suggestions.ways_to_say import ways_to_say, whole_phrases
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
_CATEGORY = 1.0  # weight of a category's mean score beside the service's own evidence
_WEAKER = 0.5  # weight of the weaker of two phrases, in a service's texts and its category
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
_WITH_ANIMALS = re.compile(
    r"\b(?:(?:guide|service|assistance|hearing|therapy|support) (?:animals?|dogs?)"
    r"|blind|veterans?)\b",
    re.IGNORECASE,
)
_OF_ANIMALS = "pets"  # the topic above all topics for animals
# Source lists also put lasting homes, which have no beds for tonight, under "Emergency shelter".
_FOR_TONIGHT = "emergency-shelter"
_LASTING_HOMES = frozenset({"supportive-housing", "sober-living", "low-cost-housing"})
_SAYS_LASTING = 0.4  # least score of a phrase that names such a home, not in passing


class Suggestion(NamedTuple):
    """A topic suggested for a service, with score, confidence and evidence."""

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


class _Given(NamedTuple):
    """Topics of a service from accepted categories, with the scores of its own evidence."""

    numbers: list[int]
    scores: Scores


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
        own = [term for term in terms.terms.values() if term.taxonomy == OWN_TAXONOMY]
        self._topics: Sequence[str] = [term.id for term in own]
        self._broader = [term.parent_id for term in own]
        paths = [{above.code for above in terms.path(term.id)} for term in own]
        self._for_animals = np.array([_OF_ANIMALS in codes for codes in paths])
        self._for_tonight = np.array([_FOR_TONIGHT in codes for codes in paths])
        self._lasting_homes = frozenset(term.id for term in own if term.code in _LASTING_HOMES)
        self._never_of_shelters = [term.code == _COMMUNITY_GROUPS for term in own]
        self._numbers = {term_id: number for number, term_id in enumerate(self._topics)}
        thesaurus = list(thesaurus)
        self._ways = ways_to_say(terms, thesaurus)
        self._phrases = PhraseMatcher([*self._ways, *whole_phrases(terms, thesaurus)])
        self._examples: list[tuple[Features, Sequence[str]]] = [
            (features_of(service), service.topic_ids) for service in tagged
        ]
        self._curve = curve
        self._in_categories: dict[str, Mapping[str, Evidence]] = {}

    def suggest(
        self, services: Sequence[ServiceText]
    ) -> Iterator[tuple[ServiceText, list[Suggestion]]]:
        """Yield the services of a list, each with its suggestions, most confident first."""
        if not services:
            return
        features = [features_of(service) for service in services]
        classifier = self._classifier(features)
        categories = CategoryScores(len(self._topics))
        evidence = []
        alone = []
        for service in services:
            found = self._phrases.find(service)
            own = classifier.scores(features_of(service, categories=False))
            for term_id, one in found.items():
                own[self._numbers[term_id]] += one.score
            categories.add(service, own)
            evidence.append(found)
            numbers = [self._numbers[term_id] for term_id in service.category_topic_ids]
            alone.append(_Given(numbers, own[numbers]))
        means = categories.means()
        for service, words, found, given in zip(services, features, evidence, alone, strict=True):
            everything = self._with_categories(service, found, means)
            scores = classifier.scores(words) + _CATEGORY * means.best(service)
            for term_id, one in everything.items():
                scores[self._numbers[term_id]] += one.score
            if _INSTITUTION.search(service.name):
                scores *= self._is_said(everything)
            if _ANIMALS.search(service.name) and not _WITH_ANIMALS.search(service.name):
                scores *= self._for_animals
            scores[given.numbers] = given.scores
            least = LEAST_CONFIDENCE
            if looks_like_survivor_shelter(service.name, service.description, ()):
                scores[self._never_of_shelters] = 0
                least = LEAST_TO_SHOW
            elif self._is_lasting_home(found):
                scores[self._for_tonight] = 0
            yield service, self._chosen(_Scored(service, scores, everything), least)

    def _is_lasting_home(self, evidence: Mapping[str, Evidence]) -> bool:
        """Return whether a service's own words name a home to stay in, and no shelter."""
        own = {
            term_id: one.score
            for term_id, one in evidence.items()
            if one.place is not EvidencePlace.CATEGORY
        }
        is_home = any(own.get(home, 0.0) >= _SAYS_LASTING for home in self._lasting_homes)
        return is_home and not any(self._for_tonight[self._numbers[term_id]] for term_id in own)

    def _is_said(self, evidence: Mapping[str, Evidence]) -> NDArray[np.bool_]:
        """Return which topics have more evidence than a single word of a name."""
        said = np.zeros(len(self._topics), dtype=np.bool_)
        for term_id, one in evidence.items():
            is_whole = one.end - one.start > 1
            said[self._numbers[term_id]] = is_whole or one.place is not EvidencePlace.NAME
        return said

    def _with_categories(
        self, service: ServiceText, found: Mapping[str, Evidence], means: CategoryMeans
    ) -> Mapping[str, Evidence]:
        """Return the evidence in the texts of a service and the names of its categories."""
        both = dict(found)
        for key, name in service.categories:
            if name not in self._in_categories:
                self._in_categories[name] = self._phrases.find_in_category(name)
            for term_id, one in self._in_categories[name].items():
                agreement = means.agreement(key, self._numbers[term_id])
                named = one._replace(score=one.score * agreement)
                own = found.get(term_id)
                keep_stronger(both, term_id, _together(named, own) if own else named)
        return both

    def _classifier(self, features: Sequence[Features]) -> CentroidClassifier:
        frequencies: Counter[str] = Counter()
        for words in features:
            frequencies.update(words.keys())
        return CentroidClassifier(
            self._topics, self._broader, self._ways, self._examples, frequencies, len(features)
        )

    def _chosen(self, one: _Scored, least: float) -> list[Suggestion]:
        scores = one.scores
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
            if confidences[number] >= least
        ]

    @staticmethod
    def _because(one: _Scored, term_id: str) -> tuple[EvidencePlace, str]:
        if found := one.evidence.get(term_id):
            return found.place, found.words
        return EvidencePlace.SIMILAR if one.service.categories else EvidencePlace.TEXT, ""


def _together(one: Evidence, other: Evidence) -> Evidence:
    """Return the sum of two pieces of evidence, with the place and words of the stronger."""
    weaker, stronger = sorted((one, other), key=lambda each: each.score)
    return stronger._replace(score=stronger.score + _WEAKER * weaker.score)
