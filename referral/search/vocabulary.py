"""The words of the index itself: which are known, which begin so, which are meant."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence

from rapidfuzz.distance import OSA
from whoosh.reading import IndexReader

from referral.search import schema
from referral.search.analysis import stem

_SHORTEST_CORRECTED = 4
_SHORTEST_BEGINNING = 3
_TWO_SLIPS_FROM = 8  # letters; shorter words are too close to each other for two
_MOST_BEGINNINGS = 20
_FIELDS_BY_LANGUAGE = {
    language: tuple(
        name for name, field in schema.TEXT_FIELDS.items() if field.language == language
    )
    for language in schema.LANGUAGES
}


class Vocabulary:
    """Words of one commit. Only words of documents that are there count: others are withdrawn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_length: Mapping[int, Sequence[str]] | None = None

    def knows(self, reader: IndexReader, word: str) -> bool:
        """Whether a document has the word, in this or another form."""
        return (schema.WORDS, word) in reader or any(
            (field, stem(word, language)) in reader
            for language, fields in _FIELDS_BY_LANGUAGE.items()
            for field in fields
            if field in reader.schema
        )

    def beginning_with(self, reader: IndexReader, letters: str) -> list[str]:
        """The commonest words that begin so."""
        if len(letters) < _SHORTEST_BEGINNING:
            return []
        found = [
            (-reader.doc_frequency(schema.WORDS, word), word.decode())
            for word in reader.expand_prefix(schema.WORDS, letters)
        ]
        return [word for _, word in sorted(found)[:_MOST_BEGINNINGS] if _is_live(reader, word)]

    def nearest(self, reader: IndexReader, word: str) -> str:
        """The word that was meant, "" when none is near enough; short ones and numbers stay."""
        if len(word) < _SHORTEST_CORRECTED or not word.isalpha():
            return ""
        slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        near = [
            (distance, candidate[0] != word[0], candidate)
            for length in range(len(word) - slips, len(word) + slips + 1)
            for candidate in self._words(reader).get(length, ())
            if (distance := OSA.distance(word, candidate, score_cutoff=slips)) <= slips
        ]
        ranked = sorted(
            near,
            key=lambda n: (n[0], n[1], -reader.doc_frequency(schema.WORDS, n[2]), n[2]),
        )
        return next((meant for _, _, meant in ranked if _is_live(reader, meant)), "")

    def words(self, reader: IndexReader) -> list[str]:
        """All words that are long enough to be corrected, withdrawn ones perhaps among them."""
        return [word for words in self._words(reader).values() for word in words]

    def _words(self, reader: IndexReader) -> Mapping[int, Sequence[str]]:
        with self._lock:
            if self._by_length is None:
                words: dict[int, list[str]] = defaultdict(list)
                for term in reader.lexicon(schema.WORDS):
                    word = term.decode()
                    if len(word) >= _SHORTEST_CORRECTED - 1 and word.isalpha():
                        words[len(word)].append(word)
                self._by_length = words
            return self._by_length


def _is_live(reader: IndexReader, word: str) -> bool:
    return any(
        (schema.WORDS, word) in leaf and leaf.postings(schema.WORDS, word).is_active()
        for leaf, _ in reader.leaf_readers()
    )
