"""Columnar facts of all documents of a commit, by document number.

Each segment has its own arrays, mapped from its file (``doc_values.py``). Where there is one and
nothing is deleted they are taken as they are; else they are put end to end for each commit, and
what is deleted is left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search.doc_facts import CATEGORY_TERM, COUNTED, NATIONAL, SUGGESTED, YES
from referral.search.segments.bitmaps import FacetBitmaps, facet_bitmaps, mask_from_docs
from referral.search.segments.doc_values import Docs, Ends, Hours, Mask, Numbers, SegmentFacts, Tag
from referral.search.segments.site_distances import DistanceRings, SitePoints, lay_out_sites
from referral.search.segments.sort_order import NameOrder

Confidences = NDArray[np.float32]


class SuggestedDocs(NamedTuple):
    """Documents, rising, that a topic is suggested for, how confidently, and the sum of that."""

    docs: Docs
    confidences: Confidences
    total: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays over documents and over their sites.

    Attributes:
        live: documents that are not deleted.
        count: how many these are.
        tags: documents that have a heading, a language, a term, a code, or no cost.
        suggested: documents that a topic is suggested for, by its code.
        by_category: those among ``tags`` that have a term by an accepted category only, by its
            code, and how confidently it would be suggested.
        suggested_confidence: of the surest topic suggested for each document, 0 without any.
        is_untagged: at least a quarter of the services, without national help lines, have
            only suggested topics.
        planes: the values of tags that are offered as filters, as sets to be counted.
        sites: laid out by document.
        site_docs: for each site its document, rising; every live document has one site or more.
        site_rows: for each site where it is among all sites, those of deleted documents included.
        site_latitudes, site_longitudes: WGS 84 degrees, NaN where unknown.
        hours: the different hours that sites have, those of the service where a site has none.
        site_hours: for each site which of them it has.
        zips: ZIP codes of sites, rising.
        placed: documents with a place people can go to.
        located: documents with a place whose position is known.
        assured_days: proleptic ordinal of the day of the last check, NaN when never or deleted.
        order_by_name: rank of each document by name, then id.
        title_hashes: equal for documents of the same name and organization.
        rings: around places, how far documents are.
    """

    live: Mask
    count: int
    tags: Mapping[Tag, Docs]
    suggested: Mapping[str, SuggestedDocs]
    by_category: Mapping[str, SuggestedDocs]
    suggested_confidence: Confidences
    is_untagged: bool
    planes: FacetBitmaps
    sites: SitePoints
    site_docs: Docs
    site_rows: Ends
    site_latitudes: Numbers
    site_longitudes: Numbers
    hours: Sequence[Hours]
    site_hours: Docs
    zips: Sequence[str]
    placed: Mask
    located: Mask
    assured_days: Numbers
    order_by_name: Docs
    title_hashes: NDArray[np.int64]
    distance_rings: DistanceRings
    segments: Sequence[SegmentFacts]
    segment_docs: Sequence[int]
    segment_sites: Sequence[int]

    @property
    def size(self) -> int:
        """How many documents there are, deleted ones included."""
        return len(self.live)

    def service_id(self, doc: int) -> str:
        """The id of a document's service."""
        number = bisect_right(self.segment_docs, doc) - 1
        return self.segments[number].service_id(doc - self.segment_docs[number])

    def with_ids(self, service_ids: Collection[str]) -> Mask:
        """The documents of these services."""
        mask = np.zeros(self.size, dtype=np.bool_)
        if service_ids:
            for start, segment in zip(self.segment_docs, self.segments, strict=False):
                rows = (segment.row_of(service_id) for service_id in service_ids)
                mask[[start + row for row in rows if row is not None]] = True
        found: Mask = mask & self.live
        return found

    def location_id(self, site: int) -> str:
        """The id of a site's location, "" for a site that is nowhere."""
        row = int(self.site_rows[site])
        number = bisect_right(self.segment_sites, row) - 1
        return self.segments[number].location_id(row - self.segment_sites[number])

    def tagged(self, kind: str, *values: str) -> Mask:
        """Documents with any of these values of a tag."""
        mask = np.zeros(self.size, dtype=np.bool_)
        for value in values:
            mask[self.tags.get((kind, value), _NONE)] = True
        return mask

    def values(self, kind: str) -> tuple[str, ...]:
        """The values that a kind of tag has here."""
        return tuple(value for tag_kind, value in self.tags if tag_kind == kind)


_UNTAGGED_SHARE = 4  # one service in so many
_NONE: Docs = np.zeros(0, dtype=np.int32)


def join_segments(
    segments: Sequence[SegmentFacts], live: Mask, name_order: NameOrder | None = None
) -> Columns:
    """The columns of all segments of one commit, of ``live`` documents; ``name_order`` is kept."""
    starts = _starts(segment.size for segment in segments)
    sites = _JoinedSites(segments, starts, live)
    latitudes, longitudes = sites.joined("site_latitudes"), sites.joined("site_longitudes")
    hours, site_hours = sites.listed_once("site_hours", [one.hours for one in segments])
    zips, site_zips = sites.listed_once("site_zips", [one.zips for one in segments])
    tags = _join_tags(segments, starts, live)
    suggested, count = _confidences(SUGGESTED, tags), int(np.count_nonzero(live))
    laid_out = lay_out_sites(sites.docs, latitudes, longitudes, len(live))
    located = mask_from_docs(sites.docs[~np.isnan(latitudes)], len(live))
    return Columns(
        live=live,
        count=count,
        tags=tags,
        suggested=suggested,
        by_category=_confidences(CATEGORY_TERM, tags),
        suggested_confidence=_surest(suggested, len(live)),
        is_untagged=_is_untagged(suggested, tags, count),
        planes=facet_bitmaps(COUNTED, tags, len(live)),
        sites=laid_out,
        site_docs=sites.docs,
        site_rows=sites.rows,
        site_latitudes=latitudes,
        site_longitudes=longitudes,
        hours=hours,
        site_hours=site_hours,
        zips=sorted(zips[code] for code in np.unique(site_zips) if zips[code]),
        placed=sites.placed(len(live)),
        located=located,
        assured_days=_assured_days(segments, live),
        order_by_name=(name_order or NameOrder()).ranks(segments, starts),
        title_hashes=_end_to_end([segment.title_hashes for segment in segments]),
        distance_rings=DistanceRings(laid_out, located),
        segments=segments,
        segment_docs=starts,
        segment_sites=_starts(len(segment.arrays["site_docs"]) for segment in segments),
    )


def _assured_days(segments: Sequence[SegmentFacts], live: Mask) -> Numbers:
    days = _end_to_end([segment.arrays["assured_days"] for segment in segments])
    return np.where(live, days, np.nan)


def _confidences(tag: str, tags: Mapping[Tag, Docs]) -> Mapping[str, SuggestedDocs]:
    parts: dict[str, list[tuple[Docs, Confidences]]] = defaultdict(list)
    for (kind, value), docs in tags.items():
        if kind == tag:
            code, _, percent = value.rpartition("/")
            parts[code].append((docs, np.full(len(docs), int(percent) / 100, dtype=np.float32)))
    found = {}
    for code, some in parts.items():
        docs, confidences = map(np.concatenate, zip(*some, strict=True))
        order = np.argsort(docs, kind="stable")
        found[code] = SuggestedDocs(docs[order], confidences[order], float(confidences.sum()))
    return found


def _surest(suggested: Mapping[str, SuggestedDocs], size: int) -> Confidences:
    surest = np.zeros(size, dtype=np.float32)
    for some in suggested.values():
        surest[some.docs] = np.maximum(surest[some.docs], some.confidences)
    return surest


def _is_untagged(
    suggested: Mapping[str, SuggestedDocs], tags: Mapping[Tag, Docs], count: int
) -> bool:
    docs = [some.docs for some in suggested.values()]
    known = len(np.unique(np.concatenate(docs))) if docs else 0
    of_the_library = count - len(tags.get((NATIONAL, YES), _NONE))
    return bool(known) and known * _UNTAGGED_SHARE >= of_the_library


class _JoinedSites:
    """Puts what is known of sites end to end, and leaves those of deleted documents out."""

    def __init__(self, segments: Sequence[SegmentFacts], starts: Sequence[int], live: Mask) -> None:
        self._segments = segments
        docs = _moved([segment.arrays["site_docs"] for segment in segments], starts)
        self.rows: Ends = np.flatnonzero(live[docs])
        self._are_all = len(self.rows) == len(docs)
        self.docs: Docs = self._kept(docs)

    def joined(self, name: str) -> NDArray[Any]:
        """One array of all segments."""
        return self._kept(_end_to_end([segment.arrays[name] for segment in self._segments]))

    def listed_once(
        self, name: str, values: Sequence[Sequence[Any]]
    ) -> tuple[Sequence[Any], NDArray[Any]]:
        """The different values of all segments, and for each site which it has."""
        numbers: dict[Any, int] = {}
        codes = []
        for segment, known in zip(self._segments, values, strict=True):
            here = [numbers.setdefault(value, len(numbers)) for value in known]
            codes.append(np.array(here, dtype=np.int32)[segment.arrays[name]])
        return list(numbers), self._kept(_end_to_end(codes).astype(np.int32))

    def placed(self, size: int) -> Mask:
        """Documents with a place people can go to."""
        return mask_from_docs(self.docs[self.joined("site_physical").astype(np.bool_)], size)

    def _kept(self, array: NDArray[Any]) -> NDArray[Any]:
        return array if self._are_all else array[self.rows]


def _join_tags(
    segments: Sequence[SegmentFacts], starts: Sequence[int], live: Mask
) -> Mapping[Tag, Docs]:
    parts: dict[Tag, list[Docs]] = defaultdict(list)
    for segment, start in zip(segments, starts, strict=False):
        docs, ends = _live_tags(segment, live[start : start + segment.size])
        docs = docs + np.int32(start) if start else docs
        for tag, begin, end in zip(segment.tags, ends, ends[1:], strict=False):
            if begin < end:
                parts[tag].append(docs[begin:end])
    return {tag: _end_to_end(parts[tag]) for tag in sorted(parts)}


def _live_tags(segment: SegmentFacts, live: Mask) -> tuple[Docs, list[int]]:
    """The documents of all tags that are not deleted, and where those of each tag begin and end."""
    docs, ends = segment.arrays["tag_docs"], segment.arrays["tag_ends"]
    if live.all():
        return docs, ends.tolist()
    kept = live[docs]
    return docs[kept], np.concatenate([[0], np.cumsum(kept)])[ends].tolist()


def _starts(sizes: Iterable[int]) -> list[int]:
    return [int(start) for start in np.cumsum([0, *sizes])]


def _moved(parts: Sequence[Docs], starts: Sequence[int]) -> Docs:
    return _end_to_end(
        [
            part + np.int32(start) if start else part
            for part, start in zip(parts, starts, strict=False)
        ]
    )


def _end_to_end(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
