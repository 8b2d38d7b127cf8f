"""The words of one commit: which are known, how common they are, which are like another.

Answers as a Whoosh reader does, from the term tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from referral.search import schema
from referral.search.segments.postings import PostingTable
from referral.search.segments.term_table import FIELD_NUMBERS


class Lexicon:
    """Looks words up.

    Args:
        postings: of all segments.
        live: which documents are not deleted.
    """

    def __init__(self, postings: PostingTable, live: NDArray[np.bool_]) -> None:
        self._postings = postings
        self._live = live

    def __contains__(self, term: tuple[str, str]) -> bool:
        field, text = term
        return bool(self._postings.rows(FIELD_NUMBERS[field], text))

    def doc_frequency(self, field: str, text: str) -> int:
        """How many documents have a term, deleted ones included."""
        return self._postings.doc_frequency(field, text)

    def is_live(self, word: str) -> bool:
        """Whether a document that is there has the word as it is written."""
        return bool(self._live[self._postings.docs(schema.WORDS, word)].any())

    def beginning_with(self, letters: str) -> Mapping[str, int]:
        """The words that begin so, and in how many documents each is."""
        return _added_up(table.words_from(letters) for table in self._postings.tables)

    def spelled_like(self, word: str, slips: int) -> Mapping[str, int]:
        """All words that are within so many slips, some that are not, and how common they are."""
        return _added_up(table.words_spelled_like(word, slips) for table in self._postings.tables)


def _added_up(found: Iterable[tuple[Sequence[str], NDArray[np.int64]]]) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for words, frequencies in found:
        counts.update(dict(zip(words, frequencies.tolist(), strict=True)))
    return counts
