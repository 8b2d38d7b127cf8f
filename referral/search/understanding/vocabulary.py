"""The words of the index itself: which are known, which begin so, which are meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from referral.search import schema
from referral.search.analysis import STOP_WORDS, stem
from referral.search.understanding.lexicon import Lexicon
from referral.search.understanding.phrasebook import Phrasebook

_SHORTEST_CORRECTED = 4
_SHORTEST_KNOWN = _SHORTEST_CORRECTED - 1  # letters of what it is corrected to
_SHORTEST_BEGINNING = 3
_MOSTLY = 0.8
_SHORTEST_PART = 3  # of two words written as one; a part may also be a number or a small word
_TWO_SLIPS_FROM = 8  # letters; shorter words are too close to each other for two
_MOST_BEGINNINGS = 20
_WORDS_KEPT = 10_000  # what was found out about single words
_FIELDS_BY_LANGUAGE = {
    language: tuple(
        name for name, field in schema.TEXT_FIELDS.items() if field.language == language
    )
    for language in schema.LANGUAGES
}


class Vocabulary:
    """Words of one commit. Only words of documents that are there count: others are withdrawn."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.knows = lru_cache(_WORDS_KEPT)(self._knows)
        self.is_mostly_of_organizations = lru_cache(_WORDS_KEPT)(self._is_mostly_of_organizations)

    def _knows(self, word: str) -> bool:
        """Whether a document has the word, in this or another form."""
        return (schema.WORDS, word) in self._lexicon or any(
            (field, form) in self._lexicon
            for language, fields in _FIELDS_BY_LANGUAGE.items()
            if (form := stem(word, language))
            for field in fields
        )

    def is_rather_a_name(self, word: str) -> bool:
        """Whether more documents have it in the name of an organization than in a place."""
        word = stem(word, "english")
        return bool(
            self._lexicon.doc_frequency("organization", word)
            > self._lexicon.doc_frequency("places", word)
        )

    def _is_mostly_of_organizations(self, word: str) -> bool:
        """Whether most documents that have the word have it in the name of their organization."""
        known = self._lexicon.doc_frequency(schema.WORDS, word)
        named = self._lexicon.doc_frequency("organization", stem(word, "english"))
        return bool(known and named >= _MOSTLY * known)

    def beginning_with(self, letters: str) -> list[str]:
        """The commonest words that begin so."""
        if len(letters) < _SHORTEST_BEGINNING:
            return []
        found = self._lexicon.beginning_with(letters)
        ranked = sorted(found, key=lambda word: (-found[word], word))
        return [word for word in ranked[:_MOST_BEGINNINGS] if self._lexicon.is_live(word)]

    def nearest(self, word: str, spoken: Phrasebook) -> str:
        """The word that was meant, "" when none is near enough; short ones and numbers stay.

        Args:
            spoken: words that people say, whether or not a document has them; of two words as
                near as each other these are the ones that are asked for.
        """
        if not word.isalpha():
            return ""
        if len(word) < _SHORTEST_CORRECTED:
            return self._with_a_letter_more(word, spoken)
        slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        return self._nearest(word, spoken, slips) or self._far(word, spoken, slips + 1)

    def _with_a_letter_more(self, word: str, spoken: Phrasebook) -> str:
        """A short word is too near many; only a letter left out of a word people say is seen."""
        if len(word) < _SHORTEST_CORRECTED - 1:
            return ""
        near = _within(word, spoken.words_of_length(len(word) + 1), 1)
        found = [known for _, known in near if known[0] == word[0]]
        return found[0] if len(found) == 1 else ""

    def _far(self, word: str, spoken: Phrasebook, slips: int) -> str:
        """A word that people say, one more slip away, that at least begins the same."""
        if len(word) <= _SHORTEST_CORRECTED:
            return ""
        near = [
            (distance, known)
            for length in range(len(word) - slips, len(word) + slips + 1)
            for distance, known in _within(word, spoken.words_of_length(length), slips)
            if known[0] == word[0]
        ]
        return min(near, default=(0, ""))[1]

    def _nearest(self, word: str, spoken: Phrasebook, slips: int) -> str:
        alike = self._lexicon.spelled_like(word, slips)
        known = [like for like in alike if len(like) >= _SHORTEST_KNOWN and like.isalpha()]
        lengths = range(len(word) - slips, len(word) + slips + 1)
        near = {
            (distance, candidate[0] != word[0], candidate not in spoken, candidate)
            for words in (known, *map(spoken.words_of_length, lengths))
            for distance, candidate in _within(word, words, slips)
        }
        ranked = sorted(near, key=lambda n: (*n[:3], -alike.get(n[3], 0), n[3]))
        return next(
            (meant for *_, meant in ranked if meant in spoken or self._lexicon.is_live(meant)),
            "",
        )

    def split(self, word: str, spoken: Phrasebook) -> tuple[str, ...]:
        """The two words that were written as one (``foodbank``, ``section8``), () if none were."""
        if word.isdigit():
            return ()
        best: tuple[int, tuple[str, str]] = (0, ("", ""))
        for at in range(2, len(word)):
            parts = (word[:at], word[at:])
            if all(self._is_part(part, spoken) for part in parts):
                rarer = min(1 + self._lexicon.doc_frequency(schema.WORDS, part) for part in parts)
                best = max(best, (rarer, parts))
        return tuple(part for part in best[1] if part and part not in STOP_WORDS)

    def _is_part(self, part: str, spoken: Phrasebook) -> bool:
        if part in STOP_WORDS:
            return len(part) > 1
        if len(part) < _SHORTEST_PART and not part.isdigit():
            return False
        return part in spoken or part.isdigit() or self._lexicon.is_live(part)

    def words(self) -> list[str]:
        """All words that are long enough to be corrected, withdrawn ones perhaps among them."""
        words = self._lexicon.beginning_with("")
        return [word for word in words if len(word) >= _SHORTEST_KNOWN and word.isalpha()]


def _within(word: str, words: Iterable[str], slips: int) -> Iterator[tuple[int, str]]:
    """The words at most so many slips away, with how many there are."""
    found = process.extract_iter(word, words, scorer=OSA.distance, score_cutoff=slips)
    return ((int(distance), candidate) for candidate, distance, _ in found)
