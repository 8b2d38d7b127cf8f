"""Phrase evidence: ways to say a topic that stand in the texts of a service."""

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

_MOST_LETTERS = 80  # of the evidence
_SCATTERED = 0.6
_NAME, _CATEGORY = 1.0, 0.9
# In a description: what begins a sentence or an item of a list, what else the first words say, and
# what stands behind as many telling words, which is rarely the main thing.
_BEGINS, _EARLY, _LATE = 0.75, 0.45, 0.3
_MOST_EARLY = 25
# Score in a sentence on papers to bring, payment ("accepts Medi-Cal"), the way in ("How to access:
# through coordinated entry") or what is not offered. A rule of who may come
# ("must be a veteran") does say whom it is for.
_REQUIRED = 0.1
_SAYS_REQUIRED = re.compile(
    r"\b(?:required|requires?|accepts?|accepted|how to (?:access|apply)|bring|proof of|valid"
    r"|in order to|cannot|unable|(?:must|need to) (?:show|bring|provide|have)"
    r"|(?:do|does|is|are|can)(?: ?n[o']?t)"
    r"|requerid\w*|requiere|traer|comprobante)\b",
    re.IGNORECASE,
)
# "Phone: 555-0100" says nothing about phones.
_LABEL = re.compile(
    r"[-*•·\s]*(?:(?:tele)?phone|tel|fax|e-?mail|web ?site|location|(?:mailing )?address(?:es)?"
    r"|hours|contact)s?\s*:",
    re.IGNORECASE,
)
_ITEM_ENDS = re.compile(r"\n+|(?<=\s)[-*•·] |; ")


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
        """Return the same for the name of a category; nothing for one of people ("Parents").

        A single word counts only as the whole name: "Substance abuse" is no "abuse".
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
        """Yield ways whose words stand apart in the name and one category.

        Not in two categories: "Health conditions" and "Care" are no health care.
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
        """The evidence in a text, weighed by whether it begins it."""
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
                # One word must be the same: "severe" is no severance.
                if is_same or (len(way.stems) > 1 and way.stems not in exact):
                    end = start + len(way.stems)
                    yield way.term_id, Evidence(way.weight * weight, place, text, start, end)


def keep_stronger(found: dict[str, Evidence], term_id: str, evidence: Evidence) -> None:
    """Let the evidence stand for the topic, unless stronger one does."""
    known = found.get(term_id)
    if known is None or known.score < evidence.score:
        found[term_id] = evidence


def _has_same_words(way: WayToSay, here: Sequence[tuple[str, str]]) -> bool:
    return all(singular(word) in way.words for word, _ in here)


def _stands_whole(way: WayToSay, words: Sequence[str], at: int) -> bool:
    """Return whether all words of a way stand in a text, its first telling word ``at``."""
    begin = at - way.whole.index(way.words[0])
    here = words[begin : begin + len(way.whole)] if begin >= 0 else ()
    return tuple(map(singular, here)) == way.whole


def _sentences(text: str) -> Iterator[str]:
    """Sentences and items of lists, without those that are a contact."""
    for part in _ITEM_ENDS.split(text):
        start = 0
        for end in (*sentence_ends(part), len(part)):
            sentence = part[start:end].strip()
            if sentence and not _LABEL.match(sentence):
                yield sentence
            start = end
