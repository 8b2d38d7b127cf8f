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
        sizes, place_sizes: for each row how many postings and how many positions it has.
        docs, frequencies: for each posting its document and term frequency; the documents of a row
            ascend.
        places: the positions of all rows, row by row, each in the order of documents.
    """

    terms: NDArray[np.uint32]
    fields: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    place_sizes: NDArray[np.int64]
    docs: NDArray[np.int32]
    frequencies: NDArray[np.uint32]
    places: NDArray[np.uint32]


class Batch:
    """Words of documents that wait for analysis, and a cache of all words analyzed before.

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
        found = WORDS_AND_GAPS.findall(fold(text.replace(_FULL_WIDTH, " ")))
        self._numbers.extend(map(self._words.__getitem__, found))
        self._numbers.append(_END)
        self._fields.append(FIELD_NUMBERS[name])
        self._docs.append(doc)

    def analyse(self) -> Rows:
        """Return the postings of all waiting words, in their own fields and in ``WORDS``."""
        words, run, places = self._locate_words()
        fields = np.frombuffer(self._fields, dtype=np.uint8)[run]
        docs = np.frombuffer(self._docs, dtype=np.int32)[run]
        self._clear()
        terms = np.concatenate([self._forms_of(words, fields), self._terms_of("", words)])
        whole = np.full(len(words), FIELD_NUMBERS[schema.WORDS], dtype=np.uint8)
        return _rows(terms, np.concatenate([fields, whole]), np.concatenate([docs, docs]), places)

    def _locate_words(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]:
        """Return for each word but stop words its number, its text's number and its position."""
        numbers = np.frombuffer(self._numbers, dtype=np.uint32)
        numbers = numbers[numbers != _SMALL]
        is_word, is_end = numbers >= _FIRST, numbers == _END
        steps = np.where(is_word, 1, np.where(is_end, 0, PART_GAP))
        before = np.cumsum(steps) - steps
        run = np.cumsum(is_end)
        places = before - np.append(0, before[is_end])[run]
        return numbers[is_word], run[is_word], places[is_word].astype(np.uint32)

    def _forms_of(self, words: NDArray[np.uint32], fields: NDArray[np.uint8]) -> NDArray[np.uint32]:
        """Return the number of each word's term, stemmed in the language of its field."""
        terms = np.zeros(len(words), dtype=np.uint32)
        for language in schema.LANGUAGES:
            numbers = [
                FIELD_NUMBERS[name]
                for name, field in schema.TEXT_FIELDS.items()
                if field.language == language
            ]
            here = np.isin(fields, numbers)
            terms[here] = self._terms_of(language, words[here])
        return terms

    def _terms_of(self, language: str, words: NDArray[np.uint32]) -> NDArray[np.uint32]:
        known, texts = self._forms[language], self._words.texts
        known.extend([_UNKNOWN] * (len(texts) - len(known)))
        forms = np.frombuffer(known, dtype=np.uint32)
        missing = np.unique(words[forms[words] == _UNKNOWN])
        for number in missing.tolist():
            form = stem(texts[number], language) if language else texts[number]
            known[number] = self._terms.setdefault(form.encode(), len(self._terms))
        return forms[words]


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
    places: NDArray[np.uint32],
) -> Rows:
    """Group words into rows of postings.

    Args:
        terms, fields, docs: of each word, in the order of documents and positions in each field.
        places: positions of the first words; the rest have none.
    """
    keys = (terms.astype(np.uint64) << np.uint64(8)) | fields
    # The word's index in the low bits of its key makes any sort stable, even the fastest.
    bits = np.uint64(max(len(keys), 1).bit_length())
    keys = (keys << bits) | np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    order = (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    keys >>= bits
    docs = docs[order]
    changes = changes_of(keys)
    postings = np.flatnonzero(changes | changes_of(docs))
    rows = np.flatnonzero(changes)
    of_rows = keys[rows]
    numbers = (of_rows & np.uint64(255)).astype(np.uint8)
    sizes = np.diff(rows, append=len(keys))
    return Rows(
        terms=(of_rows >> np.uint64(8)).astype(np.uint32),
        fields=numbers,
        sizes=np.diff(np.searchsorted(postings, rows), append=len(postings)),
        place_sizes=np.where(POSITIONAL[numbers], sizes, 0),
        docs=docs[postings],
        frequencies=np.diff(postings, append=len(keys)).astype(np.uint32),
        places=places[order[order < len(places)]],
    )


def changes_of(numbers: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where an array has another number than just before; True for its first."""
    changes = np.ones(len(numbers), dtype=np.bool_)
    changes[1:] = numbers[1:] != numbers[:-1]
    return changes
