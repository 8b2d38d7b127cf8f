"""A Whoosh writer that takes its words from arrays, and leaves the segment's own arrays beside it.

What it writes is, posting for posting, what Whoosh's writer would write
(``tests/search/test_array_writer.py``); it saves the walk of every posting through Python. With
``deriving.py`` the only module that knows the codec's inner parts: 2.7.4 never changes.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from whoosh.codec.whoosh3 import W3FieldWriter, W3PostingsWriter
from whoosh.formats import Format, Frequency
from whoosh.index import FileIndex
from whoosh.system import pack_uint
from whoosh.writing import SegmentWriter

from referral.search import schema
from referral.search.indexing.inverter import Inverter
from referral.search.segments.segment_files import (
    arrays_folder,
    write_segment,
)
from referral.search.segments.term_table import (
    FIELD_LENGTHS,
    FIELDS,
    POSITIONAL,
    Occurrences,
)

_COLUMNS = (schema.FACTS, schema.TITLES)
_POSTINGS_IN_A_BLOCK = 128
# Whoosh means not to compress short blocks, and does: it takes long and makes them longer.
_SHORT_BLOCK = 16  # postings
_COMPRESSION, _NO_COMPRESSION = 1, 0
_BYTE_LENGTHS = FIELD_LENGTHS.astype(np.int64).tolist()

_Encode = Callable[[int, Sequence[int]], bytes]  # frequency and places


class ArrayWriter(SegmentWriter):
    """Adds and deletes whole documents; it does not merge.

    Args:
        folder: where the index lies.
    """

    def __init__(self, index: FileIndex, folder: Path) -> None:
        super().__init__(index, compound=False)
        self._folder = folder
        self._harvest = Inverter()
        self._keys: list[str] = []
        self._facts: list[bytes] = []
        self._titles: list[bytes] = []

    @property
    def tokens(self) -> int:
        """How many words it holds in memory."""
        return self._harvest.tokens

    def add_document(self, **document: Any) -> None:
        """Add one document, as ``document_of`` makes it."""
        lengths = self._harvest.add(document)
        key = str(document[schema.KEY])
        columns = {name: cast("bytes", document.get(name, b"")) for name in _COLUMNS}
        writer, fields = self.perdocwriter, self.schema
        writer.start_doc(self.docnum)
        for name, length in lengths.items():
            writer.add_field(name, fields[name], None, length)
        writer.add_field(schema.KEY, fields[schema.KEY], key, 0)
        for name, value in columns.items():
            if value:
                writer.add_column_value(name, fields[name].column_type, value)
        writer.finish_doc()
        self._keys.append(key)
        self._facts.append(columns[schema.FACTS])
        self._titles.append(columns[schema.TITLES])
        self._added = True
        self.docnum += 1

    def commit(self, **_options: Any) -> None:
        """Commit what was added and deleted as a segment of its own."""
        super().commit(merge=False)

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        found = self._harvest.occurrences()
        self._harvest = Inverter()
        for name in sorted((*FIELDS, schema.KEY)):
            self.fieldwriter.start_field(name, self.schema[name])
            if name == schema.KEY:
                _write_keys(self.fieldwriter, self._keys)
            else:
                _Rows(self.fieldwriter, found, name).write()
            self.fieldwriter.finish_field()
        self.fieldwriter.close()
        folder, segment_id = arrays_folder(self._folder), self.newsegment.segment_id()
        write_segment(folder, segment_id, found, self._facts, self._titles)


def _write_keys(writer: W3FieldWriter, keys: Sequence[str]) -> None:
    docs: dict[bytes, list[int]] = defaultdict(list)
    for doc, key in enumerate(keys):
        docs[key.encode()].append(doc)
    for term, some in sorted(docs.items()):
        writer.start_term(term)
        for doc in some:
            writer.add(doc, 1.0, b"", None)
        writer.finish_term()


class _Rows:
    """The rows of one field, written block by block."""

    def __init__(self, writer: W3FieldWriter, found: Occurrences, name: str) -> None:
        self._writer = writer
        self._found = found
        self._rows = np.flatnonzero(found.row_fields == FIELDS.index(name))
        self._encode = _encoder(writer._format)  # noqa: SLF001
        self._is_scorable = name in schema.TEXT_FIELDS
        self._has_places = bool(POSITIONAL[FIELDS.index(name)])

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
            self._writer.start_term(found.terms[term])
            self._write_row(self._writer._postwriter, start, end, place)  # noqa: SLF001
            self._writer.finish_term()

    def _write_row(self, writer: W3PostingsWriter, start: int, end: int, place: int) -> None:
        for first in range(start, end, _POSTINGS_IN_A_BLOCK):
            if first > start:
                writer._write_block()  # noqa: SLF001
            last = min(first + _POSTINGS_IN_A_BLOCK, end)
            place = self._fill_block(writer, slice(first, last), place)

    def _fill_block(self, writer: Any, block: slice, place: int) -> int:
        """Set what ``add_posting`` would have gathered; the position of the next block's first."""
        found = self._found
        weights = found.weights[block].tolist()
        is_short = len(weights) < _SHORT_BLOCK
        writer._compression = _NO_COMPRESSION if is_short else _COMPRESSION  # noqa: SLF001
        writer._ids = array("I", found.docs[block].tolist())  # noqa: SLF001
        writer._weights = array("f", weights)  # noqa: SLF001
        writer._maxweight = max(weights)  # noqa: SLF001
        if self._is_scorable:
            lengths = found.lengths[block].tolist()
            writer._minlength = _BYTE_LENGTHS[min(lengths)]  # noqa: SLF001
            writer._maxlength = _BYTE_LENGTHS[max(lengths)]  # noqa: SLF001
        if not self._encode:
            return place
        frequencies = [int(weight) for weight in weights]
        end = place + sum(frequencies) if self._has_places else place
        places = found.places[place:end].tolist()
        writer._values = _encoded(self._encode, frequencies, places)  # noqa: SLF001
        return end


def _encoded(encode: _Encode, frequencies: Iterable[int], places: Sequence[int]) -> list[bytes]:
    values, at = [], 0
    for frequency in frequencies:
        values.append(encode(frequency, tuple(places[at : at + frequency])))
        at += frequency
    return values


def _encoder(form: Format) -> _Encode | None:
    """How a field's format keeps a posting; words come in few ways, so most are known already."""
    if form.supports("positions"):
        return lru_cache(1 << 16)(lambda _frequency, places: form.encode(places))
    if isinstance(form, Frequency):
        return lru_cache(1 << 12)(lambda frequency, _places: bytes(pack_uint(frequency)))
    return None
