"""Fewer segments, and files without what was deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from referral.search.indexing.writer import merging_writer_of, open_index

Segment = Any  # whoosh.codec.base.Segment


def rewrite_deleted(folder: Path) -> None:
    """Write every segment anew that holds deleted documents: their text leaves the disk."""
    _rewrite(folder, lambda segment, _largest: segment.deleted_count() > 0)


def merge_small(folder: Path) -> None:
    """Merge all segments but the largest; that one too when a quarter of it is deleted."""
    _rewrite(
        folder,
        lambda segment, largest: (
            segment.segment_id() != largest.segment_id()
            or segment.deleted_count() * 4 > segment.doc_count_all()
        ),
    )


def _rewrite(folder: Path, is_rewritten: Callable[[Segment, Segment], bool]) -> None:
    def merge(writer: SegmentWriter, segments: list[Segment]) -> list[Segment]:
        largest = max(segments, key=lambda segment: segment.doc_count_all(), default=None)
        kept = []
        for segment in segments:
            if not is_rewritten(segment, largest):
                kept.append(segment)
            elif segment.doc_count() > 0:
                reader = SegmentReader(writer.storage, writer.schema, segment)
                writer.add_reader(reader)
                reader.close()
        return kept

    with merging_writer_of(open_index(folder)) as writer:
        writer.commit(mergetype=merge)
