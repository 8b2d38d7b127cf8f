"""Which documents the filters leave, and what each of their values would leave.

A filter over codes is a line in ``FACETS``. Near enough and open are asked of the same site, so
these two are made of sites first and of documents then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce

import numpy as np

from referral.records.places import EARTH_RADIUS_MILES, Place
from referral.records.search import FacetValue, SearchQuery
from referral.search.codes import MAXIMUM_AGE, MINIMUM_AGE
from referral.search.columns import Columns, Mask
from referral.search.facts_file import Docs, Numbers
from referral.search.opening_hours import OpenSites

DISTANCES = (5, 10, 25, 50, 100)  # miles: the choices that are counted


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
}


@dataclass(frozen=True, slots=True)
class Filtered:
    """What is left.

    Attributes:
        docs: documents that pass all filters.
        sites: sites that are near enough and open, where that was asked.
        distances: miles from the place asked about to each site of what was found; NaN where
            unknown.
        facets: see ``Answer.facets``.
    """

    docs: Mask
    sites: Mask
    distances: Numbers
    facets: Mapping[str, tuple[FacetValue, ...]]


def apply_filters(
    found: Mask, query: SearchQuery, near: Place | None, columns: Columns, hours: OpenSites
) -> Filtered:
    """Filter the documents found, and count each facet as if its own filter were not set."""
    others = _coded_otherwise(columns, query, found)
    distances = site_distances(columns, near, others)
    sites = _Sites(
        columns,
        _reaches(columns, distances),
        query.within_miles if near else None,
        hours.at(query.open_at) if query.open_at else None,
    )
    masks = {name: _coded(columns, facet, query) for name, facet in FACETS.items()}
    anywhere = _all_of(others, masks)
    if sites.are_asked_for():
        masks["places"] = sites.docs()
    facets = {
        name: columns.counts(facet.kind, _all_of(others, masks, "" if facet.needs_all else name))
        for name, facet in FACETS.items()
    }
    facets["open_now"] = {"open": sites.count_open(anywhere, hours.at(datetime.now(UTC)))}
    counted = {name: _most_first(counts) for name, counts in facets.items()}
    if near is not None:
        counted["distance"] = sites.count_distances(anywhere)
    return Filtered(_all_of(others, masks), sites.asked_for(), distances, counted)


@dataclass(frozen=True, slots=True)
class _Sites:
    """Near enough and open must be true of the same site.

    Attributes:
        reaches: how many miles must be allowed for each site to be near enough.
        within: miles asked for.
        is_open: which are open, where that was asked.
    """

    columns: Columns
    reaches: Numbers
    within: float | None
    is_open: Mask | None

    def asked_for(self) -> Mask:
        """Those that are near enough and open."""
        near: Mask = self.reaches <= (np.inf if self.within is None else self.within)
        return near if self.is_open is None else near & self.is_open

    def are_asked_for(self) -> bool:
        """Whether sites narrow the results at all."""
        return self.within is not None or self.is_open is not None

    def docs(self) -> Mask:
        """Documents with such a site."""
        return self.columns.docs_of_sites(self.asked_for())

    def count_open(self, docs: Mask, now: Mask) -> int:
        """How many of these documents "open" would leave, at the time asked about or else now."""
        is_open = now if self.is_open is None else self.is_open
        return int((docs & replace(self, is_open=is_open).docs()).sum())

    def count_distances(self, docs: Mask) -> tuple[FacetValue, ...]:
        """How many of these documents each distance would leave, open ones where that was asked."""
        open_ones = replace(self, within=None).asked_for()
        reaches = np.where(open_ones, self.reaches, np.inf)
        nearest = _least_of_docs(self.columns, reaches)
        counts = np.searchsorted(np.sort(nearest[docs]), DISTANCES, side="right").tolist()
        return tuple(
            FacetValue(value=str(miles), count=count)
            for miles, count in zip(DISTANCES, counts, strict=True)
            if count
        )


def site_distances(columns: Columns, near: Place | None, docs: Mask) -> Numbers:
    """Great-circle miles from a place to each site, as ``records.places.miles_between``.

    NaN where it is not known, and at sites of other documents than these.
    """
    miles: Numbers = np.full(len(columns.site_docs), np.nan)
    if near is None:
        return miles
    rows = np.flatnonzero(docs[columns.site_docs])
    latitudes = np.radians(columns.site_latitudes[rows])
    longitudes = np.radians(columns.site_longitudes[rows])
    latitude, longitude = np.radians(near.latitude), np.radians(near.longitude)
    chord = (
        np.sin((latitudes - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(latitudes) * np.sin((longitudes - longitude) / 2) ** 2
    )
    miles[rows] = 2 * EARTH_RADIUS_MILES * np.arcsin(np.sqrt(np.minimum(1.0, chord)))
    return miles


@dataclass(frozen=True, slots=True)
class NearestSites:
    """Looks up the nearest site of a document, for the few that are shown.

    Attributes:
        site_docs: as in ``Columns``: rising.
        distances: of each site that was asked for, infinite at the others.
    """

    site_docs: Docs
    distances: Numbers

    def get(self, doc: int) -> int | None:
        """The nearest site that was asked for, the first of equals; None when there is none."""
        start, end = np.searchsorted(self.site_docs, (doc, doc + 1)).tolist()
        here = self.distances[start:end]
        if not np.isfinite(here).any():
            return None
        return int(start + here.argmin())


def nearest_sites(columns: Columns, filtered: Filtered) -> tuple[Numbers, NearestSites]:
    """For each document the miles to its nearest site asked for (NaN: none), and that site."""
    wanted = filtered.sites & ~np.isnan(filtered.distances)
    distances = np.where(wanted, filtered.distances, np.inf)
    nearest = _least_of_docs(columns, distances)
    nearest[np.isinf(nearest)] = np.nan
    return nearest, NearestSites(columns.site_docs, distances)


def _least_of_docs(columns: Columns, of_sites: Numbers) -> Numbers:
    """For each document the least value of its sites; infinite where it has none."""
    least: Numbers = np.full(columns.size, np.inf)
    first = np.flatnonzero(np.diff(columns.site_docs, prepend=-1))
    if len(first):
        least[columns.site_docs[first]] = np.minimum.reduceat(of_sites, first)
    return least


def _reaches(columns: Columns, distances: Numbers) -> Numbers:
    """How many miles must be allowed for a site to be near enough.

    None where its service has no known place: it stays in, whatever the distance.
    """
    located = columns.located[columns.site_docs]
    return np.where(located, np.where(np.isnan(distances), np.inf, distances), 0.0)


def _coded(columns: Columns, facet: Facet, query: SearchQuery) -> Mask | None:
    values = facet.asked(query)
    if not values:
        return None
    if not facet.needs_all:
        return columns.tagged(facet.kind, *values)
    held = [columns.tagged(facet.kind, value) for value in values]
    return reduce(np.logical_and, held)


def _coded_otherwise(columns: Columns, query: SearchQuery, found: Mask) -> Mask:
    """What passes the filters that are not counted: topic and age."""
    left: Mask = found.astype(np.bool_)
    if query.term_code:
        left &= columns.tagged("term", query.term_code)
    if query.age is not None:
        left &= ~_not_for_age(columns, query.age)
    return left


def _not_for_age(columns: Columns, age: int) -> Mask:
    """Who takes nobody of this age, which may be any day from this birthday to the next."""
    too_young = [low for low in columns.values(MINIMUM_AGE) if float(low) >= age + 1]
    too_old = [high for high in columns.values(MAXIMUM_AGE) if float(high) < age]
    return columns.tagged(MINIMUM_AGE, *too_young) | columns.tagged(MAXIMUM_AGE, *too_old)


def _all_of(found: Mask, masks: Mapping[str, Mask | None], but: str = "") -> Mask:
    left = found
    for name, mask in masks.items():
        if mask is not None and name != but:
            left = left & mask
    return left


def _most_first(counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    """The values that would leave something, those that leave most first."""
    return tuple(
        FacetValue(value=value, count=count)
        for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count
    )
