"""Vocabulary of one commit: which words are known, how common they are, which are alike.

Beginnings and likenesses come from the arrays of the codec: Whoosh's reader has no quick way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from referral.search import schema
from referral.search.analysis import stem, whole_name_key
from referral.search.codec.reader import TermTable
from referral.search.segments.doc_values import Docs, Mask
from referral.search.segments.postings import PostingTable, is_in_sorted

_SHORTEST_PREFIX = 3
_MOST_COMPLETIONS = 20
_MOSTLY = 0.8
_WORDS_CACHED = 10_000
_FIELDS_BY_LANGUAGE = {
    language: tuple(
        name for name, field in schema.TEXT_FIELDS.items() if field.language == language
    )
    for language in schema.LANGUAGES
}
_NAME_FIELDS = tuple(
    (name, field.language)
    for name, field in schema.TEXT_FIELDS.items()
    if field.why in {"name", "organization"}
)


class Vocabulary:
    """Words of one commit. Frequencies count deleted documents too; what matters asks ``is_live``.

    Args:
        postings: of all segments.
        tables: of each segment.
        live: documents that are not deleted.
    """

    def __init__(self, postings: PostingTable, tables: Sequence[TermTable], live: Mask) -> None:
        self._postings = postings
        self._tables = tables
        self._live = live
        self.knows = lru_cache(_WORDS_CACHED)(self._knows)
        self._named = lru_cache(_WORDS_CACHED)(self._find_named)
        self.is_mostly_of_organizations = lru_cache(_WORDS_CACHED)(self._is_mostly_of_organizations)

    def __contains__(self, term: tuple[str, str]) -> bool:
        """Whether a document has a term: field and text."""
        return bool(self._postings.doc_frequency(*term))

    def doc_frequency(self, field: str, text: str) -> int:
        """How many documents have a term."""
        return self._postings.doc_frequency(field, text)

    def is_live(self, word: str) -> bool:
        """Whether a document that is not deleted has the word as it is written."""
        return bool(self._live[self._postings.docs(schema.WORDS, word)].any())

    def prefix_counts(self, prefix: str) -> Mapping[str, int]:
        """All words with a prefix, and in how many documents each is."""
        return _sum_counts(table.words_from(prefix) for table in self._tables)

    def spelled_like(self, word: str, edits: int) -> Mapping[str, int]:
        """All words within so many edits, some that are not, and in how many documents each is."""
        return _sum_counts(table.words_spelled_like(word, edits) for table in self._tables)

    def completions(self, prefix: str) -> list[str]:
        """The commonest words with a prefix."""
        if len(prefix) < _SHORTEST_PREFIX:
            return []
        found = self.prefix_counts(prefix)
        ranked = sorted(found, key=lambda word: (-found[word], word))
        return [word for word in ranked[:_MOST_COMPLETIONS] if self.is_live(word)]

    def is_rather_a_name(self, word: str) -> bool:
        """Whether more documents have it in the name of an organization than in a place."""
        word = stem(word, "english")
        return self.doc_frequency("organization", word) > self.doc_frequency("places", word)

    def are_a_name_without_town(self, words: Sequence[str], town: Sequence[str]) -> bool:
        """Whether these are a whole name (of service, organization), and no site is in the town."""
        if all(self.doc_frequency("places", stem(word, "english")) for word in town):
            return False
        key = whole_name_key(" ".join(words))
        return any((field, key) in self for field in (schema.NAME_KEY, schema.ORGANIZATION_KEY))

    def are_of_a_name(self, words: Sequence[str]) -> bool:
        """Whether names (of service, organization) have all of the words, or one is theirs."""
        if any(map(self.is_mostly_of_organizations, words)):
            return True
        rarest, *others = sorted(map(self._named, words), key=len)
        return bool(len(reduce(_in_both, others, rarest)))

    def _find_named(self, word: str) -> Docs:
        """The documents, rising and not deleted, with the word in one of their names."""
        found = [
            self._postings.docs(field, stem(word, language)) for field, language in _NAME_FIELDS
        ]
        docs: Docs = np.unique(np.concatenate(found))
        return docs[self._live[docs]]

    def _knows(self, word: str) -> bool:
        """Whether a document has the word, in this or another form."""
        return (schema.WORDS, word) in self or any(
            (field, form) in self
            for language, fields in _FIELDS_BY_LANGUAGE.items()
            if (form := stem(word, language))
            for field in fields
        )

    def _is_mostly_of_organizations(self, word: str) -> bool:
        """Whether most documents that have the word have it in the name of their organization."""
        known = self.doc_frequency(schema.WORDS, word)
        named = self.doc_frequency("organization", stem(word, "english"))
        return bool(known and named >= _MOSTLY * known)


def _in_both(few: Docs, many: Docs) -> Docs:
    return few[is_in_sorted(many, few)]


def _sum_counts(found: Iterable[tuple[Sequence[str], NDArray[np.int64]]]) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for words, frequencies in found:
        counts.update(dict(zip(words, frequencies.tolist(), strict=True)))
    return counts
