"""The Whoosh codec class and the segment class that Whoosh's table of contents stores.

They use only Whoosh's public interface for codecs, none of its private members
(``tests/search/codec/test_array_codec.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from whoosh.codec import base
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import IndexReader

from referral.search.codec.reader import DocumentReader, SegmentArrays
from referral.search.codec.writer import DocumentWriter, PostingWriter, SegmentContents

SUFFIX = ".arrays"
_opened: WeakValueDictionary[Path, SegmentArrays] = WeakValueDictionary()


class ArrayCodec(base.Codec):
    """Whoosh codec for indexes of our schema in a folder, with one file of arrays per segment."""

    length_stats = False  # the posting writer counts the field lengths itself

    def new_segment(self, _storage: FileStorage, indexname: str) -> ArraySegment:
        """Return a new segment of the search index to write to."""
        return ArraySegment(indexname)

    def per_document_writer(self, _storage: FileStorage, segment: ArraySegment) -> DocumentWriter:
        """Return the writer of the stored fields and texts of documents."""
        return DocumentWriter(segment.contents)

    def field_writer(self, storage: FileStorage, segment: ArraySegment) -> PostingWriter:
        """Return the writer of postings, which also writes the segment's file."""
        return PostingWriter(segment.contents, segment.path(storage))

    def terms_reader(self, storage: FileStorage, segment: ArraySegment) -> SegmentArrays:
        """Return the reader of the terms of a segment."""
        return segment.opened(storage)

    def per_document_reader(self, storage: FileStorage, segment: ArraySegment) -> DocumentReader:
        """Return the reader of the documents of a segment."""
        return DocumentReader(segment.opened(storage), segment.deleted_docs())


class ArraySegment(base.Segment):
    """Whoosh segment: its number of documents and which of them are deleted."""

    def __init__(self, indexname: str) -> None:
        super().__init__(indexname)
        self.contents = SegmentContents()
        self._count = 0
        self._deleted: set[int] = set()

    def __getstate__(self) -> dict[str, Any]:
        """Return the pickled attributes: all but the contents that are being written."""
        return {name: value for name, value in self.__dict__.items() if name != "contents"}

    def path(self, storage: FileStorage) -> Path:
        """Return the path of the segment's file."""
        return Path(storage.folder, self.make_filename(SUFFIX))

    def opened(self, storage: FileStorage) -> SegmentArrays:
        """Return the segment's mapped arrays, shared by all readers in this process.

        Raises:
            OSError: the file is missing or damaged.
        """
        path = self.path(storage)
        arrays = _opened.get(path)
        if arrays is None:
            arrays = _opened[path] = SegmentArrays(path, self._count)
        return arrays

    def codec(self) -> ArrayCodec:
        """Return the codec that reads the segment."""
        return ArrayCodec()

    def should_assemble(self) -> bool:
        """Return False: the segment's one file is never put into a compound file."""
        return False

    def set_doc_count(self, count: int) -> None:
        """Set the number of documents in the segment."""
        self._count = count

    def doc_count_all(self) -> int:
        """Return the number of documents in the segment, deleted ones included."""
        return self._count

    def deleted_count(self) -> int:
        """Return the number of deleted documents in the segment."""
        return len(self._deleted)

    def deleted_docs(self) -> frozenset[int]:
        """Return the numbers of the segment's deleted documents."""
        return frozenset(self._deleted)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Mark a document of the segment as deleted or, with False, as not deleted."""
        if delete:
            self._deleted.add(docnum)
        else:
            self._deleted.discard(docnum)

    def is_deleted(self, docnum: int) -> bool:
        """Return whether a document of the segment is deleted."""
        return docnum in self._deleted


def leaf_readers(reader: IndexReader) -> list[IndexReader]:
    """Return Whoosh's readers of the segments that have documents, in the index's order."""
    return [leaf for leaf, _ in reader.leaf_readers() if leaf.doc_count_all()]


def arrays_of(leaf: IndexReader) -> SegmentArrays:
    """Return the arrays of the segment that a Whoosh reader reads.

    Raises:
        OSError: the segment was written by another codec, or its file is missing or damaged.
    """
    segment = leaf.segment()
    if not isinstance(segment, ArraySegment):
        raise OSError("Another release of Referral wrote this index.")
    return segment.opened(leaf.storage())
