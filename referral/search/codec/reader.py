"""The arrays of one segment (terms, postings, documents) and Whoosh's readers of them.

A *row* is the posting list of one term in one field; rows are sorted by term, then field. A
posting is a document of a row and a *code*, the number of its pair of weight and field length.
Neither idf nor average field lengths are stored here: they depend on all segments, and are
applied at query time.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec import base
from whoosh.fields import FieldType
from whoosh.formats import Format, Frequency
from whoosh.matching import LeafMatcher, ReadTooFar
from whoosh.reading import TermInfo, TermNotFound
from whoosh.scoring import BaseScorer
from whoosh.system import pack_uint
from whoosh.util.numeric import byte_to_length

from referral.search import schema
from referral.search.codec.array_file import map_arrays
from referral.search.segment_facts import SegmentFacts

# Indexed fields. A field's number is its index here; text fields come first.
FIELDS = (*schema.TEXT_FIELDS, schema.NAME_KEY, schema.ORGANIZATION_KEY, schema.KEY)
FIELD_NUMBERS: Mapping[str, int] = {name: number for number, name in enumerate(FIELDS)}

# Fields whose positions are stored, for phrases.
POSITIONAL = np.array([name in schema.TEXT_FIELDS and name != schema.WORDS for name in FIELDS])

# Whoosh stores the length of a field as one byte; this is the length for each byte.
FIELD_LENGTHS = np.array([byte_to_length(byte) for byte in range(256)], dtype=np.float64)

_TERMS_KEPT = 20_000  # looked-up terms that are cached with their rows; a few megabytes at the most
_LETTER = np.full(256, 31, dtype=np.uint32)


def segment_identity(doc_count: int) -> dict[str, Any]:
    """Return the header values that identify a segment's file: schema hash and document count."""
    return {"index": schema.schema_hash(), "documents": doc_count}


class SegmentArrays(base.TermsReader):
    """The mapped arrays of one segment: its terms, postings and facts.

    Deleted documents are included. Threads and readers share it.

    Raises:
        OSError: the file is missing or damaged.
    """

    def __init__(self, path: Path, doc_count: int) -> None:
        self.arrays = arrays = map_arrays(path, segment_identity(doc_count))
        self.facts = SegmentFacts(doc_count, arrays)
        self.docs, self.codes = arrays["docs"], arrays["codes"]
        self.weights = arrays["pair_weights"].astype(np.float64)
        self.lengths = FIELD_LENGTHS[arrays["pair_lengths"]]
        # A memoryview gives single numbers four times as fast as an array.
        self.starts = arrays["row_starts"].data
        self.position_starts = arrays["row_places"].data
        self._texts = arrays["texts"].data
        self._ends = arrays["text_ends"].data
        self._buckets = arrays["bucket_starts"].data
        self._bucketed = arrays["bucket_terms"].data
        self._term_rows = arrays["term_rows"].data
        self._fields = arrays["row_fields"].data
        self._rows_by_term: dict[bytes, Mapping[str, int]] = {}
        self._by_field: dict[str, tuple[Sequence[int], Sequence[int]]] = {}

    def rows_of(self, term: bytes) -> Mapping[str, int]:
        """Return the postings row of an indexed term in each field that has it; cached."""
        rows = self._rows_by_term.get(term)
        if rows is None:
            if len(self._rows_by_term) >= _TERMS_KEPT:
                self._rows_by_term = {}
            rows = self._rows_by_term[term] = self._find_rows(term)
        return rows

    def words_from(self, letters: str) -> tuple[list[str], NDArray[np.int64]]:
        """Return the indexed words with a prefix, sorted, and the document count of each."""
        beginning = letters.encode(errors="surrogatepass")
        first = self._word_at(beginning)
        # No word has this letter, which sorts behind all others.
        last = self._word_at(beginning + "\U0010ffff".encode())
        return self._words(np.arange(first, last))

    def beginning(self, field: str, start: bytes, most: int) -> list[bytes]:
        """Return the first terms of a field that have a prefix, sorted, up to a limit."""
        _, terms = self.rows_of_field(field)
        first = bisect_left(terms, start, key=self._text)
        texts = map(self._text, terms[first : first + most])
        return list(takewhile(lambda text: text.startswith(start), texts))

    def words_spelled_like(self, word: str, edits: int) -> tuple[list[str], NDArray[np.int64]]:
        """Return words possibly within an edit distance, and document counts.

        No word within that distance is missing; some are farther away. Each edit changes the length
        by one at most, and adds and removes one letter at most.
        """
        text = np.frombuffer(word.encode(errors="surrogatepass"), dtype=np.uint8)
        letters, _ = letters_and_sizes(text, np.array([0, len(text)]))
        is_near = np.abs(self.arrays["word_sizes"].astype(np.int16) - len(word)) <= edits
        differing = np.bitwise_count(self.arrays["word_letters"] ^ letters[0])
        return self._words(np.flatnonzero(is_near & (differing <= 2 * edits)))

    # Methods that Whoosh calls.

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        """Return whether any document has a term, given as field and text."""
        name, text = term
        return name in self.rows_of(text)

    def indexed_field_names(self) -> list[str]:
        """Return the names of the fields that have terms, sorted as Whoosh requires."""
        return sorted(name for name in FIELDS if len(self.rows_of_field(name)[0]))

    def terms(self) -> Iterator[tuple[str, bytes]]:
        """Yield all terms as pairs of field and text, in this order."""
        return self.terms_from("", b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield all terms from a field and text onwards."""
        return ((name, self._text(term)) for name, term, _ in self._rows_from(fieldname, prefix))

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        """Yield all terms with their statistics."""
        return self.items_from("", b"")

    def items_from(
        self, fieldname: str, prefix: bytes
    ) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        """Yield all terms from a field and text onwards, with their statistics."""
        for name, term, row in self._rows_from(fieldname, prefix):
            yield (name, self._text(term)), self.info(row)

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        """Return the statistics of a term."""
        return self.info(self._row(fieldname, text))

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        """Return the number of documents that have a term, deleted ones included."""
        row = self.rows_of(text).get(fieldname)
        return 0 if row is None else self.starts[row + 1] - self.starts[row]

    def frequency(self, fieldname: str, text: bytes) -> float:
        """Return how often a term occurs in all documents of the segment."""
        row = self.rows_of(text).get(fieldname)
        return 0.0 if row is None else float(self.info(row).weight())

    def matcher(
        self, fieldname: str, text: bytes, format_: Format, scorer: BaseScorer | None = None
    ) -> TermMatcher:
        """Return a matcher over the posting list of a term."""
        return TermMatcher(self, self._row(fieldname, text), (fieldname, text), format_, scorer)

    def cursor(self, fieldname: str, fieldobj: FieldType) -> TermCursor:
        """Return a cursor over the terms of a field."""
        rows, terms = self.rows_of_field(fieldname)
        return TermCursor(fieldobj, rows, [self._text(term) for term in terms], self)

    def info(self, row: int) -> TermInfo:
        """Return the statistics of an indexed term in one field, from its postings row."""
        start, end = self.starts[row], self.starts[row + 1]
        codes = self.codes[start:end]
        weights, lengths = self.weights[codes], self.lengths[codes]
        return TermInfo(
            weight=float(weights.sum()),
            df=end - start,
            minlength=int(lengths.min()),
            maxlength=int(lengths.max()),
            maxweight=float(weights.max()),
            minid=int(self.docs[start]),
            maxid=int(self.docs[end - 1]),
        )

    def rows_of_field(self, name: str) -> tuple[Sequence[int], Sequence[int]]:
        """Return the postings rows of an indexed field, and the term number of each, ascending."""
        rows_and_terms = self._by_field.get(name)
        if rows_and_terms is None:
            rows = np.flatnonzero(self.arrays["row_fields"] == FIELD_NUMBERS.get(name, len(FIELDS)))
            terms = self.arrays["term_rows"].searchsorted(rows, side="right") - 1
            rows_and_terms = self._by_field[name] = rows.data, terms.data
        return rows_and_terms

    def _rows_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, int, int]]:
        for name in self.indexed_field_names():
            if name >= fieldname:
                rows, terms = self.rows_of_field(name)
                first = bisect_left(terms, prefix, key=self._text) if name == fieldname else 0
                for at in range(first, len(rows)):
                    yield name, terms[at], rows[at]

    def _row(self, fieldname: str, text: bytes) -> int:
        try:
            return self.rows_of(text)[fieldname]
        except KeyError:
            raise TermNotFound(f"{fieldname}:{text!r}") from None

    def _words(self, numbers: NDArray[Any]) -> tuple[list[str], NDArray[np.int64]]:
        rows, starts = self.arrays["word_rows"][numbers], self.arrays["row_starts"]
        texts = [self._text(term).decode() for term in self.arrays["word_terms"][numbers].tolist()]
        return texts, starts[rows + 1] - starts[rows]

    def _word_at(self, text: bytes) -> int:
        """Return the index of the first word that does not sort before a text."""
        return bisect_left(self.arrays["word_terms"].data, text, key=self._text)

    def _find_rows(self, term: bytes) -> Mapping[str, int]:
        bucket = zlib.crc32(term) & (len(self._buckets) - 2)
        for at in range(self._buckets[bucket], self._buckets[bucket + 1]):
            number = self._bucketed[at]
            if self._text(number) == term:
                rows = range(self._term_rows[number], self._term_rows[number + 1])
                return {FIELDS[self._fields[row]]: row for row in rows}
        return {}

    def _text(self, term: int) -> bytes:
        return bytes(self._texts[self._ends[term] : self._ends[term + 1]])


class TermCursor(base.FieldCursor):
    """Cursor over the indexed terms of one field of a search index segment."""

    def __init__(
        self, field: FieldType, rows: Sequence[int], texts: Sequence[bytes], table: SegmentArrays
    ) -> None:
        self._field, self._rows, self._texts, self._table = field, rows, texts, table
        self._at = 0

    def first(self) -> str | None:
        """Move the cursor to the first term and return it."""
        self._at = 0
        return self.text()

    def find(self, term: str | bytes) -> str | None:
        """Move the cursor to the first term that does not sort before a given one; return it."""
        self._at = bisect_left(self._texts, self._field.to_bytes(term))
        return self.text()

    def next(self) -> str | None:
        """Move the cursor to the next term and return it."""
        self._at += 1
        return self.text()

    def text(self) -> str | None:
        """Return the term at the cursor, None after the last."""
        return self._field.from_bytes(self._texts[self._at]) if self.is_valid() else None

    def term_info(self) -> TermInfo | None:
        """Return the statistics of the term at the cursor, None after the last."""
        return self._table.info(self._rows[self._at]) if self.is_valid() else None

    def is_valid(self) -> bool:
        """Return whether the cursor is at a term."""
        return self._at < len(self._texts)


class TermMatcher(LeafMatcher):
    """Matcher over one posting list: one posting at a time for Whoosh, or all at once.

    Attributes:
        table: the segment's arrays.
        docs, codes: of all postings, deleted documents included; documents ascend.
    """

    def __init__(
        self,
        table: SegmentArrays,
        row: int,
        term: tuple[str, bytes],
        format_: Format,
        scorer: BaseScorer | None,
    ) -> None:
        self.table, self._row, self._field_and_text = table, row, term
        self.format, self.scorer = format_, scorer
        start, end = table.starts[row], table.starts[row + 1]
        self.docs, self.codes = table.docs[start:end], table.codes[start:end]
        self._at = 0

    def occurrences(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the document and the position of each occurrence of the term, sorted."""
        counts = self.table.weights[self.codes].astype(np.int64)
        return np.repeat(self.docs, counts), self._positions().astype(np.int64)

    def _positions(self) -> NDArray[Any]:
        table = self.table
        positions: NDArray[Any] = table.arrays["places"]
        return positions[table.position_starts[self._row] : table.position_starts[self._row + 1]]

    def term(self) -> tuple[str, bytes]:
        """Return the field and text of the matcher's term."""
        return self._field_and_text

    def copy(self) -> TermMatcher:
        """Return a copy of the matcher at the same posting."""
        other = TermMatcher(self.table, self._row, self._field_and_text, self.format, self.scorer)
        other._at = self._at
        return other

    def reset(self) -> None:
        """Move the matcher to the first posting."""
        self._at = 0

    def is_active(self) -> bool:
        """Return whether the matcher is at a posting."""
        return self._at < len(self.docs)

    def id(self) -> int:
        """Return the document number of the current posting."""
        return int(self.docs[self._at])

    def next(self) -> bool:
        """Move the matcher to the next posting. False tells Whoosh that all are one block."""
        self._at += 1
        return False

    def skip_to(self, target: int) -> None:
        """Move the matcher to the first posting of a given or later document."""
        if not self.is_active():
            raise ReadTooFar
        self._at += int(self.docs[self._at :].searchsorted(target))

    def skip_to_quality(self, minquality: float) -> int:
        """Skip all postings if none can score more than a minimum."""
        if not self.is_active() or self.block_quality() > minquality:
            return 0
        self._at = len(self.docs)
        return 1

    def weight(self) -> float:
        """Return how often the term occurs in the current document."""
        return float(self.table.weights[self.codes[self._at]])

    def value(self) -> bytes:
        """Return the current posting, encoded in the format of its field."""
        if self.format.supports("positions"):
            before = int(self.table.weights[self.codes[: self._at]].sum())
            positions = self._positions()[before : before + int(self.weight())]
            return bytes(self.format.encode(positions.tolist()))
        return bytes(pack_uint(int(self.weight()))) if isinstance(self.format, Frequency) else b""

    def block_max_weight(self) -> float:
        """Return the highest frequency of the term in any of its documents."""
        return float(self.table.weights[self.codes].max())

    def block_min_length(self) -> int:
        """Return the length in words of the shortest field that has the term."""
        return int(self.table.lengths[self.codes].min())

    def block_max_length(self) -> int:
        """Return the length in words of the longest field that has the term."""
        return int(self.table.lengths[self.codes].max())


class DocumentReader(base.PerDocumentReader):
    """Whoosh reader of the documents of a segment.

    Args:
        deleted: numbers of deleted documents.
    """

    def __init__(self, segment: SegmentArrays, deleted: frozenset[int]) -> None:
        self._facts = segment.facts
        self._deleted = deleted
        self._sums = segment.arrays["field_lengths"]
        self._lengths = segment.arrays["lengths"].reshape(len(FIELDS), -1)

    def doc_count(self) -> int:
        """Return the number of documents that are not deleted."""
        return self._facts.size - len(self._deleted)

    def doc_count_all(self) -> int:
        """Return the number of documents, deleted ones included."""
        return self._facts.size

    def has_deletions(self) -> bool:
        """Return whether any document of the segment is deleted."""
        return bool(self._deleted)

    def is_deleted(self, docnum: int) -> bool:
        """Return whether a document is deleted."""
        return docnum in self._deleted

    def deleted_docs(self) -> frozenset[int]:
        """Return the numbers of the deleted documents."""
        return self._deleted

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """Return the length in words of a field of one document."""
        number = FIELD_NUMBERS.get(fieldname)
        if number is None:
            return default
        return int(FIELD_LENGTHS[self._lengths[number, docnum]]) or default

    def field_length(self, fieldname: str) -> int:
        """Return the total length in words of a field over all documents."""
        return int(self._sums[FIELD_NUMBERS[fieldname]]) if fieldname in FIELD_NUMBERS else 0

    def min_field_length(self, fieldname: str) -> int:
        """Return the length in words of a field in the document where it is shortest."""
        return int(min(self._lengths_of(fieldname), default=0))

    def max_field_length(self, fieldname: str) -> int:
        """Return the length in words of a field in the document where it is longest."""
        return int(max(self._lengths_of(fieldname), default=0))

    def _lengths_of(self, fieldname: str) -> NDArray[np.float64]:
        number = FIELD_NUMBERS.get(fieldname)
        return FIELD_LENGTHS[[] if number is None else self._lengths[number]]

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """Return the stored fields of a document that are not text."""
        facts = self._facts
        return {
            schema.KEY: facts.service_id(docnum),
            schema.FACTS: facts.facts(docnum),
            schema.TITLES: facts.title(docnum),
        }


_LETTER[:128] = 30
_LETTER[ord("0") : ord("9") + 1] = [26 + digit % 4 for digit in range(10)]
_LETTER[ord("a") : ord("z") + 1] = range(26)
_BITS = (np.uint32(1) << _LETTER).astype(np.uint32)


def letters_and_sizes(
    texts: NDArray[np.uint8], ends: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return for each text the set of its letters, as bits, and its length in letters.

    Lengths are at most 255. Digits share four bits, and all letters but ``a`` to ``z`` two.
    """
    if not len(texts):
        nothing = np.zeros(len(ends) - 1)
        return nothing.astype(np.uint32), nothing.astype(np.uint8)
    letters = np.bitwise_or.reduceat(_BITS[texts], ends[:-1])
    begins = ((texts & 0xC0) != 0x80).astype(np.int64)  # not the second byte of a letter
    sizes = np.add.reduceat(begins, ends[:-1])
    return letters, np.minimum(sizes, 255).astype(np.uint8)
