"""Spelling: corrections of unknown words, splits of joined words, and looser suggestions.

Corrections are made automatically and shown above the results. Suggestions ("did you mean") are
offered where nothing was found; they may be further from what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from referral.search import schema
from referral.search.analysis import STOP_WORDS, words_of
from referral.search.query import LONGEST_QUERY, MOST_WORDS
from referral.search.understanding.phrases import Phrasebook
from referral.search.words import Vocabulary

_SHORTEST_CORRECTED = 4  # letters
_SHORTEST_KNOWN = _SHORTEST_CORRECTED - 1  # letters of the corrected word
_SHORTEST_PART = 3  # letters of joined words, except numbers and stop words
_TWO_EDITS_FROM = 8  # letters; shorter words are too similar to each other for two edits
_LEAST_SIMILAR = 65.0  # of 100; a correction is made from some 80 on
_MOST_SUGGESTIONS = 5
_DOUBLED = re.compile(r"(.)\1")


def correct(word: str, vocabulary: Vocabulary, phrasebook: Phrasebook) -> str:
    """Return the corrected word, "" when none is near enough; short words and numbers have none.

    Words of the phrasebook count whether or not a document has them, and win over others that are
    as near, since people search for them.
    """
    if not word.isalpha() or len(word) < _SHORTEST_CORRECTED:
        return ""
    edits = 2 if len(word) >= _TWO_EDITS_FROM else 1
    return _nearest_known(word, vocabulary, phrasebook, edits) or _nearest_in_phrasebook(
        word, phrasebook, edits + 1
    )


def _nearest_known(word: str, vocabulary: Vocabulary, phrasebook: Phrasebook, edits: int) -> str:
    counts = vocabulary.spelled_like(word, edits)
    indexed = [other for other in counts if len(other) >= _SHORTEST_KNOWN and other.isalpha()]
    lengths = range(len(word) - edits, len(word) + edits + 1)
    distances = {
        candidate: distance
        for words in (indexed, *map(phrasebook.words_of_length, lengths))
        for distance, candidate in _within(word, words, edits)
    }

    def sort_key(candidate: str) -> tuple[int, bool, bool, bool, int, str]:
        return (
            distances[candidate],
            candidate[0] != word[0],
            candidate not in phrasebook,
            _undoubled(candidate) != _undoubled(word),
            -counts.get(candidate, 0),
            candidate,
        )

    ranked = sorted(distances, key=sort_key)
    return next((word for word in ranked if word in phrasebook or vocabulary.is_live(word)), "")


def _undoubled(word: str) -> str:
    """Return a word without doubled letters: the most frequent slip ("voluntering")."""
    return _DOUBLED.sub(r"\1", word)


def _nearest_in_phrasebook(word: str, phrasebook: Phrasebook, edits: int) -> str:
    """Return a phrasebook word within some edits that has the same first letter, else ""."""
    if len(word) <= _SHORTEST_CORRECTED:
        return ""
    near = [
        (distance, known)
        for length in range(len(word) - edits, len(word) + edits + 1)
        for distance, known in _within(word, phrasebook.words_of_length(length), edits)
        if known[0] == word[0]
    ]
    _, nearest = min(near, default=(0, ""))
    return nearest


def _within(word: str, words: Iterable[str], edits: int) -> Iterator[tuple[int, str]]:
    """Yield the words within some edits of a word, with their number of edits."""
    matches = process.extract_iter(word, words, scorer=OSA.distance, score_cutoff=edits)
    return ((int(distance), candidate) for candidate, distance, _ in matches)


def split_joined(word: str, vocabulary: Vocabulary, phrasebook: Phrasebook) -> tuple[str, ...]:
    """Return two words that were written as one (``foodbank``, ``section8``), () if none were."""
    if word.isdigit():
        return ()
    splits: list[tuple[int, tuple[str, ...]]] = [(-1, ())]
    for length in range(2, len(word)):
        parts = (word[:length], word[length:])
        if all(_is_part(part, vocabulary, phrasebook) for part in parts):
            frequency = min(vocabulary.doc_frequency(schema.WORDS, part) for part in parts)
            splits.append((frequency, parts))
    _, most_frequent = max(splits)
    return tuple(part for part in most_frequent if part not in STOP_WORDS)


def _is_part(part: str, vocabulary: Vocabulary, phrasebook: Phrasebook) -> bool:
    if part in STOP_WORDS:
        return len(part) > 1
    if len(part) < _SHORTEST_PART and not part.isdigit():
        return False
    return part in phrasebook or part.isdigit() or vocabulary.is_live(part)


def suggest_spellings(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return queries in which the first unknown word is replaced by a similar known one.

    Other unknown words are left out, since nothing would be found with them.
    """
    typed = words_of(text[:LONGEST_QUERY])[:MOST_WORDS]
    unknown = [word for word in typed if not vocabulary.knows(word)]
    if not unknown:
        return ()
    known = [word for word in typed if word not in unknown]
    words = (word for word in vocabulary.prefix_counts("") if len(word) >= _SHORTEST_KNOWN)
    similar = most_similar(unknown[0], filter(str.isalpha, words))
    return tuple(" ".join([*known, replacement]) for replacement in similar)


def most_similar(text: str, known: Iterable[str]) -> list[str]:
    """Return the known texts that are spelled most like a text, the most similar first."""
    text = " ".join(text.casefold().split())
    if len(text) < 3:
        return []
    matches = process.extract(
        text,
        list(known),
        scorer=fuzz.ratio,
        processor=str.casefold,
        score_cutoff=_LEAST_SIMILAR,
        limit=_MOST_SUGGESTIONS,
    )
    ranked = sorted((-similarity, name) for name, similarity, _ in matches)
    return [name for _, name in ranked]
