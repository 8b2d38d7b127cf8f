"""Phrase evidence: ways to say a topic that stand in the texts of a service."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from referral.records.topic_suggestions import EvidencePlace
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.ways_to_say import WayToSay, telling_spans, telling_stems

_MOST_LETTERS = 80  # of the evidence
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


class _Found(NamedTuple):
    """A way to say a topic in a text, from one of its telling words up to another."""

    term_id: str
    score: float
    place: EvidencePlace
    text: str
    start: int
    end: int


class PhraseMatcher:
    """All ways to say all topics, ready to be looked for in texts."""

    def __init__(self, ways: Iterable[WayToSay]) -> None:
        self._by_first: defaultdict[str, list[WayToSay]] = defaultdict(list)
        for way in ways:
            self._by_first[way.stems[0]].append(way)

    def find(self, service: ServiceText) -> Mapping[str, Evidence]:
        """Topic id → the strongest evidence in the texts of a service."""
        found: dict[str, _Found] = {}
        for place, text in _texts(service):
            for one in self._find_in(text, place):
                known = found.get(one.term_id)
                if known is None or known.score < one.score:
                    found[one.term_id] = one
        return {
            term_id: Evidence(one.score, one.place, _as_it_stands(one))
            for term_id, one in found.items()
        }

    def _find_in(self, text: str, place: EvidencePlace) -> Iterator[_Found]:
        stems = telling_stems(text)
        for start, (_, first) in enumerate(stems):
            for way in self._by_first.get(first, ()):
                end = start + len(way.stems)
                here = stems[start:end]
                if tuple(stem for _, stem in here) == way.stems:
                    late = place is EvidencePlace.DESCRIPTION and start >= _LATE
                    score = way.weight * _WEIGHTS[place] * (_LATE_WEIGHT if late else 1.0)
                    yield _Found(way.term_id, score, place, text, start, end)


def _as_it_stands(one: _Found) -> str:
    """The text from the first to the last word, as many whole words as there is room for."""
    spans = telling_spans(one.text)
    text = one.text[spans[one.start][0] : spans[one.end - 1][1]]
    return textwrap.shorten(text, _MOST_LETTERS, placeholder="", break_on_hyphens=False)


def _texts(service: ServiceText) -> Iterator[tuple[EvidencePlace, str]]:
    yield EvidencePlace.NAME, service.name
    for _, name in service.categories:
        yield EvidencePlace.CATEGORY, name
    yield EvidencePlace.DESCRIPTION, service.description
