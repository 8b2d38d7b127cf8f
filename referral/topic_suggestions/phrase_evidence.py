"""Phrase evidence: ways to say a topic that stand in the texts of a service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from referral.records.topic_suggestions import EvidencePlace
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.ways_to_say import WayToSay, telling_stems

_LATE = 25  # telling words; what stands behind them in a description is rarely the main thing
_LATE_WEIGHT = 0.7


_WEIGHTS = {
    EvidencePlace.NAME: 1.0,
    EvidencePlace.CATEGORY: 0.9,
    EvidencePlace.DESCRIPTION: 0.45,
}


class Evidence(NamedTuple):
    """Why a topic is suggested: how strongly (0 to 1), where, and the words as they stand there."""

    score: float
    place: EvidencePlace
    words: str = ""


class PhraseMatcher:
    """All ways to say all topics, ready to be looked for in texts."""

    def __init__(self, ways: Iterable[WayToSay]) -> None:
        self._by_first: defaultdict[str, list[WayToSay]] = defaultdict(list)
        for way in ways:
            self._by_first[way.stems[0]].append(way)

    def find(self, service: ServiceText) -> Mapping[str, Evidence]:
        """Topic id → the strongest evidence in the texts of a service."""
        found: dict[str, Evidence] = {}
        for place, text in _texts(service):
            for term_id, score, words in self._find_in(telling_stems(text), place):
                known = found.get(term_id)
                if known is None or known.score < score:
                    found[term_id] = Evidence(score, place, words)
        return found

    def _find_in(
        self, stems: Sequence[tuple[str, str]], place: EvidencePlace
    ) -> Iterator[tuple[str, float, str]]:
        for start, (_, first) in enumerate(stems):
            for way in self._by_first.get(first, ()):
                end = start + len(way.stems)
                here = stems[start:end]
                if tuple(stem for _, stem in here) == way.stems:
                    late = place is EvidencePlace.DESCRIPTION and start >= _LATE
                    score = way.weight * _WEIGHTS[place] * (_LATE_WEIGHT if late else 1.0)
                    yield way.term_id, score, " ".join(word for word, _ in here)


def _texts(service: ServiceText) -> Iterator[tuple[EvidencePlace, str]]:
    yield EvidencePlace.NAME, service.name
    for _, name in service.categories:
        yield EvidencePlace.CATEGORY, name
    yield EvidencePlace.DESCRIPTION, service.description
