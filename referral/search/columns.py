"""Columns: facts of all documents of a commit as arrays, by document number.

Each segment has its own arrays, mapped from its file (``segment_facts.py``). If a commit has
only one segment without deleted documents, they are used as they are; otherwise they are
concatenated for each commit, without deleted documents.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search.facts import (
    CATEGORY_TERM,
    MAXIMUM_AGE,
    MINIMUM_AGE,
    NATIONAL,
    SHELTER_TOPIC,
    SUGGESTED,
    SURVIVORS,
    YES,
)
from referral.search.segment_facts import Docs, Ends, Hours, Mask, Numbers, SegmentFacts, Tag

_SPARSE, _DENSE = 1 / 50, 1 / 10
Confidences = NDArray[np.float32]
_GIVING = "volunteers"  # slug of the heading
_UNTAGGED_SHARE = 4  # one service in so many
_NO_DOCS: Docs = np.zeros(0, dtype=np.int32)
_SMALL_SHARE = 100  # all small segments together have at most one in so many documents


def mask_from_docs(docs: NDArray[np.integer], size: int) -> Mask:
    """Return a mask over ``size`` documents that is True for the given ones."""
    mask = np.zeros(size, dtype=np.bool_)
    mask[docs] = True
    return mask


def docs_in(mask: Mask) -> NDArray[np.intp]:
    """Return the indexes at which a mask is True, ascending, as ``numpy.flatnonzero`` does.

    That is fast for masks that are True nearly nowhere, which branch prediction handles well, and
    for those that are True for more than one in ten, for which NumPy does not branch. In between it
    takes five times as long, so such a mask is padded with True at its end.
    """
    count = np.count_nonzero(mask)
    if not _SPARSE < count / (len(mask) or 1) < _DENSE:
        return np.flatnonzero(mask)
    filled = np.ones(int(len(mask) * (1 + _DENSE)) + 1, dtype=np.bool_)
    filled[: len(mask)] = mask
    return np.flatnonzero(filled)[:count]


def is_in_sorted(known: NDArray[Any], numbers: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which of some numbers are among known ones, which ascend."""
    if not len(known):
        return np.zeros(len(numbers), dtype=np.bool_)
    indexes = np.minimum(known.searchsorted(numbers), len(known) - 1)
    is_known: NDArray[np.bool_] = known[indexes] == numbers
    return is_known


class SuggestedDocs(NamedTuple):
    """The documents, ascending, that a topic is suggested for, with confidences and their sum."""

    docs: Docs
    confidences: Confidences
    total: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays over the documents of one commit, and over their sites.

    Attributes:
        live: documents that are not deleted.
        count: the number of live documents.
        tags: documents by kind and value of tag: heading, language, term, other codes.
        suggested: documents that a topic is suggested for, by its code.
        by_category: those among ``tags`` that have a term by an accepted category only, by its
            code, and how confidently it would be suggested.
        suggested_confidence: of the surest topic suggested for each document, 0 without any.
        is_untagged: at least a quarter of the services, without national help lines, have
            only suggested topics.
        site_docs: for each site its document, ascending; every live document has at least one site.
        site_rows: for each site its index among all sites, those of deleted documents included.
        site_latitudes, site_longitudes: WGS 84 degrees, NaN where unknown.
        hours: the distinct hours of sites, those of the service where a site has none.
        site_hours: for each site the index of its hours in ``hours``.
        zips: ZIP codes of sites, sorted.
        placed: documents with a location people can go to.
        located: documents with a location whose position is known.
        assured_days: proleptic ordinal of the day of the last verification, NaN if never or
            deleted.
        order_by_name: rank of each document by name, then id.
        title_hashes: equal for documents of the same name and organization.
        only_giving: services under the heading of volunteers and donors, and under no other.
    """

    live: Mask
    count: int
    tags: Mapping[Tag, Docs]
    suggested: Mapping[str, SuggestedDocs]
    by_category: Mapping[str, SuggestedDocs]
    suggested_confidence: Confidences
    is_untagged: bool
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
    only_giving: Mask
    segments: Sequence[SegmentFacts]
    segment_docs: Sequence[int]
    segment_sites: Sequence[int]

    @property
    def size(self) -> int:
        """Return the number of documents in the search index, deleted ones included."""
        return len(self.live)

    def service_id(self, doc: int) -> str:
        """Return the id of a document's service."""
        number = bisect_right(self.segment_docs, doc) - 1
        return self.segments[number].service_id(doc - self.segment_docs[number])

    def with_ids(self, service_ids: Collection[str]) -> Mask:
        """Return a mask of the live index documents of some services."""
        mask = np.zeros(self.size, dtype=np.bool_)
        if service_ids:
            for start, segment in zip(self.segment_docs, self.segments, strict=False):
                rows = (segment.row_of(service_id) for service_id in service_ids)
                mask[[start + row for row in rows if row is not None]] = True
        live_mask: Mask = mask & self.live
        return live_mask

    def location_ids(self, service_id: str) -> set[str]:
        """Return the ids of the locations of a service; empty where it is not indexed."""
        ids = set[str]()
        for start, segment in zip(self.segment_docs, self.segments, strict=False):
            row = segment.row_of(service_id)
            if row is not None and self.live[start + row]:
                ids |= {segment.location_id(site) for site in segment.sites_of(row)}
        return ids - {""}

    def location_id(self, site: int) -> str:
        """Return the id of a site's location, "" for a service without locations."""
        row = int(self.site_rows[site])
        number = bisect_right(self.segment_sites, row) - 1
        return self.segments[number].location_id(row - self.segment_sites[number])

    def tagged(self, kind: str, *values: str) -> Mask:
        """Return a mask of the documents that have any of some values of a tag."""
        return _tagged(self.tags, self.size, kind, values)

    def for_survivors(self) -> Mask:
        """Return a mask of the shelters for survivors of violence, by topic or by their texts."""
        return self.tagged("term", SHELTER_TOPIC) | self.tagged(SURVIVORS, YES)

    def not_for_age(self, age: int) -> Mask:
        """Return a mask of the documents that exclude an age in whole years."""
        too_young = [low for low in self.values(MINIMUM_AGE) if float(low) >= age + 1]
        too_old = [high for high in self.values(MAXIMUM_AGE) if float(high) < age]
        return self.tagged(MINIMUM_AGE, *too_young) | self.tagged(MAXIMUM_AGE, *too_old)

    def values(self, kind: str) -> tuple[str, ...]:
        """Return the values of a kind of tag that indexed services have, for filters."""
        return tuple(value for tag_kind, value in self.tags if tag_kind == kind)


def join_segments(
    segments: Sequence[SegmentFacts], live: Mask, name_order: NameOrder | None = None
) -> Columns:
    """Return the columns of all segments of a commit; ``name_order`` is a cache for the next."""
    starts = _starts(segment.size for segment in segments)
    sites = _JoinedSites(segments, starts, live)
    latitudes, longitudes = sites.joined("site_latitudes"), sites.joined("site_longitudes")
    hours, site_hours = sites.distinct("site_hours", [segment.hours for segment in segments])
    zips, site_zips = sites.distinct("site_zips", [segment.zips for segment in segments])
    tags = _join_tags(segments, starts, live)
    suggested, count = _docs_by_topic(SUGGESTED, tags), int(np.count_nonzero(live))
    return Columns(
        live=live,
        count=count,
        tags=tags,
        suggested=suggested,
        by_category=_docs_by_topic(CATEGORY_TERM, tags),
        suggested_confidence=_highest_confidences(suggested, len(live)),
        is_untagged=_is_untagged(suggested, tags, count),
        site_docs=sites.docs,
        site_rows=sites.rows,
        site_latitudes=latitudes,
        site_longitudes=longitudes,
        hours=hours,
        site_hours=site_hours,
        zips=sorted(zips[code] for code in np.unique(site_zips) if zips[code]),
        placed=sites.placed(len(live)),
        located=mask_from_docs(sites.docs[~np.isnan(latitudes)], len(live)),
        assured_days=_assured_days(segments, live),
        order_by_name=(name_order or NameOrder()).ranks(segments, starts),
        title_hashes=_concatenated([segment.title_hashes for segment in segments]),
        only_giving=_only_giving(tags, len(live)),
        segments=segments,
        segment_docs=starts,
        segment_sites=_starts(len(segment.arrays["site_docs"]) for segment in segments),
    )


def _tagged(tags: Mapping[Tag, Docs], size: int, kind: str, values: Iterable[str]) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    for value in values:
        mask[tags.get((kind, value), _NO_DOCS)] = True
    return mask


def _only_giving(tags: Mapping[Tag, Docs], size: int) -> Mask:
    others = [value for kind, value in tags if kind == "heading" and value != _GIVING]
    giving = _tagged(tags, size, "heading", [_GIVING])
    return giving & ~_tagged(tags, size, "heading", others)


def _assured_days(segments: Sequence[SegmentFacts], live: Mask) -> Numbers:
    days = _concatenated([segment.arrays["assured_days"] for segment in segments])
    return np.where(live, days, np.nan)


def _docs_by_topic(wanted_kind: str, tags: Mapping[Tag, Docs]) -> Mapping[str, SuggestedDocs]:
    parts: dict[str, list[tuple[Docs, Confidences]]] = defaultdict(list)
    for (kind, value), docs in tags.items():
        if kind == wanted_kind:
            code, _, percent = value.rpartition("/")
            parts[code].append((docs, np.full(len(docs), int(percent) / 100, dtype=np.float32)))
    by_topic = {}
    for code, topic_parts in parts.items():
        docs, confidences = map(np.concatenate, zip(*topic_parts, strict=True))
        order = np.argsort(docs, kind="stable")
        by_topic[code] = SuggestedDocs(docs[order], confidences[order], float(confidences.sum()))
    return by_topic


def _highest_confidences(suggested: Mapping[str, SuggestedDocs], size: int) -> Confidences:
    highest = np.zeros(size, dtype=np.float32)
    for topic_docs in suggested.values():
        highest[topic_docs.docs] = np.maximum(highest[topic_docs.docs], topic_docs.confidences)
    return highest


def _is_untagged(
    suggested: Mapping[str, SuggestedDocs], tags: Mapping[Tag, Docs], count: int
) -> bool:
    docs = [topic_docs.docs for topic_docs in suggested.values()]
    suggested_count = len(np.unique(np.concatenate(docs))) if docs else 0
    local_count = count - len(tags.get((NATIONAL, YES), _NO_DOCS))
    return bool(suggested_count) and suggested_count * _UNTAGGED_SHARE >= local_count


class _JoinedSites:
    """Arrays over the sites of all segments, concatenated without those of deleted documents."""

    def __init__(self, segments: Sequence[SegmentFacts], starts: Sequence[int], live: Mask) -> None:
        self._segments = segments
        docs = _concatenated_with_offsets(
            [segment.arrays["site_docs"] for segment in segments], starts
        )
        self.rows: Ends = np.flatnonzero(live[docs])
        self._are_all = len(self.rows) == len(docs)
        self.docs: Docs = self._without_deleted(docs)

    def joined(self, name: str) -> NDArray[Any]:
        """Return an array over sites by its name, concatenated over segments."""
        return self._without_deleted(
            _concatenated([segment.arrays[name] for segment in self._segments])
        )

    def distinct(
        self, name: str, values: Sequence[Sequence[Any]]
    ) -> tuple[Sequence[Any], NDArray[Any]]:
        """Return the distinct values of all segments, and the index of each site's value."""
        numbers: dict[Any, int] = {}
        codes = []
        for segment, segment_values in zip(self._segments, values, strict=True):
            segment_numbers = [numbers.setdefault(value, len(numbers)) for value in segment_values]
            codes.append(np.array(segment_numbers, dtype=np.int32)[segment.arrays[name]])
        return list(numbers), self._without_deleted(_concatenated(codes).astype(np.int32))

    def placed(self, size: int) -> Mask:
        """Return a mask of the documents with a location people can go to."""
        return mask_from_docs(self.docs[self.joined("site_physical").astype(np.bool_)], size)

    def _without_deleted(self, array: NDArray[Any]) -> NDArray[Any]:
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
    return {tag: _concatenated(parts[tag]) for tag in sorted(parts)}


def _live_tags(segment: SegmentFacts, live: Mask) -> tuple[Docs, list[int]]:
    """Return the live documents of all tags, and where those of each tag begin and end."""
    docs, ends = segment.arrays["tag_docs"], segment.arrays["tag_ends"]
    if live.all():
        return docs, ends.tolist()
    is_kept = live[docs]
    return docs[is_kept], np.concatenate([[0], np.cumsum(is_kept)])[ends].tolist()


def _starts(sizes: Iterable[int]) -> list[int]:
    return [int(start) for start in np.cumsum([0, *sizes])]


def _concatenated_with_offsets(parts: Sequence[Docs], starts: Sequence[int]) -> Docs:
    return _concatenated(
        [
            part + np.int32(start) if start else part
            for part, start in zip(parts, starts, strict=False)
        ]
    )


def _concatenated(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)


class NameOrder:
    """Cache of the order by name of the large segments, which the next commit mostly shares.

    Documents of small segments are inserted for each commit.
    """

    def __init__(self) -> None:
        self._segments: tuple[SegmentFacts, ...] = ()
        self._order: Docs = np.zeros(0, dtype=np.int32)

    def ranks(self, segments: Sequence[SegmentFacts], starts: Sequence[int]) -> Docs:
        """Return the rank of each indexed service by name, then id.

        Args:
            starts: number of the first document of each segment, and the number of all documents.
        """
        large = _large_segments(segments)
        small = [number for number in range(len(segments)) if number not in large]
        small_docs = [doc for number in small for doc in range(starts[number], starts[number + 1])]
        order = self._order_large(segments, large, starts)
        keys = sorted((_name_key(segments, starts, doc), doc) for doc in small_docs)
        indexes = [
            bisect_left(order, key, key=lambda doc: _name_key(segments, starts, int(doc)))
            for key, _ in keys
        ]
        order = np.insert(order, indexes, [doc for _, doc in keys])
        ranks = np.zeros(starts[-1], dtype=np.int32)
        ranks[order] = np.arange(len(ranks), dtype=np.int32)
        return ranks

    def _order_large(
        self, segments: Sequence[SegmentFacts], large: Sequence[int], starts: Sequence[int]
    ) -> Docs:
        """Return the documents of the large segments in order, numbered over all segments."""
        large_segments = tuple(segments[number] for number in large)
        if [*map(id, large_segments)] != [*map(id, self._segments)]:
            self._segments, self._order = large_segments, _docs_by_name(large_segments)
        first_docs = np.cumsum([0, *(segment.size for segment in large_segments)])
        shifts = [
            starts[number] - first_doc for number, first_doc in zip(large, first_docs, strict=False)
        ]
        if not any(shifts):
            return self._order
        segment_numbers = np.searchsorted(first_docs, self._order, side="right") - 1
        order: Docs = (self._order + np.array(shifts)[segment_numbers]).astype(np.int32)
        return order


def _large_segments(segments: Sequence[SegmentFacts]) -> list[int]:
    """Return the numbers of all segments but the smallest, which together have few documents."""
    total, small_count = sum(segment.size for segment in segments), 0
    large = set(range(len(segments)))
    for number in sorted(large, key=lambda number: segments[number].size):
        small_count += segments[number].size
        if small_count * _SMALL_SHARE > total:
            break
        large.discard(number)
    return sorted(large)


def _docs_by_name(segments: Sequence[SegmentFacts]) -> Docs:
    """Return the documents of segments by name and id, numbered over these segments."""
    if len(segments) == 1:
        by_name: Docs = segments[0].arrays["by_name"]
        return by_name
    keys = [segment.name_key(doc) for segment in segments for doc in range(segment.size)]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int32)


def _name_key(segments: Sequence[SegmentFacts], starts: Sequence[int], doc: int) -> bytes:
    number = bisect_right(starts, doc) - 1
    return segments[number].name_key(doc - starts[number])
