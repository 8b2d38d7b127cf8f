"""Filters and facet counts: which matching documents pass, and how many each value would leave.

A filter over codes is a line in ``FACETS``. The filters of headings and topic let documents pass
that have them by suggested topics only; ``FilterResult.suggested`` has these. Distance and
opening hours must be met by the same site (``sites.py``). Sets of documents are bitmaps here,
64 documents to a number, and are counted by population count; elsewhere they are masks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place
from referral.search.columns import Columns, docs_in, mask_from_docs
from referral.search.facts import COUNTED, POPULATION, SUGGESTED_HEADING, SUGGESTED_TERM
from referral.search.query import FacetValue, SearchQuery
from referral.search.segment_facts import DocNumbers, Docs, Mask, Tag
from referral.search.sites import DISTANCES, OpenSites, SiteFilter, SitePoints, squared_chord

Bits = NDArray[np.uint64]  # the last number is padded with zeros

_BITS_PER_NUMBER = 64
_MOST_PLACES = 160  # whose rings are cached: 100 bytes for each document
_HEADINGS = "headings"
_ROOM = "room"


@dataclass(frozen=True, slots=True)
class Facet:
    """A search filter over codes such as costs or languages, whose values are counted.

    Attributes:
        kind: of the tags.
        values_in: returns the values that a query selects.
        needs_all: a document must have all selected values, and is counted for each further one;
            otherwise any of them is enough, and a value is counted as if it were the only one.
    """

    kind: str
    values_in: Callable[[SearchQuery], tuple[str, ...]]
    needs_all: bool = False


FACETS: Mapping[str, Facet] = {
    _HEADINGS: Facet("heading", lambda query: query.headings),
    "languages": Facet("language", lambda query: (query.language,) if query.language else ()),
    "populations": Facet(POPULATION, lambda query: query.populations),
    "cost": Facet("cost", lambda query: query.cost),
    "access": Facet("access", lambda query: query.access, needs_all=True),
    "delivery": Facet("delivery", lambda query: query.delivery),
    "free": Facet("free", lambda _: ()),  # only counted: its filter is that of costs
    "age": Facet("age", lambda query: query.ages),
}


@dataclass(frozen=True, slots=True)
class FilterResult:
    """The services that pass the filters of a search, and the counts of each facet.

    Attributes:
        mask: the documents that pass all filters.
        suggested: those of them that pass the filters of headings and topic by suggested topics
            only.
        sites: which sites of a document count.
        facets: see ``Answer.facets``; all but "open_now".
    """

    mask: Mask
    suggested: Mask
    sites: SiteFilter
    facets: Mapping[str, tuple[FacetValue, ...]]

    @property
    def total(self) -> int:
        """Return the number of documents that pass."""
        return int(np.count_nonzero(self.mask))

    @property
    def suggested_total(self) -> int:
        """Return the number of documents that pass by suggested topics only."""
        return int(np.count_nonzero(self.suggested))


class Filters:
    """The filters of one commit, with a cache of the distance rings around recently used places."""

    def __init__(self, columns: Columns, points: SitePoints, hours: OpenSites) -> None:
        self._columns = columns
        self._points = points
        self._hours = hours
        self._bitmaps = facet_bitmaps(COUNTED, columns.tags, columns.size)
        self._located = pack_mask(columns.located)
        self._rings = lru_cache(_MOST_PLACES)(self._pack_rings)

    def apply(
        self,
        docs: DocNumbers,
        query: SearchQuery,
        near: Place | None,
        with_room: Collection[str],
    ) -> FilterResult:
        """Filter matching documents, and count each facet as if its own filter were not set.

        Args:
            with_room: ids of services that are known to have room now.
        """
        columns = self._columns
        sites = SiteFilter(
            self._points,
            near,
            query.within if near else None,
            self._hours.at(query.open_at) if query.open_at else None,
        )
        matching = pack_mask(self._apply_uncounted(query, mask_from_docs(docs, columns.size)))
        filters = dict(self._active_filters(query))
        room = pack_mask(columns.with_ids(with_room))
        if query.has_room:
            filters[_ROOM] = room
        with_site, distances = self._filter_by_place(sites, matching, _intersect(matching, filters))
        if with_site is not None:
            filters["places"] = with_site
        passing = _intersect(matching, filters)
        tagged = pack_mask(columns.tagged("term", query.topic)) if query.topic else None
        counts = self._iter_counts(matching, filters, passing, tagged)
        facets = {name: most_first(values) for name, values in counts}
        others = {name: bits for name, bits in filters.items() if name != _ROOM}
        facets[_ROOM] = most_first({_ROOM: _count(_intersect(matching & room, others))})
        if near is not None:
            facets["distance"] = distances
        suggested = self._pass_by_suggestion(query, passing, tagged)
        return FilterResult(
            unpack_mask(passing, columns.size), unpack_mask(suggested, columns.size), sites, facets
        )

    def count_suggested(self, heading: str) -> Mapping[str, int]:
        """Count the documents that each suggested topic is suggested for, by its key.

        Args:
            heading: slug that documents are filtered by; "" for all documents.
        """
        columns = self._columns
        under = columns.live
        if heading:
            under = columns.tagged("heading", heading) | columns.tagged(SUGGESTED_HEADING, heading)
        counts = {
            key: int(np.count_nonzero(under.take(docs)))
            for (kind, key), docs in columns.tags.items()
            if kind == SUGGESTED_TERM
        }
        return {key: count for key, count in counts.items() if count}

    def _apply_uncounted(self, query: SearchQuery, matching: Mask) -> Mask:
        """Return the documents that pass the filters without counts: topic and exact age."""
        columns, passing = self._columns, matching
        if query.topic:
            suggested = columns.tagged(SUGGESTED_TERM, query.topic)
            passing = passing & (columns.tagged("term", query.topic) | suggested)
        if query.age is not None:
            passing = passing & ~columns.not_for_age(query.age)
        return passing

    def _active_filters(self, query: SearchQuery) -> Iterator[tuple[str, Bits]]:
        """Yield each filter that the query sets, with the documents that pass it."""
        for name, facet in FACETS.items():
            if values := facet.values_in(query):
                docs = [self._bitmaps.with_value(facet.kind, value) for value in values]
                if name == _HEADINGS:
                    docs += [self._bitmaps.with_value(SUGGESTED_HEADING, slug) for slug in values]
                yield name, reduce(np.bitwise_and if facet.needs_all else np.bitwise_or, docs)

    def _filter_by_place(
        self, sites: SiteFilter, matching: Bits, passing: Bits
    ) -> tuple[Bits | None, tuple[FacetValue, ...]]:
        """Return the documents with a site that counts, and counts by distance.

        The documents are None where neither distance nor hours exclude any. A document without a
        known position passes each distance and is counted in none.

        Args:
            passing: the documents that pass all other filters.
        """
        if sites.is_open is None and sites.near is None:
            return None, ()
        if sites.is_open is None and sites.near and sites.within in {None, *DISTANCES}:
            rings = self._rings(sites.near)
            near_enough = None if sites.within is None else rings[DISTANCES.index(sites.within)]
            counts = intersection_counts(rings, passing & self._located)
            return near_enough, _distance_values(counts)
        size = self._columns.size
        docs = docs_in(unpack_mask(matching, size))
        nearest = sites.nearest_chords(docs)
        of_located = nearest.compress(unpack_mask(passing & self._located, size).take(docs))
        counts = [int(np.count_nonzero(of_located <= squared_chord(miles))) for miles in DISTANCES]
        is_near_enough = mask_from_docs(docs.compress(nearest <= sites.farthest), size)
        return pack_mask(is_near_enough), _distance_values(counts)

    def _pack_rings(self, place: Place) -> Bits:
        """Return for each of ``DISTANCES`` the documents within it or at an unknown distance."""
        rings = self._points.rings(place)
        return pack_masks((rings <= ring for ring in range(len(DISTANCES))), len(rings))

    def _iter_counts(
        self, matching: Bits, filters: Mapping[str, Bits], passing: Bits, tagged: Bits | None
    ) -> Iterator[tuple[str, Mapping[str, int]]]:
        """Yield for each facet how many documents each value would leave.

        Args:
            matching: the documents before the filters.
            filters: the documents that pass each active filter.
            passing: the documents that pass all of them.
            tagged: the documents that people tagged with the topic of the filter.
        """
        counts = self._bitmaps.counts(passing)
        for name, facet in FACETS.items():
            if name not in filters or facet.needs_all:
                docs, by_value = passing, counts[facet.kind]
            else:
                others = {other: bits for other, bits in filters.items() if other != name}
                docs = _intersect(matching, others)
                by_value = self._bitmaps.counts_of(facet.kind, docs)
            if name == _HEADINGS:
                yield from self._iter_heading_counts(docs, by_value, tagged)
            else:
                yield name, by_value

    def _iter_heading_counts(
        self, docs: Bits, counts: Mapping[str, int], tagged: Bits | None
    ) -> Iterator[tuple[str, Mapping[str, int]]]:
        """Yield counts by heading: assigned by people, and by suggested topics only.

        Args:
            docs: those that pass all other filters.
            counts: how many of them are under each heading.
            tagged: the documents that people tagged with the topic of the filter.
        """
        suggested = Counter(self._bitmaps.counts_of(SUGGESTED_HEADING, docs))
        if tagged is not None:
            assigned_counts = self._bitmaps.counts_of("heading", docs & tagged)
            suggested.update({slug: counts[slug] - assigned_counts[slug] for slug in counts})
            counts = assigned_counts
        yield _HEADINGS, counts
        yield "suggested_headings", suggested

    def _pass_by_suggestion(self, query: SearchQuery, passing: Bits, tagged: Bits | None) -> Bits:
        """Return the passing documents that only a suggestion puts under topic or heading."""
        assigned = passing if tagged is None else passing & tagged
        if query.headings:
            with_heading = [self._bitmaps.with_value("heading", slug) for slug in query.headings]
            assigned = assigned & reduce(np.bitwise_or, with_heading)
        return passing & ~assigned


def most_first(counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    """Return the values with counts above 0, in falling order of count."""
    return tuple(
        FacetValue(value=value, count=count)
        for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count
    )


def _distance_values(counts: Sequence[int]) -> tuple[FacetValue, ...]:
    return tuple(
        FacetValue(value=str(miles), count=count)
        for miles, count in zip(DISTANCES, counts, strict=True)
        if count
    )


def _intersect(docs: Bits, filters: Mapping[str, Bits]) -> Bits:
    return reduce(np.bitwise_and, filters.values(), docs)


def pack_mask(mask: Mask) -> Bits:
    """Return a mask of documents as a bitmap."""
    bits = np.zeros(-(-len(mask) // _BITS_PER_NUMBER), dtype=np.uint64)
    packed = np.packbits(mask, bitorder="little")
    bits.view(np.uint8)[: len(packed)] = packed
    return bits


def pack_masks(masks: Iterable[Mask], size: int) -> Bits:
    """Return several masks as bitmaps, one per row; ``size`` is the number of documents."""
    rows = [pack_mask(mask) for mask in masks]
    return np.array(rows, dtype=np.uint64).reshape(len(rows), -(-size // _BITS_PER_NUMBER))


def unpack_mask(bits: Bits, size: int) -> Mask:
    """Return a bitmap as a mask over ``size`` documents."""
    mask: Mask = np.unpackbits(bits.view(np.uint8), count=size, bitorder="little").view(np.bool_)
    return mask


def _count(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.uint32))


def intersection_counts(bitmaps: Bits, bits: Bits) -> Sequence[int]:
    """Return how many documents a set has in common with each of several sets."""
    both: NDArray[Any] = np.bitwise_count(bitmaps & bits)
    counts: list[int] = both.sum(axis=1, dtype=np.uint32).tolist()
    return counts


@dataclass(frozen=True, slots=True)
class FacetBitmaps:
    """Bitmaps of the documents of all values of some kinds of tags.

    Attributes:
        values: kind → its values, sorted.
        starts: kind → the row of its first value.
        bitmaps: one row for each value, those of one kind side by side.
    """

    values: Mapping[str, Sequence[str]]
    starts: Mapping[str, int]
    bitmaps: Bits

    def with_value(self, kind: str, value: str) -> Bits:
        """Return the bitmap of the indexed services that have a value of a kind of tag."""
        if value not in self.values[kind]:
            return np.zeros(self.bitmaps.shape[1], dtype=np.uint64)
        bits: Bits = self.bitmaps[self.starts[kind] + self.values[kind].index(value)]
        return bits

    def counts(self, bits: Bits) -> Mapping[str, Mapping[str, int]]:
        """Count the documents of a set by value, for each kind of tag."""
        counts = intersection_counts(self.bitmaps, bits)
        return {
            kind: dict(zip(values, counts[self.starts[kind] :], strict=False))
            for kind, values in self.values.items()
        }

    def counts_of(self, kind: str, bits: Bits) -> Mapping[str, int]:
        """Count the documents of a set by value, for one kind of tag."""
        start, values = self.starts[kind], self.values[kind]
        counts = intersection_counts(self.bitmaps[start : start + len(values)], bits)
        return dict(zip(values, counts, strict=True))


def facet_bitmaps(kinds: Sequence[str], tags: Mapping[Tag, Docs], size: int) -> FacetBitmaps:
    """Return the bitmaps of ``size`` documents; ``tags`` has those of each value, sorted."""
    values: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind, value in tags:
        if kind in values:
            values[kind].append(value)
    sizes = map(len, values.values())
    return FacetBitmaps(
        values,
        dict(zip(values, accumulate(sizes, initial=0), strict=False)),
        pack_masks(
            (mask_from_docs(tags[kind, value], size) for kind in kinds for value in values[kind]),
            size,
        ),
    )
