"""The facts of all documents as arrays, in the order of document numbers.

Made once for each segment and put end to end for each commit. (Issue 3 writes these beside the
segment and maps them into memory; what is asked of ``Columns`` stays the same.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from whoosh.reading import IndexReader

from referral.search import schema
from referral.search.facts import Facts, SiteFacts, facts_from_bytes
from referral.search.postings import AllPostings

Mask = NDArray[np.bool_]
Docs = NDArray[np.int32]
Numbers = NDArray[np.float64]
Tag = tuple[str, str]  # ("heading", slug), ("language", code), ("term", code), and codes.py

# A service without any place still has hours: it stands as one site that is nowhere.
NOWHERE = SiteFacts(location_id="", physical=False)


# Kinds with so many values for each document that a list of pairs would be large for nothing.
_NOT_LISTED = frozenset({"area", "term"})


@dataclass(frozen=True, slots=True)
class TagList:
    """All tags of one kind: ``docs[n]`` has ``values[codes[n]]``."""

    values: tuple[str, ...]
    docs: Docs
    codes: Docs


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays over documents and over their sites.

    Attributes:
        facts: of each document; None where it is deleted.
        live: documents that are not deleted.
        tags: documents that have a heading, a language, a term, a code, or no cost.
        lists: for each kind of tag that is counted, all pairs of document and value.
        site_docs: for each site its document, rising; every live document has one site or more.
        site_latitudes, site_longitudes: WGS 84 degrees, NaN where unknown.
        sites: for each site its facts, with the hours of the service where it has none.
        placed: documents with a place people can go to.
        located: documents with a place whose position is known.
        order_by_name: rank of each document by name, then id.
        postings: which documents hold which term.
    """

    facts: Sequence[Facts | None]
    live: Mask
    tags: Mapping[Tag, Docs]
    site_docs: Docs
    site_latitudes: Numbers
    site_longitudes: Numbers
    sites: Sequence[tuple[SiteFacts, str]]
    placed: Mask
    located: Mask
    order_by_name: Docs
    postings: AllPostings
    lists: Mapping[str, TagList]

    @property
    def size(self) -> int:
        """How many documents there are, deleted ones included."""
        return len(self.facts)

    def tagged(self, kind: str, *values: str) -> Mask:
        """Documents with any of these values of a tag."""
        mask = np.zeros(self.size, dtype=np.bool_)
        for value in values:
            mask[self.tags.get((kind, value), _NONE)] = True
        return mask

    def values(self, kind: str) -> tuple[str, ...]:
        """The values that a kind of tag has here."""
        known = self.lists.get(kind)
        return known.values if known else ()

    def counts(self, kind: str, docs: Mask) -> dict[str, int]:
        """For each value of a kind of tag how many of these documents have it; none left out."""
        known = self.lists.get(kind)
        if known is None:
            return {}
        held = known.codes[docs[known.docs]]
        counted = np.bincount(held, minlength=len(known.values))
        return dict(zip(known.values, counted.tolist(), strict=True))

    def docs_of_sites(self, sites: Mask) -> Mask:
        """Documents with at least one of these sites."""
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[self.site_docs[sites]] = True
        return mask


@dataclass(frozen=True, slots=True)
class SegmentColumns:
    """The same of one segment, deleted documents (at the time of reading) left out."""

    facts: Sequence[Facts | None]
    tags: Mapping[Tag, Docs]
    site_docs: Docs
    site_positions: Numbers  # one row (latitude, longitude) for each site
    sites: Sequence[tuple[SiteFacts, str]]


_NONE: Docs = np.zeros(0, dtype=np.int32)


def read_segment(leaf: IndexReader) -> SegmentColumns:
    """The columns of one segment."""
    column = leaf.column_reader(schema.FACTS, translate=False)
    facts = [
        None if leaf.is_deleted(docnum) else facts_from_bytes(column[docnum])
        for docnum in range(leaf.doc_count_all())
    ]
    sites = [
        (docnum, site, site.schedules or known.schedules)
        for docnum, known in enumerate(facts)
        if known
        for site in known.sites or (NOWHERE,)
    ]
    return SegmentColumns(
        facts=facts,
        tags=_tags(facts),
        site_docs=np.array([docnum for docnum, _, _ in sites], dtype=np.int32),
        site_positions=np.array(
            [(_degrees(site.latitude), _degrees(site.longitude)) for _, site, _ in sites],
            dtype=np.float64,
        ).reshape(-1, 2),
        sites=[(site, schedules) for _, site, schedules in sites],
    )


def join_segments(segments: Sequence[SegmentColumns], live: Mask, postings: AllPostings) -> Columns:
    """The columns of all segments of one commit."""
    facts = [known for segment in segments for known in segment.facts]
    starts = np.cumsum([0, *(len(segment.facts) for segment in segments)])[:-1]
    sites = [site for segment in segments for site in segment.sites]
    site_docs = _end_to_end([segment.site_docs for segment in segments], starts)
    positions = np.concatenate([np.zeros((0, 2)), *(s.site_positions for s in segments)])
    physical = np.array([site.physical for site, _ in sites], dtype=np.bool_)
    tags = _join_tags(segments, starts)
    return Columns(
        facts=facts,
        live=live,
        tags=tags,
        site_docs=site_docs,
        site_latitudes=positions[:, 0],
        site_longitudes=positions[:, 1],
        sites=sites,
        placed=_mask(len(facts), site_docs[physical]),
        located=_mask(len(facts), site_docs[~np.isnan(positions[:, 0])]),
        order_by_name=_order_by_name(facts),
        postings=postings,
        lists=_lists(tags),
    )


def _tags(facts: Sequence[Facts | None]) -> dict[Tag, Docs]:
    found: dict[Tag, list[int]] = defaultdict(list)
    for docnum, known in enumerate(facts):
        if known:
            for tag in _tags_of(known):
                found[tag].append(docnum)
    return {tag: np.array(docs, dtype=np.int32) for tag, docs in found.items()}


def _tags_of(known: Facts) -> list[Tag]:
    return [
        *(("heading", slug) for slug in known.headings),
        *(("language", code) for code in known.languages),
        *(("term", code) for code in known.term_codes),
        *([("free", "free")] if known.is_free else []),
        *((kind, code) for kind, codes in known.codes for code in codes),
    ]


def _join_tags(segments: Sequence[SegmentColumns], starts: Docs) -> dict[Tag, Docs]:
    parts: dict[Tag, list[Docs]] = defaultdict(list)
    for segment, start in zip(segments, starts, strict=True):
        for tag, docs in segment.tags.items():
            parts[tag].append(docs + start)
    return {tag: np.concatenate(docs) for tag, docs in parts.items()}


def _lists(tags: Mapping[Tag, Docs]) -> dict[str, TagList]:
    kinds: dict[str, dict[str, Docs]] = defaultdict(dict)
    for (kind, value), docs in tags.items():
        if kind not in _NOT_LISTED:
            kinds[kind][value] = docs
    return {
        kind: TagList(
            values=tuple(by_value),
            docs=np.concatenate(list(by_value.values())),
            codes=np.repeat(
                np.arange(len(by_value), dtype=np.int32), [len(docs) for docs in by_value.values()]
            ),
        )
        for kind, by_value in kinds.items()
    }


def _end_to_end(parts: Sequence[Docs], starts: Docs) -> Docs:
    moved = [part + start for part, start in zip(parts, starts, strict=True)]
    return np.concatenate([_NONE, *moved]).astype(np.int32)


def _mask(size: int, docs: Docs) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    mask[docs] = True
    return mask


def _order_by_name(facts: Sequence[Facts | None]) -> Docs:
    names = [(known.sort_name, known.service_id) if known else ("", "") for known in facts]
    ranks = np.zeros(len(names), dtype=np.int32)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return ranks


def _degrees(value: float | None) -> float:
    return float("nan") if value is None else value
