"""Term table of one segment: term → documents, frequencies, field lengths, positions.

A *row* is one term in one field; rows stand in the order of terms, then fields. A posting is a
document of a row and a *code*: which pair of weight and field length it has. Neither idf nor
average lengths are in here: they belong to all segments, and are applied at query time.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search import schema
from referral.search.segments.array_files import Arrays
from referral.search.segments.whoosh_internals import LENGTH_OF_BYTE

# Where words are looked up. The number of a field is its place here.
FIELDS = (*schema.TEXT_FIELDS, schema.NAME_KEY, schema.ORGANIZATION_KEY)
FIELD_NUMBERS = {name: number for number, name in enumerate(FIELDS)}

# The fields whose positions are kept, for phrases.
POSITIONAL = np.array([name in schema.TEXT_FIELDS and name != schema.WORDS for name in FIELDS])

# Whoosh keeps the length of a field as one byte; this is what the byte stands for.
FIELD_LENGTHS = np.array(LENGTH_OF_BYTE, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """What a segment is made of, in the order of rows.

    Attributes:
        terms: different texts, rising.
        row_terms, row_fields: of each row the number of its term and field.
        row_starts: of each row its first posting; one more at the end.
        docs, weights, lengths: of each posting; lengths as Whoosh's bytes.
        row_places, places: of each row its first position, and the positions.
        field_lengths: of each field all lengths in sum.
        doc_count: documents of the segment, deleted ones included.
    """

    terms: Sequence[bytes]
    row_terms: NDArray[np.int32]
    row_fields: NDArray[np.uint8]
    row_starts: NDArray[np.int64]
    docs: NDArray[np.int32]
    weights: NDArray[np.float32]
    lengths: NDArray[np.uint8]
    row_places: NDArray[np.int64]
    places: NDArray[Any]
    field_lengths: NDArray[np.int64]
    doc_count: int


def term_arrays(found: Occurrences) -> Arrays:
    """The arrays of a term table."""
    texts = np.frombuffer(b"".join(found.terms), dtype=np.uint8)
    ends = np.cumsum([0, *map(len, found.terms)], dtype=np.int64)
    codes, pair_weights, pair_lengths = _coded(found.weights, found.lengths)
    words = np.flatnonzero(found.row_fields == FIELD_NUMBERS[schema.WORDS]).astype(np.int32)
    letters, sizes = _spelled(texts, ends)
    starts, bucketed = _buckets(found.terms)
    return {
        "texts": texts,
        "text_ends": ends,
        "bucket_starts": starts,
        "bucket_terms": bucketed,
        "term_rows": np.searchsorted(
            found.row_terms, np.arange(len(found.terms) + 1, dtype=np.int32)
        ).astype(np.int32),
        "row_fields": found.row_fields,
        "row_starts": found.row_starts,
        "docs": found.docs,
        "codes": codes,
        "pair_weights": pair_weights,
        "pair_lengths": pair_lengths,
        "row_places": found.row_places,
        "places": _narrow(found.places),
        "word_rows": words,
        "word_terms": found.row_terms[words],
        "word_letters": letters[found.row_terms[words]],
        "word_sizes": sizes[found.row_terms[words]],
        "field_lengths": found.field_lengths,
        "doc_count": np.array([found.doc_count], dtype=np.int64),
    }


class TermTable:
    """Looks things up in the arrays of one segment."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.doc_count = int(arrays["doc_count"][0])
        self.field_lengths: list[int] = arrays["field_lengths"].tolist()
        self.docs, self.codes = arrays["docs"], arrays["codes"]
        self.weights = arrays["pair_weights"].astype(np.float64)
        self.lengths = FIELD_LENGTHS[arrays["pair_lengths"]]
        # A memoryview gives single numbers four times as fast as an array.
        self._texts = arrays["texts"].data
        self._ends = arrays["text_ends"].data
        self._buckets = arrays["bucket_starts"].data
        self._bucketed = arrays["bucket_terms"].data
        self._term_rows = arrays["term_rows"].data
        self._fields = arrays["row_fields"].data
        self._starts = arrays["row_starts"].data
        self._places = arrays["row_places"].data

    def rows_of(self, term: bytes) -> Iterator[tuple[int, int]]:
        """The number of each field that has the term, and the row."""
        number = self._find(term)
        if number >= 0:
            for row in range(self._term_rows[number], self._term_rows[number + 1]):
                yield self._fields[row], row

    def extent(self, row: int) -> tuple[int, int]:
        """Where the postings of a row begin and end."""
        return self._starts[row], self._starts[row + 1]

    def places_of(self, row: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Document and position of every occurrence of a row, rising."""
        start, end = self.extent(row)
        counts = self.weights[self.codes[start:end]].astype(np.int64)
        places = self.arrays["places"][self._places[row] : self._places[row + 1]]
        return np.repeat(self.docs[start:end], counts), places.astype(np.int64)

    def words_from(self, letters: str) -> tuple[list[str], NDArray[np.int64]]:
        """The words that begin so, rising, and in how many documents each is."""
        beginning = letters.encode(errors="surrogatepass")
        first = self._word_at(beginning)
        # No word has this letter, which sorts behind all others.
        last = self._word_at(beginning + "\U0010ffff".encode())
        return self._words(np.arange(first, last))

    def words_spelled_like(self, word: str, slips: int) -> tuple[list[str], NDArray[np.int64]]:
        """The words that may be within so many slips: none of those that are is missing.

        A slip changes the length by one at most, and adds and takes away one letter at most.
        """
        text = np.frombuffer(word.encode(errors="surrogatepass"), dtype=np.uint8)
        letters, _ = _spelled(text, np.array([0, len(text)]))
        near = np.abs(self.arrays["word_sizes"].astype(np.int16) - len(word)) <= slips
        differing = np.bitwise_count(self.arrays["word_letters"] ^ letters[0])
        return self._words(np.flatnonzero(near & (differing <= 2 * slips)))

    def terms_from(self, letters: str, field: int) -> Iterator[str]:
        """The terms of a field that begin so, rising."""
        beginning = letters.encode(errors="surrogatepass")
        terms = range(len(self._ends) - 1)
        for term in range(bisect_left(terms, beginning, key=self._text), len(terms)):
            text = self._text(term)
            if not text.startswith(beginning):
                break
            if any(self._fields[row] == field for row in range(*self._term_rows[term : term + 2])):
                yield text.decode()

    def _words(self, numbers: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
        rows, starts = self.arrays["word_rows"][numbers], self.arrays["row_starts"]
        texts = [self._text(term).decode() for term in self.arrays["word_terms"][numbers].tolist()]
        return texts, starts[rows + 1] - starts[rows]

    def _word_at(self, text: bytes) -> int:
        """The first word that does not sort before a text."""
        return bisect_left(self.arrays["word_terms"].data, text, key=self._text)

    def _find(self, term: bytes) -> int:
        bucket = zlib.crc32(term) & (len(self._buckets) - 2)
        for at in range(self._buckets[bucket], self._buckets[bucket + 1]):
            number = self._bucketed[at]
            if self._text(number) == term:
                return number
        return -1

    def _text(self, term: int) -> bytes:
        return bytes(self._texts[self._ends[term] : self._ends[term + 1]])


def _coded(
    weights: NDArray[np.float32], lengths: NDArray[np.uint8]
) -> tuple[NDArray[Any], NDArray[np.float32], NDArray[np.uint8]]:
    """Number the different pairs; a word stands a small whole number of times, nearly always."""
    different = np.unique(weights)
    keys = np.searchsorted(different, weights).astype(np.uint32) * np.uint32(256) + lengths
    used = np.flatnonzero(np.bincount(keys, minlength=1))
    numbers = np.zeros(int(used[-1]) + 1 if len(used) else 1, dtype=np.uint32)
    numbers[used] = np.arange(len(used))
    return _narrow(numbers[keys]), different[used >> 8], (used & 255).astype(np.uint8)


def _buckets(terms: Sequence[bytes]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """A hash table without gaps: the terms of each bucket one after another."""
    size = 1 << max(len(terms) - 1, 1).bit_length()
    hashes = np.array([zlib.crc32(term) for term in terms], dtype=np.uint32) & np.uint32(size - 1)
    order = np.argsort(hashes, kind="stable").astype(np.int32)
    starts = np.searchsorted(hashes[order], np.arange(size + 1)).astype(np.int32)
    return starts, order


_LETTER = np.full(256, 31, dtype=np.uint32)
_LETTER[:128] = 30
_LETTER[ord("0") : ord("9") + 1] = [26 + digit % 4 for digit in range(10)]
_LETTER[ord("a") : ord("z") + 1] = range(26)
_BITS = (np.uint32(1) << _LETTER).astype(np.uint32)


def _spelled(
    texts: NDArray[np.uint8], ends: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Which letters each text has, as bits, and how many (255: or more)."""
    if not len(texts):
        nothing = np.zeros(len(ends) - 1)
        return nothing.astype(np.uint32), nothing.astype(np.uint8)
    letters = np.bitwise_or.reduceat(_BITS[texts], ends[:-1])
    begins = ((texts & 0xC0) != 0x80).astype(np.int64)  # not the second byte of a letter
    sizes = np.add.reduceat(begins, ends[:-1])
    return letters, np.minimum(sizes, 255).astype(np.uint8)


def _narrow(numbers: NDArray[Any]) -> NDArray[Any]:
    small = not len(numbers) or int(numbers.max()) < 1 << 16
    return numbers.astype(np.uint16 if small else np.uint32)
