"""Whoosh segment writer that bulk-writes postings from arrays and stores them next to the segment.

What it writes is, posting for posting, what Whoosh's writer would write
(``tests/search/indexing/test_array_writer.py``), without the walk of every posting through Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from whoosh.index import FileIndex

from referral.search import schema
from referral.search.indexing.inverter import Inverter
from referral.search.segments.segment_files import write_segment
from referral.search.segments.term_table import FIELDS, POSITIONAL, Occurrences
from referral.search.segments.whoosh_internals import (
    LENGTH_OF_BYTE,
    POSTINGS_IN_A_BLOCK,
    ArraySegmentWriter,
    Block,
    Encode,
    TermWriter,
)

_COLUMNS = (schema.FACTS, schema.TITLES)


class ArrayWriter(ArraySegmentWriter):
    """Adds and deletes whole documents; it does not merge.

    Args:
        folder: of the index.
    """

    def __init__(self, index: FileIndex, folder: Path) -> None:
        super().__init__(index)
        self._folder = folder
        self._inverter = Inverter()
        self._keys: list[str] = []
        self._facts: list[bytes] = []
        self._titles: list[bytes] = []

    @property
    def tokens(self) -> int:
        """Tokens held in memory."""
        return self._inverter.tokens

    def add_document(self, **document: Any) -> None:
        """Add one document, as ``document_of`` makes it."""
        lengths = self._inverter.add(document)
        key = str(document[schema.KEY])
        columns = {name: cast("bytes", document.get(name, b"")) for name in _COLUMNS}
        self.add_values((schema.KEY, key), lengths, columns)
        self._keys.append(key)
        self._facts.append(columns[schema.FACTS])
        self._titles.append(columns[schema.TITLES])

    def write_terms(self) -> None:
        """Write the postings of all fields, then the arrays of the segment."""
        found = self._inverter.occurrences()
        self._inverter = Inverter()
        for name in sorted((*FIELDS, schema.KEY)):
            with self.term_writer(name) as writer:
                if name == schema.KEY:
                    _write_keys(writer, self._keys)
                else:
                    _FieldRows(writer, found, name).write()
        write_segment(self._folder, self.segment_id, found, self._facts, self._titles)


def _write_keys(writer: TermWriter, keys: Sequence[str]) -> None:
    docs: dict[bytes, list[int]] = defaultdict(list)
    for doc, key in enumerate(keys):
        docs[key.encode()].append(doc)
    for term, some in sorted(docs.items()):
        writer.write(term, [Block(some, [1.0] * len(some))])


class _FieldRows:
    """The rows (term, postings) of one field, written block by block."""

    def __init__(self, writer: TermWriter, found: Occurrences, name: str) -> None:
        self._writer = writer
        self._found = found
        self._rows = np.flatnonzero(found.row_fields == FIELDS.index(name))
        self._is_scorable = name in schema.TEXT_FIELDS
        self._has_positions = bool(POSITIONAL[FIELDS.index(name)])

    def write(self) -> None:
        """Write all of them, in the order of terms."""
        found = self._found
        rows = self._rows
        for term, start, end, place in zip(
            found.row_terms[rows].tolist(),
            found.row_starts[rows].tolist(),
            found.row_starts[rows + 1].tolist(),
            found.row_places[rows].tolist(),
            strict=True,
        ):
            self._writer.write(found.terms[term], self._blocks(start, end, place))

    def _blocks(self, start: int, end: int, place: int) -> Iterator[Block]:
        """The blocks of postings ``start`` to ``end``; ``place`` is the row's first position."""
        found = self._found
        for first in range(start, end, POSTINGS_IN_A_BLOCK):
            block = slice(first, min(first + POSTINGS_IN_A_BLOCK, end))
            weights = found.weights[block].tolist()
            lengths = None
            if self._is_scorable:
                bytes_ = found.lengths[block]
                lengths = LENGTH_OF_BYTE[int(bytes_.min())], LENGTH_OF_BYTE[int(bytes_.max())]
            values: list[bytes] = []
            if self._writer.encode:
                frequencies = [int(weight) for weight in weights]
                last = place + sum(frequencies) if self._has_positions else place
                positions = found.places[place:last].tolist()
                values = _encoded(self._writer.encode, frequencies, positions)
                place = last
            yield Block(found.docs[block].tolist(), weights, lengths, values)


def _encoded(encode: Encode, frequencies: Sequence[int], positions: Sequence[int]) -> list[bytes]:
    values, at = [], 0
    for frequency in frequencies:
        values.append(encode(frequency, tuple(positions[at : at + frequency])))
        at += frequency
    return values
