"""Our own index, built from listings alone, so that its rate compares with that of others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from referral.records.listing import Listing
from referral.search import marks, schema
from referral.search.documents import document_of
from referral.search.generations import Generations
from referral.search.rebuilding import unpack_postings
from referral.search.writing import create_index, writer_of

OURS, OURS_AGAIN = "referral", "referral, asked again"
_WRITER_MEGABYTES = 256  # as much as ours takes


def build_own_index(path: Path, listings: Iterable[Listing], mark: marks.Mark) -> None:
    """Make an index that an ``Index`` on this folder answers from, and follows after ``mark``."""
    generations = Generations(path)
    name = generations.create()
    folder = generations.folder(name)
    with writer_of(create_index(folder)) as writer:
        for listing in listings:
            writer.add_document(**document_of(listing))
        writer.commit()
    unpack_postings(generations, name)
    marks.write_mark(folder, marks.measured(folder, mark))
    generations.switch(name)


def build_with_whoosh(path: Path, listings: Iterable[Listing]) -> None:
    """The same documents and fields by Whoosh's own writer."""
    path.mkdir()
    index = FileIndex.create(FileStorage(str(path)), schema.make_schema())
    writer = index.writer(limitmb=_WRITER_MEGABYTES)
    for listing in listings:
        writer.add_document(**document_of(listing))
    writer.commit()
