"""Analysis of many texts at once: one pattern over all of them, one look-up a word.

Terms, positions and lengths are those of ``analysis.py``
(``tests/search/codec/test_array_codec.py`` compares).
"""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search import schema
from referral.search.analysis import PART_GAP, STOP_WORDS, WORDS_AND_MARKS, bare, fold, stem
from referral.search.codec.reader import FIELD_NUMBERS, POSITIONAL

_END, _GAP, _SMALL, _FIRST = range(4)  # numbers of marks, of all small words, of the first word
_FULL_WIDTH = "\uff5c"  # is folded to "|"
_UNKNOWN = 0xFFFF_FFFF


class Rows(NamedTuple):
    """Postings by row, in any order of rows.

    Attributes:
        terms, fields: of each row the numbers of its term and field.
        sizes, place_sizes: of each row how many postings and positions it has.
        docs, frequencies: of each posting; documents of a row rise.
        places: of each row one after another, by document.
    """

    terms: NDArray[np.uint32]
    fields: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    place_sizes: NDArray[np.int64]
    docs: NDArray[np.int32]
    frequencies: NDArray[np.uint32]
    places: NDArray[np.uint32]


class Batch:
    """Texts that wait, and the words that any batch had so far.

    Args:
        terms: term → its number; those that are new are added.

    Attributes:
        letters: how many wait.
    """

    def __init__(self, terms: dict[bytes, int]) -> None:
        self._terms = terms
        self._words = _Words()
        self._forms = {language: array("I") for language in ("", *schema.LANGUAGES)}
        self._start()

    def _start(self) -> None:
        self.letters = 0
        self._texts: list[str] = []
        self._fields, self._docs = array("B"), array("i")

    def add(self, doc: int, name: str, text: str) -> None:
        """Take in the text of a field; documents rise."""
        self._texts.append(fold(text.replace("\0", " ").replace(_FULL_WIDTH, " ")))
        self._fields.append(FIELD_NUMBERS[name])
        self._docs.append(doc)
        self.letters += len(text)

    def analyse(self) -> Rows:
        """The postings of all texts that wait, and of them all as whole words."""
        words, run, places = self._tokens()
        fields = np.frombuffer(self._fields, dtype=np.uint8)[run]
        docs = np.frombuffer(self._docs, dtype=np.int32)[run]
        self._start()
        terms = np.concatenate([self._forms_of(words, fields), self._numbers("", words)])
        whole = np.full(len(words), FIELD_NUMBERS[schema.WORDS], dtype=np.uint8)
        return _rows(terms, np.concatenate([fields, whole]), np.concatenate([docs, docs]), places)

    def _tokens(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]:
        """Of each word that counts its number, the text that has it, and its position."""
        found = WORDS_AND_MARKS.findall("\0".join(self._texts))
        numbers = np.fromiter(map(self._words.__getitem__, found), np.uint32, len(found))
        numbers = numbers[numbers != _SMALL]
        is_word, is_end = numbers >= _FIRST, numbers == _END
        steps = np.where(is_word, 1, np.where(is_end, 0, PART_GAP))
        before = np.cumsum(steps) - steps
        run = np.cumsum(is_end)
        places = before - np.append(0, before[is_end])[run]
        return numbers[is_word], run[is_word], places[is_word].astype(np.uint32)

    def _forms_of(self, words: NDArray[np.uint32], fields: NDArray[np.uint8]) -> NDArray[np.uint32]:
        """The term of each word, in the language of its field."""
        terms = np.zeros(len(words), dtype=np.uint32)
        for language in schema.LANGUAGES:
            numbers = [
                FIELD_NUMBERS[name]
                for name, field in schema.TEXT_FIELDS.items()
                if field.language == language
            ]
            here = np.isin(fields, numbers)
            terms[here] = self._numbers(language, words[here])
        return terms

    def _numbers(self, language: str, words: NDArray[np.uint32]) -> NDArray[np.uint32]:
        known, texts = self._forms[language], self._words.texts
        known.extend([_UNKNOWN] * (len(texts) - len(known)))
        forms = np.frombuffer(known, dtype=np.uint32)
        missing = np.unique(words[forms[words] == _UNKNOWN])
        for number in missing.tolist():
            form = stem(texts[number], language) if language else texts[number]
            known[number] = self._terms.setdefault(form.encode(), len(self._terms))
        return forms[words]


class _Words(dict[str, int]):
    """Folded word as it stands → number; small words have one number for all of them."""

    def __init__(self) -> None:
        super().__init__({"\0": _END, "|": _GAP})
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
    """Sort words, which stand by document and position in each field, into rows.

    Args:
        places: of the first words; the others have none.
    """
    keys = (terms.astype(np.uint64) << np.uint64(8)) | fields
    # The place of the word behind the key makes any sort a stable one, the quickest too.
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
    """Where another number begins."""
    changes = np.ones(len(numbers), dtype=np.bool_)
    changes[1:] = numbers[1:] != numbers[:-1]
    return changes
