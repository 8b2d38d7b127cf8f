"""The same documents on Whoosh's own codec, which is the reference."""

from __future__ import annotations

import os

from whoosh.filedb.filestore import RamStorage
from whoosh.index import FileIndex

from bench.plain_schema import plain_schema, with_words


def plain_index(batches):
    """Index these documents, each batch in a segment of its own."""
    # Whoosh has its temporary files in a folder of this name that all processes share.
    index = FileIndex.create(RamStorage(), plain_schema(), f"plain{os.getpid()}")
    for batch in batches:
        writer = index.writer(compound=False)
        for document in batch:
            writer.add_document(**with_words(document))
        writer.commit(merge=False)
    return index
