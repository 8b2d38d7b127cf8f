"""Phrase evidence: ways to say a topic that stand in the texts of a service."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from referral.records.topic_suggestions import EvidencePlace
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.ways_to_say import (
    WayToSay,
    singular,
    telling_spans,
    telling_stems,
)

_MOST_LETTERS = 80  # of the evidence
_LATE = 25  # telling words; what stands behind them in a description is rarely the main thing
_LATE_WEIGHT = 0.7
_SCATTERED = 0.6


_WEIGHTS = {
    EvidencePlace.NAME: 1.0,
    EvidencePlace.CATEGORY: 0.9,
    EvidencePlace.DESCRIPTION: 0.45,
}


class Evidence(NamedTuple):
    """Why a topic is suggested.

    Attributes:
        score: how strongly, 0 to 1.
        text: that says so, from one of its telling words up to another.
    """

    score: float
    place: EvidencePlace
    text: str
    start: int
    end: int

    @property
    def words(self) -> str:
        """The words as they stand in the text, as many whole ones as there is room for."""
        spans = telling_spans(self.text)
        said = self.text[spans[self.start][0] : spans[self.end - 1][1]]
        return textwrap.shorten(said, _MOST_LETTERS, placeholder="", break_on_hyphens=False)


class PhraseMatcher:
    """All ways to say all topics, ready to be looked for in texts."""

    def __init__(self, ways: Iterable[WayToSay]) -> None:
        self._by_first: defaultdict[str, list[WayToSay]] = defaultdict(list)
        for way in ways:
            if not way.is_turned:
                self._by_first[way.stems[0]].append(way)

    def find(self, service: ServiceText) -> Mapping[str, Evidence]:
        """Topic id → the strongest evidence in the texts of a service, its categories apart."""
        found: dict[str, Evidence] = {}
        for term_id, evidence in self._find_scattered(service):
            keep_stronger(found, term_id, evidence)
        for place, text in _texts(service):
            for term_id, evidence in self._find_in(text, place):
                keep_stronger(found, term_id, evidence)
        return found

    def find_in_category(self, name: str) -> Mapping[str, Evidence]:
        """The same in the name of a category.

        A single word counts only as the whole name: "Substance abuse" is no "abuse".
        """
        found: dict[str, Evidence] = {}
        words = len(telling_stems(name))
        for term_id, evidence in self._find_in(name, EvidencePlace.CATEGORY):
            if evidence.end - evidence.start > 1 or words == 1:
                keep_stronger(found, term_id, evidence)
        return found

    def _find_scattered(self, service: ServiceText) -> Iterator[tuple[str, Evidence]]:
        """Ways of which every word stands in the name or the categories, apart from each other."""
        places: dict[str, tuple[EvidencePlace, str, int]] = {}
        names = [(EvidencePlace.CATEGORY, name) for _, name in service.categories]
        for place, text in [(EvidencePlace.NAME, service.name), *names]:
            for at, (_, stem) in enumerate(telling_stems(text)):
                places.setdefault(stem, (place, text, at))
        for first in places:
            for way in self._by_first.get(first, ()):
                if len(way.stems) > 1 and all(stem in places for stem in way.stems):
                    place, text, _ = places[way.stems[-1]]
                    here = [at for _, of, at in map(places.__getitem__, way.stems) if of == text]
                    score = _SCATTERED * way.weight
                    yield way.term_id, Evidence(score, place, text, min(here), max(here) + 1)

    def _find_in(self, text: str, place: EvidencePlace) -> Iterator[tuple[str, Evidence]]:
        told = telling_stems(text)
        stems = tuple(stem for _, stem in told)
        for start, first in enumerate(stems):
            standing = [
                (way, _has_same_words(way, told[start : start + len(way.stems)]))
                for way in self._by_first.get(first, ())
                if stems[start : start + len(way.stems)] == way.stems
            ]
            exact = {way.stems for way, is_same in standing if is_same}
            for way, is_same in standing:
                # One word must be the same: "severe" is no severance.
                if is_same or (len(way.stems) > 1 and way.stems not in exact):
                    late = place is EvidencePlace.DESCRIPTION and start >= _LATE
                    score = way.weight * _WEIGHTS[place] * (_LATE_WEIGHT if late else 1.0)
                    yield way.term_id, Evidence(score, place, text, start, start + len(way.stems))


def keep_stronger(found: dict[str, Evidence], term_id: str, evidence: Evidence) -> None:
    """Let the evidence stand for the topic, unless stronger one does."""
    known = found.get(term_id)
    if known is None or known.score < evidence.score:
        found[term_id] = evidence


def _has_same_words(way: WayToSay, here: Sequence[tuple[str, str]]) -> bool:
    return all(singular(word) in way.words for word, _ in here)


def _texts(service: ServiceText) -> Iterator[tuple[EvidencePlace, str]]:
    yield EvidencePlace.NAME, service.name
    yield EvidencePlace.DESCRIPTION, service.description
