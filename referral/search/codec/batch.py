"""Text analysis in batches: one dictionary look-up for each word, then operations on arrays.

It yields the same terms, positions and lengths as ``analysis.py``
(``tests/search/codec/test_array_codec.py`` compares both).
"""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search import schema
from referral.search.analysis import PART_GAP, STOP_WORDS, WORDS_AND_GAPS, bare, fold, stem
from referral.search.codec.reader import FIELD_NUMBERS, POSITIONAL

_END, _GAP, _SMALL, _FIRST = range(4)  # numbers of the marks, of all stop words, of the first word
_FULL_WIDTH = "\uff5c"  # folding turns it into "|"
_UNKNOWN = 0xFFFF_FFFF


class Rows(NamedTuple):
    """Postings grouped by row, a row being one term in one field; the rows are in any order.

    Attributes:
        terms, fields: for each row the numbers of its term and of its field.
        sizes, position_counts: for each row how many postings and how many positions it has.
        docs, frequencies: for each posting its document and term frequency; the documents of a row
            ascend.
        positions: of all rows, row by row, each in the order of documents.
    """

    terms: NDArray[np.uint32]
    fields: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    position_counts: NDArray[np.int64]
    docs: NDArray[np.int32]
    frequencies: NDArray[np.uint32]
    positions: NDArray[np.uint32]


class Batch:
    """Batch of the words of index documents that wait for analysis, with a cache of earlier words.

    Args:
        terms: term → its number; new terms are added.
    """

    def __init__(self, terms: dict[bytes, int]) -> None:
        self._terms = terms
        self._words = _Words()
        self._forms = {language: array("I") for language in ("", *schema.LANGUAGES)}
        self._clear()

    def _clear(self) -> None:
        self._numbers = array("I")  # of words and marks
        self._fields, self._docs = array("B"), array("i")  # of each text

    def __len__(self) -> int:
        """Return the number of words and marks that wait for analysis."""
        return len(self._numbers)

    def add(self, doc: int, name: str, text: str) -> None:
        """Add the text of a document's field; documents must be added in ascending order."""
        words = WORDS_AND_GAPS.findall(fold(text.replace(_FULL_WIDTH, " ")))
        self._numbers.extend(map(self._words.__getitem__, words))
        self._numbers.append(_END)
        self._fields.append(FIELD_NUMBERS[name])
        self._docs.append(doc)

    def analyze(self) -> Rows:
        """Return the postings of all waiting words, in their own fields and in ``WORDS``."""
        words, text_numbers, positions = self._locate_words()
        fields = np.frombuffer(self._fields, dtype=np.uint8)[text_numbers]
        docs = np.frombuffer(self._docs, dtype=np.int32)[text_numbers]
        self._clear()
        terms = np.concatenate([self._terms_in_fields(words, fields), self._terms_of("", words)])
        whole = np.full(len(words), FIELD_NUMBERS[schema.WORDS], dtype=np.uint8)
        all_fields, all_docs = np.concatenate([fields, whole]), np.concatenate([docs, docs])
        return _rows(terms, all_fields, all_docs, positions)

    def _locate_words(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]:
        """Return for each word but stop words its number, its text's number and its position."""
        numbers = np.frombuffer(self._numbers, dtype=np.uint32)
        numbers = numbers[numbers != _SMALL]
        is_word, is_end = numbers >= _FIRST, numbers == _END
        steps = np.where(is_word, 1, np.where(is_end, 0, PART_GAP))
        steps_before = np.cumsum(steps) - steps
        text_numbers = np.cumsum(is_end)
        positions = steps_before - np.append(0, steps_before[is_end])[text_numbers]
        return numbers[is_word], text_numbers[is_word], positions[is_word].astype(np.uint32)

    def _terms_in_fields(
        self, words: NDArray[np.uint32], fields: NDArray[np.uint8]
    ) -> NDArray[np.uint32]:
        """Return the number of each word's term, stemmed in the language of its field."""
        terms = np.zeros(len(words), dtype=np.uint32)
        for language in schema.LANGUAGES:
            numbers = [
                FIELD_NUMBERS[name]
                for name, field in schema.TEXT_FIELDS.items()
                if field.language == language
            ]
            is_in_language = np.isin(fields, numbers)
            terms[is_in_language] = self._terms_of(language, words[is_in_language])
        return terms

    def _terms_of(self, language: str, words: NDArray[np.uint32]) -> NDArray[np.uint32]:
        term_numbers, texts = self._forms[language], self._words.texts
        term_numbers.extend([_UNKNOWN] * (len(texts) - len(term_numbers)))
        term_of_word = np.frombuffer(term_numbers, dtype=np.uint32)
        new_words = np.unique(words[term_of_word[words] == _UNKNOWN])
        for number in new_words.tolist():
            term = stem(texts[number], language) if language else texts[number]
            term_numbers[number] = self._terms.setdefault(term.encode(), len(self._terms))
        return term_of_word[words]


class _Words(dict[str, int]):
    """Number of each folded word as written; all stop words share one number."""

    def __init__(self) -> None:
        super().__init__({"|": _GAP})
        self.texts = [""] * _FIRST

    def __missing__(self, raw: str) -> int:
        word = bare(raw)
        number = _SMALL if word in STOP_WORDS else len(self.texts)
        if number != _SMALL:
            self.texts.append(word)
        self[raw] = number
        return number


def _rows(
    terms: NDArray[np.uint32],
    fields: NDArray[np.uint8],
    docs: NDArray[np.int32],
    positions: NDArray[np.uint32],
) -> Rows:
    """Group the analyzed words of index documents into rows of postings.

    Args:
        terms, fields, docs: of each word, in the order of documents and positions in each field.
        positions: of the first words; the rest have none.
    """
    keys = (terms.astype(np.uint64) << np.uint64(8)) | fields
    # The word's index in the low bits of its key makes any sort stable, even the fastest.
    bits = np.uint64(max(len(keys), 1).bit_length())
    keys = (keys << bits) | np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    order = (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    keys >>= bits
    docs = docs[order]
    is_new = changes_of(keys)
    postings = np.flatnonzero(is_new | changes_of(docs))
    rows = np.flatnonzero(is_new)
    of_rows = keys[rows]
    field_numbers = (of_rows & np.uint64(255)).astype(np.uint8)
    sizes = np.diff(rows, append=len(keys))
    return Rows(
        terms=(of_rows >> np.uint64(8)).astype(np.uint32),
        fields=field_numbers,
        sizes=np.diff(np.searchsorted(postings, rows), append=len(postings)),
        position_counts=np.where(POSITIONAL[field_numbers], sizes, 0),
        docs=docs[postings],
        frequencies=np.diff(postings, append=len(keys)).astype(np.uint32),
        positions=positions[order[order < len(positions)]],
    )


def changes_of(numbers: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where an array has another number than just before; True for its first."""
    is_changed = np.ones(len(numbers), dtype=np.bool_)
    is_changed[1:] = numbers[1:] != numbers[:-1]
    return is_changed
