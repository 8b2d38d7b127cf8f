"""Filters and facet counts: which matching documents pass, and what each value would leave.

A filter over codes is a line in ``FACETS``. Those of headings and topic let pass what stands there
by suggested topics only; ``FilterResult.suggested`` tells it apart. Distance and opening hours are
asked of the same site (``distance_filter.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place
from referral.search.doc_facts import (
    MAXIMUM_AGE,
    MINIMUM_AGE,
    POPULATION,
    SUGGESTED_HEADING,
    SUGGESTED_TERM,
)
from referral.search.matching.distance_filter import DistanceFilter, SiteCriteria
from referral.search.matching.opening_hours import OpenSites
from referral.search.query import FacetValue, SearchQuery
from referral.search.segments.bitmaps import Bits, count_bits, docs_in, pack_mask, unpack_mask
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Mask, Numbers


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter over codes, whose values are counted.

    Attributes:
        kind: of the tags.
        values_in: the values that a query wants.
        needs_all: a document must have all of them, and is counted when it has all and one more;
            else one will do, and a value is counted as if it were the only one.
    """

    kind: str
    values_in: Callable[[SearchQuery], tuple[str, ...]]
    needs_all: bool = False


_HEADINGS = "headings"
_ROOM = "room"
FACETS: Mapping[str, Facet] = {
    _HEADINGS: Facet("heading", lambda query: query.headings),
    "languages": Facet("language", lambda query: (query.language,) if query.language else ()),
    "populations": Facet(POPULATION, lambda query: query.populations),
    "cost": Facet("cost", lambda query: query.cost),
    "access": Facet("access", lambda query: query.access, needs_all=True),
    "delivery": Facet("delivery", lambda query: query.delivery),
    "free": Facet("free", lambda _: ()),  # counted only: the filter is that of costs
    "age": Facet("age", lambda query: query.ages),
}


@dataclass(frozen=True, slots=True)
class FilterResult:
    """Documents that pass all filters.

    Attributes:
        bits: the documents, as a bitmap.
        suggested: those of them that pass the filters of headings and topic by suggested topics
            only.
        sites: which sites of a document count.
        facets: see ``Answer.facets``; "open_now" once ``measured``.
        docs: the documents, rising, once ``measured``.
        miles: for each of them to its nearest site that counts; NaN where unknown.
    """

    bits: Bits
    suggested: Bits
    sites: SiteCriteria
    facets: Mapping[str, tuple[FacetValue, ...]]
    docs: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    miles: Numbers = field(default_factory=lambda: np.zeros(0))

    @property
    def total(self) -> int:
        """How many documents pass."""
        return count_bits(self.bits)

    @property
    def suggested_total(self) -> int:
        """How many of them do by suggested topics only."""
        return count_bits(self.suggested)

    @property
    def any_suggested(self) -> bool:
        """Whether any do."""
        return bool(self.suggested.any())

    def measured(self, columns: Columns, hours: OpenSites) -> FilterResult:
        """List the documents with their distances, and count those that are open now."""
        docs = docs_in(unpack_mask(self.bits, columns.size))
        distances = DistanceFilter(self.sites, docs)
        open_now = distances.count_open(hours.at(datetime.now(UTC)))
        facets = {**self.facets, "open_now": _most_first({"open": open_now})}
        return replace(self, facets=facets, docs=docs, miles=distances.miles())


def apply_filters(
    found: Mask,
    query: SearchQuery,
    near: Place | None,
    columns: Columns,
    hours: OpenSites,
    with_room: frozenset[str] = frozenset(),
) -> FilterResult:
    """Filter the documents found, and count each facet as if its own filter were not set.

    Filters are sets that meet.
    """
    sites = SiteCriteria(
        columns,
        near,
        query.within if near else None,
        hours.at(query.open_at) if query.open_at else None,
    )
    all_found = pack_mask(_coded_otherwise(columns, query, found))
    filters = dict(_set(columns, query))
    room = pack_mask(columns.with_ids(with_room))
    if query.has_room:
        filters[_ROOM] = room
    places, distances = sites.places_among(all_found, _met(all_found, filters))
    if places is not None:
        filters["places"] = places
    left = _met(all_found, filters)
    tagged = pack_mask(columns.tagged("term", query.topic)) if query.topic else None
    counts = _counts(columns, all_found, filters, left, tagged)
    counted = {name: _most_first(some) for name, some in counts}
    others = {name: bits for name, bits in filters.items() if name != _ROOM}
    counted[_ROOM] = _most_first({_ROOM: count_bits(_met(all_found & room, others))})
    if near is not None:
        counted["distance"] = distances
    return FilterResult(left, _only_suggested(columns, query, left, tagged), sites, counted)


def _set(columns: Columns, query: SearchQuery) -> Iterator[tuple[str, Bits]]:
    """The filters that are set, and the documents that pass each."""
    for name, facet in FACETS.items():
        if values := facet.values_in(query):
            docs = [columns.planes.with_value(facet.kind, value) for value in values]
            if name == _HEADINGS:
                docs += [columns.planes.with_value(SUGGESTED_HEADING, value) for value in values]
            yield name, reduce(np.bitwise_and if facet.needs_all else np.bitwise_or, docs)


def _only_suggested(columns: Columns, query: SearchQuery, left: Bits, tagged: Bits | None) -> Bits:
    """Those that nobody placed under the topic, or under one of the headings, asked for."""
    placed = left if tagged is None else left & tagged
    if query.headings:
        docs = [columns.planes.with_value("heading", value) for value in query.headings]
        placed = placed & reduce(np.bitwise_or, docs)
    return left & ~placed


def _counts(
    columns: Columns,
    found: Bits,
    filters: Mapping[str, Bits],
    left: Bits,
    tagged: Bits | None,
) -> Iterator[tuple[str, Mapping[str, int]]]:
    counts = columns.planes.counts(left)
    for name, facet in FACETS.items():
        if name not in filters or facet.needs_all:
            docs, counted = left, counts[facet.kind]
        else:
            others = {other: bits for other, bits in filters.items() if other != name}
            docs = _met(found, others)
            counted = columns.planes.counts_of(facet.kind, docs)
        if name == _HEADINGS:
            yield from _heading_counts(columns, docs, counted, tagged)
        else:
            yield name, counted


def _heading_counts(
    columns: Columns, docs: Bits, counted: Mapping[str, int], tagged: Bits | None
) -> Iterator[tuple[str, Mapping[str, int]]]:
    """What people placed under each heading, and what stands there by suggested topics only.

    Args:
        docs: that pass all other filters.
        counted: how many of them stand under each heading.
        tagged: the documents that people placed under the topic asked for.
    """
    suggested = Counter(columns.planes.counts_of(SUGGESTED_HEADING, docs))
    if tagged is not None:
        placed = columns.planes.counts_of("heading", docs & tagged)
        suggested.update({slug: counted[slug] - placed[slug] for slug in counted})
        counted = placed
    yield _HEADINGS, counted
    yield "suggested_headings", suggested


def _met(found: Bits, filters: Mapping[str, Bits]) -> Bits:
    return reduce(np.bitwise_and, filters.values(), found)


def _coded_otherwise(columns: Columns, query: SearchQuery, found: Mask) -> Mask:
    """What passes the filters that are not counted: topic and exact age."""
    left = found
    if query.topic:
        suggested = columns.tagged(SUGGESTED_TERM, query.topic)
        left = left & (columns.tagged("term", query.topic) | suggested)
    if query.age is not None:
        left = left & ~not_for_age(columns, query.age)
    return left


def not_for_age(columns: Columns, age: int) -> Mask:
    """The documents that take nobody of this age: any day from that birthday to the next."""
    too_young = [low for low in columns.values(MINIMUM_AGE) if float(low) >= age + 1]
    too_old = [high for high in columns.values(MAXIMUM_AGE) if float(high) < age]
    return columns.tagged(MINIMUM_AGE, *too_young) | columns.tagged(MAXIMUM_AGE, *too_old)


def _most_first(counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    """The values that would leave something, those that leave most first."""
    return tuple(
        FacetValue(value=value, count=count)
        for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count
    )
