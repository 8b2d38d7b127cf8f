"""The arrays of each segment, kept in files beside it that processes share by mapping them.

They are written with the segment (``array_writer.py``) and never change. They can be made again
from what Whoosh committed at any time, so a file that is missing or damaged is.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whoosh.index import FileIndex
from whoosh.reading import IndexReader, SegmentReader

from referral.search import schema
from referral.search.doc_facts import facts_from_bytes
from referral.search.segments.array_files import (
    Arrays,
    mapped_or_made,
    write_arrays,
)
from referral.search.segments.derive_terms import occurrences_in
from referral.search.segments.doc_values import SegmentFacts, fact_arrays
from referral.search.segments.term_table import (
    FIELDS,
    Occurrences,
    TermTable,
    term_arrays,
)

_VERSION = 4
_FACTS, _TERMS = "facts", "terms"

Segment = Any  # whoosh.codec.base.Segment


@dataclass(frozen=True, slots=True)
class SegmentColumns:
    """What is mapped of one segment, deleted documents included."""

    facts: SegmentFacts
    terms: TermTable


def arrays_folder(folder: Path) -> Path:
    """Where the arrays lie of the segments of an index in this folder."""
    return folder / "arrays"


def segments_of(index: FileIndex) -> tuple[int, list[Segment]]:
    """Number and segments of the newest commit; nothing but its table of contents is read."""
    toc = index._read_toc()  # noqa: SLF001  # a reader would open every file
    return toc.generation, [segment for segment in toc.segments if segment.doc_count_all()]


def open_segment(index: FileIndex, segment: Segment, folder: Path) -> SegmentColumns:
    """The arrays of a segment: mapped from their files, which are made where there are none.

    Args:
        folder: of the index.
    """
    size, segment_id = segment.doc_count_all(), segment.segment_id()

    def mapped(kind: str) -> Arrays:
        def make() -> tuple[dict[str, Any], Arrays]:
            with closing(SegmentReader(index.storage, index.schema, segment)) as reader:
                return {}, _made_again(kind, reader)

        path = _path(arrays_folder(folder), segment_id, kind)
        return mapped_or_made(path, _about(size), make)[1]

    return SegmentColumns(SegmentFacts(size, mapped(_FACTS)), TermTable(mapped(_TERMS)))


def write_segment(
    folder: Path,
    segment_id: str,
    found: Occurrences,
    facts: Sequence[bytes],
    titles: Sequence[bytes],
) -> None:
    """Write the arrays of a segment, whose documents have these words, facts and titles."""
    about = _about(found.doc_count)
    write_arrays(_path(folder, segment_id, _TERMS), about, term_arrays(found))
    known = [facts_from_bytes(data) for data in facts]
    write_arrays(_path(folder, segment_id, _FACTS), about, fact_arrays(known, titles))


def _made_again(kind: str, reader: IndexReader) -> Arrays:
    if kind == _TERMS:
        return term_arrays(occurrences_in(reader))
    facts, titles = (
        reader.column_reader(name, translate=False) for name in (schema.FACTS, schema.TITLES)
    )
    docs = range(reader.doc_count_all())
    return fact_arrays(
        [facts_from_bytes(facts[doc]) for doc in docs], [titles[doc] for doc in docs]
    )


def _path(folder: Path, segment_id: str, kind: str) -> Path:
    return folder / f"{segment_id}.{kind}"


def _about(size: int) -> dict[str, Any]:
    return {"version": _VERSION, "size": size, "fields": list(FIELDS)}
