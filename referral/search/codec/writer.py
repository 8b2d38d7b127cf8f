"""Writing of a segment: postings are gathered in batches, sorted by term, and written at once."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec import base
from whoosh.fields import FieldType, Schema

from referral.search import schema
from referral.search.codec.array_file import write_arrays
from referral.search.codec.batch import Batch, Rows, changes_of
from referral.search.codec.reader import (
    FIELD_LENGTHS,
    FIELD_NUMBERS,
    FIELDS,
    POSITIONAL,
    letters_and_sizes,
    segment_identity,
)
from referral.search.segment_facts import Arrays, FactsBuilder

_WORDS_IN_A_BATCH = 500_000  # those of some 3,000 services


class SegmentContents:
    """Contents of a search index segment that is being written: facts, terms and postings."""

    def __init__(self) -> None:
        self.doc_count = 0
        self.facts = FactsBuilder()
        self.terms: dict[bytes, int] = {}
        self.rows: list[Rows] = []
        self.batch = Batch(self.terms)

    def analyze(self) -> None:
        """Convert the words that wait in the batch into postings."""
        if self.batch:
            self.rows.append(self.batch.analyze())


class DocumentWriter(base.PerDocumentWriter):
    """Whoosh writer of documents: adds texts to the batch and facts to the segment."""

    def __init__(self, contents: SegmentContents) -> None:
        self._contents = contents
        self._stored: dict[str, Any] = {}
        self.is_closed = False

    def start_doc(self, docnum: int) -> None:
        """Begin a document; numbers must ascend."""
        self._contents.doc_count = docnum + 1
        self._stored = {}

    def add_field(self, fieldname: str, fieldobj: FieldType, value: Any, _length: int) -> None:
        """Add a field; ``WORDS`` is skipped, since the batch fills it from all texts."""
        if isinstance(fieldobj, schema.BatchText):
            if value and fieldname != schema.WORDS:
                self._contents.batch.add(self._contents.doc_count - 1, fieldname, value)
        elif value is not None:
            self._stored[fieldname] = value

    def finish_doc(self) -> None:
        """End the current document, and analyze the batch once it is large enough."""
        contents = self._contents
        contents.facts.add(self._stored[schema.FACTS], self._stored.get(schema.TITLES, b""))
        if len(contents.batch) >= _WORDS_IN_A_BATCH:
            contents.analyze()

    def close(self) -> None:
        """End the writing of documents."""
        self.is_closed = True


class PostingWriter(base.FieldWriter):
    """Whoosh writer of postings that do not come from texts; also writes the segment's file."""

    def __init__(self, contents: SegmentContents, path: Path) -> None:
        self._contents, self._path = contents, path
        self._terms, self._fields = array("I"), array("B")
        self._sizes, self._position_counts = array("q"), array("q")
        self._docs, self._frequencies, self._positions = array("i"), array("I"), array("I")
        self.is_closed = False

    def add_postings(self, fields: Schema, lengths: Any, items: Any) -> None:
        """Add all postings, then write the file of the segment."""
        super().add_postings(fields, lengths, items)
        self._contents.analyze()
        self._contents.rows.append(self._rows())
        write_arrays(
            self._path, segment_identity(self._contents.doc_count), segment_arrays(self._contents)
        )

    def start_field(self, fieldname: str, fieldobj: FieldType) -> None:
        """Begin the postings of a field."""
        self._field, self._format = FIELD_NUMBERS[fieldname], fieldobj.format

    def start_term(self, btext: bytes) -> None:
        """Begin the postings of a term."""
        terms = self._contents.terms
        self._terms.append(terms.setdefault(btext, len(terms)))
        self._fields.append(self._field)
        self._sizes.append(0)
        self._position_counts.append(0)

    def add(self, docnum: int, weight: float, vbytes: bytes, _length: int) -> None:
        """Add a posting; those of text fields come only from segments that Whoosh merges."""
        self._docs.append(docnum)
        self._frequencies.append(int(weight))
        self._sizes[-1] += 1
        if POSITIONAL[self._field]:
            self._positions.extend(self._format.decode_positions(vbytes))
            self._position_counts[-1] += int(weight)

    def finish_term(self) -> None:
        """End the postings of a term; nothing is left to do."""

    def close(self) -> None:
        """End the writing of postings."""
        self.is_closed = True

    def _rows(self) -> Rows:
        return Rows(
            np.frombuffer(self._terms, dtype=np.uint32),
            np.frombuffer(self._fields, dtype=np.uint8),
            np.frombuffer(self._sizes, dtype=np.int64),
            np.frombuffer(self._position_counts, dtype=np.int64),
            np.frombuffer(self._docs, dtype=np.int32),
            np.frombuffer(self._frequencies, dtype=np.uint32),
            np.frombuffer(self._positions, dtype=np.uint32),
        )


def segment_arrays(contents: SegmentContents) -> Arrays:
    """Return the arrays of a segment's file; empties the rows and terms of its contents."""
    texts = sorted(contents.terms)
    numbers = [contents.terms.pop(text) for text in texts]
    lengths = _field_lengths(contents.rows, contents.doc_count)
    as_bytes = np.searchsorted(FIELD_LENGTHS[:255], lengths).astype(np.uint8)
    return {
        **contents.facts.arrays(),
        **_term_arrays(contents.rows, texts, numbers, as_bytes),
        "lengths": as_bytes.ravel(),
        "field_lengths": lengths.sum(axis=1),
    }


def _field_lengths(parts: Sequence[Rows], doc_count: int) -> NDArray[np.int64]:
    """Return the length in words of each text field of each document; other fields have 0."""
    lengths = np.zeros((len(FIELDS), doc_count), dtype=np.int64)
    for part in parts:
        cells = np.repeat(part.fields, part.sizes) * np.int64(doc_count) + part.docs
        counts = np.bincount(cells, part.frequencies, lengths.size)
        lengths += counts.astype(np.int64).reshape(lengths.shape)
    lengths[len(schema.TEXT_FIELDS) :] = 0
    return lengths


def _term_arrays(
    parts: list[Rows], texts: Sequence[bytes], numbers: Sequence[int], lengths: NDArray[np.uint8]
) -> Arrays:
    """Return the arrays of the terms and postings of a search index segment.

    Args:
        parts: rows of postings; emptied to save memory.
        texts, numbers: of all terms, sorted by text.
        lengths: of the fields of each document, as bytes.
    """
    ranks = np.empty(len(texts), dtype=np.int32)
    ranks[list(numbers)] = np.arange(len(texts), dtype=np.int32)
    pairs = [
        part.frequencies * np.uint32(256) + lengths[np.repeat(part.fields, part.sizes), part.docs]
        for part in parts
    ]
    columns = {name: [getattr(part, name) for part in parts] for name in Rows.__annotations__}
    parts.clear()
    columns["frequencies"], weights, code_lengths = _encode_pairs(pairs)
    del pairs
    terms, fields, sizes, position_counts, docs, codes, positions = map(
        _take_concatenated, columns.values()
    )
    terms = ranks[terms]
    order = np.lexsort((fields, terms))  # rows of one term and field keep their order
    in_order = _indexes_of_runs(sizes, order)
    docs, codes = docs[in_order], codes[in_order]
    del in_order
    positions = _narrow(positions)[_indexes_of_runs(position_counts, order)]
    terms, fields, sizes, position_counts = (
        column[order] for column in (terms, fields, sizes, position_counts)
    )
    firsts = np.flatnonzero(changes_of(terms) | changes_of(fields))
    return {
        **_text_arrays(texts),
        **_word_arrays(texts, terms[firsts], fields[firsts]),
        "term_rows": np.searchsorted(terms[firsts], np.arange(len(texts) + 1)).astype(np.int32),
        "row_fields": fields[firsts],
        "row_starts": _starts(sizes, firsts),
        "row_places": _starts(position_counts, firsts),
        "docs": docs,
        "codes": codes,
        "pair_weights": weights,
        "pair_lengths": code_lengths,
        "places": positions,
    }


def _take_concatenated(parts: Any) -> NDArray[Any]:
    """Concatenate arrays, emptying their list to save memory."""
    values = np.concatenate(parts)
    parts.clear()
    return values


def _indexes_of_runs(sizes: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the indexes that bring runs of the given sizes into another order."""
    starts = (np.cumsum(sizes) - sizes)[order]
    sizes = sizes[order]
    ends = np.cumsum(sizes)
    indexes = np.repeat(starts - (ends - sizes), sizes)
    indexes += np.arange(len(indexes), dtype=np.int32)
    return indexes


def _starts(sizes: NDArray[np.int64], firsts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each merged row starts, and the end of the last; ``firsts`` are their parts."""
    ends = np.append(0, np.cumsum(sizes))
    starts: NDArray[np.int64] = ends[np.append(firsts, len(sizes))]
    return starts


def _text_arrays(texts: Sequence[bytes]) -> Arrays:
    """Return the sorted texts of terms, and a hash table that maps a hash to its terms."""
    size = 1 << max(len(texts) - 1, 1).bit_length()
    hashes = np.array([zlib.crc32(text) for text in texts], dtype=np.uint32) & np.uint32(size - 1)
    order = np.argsort(hashes, kind="stable").astype(np.int32)
    return {
        "texts": np.frombuffer(b"".join(texts), dtype=np.uint8),
        "text_ends": np.cumsum([0, *map(len, texts)], dtype=np.int64),
        "bucket_starts": np.searchsorted(hashes[order], np.arange(size + 1)).astype(np.int32),
        "bucket_terms": order,
    }


def _word_arrays(
    texts: Sequence[bytes], terms: NDArray[np.int32], fields: NDArray[np.uint8]
) -> Arrays:
    """Return the arrays of whole words that spelling correction reads."""
    rows = np.flatnonzero(fields == FIELD_NUMBERS[schema.WORDS]).astype(np.int32)
    words = [texts[term] for term in terms[rows].tolist()]
    ends = np.cumsum([0, *map(len, words)], dtype=np.int64)
    letters, sizes = letters_and_sizes(np.frombuffer(b"".join(words), dtype=np.uint8), ends)
    return {
        "word_rows": rows,
        "word_terms": terms[rows],
        "word_letters": letters,
        "word_sizes": sizes,
    }


def _encode_pairs(
    pairs: Sequence[NDArray[np.uint32]],
) -> tuple[list[NDArray[Any]], NDArray[np.float32], NDArray[np.uint8]]:
    """Number the distinct pairs of frequency and field length; return the number of each pair."""
    distinct = np.unique(np.concatenate([np.flatnonzero(np.bincount(part)) for part in pairs]))
    numbers = np.zeros(int(distinct.max(initial=0)) + 1, dtype=np.uint32)
    numbers[distinct] = np.arange(len(distinct))
    numbers = _narrow(numbers)
    codes = [numbers[part] for part in pairs]
    return codes, (distinct >> 8).astype(np.float32), (distinct & 255).astype(np.uint8)


def _narrow(numbers: NDArray[Any]) -> NDArray[Any]:
    small = not len(numbers) or int(numbers.max()) < 1 << 16
    return numbers.astype(np.uint16 if small else np.uint32)
