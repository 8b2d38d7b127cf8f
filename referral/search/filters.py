"""Which documents the filters leave, and what each of their values would leave.

A filter over codes is a line in ``FACETS``. Near enough and open are asked of the same site
(``reaches.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.records.places import Place
from referral.records.search import FacetValue, SearchQuery
from referral.search.codes import MAXIMUM_AGE, MINIMUM_AGE
from referral.search.columns import Columns
from referral.search.facts_file import Mask, Numbers
from referral.search.opening_hours import OpenSites
from referral.search.reaches import AskedFor, Reaches, distances_counted
from referral.search.rings import DISTANCES


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter over codes, whose values are counted.

    Attributes:
        kind: of the tags.
        asked: the values that a query wants.
        needs_all: a document must have all of them, and is counted when it has all and one more;
            else one will do, and a value is counted as if it were the only one.
    """

    kind: str
    asked: Callable[[SearchQuery], tuple[str, ...]]
    needs_all: bool = False


FACETS: Mapping[str, Facet] = {
    "headings": Facet("heading", lambda query: query.headings),
    "languages": Facet("language", lambda query: (query.language,) if query.language else ()),
    "populations": Facet("population", lambda query: query.populations),
    "cost": Facet("cost", lambda query: query.cost),
    "access": Facet("access", lambda query: query.access, needs_all=True),
    "delivery": Facet("delivery", lambda query: query.delivery),
    "free": Facet("free", lambda query: ("free",) if query.free else ()),
    "age": Facet("age", lambda query: query.ages),
}


@dataclass(frozen=True, slots=True)
class Filtered:
    """What is left.

    Attributes:
        docs: documents that pass all filters, rising.
        miles: for each of them how far its nearest site is that was asked for; NaN where unknown.
        asked_for: of which site of a document that is.
        facets: see ``Answer.facets``.
    """

    docs: NDArray[np.integer[Any]]
    miles: Numbers
    asked_for: AskedFor
    facets: Mapping[str, tuple[FacetValue, ...]]


def apply_filters(
    found: Mask, query: SearchQuery, near: Place | None, columns: Columns, hours: OpenSites
) -> Filtered:
    """Filter the documents found, and count each facet as if its own filter were not set."""
    asked = AskedFor(
        columns,
        near,
        query.within_miles if near else None,
        hours.at(query.open_at) if query.open_at else None,
    )
    found = _coded_otherwise(columns, query, found)
    near_enough = asked.near_enough()
    docs = np.flatnonzero(found if near_enough is None else found & near_enough)
    reaches = Reaches(asked, docs)
    masks = {name: _coded(columns, facet, query, docs) for name, facet in FACETS.items()}
    anywhere = _all_of(len(docs), masks)
    masks["places"] = reaches.within() if asked.narrows else None
    left = np.flatnonzero(_all_of(len(docs), masks))
    counted = {name: _most_first(counts) for name, counts in _counts(columns, docs, masks, left)}
    now = hours.at(datetime.now(UTC))
    counted["open_now"] = _most_first({"open": reaches.count_open(anywhere, now)})
    if asked.is_by_place:
        counted["distance"] = _distances(asked, reduce(np.logical_and, _set(columns, query), found))
    elif near is not None:
        counted["distance"] = reaches.count_distances(anywhere)
    return Filtered(docs.take(left), reaches.miles(left), asked, counted)


def _distances(asked: AskedFor, docs: Mask) -> tuple[FacetValue, ...]:
    rings = asked.columns.rings.around(asked.near).compress(docs)
    return distances_counted(
        np.bincount(rings, minlength=len(DISTANCES) + 1).cumsum().tolist()[:-1]
    )


def _counts(
    columns: Columns,
    docs: NDArray[np.integer[Any]],
    masks: Mapping[str, Mask | None],
    left: NDArray[np.integer[Any]],
) -> Iterator[tuple[str, Mapping[str, int]]]:
    counts = columns.counter.counter_of(docs.take(left))
    for name, facet in FACETS.items():
        if masks[name] is None or facet.needs_all:
            yield name, counts(facet.kind)
        else:
            others = _all_of(len(docs), {**masks, name: None})
            yield name, columns.counter.counter_of(docs.compress(others))(facet.kind)


def _coded(
    columns: Columns, facet: Facet, query: SearchQuery, docs: NDArray[np.integer[Any]]
) -> Mask | None:
    held = [mask.take(docs) for mask in _masks_of(columns, facet, query)]
    return reduce(np.logical_and, held) if held else None


def _set(columns: Columns, query: SearchQuery) -> Iterator[Mask]:
    for facet in FACETS.values():
        yield from _masks_of(columns, facet, query)


def _masks_of(columns: Columns, facet: Facet, query: SearchQuery) -> Iterator[Mask]:
    """What a document must be in all of; nothing when the filter is not set."""
    values = facet.asked(query)
    if values and not facet.needs_all:
        yield columns.tagged(facet.kind, *values)
    elif values:
        yield from (columns.tagged(facet.kind, value) for value in values)


def _coded_otherwise(columns: Columns, query: SearchQuery, found: Mask) -> Mask:
    """What passes the filters that are not counted: topic and exact age."""
    left = found
    if query.term_code:
        left = left & columns.tagged("term", query.term_code)
    if query.age is not None:
        left = left & ~_not_for_age(columns, query.age)
    return left


def _not_for_age(columns: Columns, age: int) -> Mask:
    """Who takes nobody of this age, which may be any day from this birthday to the next."""
    too_young = [low for low in columns.values(MINIMUM_AGE) if float(low) >= age + 1]
    too_old = [high for high in columns.values(MAXIMUM_AGE) if float(high) < age]
    return columns.tagged(MINIMUM_AGE, *too_young) | columns.tagged(MAXIMUM_AGE, *too_old)


def _all_of(size: int, masks: Mapping[str, Mask | None]) -> Mask:
    left: Mask = np.ones(size, dtype=np.bool_)
    for mask in masks.values():
        if mask is not None:
            left &= mask
    return left


def _most_first(counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    """The values that would leave something, those that leave most first."""
    return tuple(
        FacetValue(value=value, count=count)
        for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count
    )
