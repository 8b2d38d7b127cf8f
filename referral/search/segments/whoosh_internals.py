"""Whoosh 2.7.4 internals: the one module that touches private or undocumented members.

Three things need them: the table of contents of a commit without opening every file, a segment
writer whose terms come from arrays, and the blocks of a posting list. What a segment holds then is,
posting for posting, what Whoosh's own writer would write.

``PRIVATE_MEMBERS`` lists all of them; ``tests/search/segments/test_whoosh_internals.py`` names the
member that moved when another version of Whoosh no longer has it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple, Protocol

from whoosh.codec.whoosh3 import W3FieldWriter, W3PostingsWriter
from whoosh.fields import FieldType
from whoosh.formats import Format, Frequency
from whoosh.index import TOC, FileIndex
from whoosh.system import pack_uint
from whoosh.util.numeric import byte_to_length
from whoosh.writing import NO_MERGE, SegmentWriter

PRIVATE_MEMBERS: Mapping[type, frozenset[str]] = {
    SegmentWriter: frozenset({"_added", "_flush_segment"}),
    W3FieldWriter: frozenset({"_format", "_postwriter"}),
    W3PostingsWriter: frozenset({
        "_compression", "_ids", "_maxlength", "_maxweight", "_minlength", "_values", "_weights",
        "_write_block",
    }),
}  # fmt: skip

# Whoosh keeps the length of a field as one byte; this is what each byte stands for.
LENGTH_OF_BYTE: Sequence[int] = [byte_to_length(byte) for byte in range(256)]

POSTINGS_IN_A_BLOCK = 128
# Whoosh means not to compress short blocks, and does: it takes long and makes them longer.
_SHORT_BLOCK = 16  # postings
_COMPRESSION, _NO_COMPRESSION = 1, 0

Encode = Callable[[int, Sequence[int]], bytes]  # frequency and positions → posting value


class Segment(Protocol):
    """What is used of a Whoosh segment."""

    def segment_id(self) -> str:
        """Its name, with which all its files begin."""

    def doc_count_all(self) -> int:
        """Documents, deleted ones included."""

    def doc_count(self) -> int:
        """Documents that are not deleted."""

    def deleted_count(self) -> int:
        """Documents that are deleted."""

    def deleted_docs(self) -> Iterable[int]:
        """Numbers of deleted documents, from 0 in each segment."""

    def is_deleted(self, docnum: int, /) -> bool:
        """Whether a document is deleted."""


def read_commit(index: FileIndex) -> tuple[int, list[Segment]]:
    """Number and segments of the newest commit, from its table of contents alone.

    ``FileIndex.reader()`` would open every file of every segment.
    """
    toc = TOC.read(index.storage, index.indexname)
    return toc.generation, toc.segments


class Block(NamedTuple):
    """Postings of one term, at most ``POSTINGS_IN_A_BLOCK``.

    Attributes:
        lengths: the least and largest length of the field in them; None where it is not scored.
        values: as the format of the field encodes them; none where it has no values.
    """

    docs: Sequence[int]
    weights: Sequence[float]
    lengths: tuple[int, int] | None = None
    values: Sequence[bytes] = ()


class TermWriter:
    """Writes the terms of one field; those must rise."""

    def __init__(self, writer: W3FieldWriter, name: str, field: FieldType) -> None:
        self._writer = writer
        writer.start_field(name, field)
        self.encode = _encoder(writer._format)  # noqa: SLF001

    def write(self, term: bytes, blocks: Iterable[Block]) -> None:
        """Write one term; all its blocks but the last are full."""
        self._writer.start_term(term)
        postings = self._writer._postwriter  # noqa: SLF001
        for number, block in enumerate(blocks):
            if number:
                postings._write_block()  # noqa: SLF001
            _fill(postings, block)
        self._writer.finish_term()


def _fill(postings: W3PostingsWriter, block: Block) -> None:
    """Set what ``add_posting`` gathers one by one; it takes ten times as long."""
    is_short = len(block.docs) < _SHORT_BLOCK
    postings._compression = _NO_COMPRESSION if is_short else _COMPRESSION  # noqa: SLF001
    postings._ids = array("I", block.docs)  # noqa: SLF001
    postings._weights = array("f", block.weights)  # noqa: SLF001
    postings._maxweight = max(block.weights)  # noqa: SLF001
    if block.lengths:
        postings._minlength, postings._maxlength = block.lengths  # noqa: SLF001
    postings._values = list(block.values)  # noqa: SLF001


def _encoder(form: Format) -> Encode | None:
    """How a field's format encodes a posting; most were encoded before, so they are cached."""
    if form.supports("positions"):
        return lru_cache(1 << 16)(lambda _frequency, positions: form.encode(positions))
    if isinstance(form, Frequency):
        return lru_cache(1 << 12)(lambda frequency, _positions: bytes(pack_uint(frequency)))
    return None


class ArraySegmentWriter(SegmentWriter, ABC):
    """Segment writer that stores keys and columns; the subclass writes all terms at the end.

    Files of a segment stay apart, so that processes share their pages.
    """

    def __init__(self, index: FileIndex) -> None:
        super().__init__(index, compound=False)

    @property
    def segment_id(self) -> str:
        """Name of the segment that is written."""
        return str(self.newsegment.segment_id())

    @abstractmethod
    def write_terms(self) -> None:
        """Write the terms of all fields, by ``term_writer``, in the order of field names."""

    @contextmanager
    def term_writer(self, name: str) -> Iterator[TermWriter]:
        """Writer of the terms of one field, for the length of the block."""
        yield TermWriter(self.fieldwriter, name, self.schema[name])
        self.fieldwriter.finish_field()

    def add_values(
        self, key: tuple[str, str], lengths: Mapping[str, int], columns: Mapping[str, bytes]
    ) -> None:
        """Add the next document, without its terms.

        Args:
            key: name of the field that is stored, and its value.
            lengths: of text fields, in words.
            columns: values of columns; empty ones are left out.
        """
        writer, fields = self.perdocwriter, self.schema
        writer.start_doc(self.docnum)
        for name, length in lengths.items():
            writer.add_field(name, fields[name], None, length)
        writer.add_field(key[0], fields[key[0]], key[1], 0)
        for name, value in columns.items():
            if value:
                writer.add_column_value(name, fields[name].column_type, value)
        writer.finish_doc()
        self._added = True
        self.docnum += 1

    def commit(self, *, drop_emptied: bool = False) -> None:
        """Commit what was added and deleted as a segment of its own.

        Args:
            drop_emptied: leave out segments of which every document is deleted; else their files
                stay, with their text.
        """
        super().commit(mergetype=_without_emptied if drop_emptied else NO_MERGE)

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        self.write_terms()
        self.fieldwriter.close()


def _without_emptied(_writer: SegmentWriter, segments: list[Segment]) -> list[Segment]:
    return [segment for segment in segments if segment.doc_count() > 0]
