"""Filters and facet counts: which matching documents pass, and what each value would leave.

A filter over codes is a line in ``FACETS``. Distance and opening hours are asked of the same site
(``distance_filter.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place
from referral.search.doc_facts import MAXIMUM_AGE, MINIMUM_AGE, POPULATION
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


FACETS: Mapping[str, Facet] = {
    "headings": Facet("heading", lambda query: query.headings),
    "languages": Facet("language", lambda query: (query.language,) if query.language else ()),
    "populations": Facet(POPULATION, lambda query: query.populations),
    "cost": Facet("cost", lambda query: query.cost),
    "access": Facet("access", lambda query: query.access, needs_all=True),
    "delivery": Facet("delivery", lambda query: query.delivery),
    "free": Facet("free", lambda query: ("free",) if query.free else ()),
    "age": Facet("age", lambda query: query.ages),
}


@dataclass(frozen=True, slots=True)
class FilterResult:
    """Documents that pass all filters.

    Attributes:
        bits: the documents, as a bitmap.
        sites: which sites of a document count.
        facets: see ``Answer.facets``; "open_now" once ``measured``.
        docs: the documents, rising, once ``measured``.
        miles: for each of them to its nearest site that counts; NaN where unknown.
    """

    bits: Bits
    sites: SiteCriteria
    facets: Mapping[str, tuple[FacetValue, ...]]
    docs: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    miles: Numbers = field(default_factory=lambda: np.zeros(0))

    @property
    def total(self) -> int:
        """How many documents pass."""
        return count_bits(self.bits)

    def measured(self, columns: Columns, hours: OpenSites) -> FilterResult:
        """List the documents with their distances, and count those that are open now."""
        docs = docs_in(unpack_mask(self.bits, columns.size))
        distances = DistanceFilter(self.sites, docs)
        open_now = distances.count_open(hours.at(datetime.now(UTC)))
        facets = {**self.facets, "open_now": _most_first({"open": open_now})}
        return replace(self, facets=facets, docs=docs, miles=distances.miles())


def apply_filters(
    found: Mask, query: SearchQuery, near: Place | None, columns: Columns, hours: OpenSites
) -> FilterResult:
    """Filter the documents found, and count each facet as if its own filter were not set.

    Filters are sets that meet.
    """
    sites = SiteCriteria(
        columns,
        near,
        query.within_miles if near else None,
        hours.at(query.open_at) if query.open_at else None,
    )
    all_found = pack_mask(_coded_otherwise(columns, query, found))
    filters = dict(_set(columns, query))
    places, distances = sites.places_among(all_found, _met(all_found, filters))
    if places is not None:
        filters["places"] = places
    left = _met(all_found, filters)
    counts = _counts(columns, all_found, filters, left)
    counted = {name: _most_first(some) for name, some in counts}
    if near is not None:
        counted["distance"] = distances
    return FilterResult(left, sites, counted)


def _set(columns: Columns, query: SearchQuery) -> Iterator[tuple[str, Bits]]:
    """The filters that are set, and the documents that pass each."""
    for name, facet in FACETS.items():
        if values := facet.values_in(query):
            docs = [columns.planes.with_value(facet.kind, value) for value in values]
            yield name, reduce(np.bitwise_and if facet.needs_all else np.bitwise_or, docs)


def _counts(
    columns: Columns, found: Bits, filters: Mapping[str, Bits], left: Bits
) -> Iterator[tuple[str, Mapping[str, int]]]:
    counts = columns.planes.counts(left)
    for name, facet in FACETS.items():
        if name not in filters or facet.needs_all:
            yield name, counts[facet.kind]
        else:
            others = {other: bits for other, bits in filters.items() if other != name}
            yield name, columns.planes.counts_of(facet.kind, _met(found, others))


def _met(found: Bits, filters: Mapping[str, Bits]) -> Bits:
    return reduce(np.bitwise_and, filters.values(), found)


def _coded_otherwise(columns: Columns, query: SearchQuery, found: Mask) -> Mask:
    """What passes the filters that are not counted: topic and exact age."""
    left = found
    if query.term_code:
        left = left & columns.tagged("term", query.term_code)
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
