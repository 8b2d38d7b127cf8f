"""Phrase evidence: matches of topic phrases in the texts of a service."""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from referral.fields.text import sentence_ends
from referral.records.people_categories import names_only_people
from referral.records.topic_suggestions import EvidencePlace
from referral.search.analysis import words_of
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.ways_to_say import (
    COMMON_WORDS,
    WayToSay,
    singular,
    telling_spans,
    telling_stems,
)

_MOST_LETTERS = 80  # of the words shown as evidence
_SCATTERED = 0.6
_NAME, _CATEGORY = 1.0, 0.9
# Weights in a description: at the start of a sentence or list item, elsewhere in the first words,
# and after these words, where the main subject rarely is.
_BEGINS, _EARLY, _LATE = 0.75, 0.45, 0.3
_MOST_EARLY = 25
# Weight in a sentence on papers to bring, payment ("accepts Medi-Cal"), access ("How to access:
# through coordinated entry") or what is not offered. Eligibility rules ("must be a veteran") are
# not such sentences, because they name whom the service is for.
_REQUIRED = 0.1
_SAYS_REQUIRED = re.compile(
    r"\b(?:required|requires?|accepts?|accepted|how to (?:access|apply)|bring|proof of|valid"
    r"|in order to|cannot|unable|(?:must|need to) (?:show|bring|provide|have)"
    r"|(?:do|does|is|are|can)(?: ?n[o']?t)"
    r"|requerid\w*|requiere|traer|comprobante)\b",
    re.IGNORECASE,
)
# Labels of contact details: "Phone: 555-0100" is no evidence for the topic of phones.
_LABEL = re.compile(
    r"[-*•·\s]*(?:(?:tele)?phone|tel|fax|e-?mail|web ?site|location|(?:mailing )?address(?:es)?"
    r"|hours|contact)s?\s*:",
    re.IGNORECASE,
)
_ITEM_ENDS = re.compile(r"\n+|(?<=\s)[-*•·] |; ")


class Evidence(NamedTuple):
    """A match of a topic phrase in a text, as evidence for the topic.

    Attributes:
        score: strength of the evidence, 0 to 1.
        text: the text; ``start`` and ``end`` count its content words.
    """

    score: float
    place: EvidencePlace
    text: str
    start: int
    end: int

    @property
    def words(self) -> str:
        """Return the matched words as the text has them, cut to as many whole words as fit."""
        spans = telling_spans(self.text)
        said = self.text[spans[self.start][0] : spans[self.end - 1][1]]
        return textwrap.shorten(said, _MOST_LETTERS, placeholder="", break_on_hyphens=False)


class PhraseMatcher:
    """Finds all phrases of all topics in texts."""

    def __init__(self, ways: Iterable[WayToSay]) -> None:
        self._by_first: defaultdict[str, list[WayToSay]] = defaultdict(list)
        for way in ways:
            if not way.is_turned:
                self._by_first[way.stems[0]].append(way)

    def find(self, service: ServiceText) -> Mapping[str, Evidence]:
        """Return the strongest evidence for each topic in the texts of a service.

        Evidence in category names alone is found by ``find_in_category``.
        """
        found: dict[str, Evidence] = {}
        for term_id, evidence in self._find_scattered(service):
            keep_stronger(found, term_id, evidence)
        for term_id, evidence in self._find_in(service.name, EvidencePlace.NAME, _NAME):
            keep_stronger(found, term_id, evidence)
        words = 0
        for sentence in _sentences(service.description):
            weight = _EARLY if words < _MOST_EARLY else _LATE
            weights = (_BEGINS, weight)
            if _SAYS_REQUIRED.search(sentence):
                weights = (_REQUIRED, _REQUIRED)
            for term_id, evidence in self._find_in(sentence, EvidencePlace.DESCRIPTION, *weights):
                keep_stronger(found, term_id, evidence)
            words += len(telling_stems(sentence))
        return found

    def find_in_category(self, name: str) -> Mapping[str, Evidence]:
        """Return the strongest evidence for each topic in the name of a category.

        Names of groups of people ("Parents") give none. A single word counts only as the whole
        name: "Substance abuse" is no "abuse".
        """
        found: dict[str, Evidence] = {}
        if names_only_people(name):
            return found
        words = len(telling_stems(name))
        for term_id, evidence in self._find_in(name, EvidencePlace.CATEGORY, _CATEGORY):
            if evidence.end - evidence.start > 1 or words == 1:
                keep_stronger(found, term_id, evidence)
        return found

    def _find_scattered(self, service: ServiceText) -> Iterator[tuple[str, Evidence]]:
        """Yield evidence from phrases whose words are spread over the name and one category.

        Two categories are not combined: "Health conditions" and "Care" are no health care.
        """
        for category in dict.fromkeys(name for _, name in service.categories) or [""]:
            yield from self._find_apart(service.name, category)

    def _find_apart(self, name: str, category: str) -> Iterator[tuple[str, Evidence]]:
        places: dict[str, tuple[EvidencePlace, str, int]] = {}
        for place, text in ((EvidencePlace.NAME, name), (EvidencePlace.CATEGORY, category)):
            for at, (_, stem) in enumerate(telling_stems(text)):
                places.setdefault(stem, (place, text, at))
        for first in places:
            for way in self._by_first.get(first, ()):
                is_apart = len(way.stems) > 1 and not way.whole
                if is_apart and all(stem in places for stem in way.stems):
                    place, text, _ = places[way.stems[-1]]
                    here = [at for _, of, at in map(places.__getitem__, way.stems) if of == text]
                    score = _SCATTERED * way.weight
                    yield way.term_id, Evidence(score, place, text, min(here), max(here) + 1)

    def _find_in(
        self, text: str, place: EvidencePlace, beginning: float, behind: float | None = None
    ) -> Iterator[tuple[str, Evidence]]:
        """Yield the evidence in a text, weighted by whether it is at the start."""
        told = telling_stems(text)
        stems = tuple(stem for _, stem in told)
        words = words_of(text)
        places = [at for at, word in enumerate(words) if word not in COMMON_WORDS]
        for start, first in enumerate(stems):
            standing = [
                (way, _has_same_words(way, told[start : start + len(way.stems)]))
                for way in self._by_first.get(first, ())
                if stems[start : start + len(way.stems)] == way.stems
                and (not way.whole or _stands_whole(way, words, places[start]))
            ]
            exact = {way.stems for way, is_same in standing if is_same}
            weight = beginning if behind is None or start == 0 else behind
            for way, is_same in standing:
                # A single word must match unstemmed: "severe" is no severance.
                if is_same or (len(way.stems) > 1 and way.stems not in exact):
                    end = start + len(way.stems)
                    yield way.term_id, Evidence(way.weight * weight, place, text, start, end)


def keep_stronger(found: dict[str, Evidence], term_id: str, evidence: Evidence) -> None:
    """Store evidence for a topic unless stronger evidence is stored."""
    known = found.get(term_id)
    if known is None or known.score < evidence.score:
        found[term_id] = evidence


def _has_same_words(way: WayToSay, here: Sequence[tuple[str, str]]) -> bool:
    return all(singular(word) in way.words for word, _ in here)


def _stands_whole(way: WayToSay, words: Sequence[str], at: int) -> bool:
    """Return whether all words of a phrase are in a text, its first content word at ``at``."""
    begin = at - way.whole.index(way.words[0])
    here = words[begin : begin + len(way.whole)] if begin >= 0 else ()
    return tuple(map(singular, here)) == way.whole


def _sentences(text: str) -> Iterator[str]:
    """Yield the sentences and list items of a text, without contact details."""
    for part in _ITEM_ENDS.split(text):
        start = 0
        for end in (*sentence_ends(part), len(part)):
            sentence = part[start:end].strip()
            if sentence and not _LABEL.match(sentence):
                yield sentence
            start = end
