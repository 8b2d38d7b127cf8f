"""The codec, and the segments that a table of contents names.

Only what Whoosh's interface for codecs offers is used: no private member of Whoosh is touched
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


class ArrayCodec(base.Codec):
    """One file of arrays a segment; for indexes of our schema in a folder."""

    length_stats = False  # the writer of postings knows the lengths itself

    def new_segment(self, _storage: FileStorage, indexname: str) -> ArraySegment:
        """A segment that is to be written."""
        return ArraySegment(indexname)

    def per_document_writer(self, _storage: FileStorage, segment: ArraySegment) -> DocumentWriter:
        """What takes the fields of each document."""
        return DocumentWriter(segment.contents)

    def field_writer(self, storage: FileStorage, segment: ArraySegment) -> PostingWriter:
        """What takes postings, then writes the segment."""
        return PostingWriter(segment.contents, segment.path(storage))

    def terms_reader(self, storage: FileStorage, segment: ArraySegment) -> SegmentArrays:
        """The terms of a segment."""
        return segment.opened(storage)

    def per_document_reader(self, storage: FileStorage, segment: ArraySegment) -> DocumentReader:
        """The documents of a segment."""
        return DocumentReader(segment.opened(storage), segment.deleted_docs())


class ArraySegment(base.Segment):
    """How many documents a segment has, and which are deleted."""

    def __init__(self, indexname: str) -> None:
        super().__init__(indexname)
        self.contents = SegmentContents()
        self._count = 0
        self._deleted: set[int] = set()

    def __getstate__(self) -> dict[str, Any]:
        """All but what is gathered while it is written."""
        return {name: value for name, value in self.__dict__.items() if name != "contents"}

    def path(self, storage: FileStorage) -> Path:
        """Its file."""
        return Path(storage.folder, self.make_filename(SUFFIX))

    def opened(self, storage: FileStorage) -> SegmentArrays:
        """Its mapped arrays, which all readers in this process share for as long as one is open.

        Raises:
            OSError: they are missing or damaged.
        """
        path = self.path(storage)
        found = _opened.get(path)
        if found is None:
            found = _opened[path] = SegmentArrays(path, self._count)
        return found

    def codec(self) -> ArrayCodec:
        """What reads it."""
        return ArrayCodec()

    def should_assemble(self) -> bool:
        """Never: its one file stays as it is."""
        return False

    def set_doc_count(self, count: int) -> None:
        """Set the number of its documents."""
        self._count = count

    def doc_count_all(self) -> int:
        """Documents, deleted ones included."""
        return self._count

    def deleted_count(self) -> int:
        """Documents that are deleted."""
        return len(self._deleted)

    def deleted_docs(self) -> frozenset[int]:
        """Numbers of deleted documents."""
        return frozenset(self._deleted)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Delete a document, or take that back."""
        if delete:
            self._deleted.add(docnum)
        else:
            self._deleted.discard(docnum)

    def is_deleted(self, docnum: int) -> bool:
        """Whether a document is deleted."""
        return docnum in self._deleted


_opened: WeakValueDictionary[Path, SegmentArrays] = WeakValueDictionary()


def leaf_readers(reader: IndexReader) -> list[IndexReader]:
    """Whoosh's readers of the segments of a commit that have documents, in their order."""
    return [leaf for leaf, _ in reader.leaf_readers() if leaf.doc_count_all()]


def arrays_of(leaf: IndexReader) -> SegmentArrays:
    """The arrays of a segment that Whoosh reads.

    Raises:
        OSError: it was written by another codec.
    """
    segment = leaf.segment()
    if not isinstance(segment, ArraySegment):
        raise OSError("Another release of Referral wrote this index.")
    return segment.opened(leaf.storage())
