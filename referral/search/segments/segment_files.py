"""Arrays of each segment, in files next to Whoosh's own, mapped and so shared by processes.

They are written with the segment and never change. A segment without whole arrays cannot be
searched: ``has_arrays`` tells the sync, which then rebuilds the generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whoosh.index import FileIndex

from referral.search.doc_facts import facts_from_bytes
from referral.search.segments.array_files import Arrays, map_arrays, write_arrays
from referral.search.segments.doc_values import SegmentFacts, fact_arrays
from referral.search.segments.term_table import FIELDS, Occurrences, TermTable, term_arrays
from referral.search.segments.whoosh_internals import Segment, read_commit

_VERSION = 4
_FACTS, _TERMS = _KINDS = "facts", "terms"


@dataclass(frozen=True, slots=True)
class SegmentColumns:
    """The mapped arrays of one segment, deleted documents included."""

    facts: SegmentFacts
    terms: TermTable


def arrays_folder(folder: Path) -> Path:
    """Folder of the arrays of all segments of the index in a folder."""
    return folder / "arrays"


def list_segments(index: FileIndex) -> tuple[int, list[Segment]]:
    """Number and segments with documents of the newest commit."""
    commit, segments = read_commit(index)
    return commit, [segment for segment in segments if segment.doc_count_all()]


def open_segment(segment: Segment, folder: Path) -> SegmentColumns:
    """Map the arrays of a segment of the index in a folder.

    Raises:
        FileNotFoundError: they are missing or damaged.
    """
    size, segment_id = segment.doc_count_all(), segment.segment_id()
    facts, terms = (_mapped(arrays_folder(folder), segment_id, kind, size) for kind in _KINDS)
    return SegmentColumns(SegmentFacts(size, facts), TermTable(terms))


def has_arrays(folder: Path, segment_ids: Iterable[str], *, read: bool) -> bool:
    """Whether all arrays of these segments of an index are there, and whole if they are read."""
    paths = [_path(arrays_folder(folder), name, kind) for name in segment_ids for kind in _KINDS]
    if read:
        return all(map_arrays(path, **_header()) is not None for path in paths)
    return all(path.is_file() for path in paths)


def write_segment(
    folder: Path,
    segment_id: str,
    found: Occurrences,
    facts: Sequence[bytes],
    titles: Sequence[bytes],
) -> None:
    """Write the arrays of a segment, whose documents have these terms, facts and titles."""
    folder = arrays_folder(folder)
    header = _header(size=found.doc_count)
    write_arrays(_path(folder, segment_id, _TERMS), header, term_arrays(found))
    known = [facts_from_bytes(data) for data in facts]
    write_arrays(_path(folder, segment_id, _FACTS), header, fact_arrays(known, titles))


def _mapped(folder: Path, segment_id: str, kind: str, size: int) -> Arrays:
    found = map_arrays(_path(folder, segment_id, kind), **_header(size=size))
    if found is None:
        raise FileNotFoundError(f"The {kind} of segment {segment_id} are missing or damaged.")
    return found[1]


def _path(folder: Path, segment_id: str, kind: str) -> Path:
    return folder / f"{segment_id}.{kind}"


def _header(**more: int) -> dict[str, Any]:
    return {"version": _VERSION, **more, "fields": list(FIELDS)}
