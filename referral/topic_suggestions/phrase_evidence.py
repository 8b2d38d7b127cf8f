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
from referral.topic_suggestions.topic_phrases import (
    COMMON_WORDS,
    TopicPhrase,
    content_spans,
    content_stems,
    singular,
)

_MOST_LETTERS = 80  # of the words shown as evidence
_SCATTERED_WEIGHT = 0.6
_NAME_WEIGHT, _CATEGORY_WEIGHT = 1.0, 0.9
# Weights in a description: at the start of a sentence or list item, elsewhere in the first words,
# and after these words, where the main subject rarely is.
_BEGINNING_WEIGHT, _EARLY_WEIGHT, _LATE_WEIGHT = 0.75, 0.45, 0.3
_EARLY_WORDS = 25
# Weight in a sentence on papers to bring, payment ("accepts Medi-Cal"), access ("How to access:
# through coordinated entry") or what is not offered. Eligibility rules ("must be a veteran") are
# not such sentences, because they name whom the service is for.
_REQUIREMENT_WEIGHT = 0.1
_REQUIREMENT = re.compile(
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
        spans = content_spans(self.text)
        matched = self.text[spans[self.start][0] : spans[self.end - 1][1]]
        return textwrap.shorten(matched, _MOST_LETTERS, placeholder="", break_on_hyphens=False)


class _Position(NamedTuple):
    """The text in which a stem is found first, and its number among the content words there."""

    place: EvidencePlace
    text: str
    number: int


class PhraseMatcher:
    """Finds all phrases of all topics in texts."""

    def __init__(self, phrases: Iterable[TopicPhrase]) -> None:
        self._by_first: defaultdict[str, list[TopicPhrase]] = defaultdict(list)
        for phrase in phrases:
            if not phrase.is_ambiguous:
                self._by_first[phrase.stems[0]].append(phrase)

    def find(self, service: ServiceText) -> Mapping[str, Evidence]:
        """Return the strongest evidence for each topic in the texts of a service.

        Evidence in category names alone is found by ``find_in_category``.
        """
        found: dict[str, Evidence] = {}
        for term_id, evidence in self._find_scattered(service):
            keep_stronger(found, term_id, evidence)
        for term_id, evidence in self._find_in(service.name, EvidencePlace.NAME, _NAME_WEIGHT):
            keep_stronger(found, term_id, evidence)
        words = 0
        for sentence in _iter_sentences(service.description):
            weight = _EARLY_WEIGHT if words < _EARLY_WORDS else _LATE_WEIGHT
            weights = (_BEGINNING_WEIGHT, weight)
            if _REQUIREMENT.search(sentence):
                weights = (_REQUIREMENT_WEIGHT, _REQUIREMENT_WEIGHT)
            for term_id, evidence in self._find_in(sentence, EvidencePlace.DESCRIPTION, *weights):
                keep_stronger(found, term_id, evidence)
            words += len(content_stems(sentence))
        return found

    def find_in_category(self, name: str) -> Mapping[str, Evidence]:
        """Return the strongest evidence for each topic in the name of a category.

        Names of groups of people ("Parents") give none. A single word counts only as the whole
        name: "Substance abuse" is no "abuse".
        """
        found: dict[str, Evidence] = {}
        if names_only_people(name):
            return found
        words = len(content_stems(name))
        for term_id, evidence in self._find_in(name, EvidencePlace.CATEGORY, _CATEGORY_WEIGHT):
            if evidence.end - evidence.start > 1 or words == 1:
                keep_stronger(found, term_id, evidence)
        return found

    def _find_scattered(self, service: ServiceText) -> Iterator[tuple[str, Evidence]]:
        """Yield evidence from phrases whose words are spread over the name and one category.

        Two categories are not combined: "Health conditions" and "Care" are no health care.
        """
        for category in dict.fromkeys(name for _, name in service.categories) or [""]:
            yield from self._find_spread(service.name, category)

    def _find_spread(self, name: str, category: str) -> Iterator[tuple[str, Evidence]]:
        positions: dict[str, _Position] = {}
        for place, text in ((EvidencePlace.NAME, name), (EvidencePlace.CATEGORY, category)):
            for index, (_, stem) in enumerate(content_stems(text)):
                positions.setdefault(stem, _Position(place, text, index))
        for first in positions:
            for phrase in self._by_first.get(first, ()):
                is_apart = len(phrase.stems) > 1 and not phrase.whole
                if is_apart and all(stem in positions for stem in phrase.stems):
                    shown = positions[phrase.stems[-1]]
                    found = map(positions.__getitem__, phrase.stems)
                    indices = [position.number for position in found if position.text == shown.text]
                    yield (
                        phrase.term_id,
                        Evidence(
                            _SCATTERED_WEIGHT * phrase.weight,
                            shown.place,
                            shown.text,
                            min(indices),
                            max(indices) + 1,
                        ),
                    )

    def _find_in(
        self,
        text: str,
        place: EvidencePlace,
        first_weight: float,
        later_weight: float | None = None,
    ) -> Iterator[tuple[str, Evidence]]:
        """Yield the evidence in a text, weighted by whether it is at the start."""
        content_words = content_stems(text)
        stems = tuple(stem for _, stem in content_words)
        words = words_of(text)
        content_indices = [index for index, word in enumerate(words) if word not in COMMON_WORDS]
        for start, first in enumerate(stems):
            matches = [
                (phrase, _has_same_words(phrase, content_words[start : start + len(phrase.stems)]))
                for phrase in self._by_first.get(first, ())
                if stems[start : start + len(phrase.stems)] == phrase.stems
                and (not phrase.whole or _has_whole_phrase(phrase, words, content_indices[start]))
            ]
            exact = {phrase.stems for phrase, is_same in matches if is_same}
            weight = first_weight if later_weight is None or start == 0 else later_weight
            for phrase, is_same in matches:
                # A single word must match unstemmed: "severe" is no severance.
                if is_same or (len(phrase.stems) > 1 and phrase.stems not in exact):
                    end = start + len(phrase.stems)
                    yield phrase.term_id, Evidence(phrase.weight * weight, place, text, start, end)


def keep_stronger(found: dict[str, Evidence], term_id: str, evidence: Evidence) -> None:
    """Store evidence for a topic unless stronger evidence is stored."""
    known = found.get(term_id)
    if known is None or known.score < evidence.score:
        found[term_id] = evidence


def _has_same_words(phrase: TopicPhrase, content_words: Sequence[tuple[str, str]]) -> bool:
    return all(singular(word) in phrase.words for word, _ in content_words)


def _has_whole_phrase(phrase: TopicPhrase, words: Sequence[str], index: int) -> bool:
    """Return whether all words of a phrase are in a text, its first content word at ``index``."""
    begin = index - phrase.whole.index(phrase.words[0])
    text_words = words[begin : begin + len(phrase.whole)] if begin >= 0 else ()
    return tuple(map(singular, text_words)) == phrase.whole


def _iter_sentences(text: str) -> Iterator[str]:
    """Yield the sentences and list items of a text, without contact details."""
    for part in _ITEM_ENDS.split(text):
        start = 0
        for end in (*sentence_ends(part), len(part)):
            sentence = part[start:end].strip()
            if sentence and not _LABEL.match(sentence):
                yield sentence
            start = end
