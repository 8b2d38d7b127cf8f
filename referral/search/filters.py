"""Which documents the filters leave, and what each of their values would leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from referral.records.places import EARTH_RADIUS_MILES, Place
from referral.records.search import FacetValue, SearchQuery
from referral.search.columns import Columns, Mask, Numbers
from referral.search.opening_hours import OpenSites

_NEAR_MILES = 25.0
# Facets, and the tag each counts.
_FACETS = {"headings": "heading", "languages": "language", "free": "free"}


@dataclass(frozen=True, slots=True)
class Filtered:
    """What is left.

    Attributes:
        docs: documents that pass all filters.
        sites: sites that are near enough and open, where that was asked.
        distances: miles from the place asked about to each site; NaN where unknown.
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
    distances = site_distances(columns, near)
    sites = _sites_asked_for(query, near, columns, hours, distances)
    masks = {
        "headings": _tagged(columns, "heading", query.headings),
        "languages": _tagged(columns, "language", [query.language] if query.language else []),
        "free": _tagged(columns, "free", ["free"] if query.free else []),
        "terms": _tagged(columns, "term", [query.term_code] if query.term_code else []),
        "places": columns.docs_of_sites(sites),
    }
    return Filtered(
        docs=_all_of(found, masks),
        sites=sites,
        distances=distances,
        facets={
            facet: _count(columns, kind, _all_of(found, masks, but=facet))
            for facet, kind in _FACETS.items()
        },
    )


def site_distances(columns: Columns, near: Place | None) -> Numbers:
    """Great-circle miles from a place to each site, as ``records.places.miles_between``."""
    if near is None:
        return np.full(len(columns.sites), np.nan)
    latitudes = np.radians(columns.site_latitudes)
    longitudes = np.radians(columns.site_longitudes)
    latitude, longitude = np.radians(near.latitude), np.radians(near.longitude)
    chord = (
        np.sin((latitudes - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(latitudes) * np.sin((longitudes - longitude) / 2) ** 2
    )
    miles: Numbers = 2 * EARTH_RADIUS_MILES * np.arcsin(np.sqrt(np.minimum(1.0, chord)))
    return miles


def nearest_sites(columns: Columns, filtered: Filtered) -> tuple[Numbers, dict[int, int]]:
    """For each document the miles to its nearest site asked for (NaN: none), and that site."""
    nearest = np.full(columns.size, np.nan)
    rows = np.flatnonzero(filtered.sites & ~np.isnan(filtered.distances))
    rows = rows[np.lexsort((rows, filtered.distances[rows]))]
    docs, first = np.unique(columns.site_docs[rows], return_index=True)
    nearest[docs] = filtered.distances[rows[first]]
    return nearest, dict(zip(docs.tolist(), rows[first].tolist(), strict=True))


def bands_of(columns: Columns, nearest: Numbers, query: SearchQuery) -> dict[str, Mask]:
    """near: a place within the miles asked for, or 25; remote: no place; serves: the others."""
    with np.errstate(invalid="ignore"):
        near = columns.placed & (nearest <= (query.within_miles or _NEAR_MILES))
    remote = ~columns.placed
    return {"near": near, "serves": ~near & ~remote, "remote": remote}


def _sites_asked_for(
    query: SearchQuery,
    near: Place | None,
    columns: Columns,
    hours: OpenSites,
    distances: Numbers,
) -> Mask:
    """Near enough and open must be true of the same site. Whoever has no known place stays in."""
    sites = np.ones(len(columns.sites), dtype=np.bool_)
    if near is not None and query.within_miles is not None:
        with np.errstate(invalid="ignore"):
            sites &= (distances <= query.within_miles) | ~columns.located[columns.site_docs]
    if query.open_at is not None:
        sites &= hours.at(query.open_at)
    return sites


def _tagged(columns: Columns, kind: str, values: Iterable[str]) -> Mask | None:
    values = tuple(values)
    return columns.tagged(kind, *values) if values else None


def _all_of(found: Mask, masks: Mapping[str, Mask | None], but: str = "") -> Mask:
    left = found.copy()
    for name, mask in masks.items():
        if mask is not None and name != but:
            left &= mask
    return left


def _count(columns: Columns, kind: str, docs: Mask) -> tuple[FacetValue, ...]:
    counts = {
        value: int(docs[tagged].sum())
        for (tag_kind, value), tagged in columns.tags.items()
        if tag_kind == kind
    }
    return tuple(
        FacetValue(value=value, count=count)
        for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count
    )
