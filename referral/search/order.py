"""Order of results: distance bands, fit to preferences, sort keys.

=========  =======================================================================================
near       it has a physical location within the miles of the filter, or within 25, and its coded
           area covers the place, or is not coded
serves     its coded area covers the place, from farther away or at a withheld location; or its
           area is not coded, so that it may (marked, and after those that are known to)
remote     by telephone or on the web, and its area does not exclude the place; first where its
           area covers it
elsewhere  its coded area does not cover the place: it can still be found, last of all
=========  =======================================================================================

An area covers a place by its ZIP code, its city, its county, its state or the nation. In a danger
search, shelters whose area does not exclude the place are near: their locations are withheld.
What scores far below the best of the first two bands counts as remote.

Preferences, such as a language or "open now", hide no results:

========  =======================================================================================
fits      all preferences fit
unknown   some preference is unknown: no hours, languages or costs are listed
misfit    some preference does not fit: closed then, other languages, a price, another age
weak      a score far below the best: it comes after all of these, whatever it fits
========  =======================================================================================

Listings contain the access and delivery that they offer, not what they lack, so there a missing
value is unknown. A service without age limits fits every age, as with filters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place
from referral.records.conditions import EXCLUDED_BY
from referral.records.coverage import place_keys
from referral.records.schedules.recurrence import DAYS
from referral.records.topic_suggestions import LIKELY
from referral.search import weights
from referral.search.columns import Columns, mask_from_docs
from referral.search.facts import AREA, AREA_CODED, NATIONAL, REMOTE, YES
from referral.search.filters import FilterResult
from referral.search.matches import Matches
from referral.search.query import (
    Area,
    Fit,
    Preference,
    PreferenceKind,
    Question,
    SearchQuery,
    Sort,
    WordForm,
    WordKind,
)
from referral.search.segment_facts import DocNumbers, Docs, Mask, Numbers
from referral.search.sites import OpenMasks, OpenSites, moments_meant
from referral.search.words import Words

_States = NDArray[np.int8]

_FITS, _UNKNOWN, _MISFIT, _WEAK = range(4)
_KNOWN_COSTS = ("free", "low-cost", "fee")
_MOST_CACHED, _MOST_TIMES = 64, 4  # entries of a byte for each document
_FIT_OF_STATE = (Fit.FITS, Fit.UNKNOWN, Fit.MISFIT, Fit.WEAK)


_Flags = NDArray[np.uint8]

BANDS = ("near", "serves", "remote", "elsewhere")
NEAR_MILES = 25.0
WHOLE_NAME = 1  # from this tier on, the query is the whole name of a service or organization

# Results that may come before better bands: those that score this much higher than the best in
# them, and at most so many. A user who types the name of a service wants it, wherever it is.
AHEAD_FACTOR = 1.5
MOST_AHEAD = 3

# Words of a text from which a language is taken to be spoken.
_LANGUAGE_WORDS = {
    "es": ("spanish", "bilingual", "espanol", "latino", "latina", "latinx", "hispanic")
}

_NOTHING: Docs = np.zeros(0, dtype=np.int32)

# Words that describe a need are no name, though a service may be called so ("Food Pantry").
_NOT_NAMES = frozenset({WordKind.TERM, WordKind.PASSING, WordKind.PREFERENCE, WordKind.PLACE})
AHEAD = -1
_NEAR, _SERVES, _MAY_SERVE, _REMOTE, _MAY_BE_REMOTE, _ELSEWHERE = range(6)
_BAND_OF_RANK = ("near", "serves", "serves", "remote", "remote", "elsewhere")


# Facts of a document as bits: independent of the place, by place, and by place and distance.
_REMOTE_SERVICE, _AREA_CODED, _PLACED, _COVERED, _IS_NEAR = (1 << bit for bit in range(5))
_SAME_SCORE = 9  # decimals: several segments are summed in another order than one
_SPREAD = 40  # first results, among which those of the same name are spread


def _band_rank(flags: int) -> int:
    if flags & _AREA_CODED and not flags & _COVERED:
        return _ELSEWHERE
    if flags & _IS_NEAR and flags & _PLACED:
        return _NEAR
    if flags & _REMOTE_SERVICE:
        return _REMOTE if flags & _COVERED else _MAY_BE_REMOTE
    return _SERVES if flags & _COVERED else _MAY_SERVE


_BAND_RANKS = np.array([_band_rank(flags) for flags in range(2 * _IS_NEAR)], dtype=np.int8)


@dataclass(frozen=True, slots=True)
class Order:
    """The filtered documents in the order of results.

    Attributes:
        docs: all of them, ascending; each array below has a value for each of them.
        scores: see ``Ranking.scores``.
        miles: to the nearest site that counts; NaN where unknown.
        keys: sort keys, the most important first.
        is_by_score: they are sorted by score, the last key but one.
        ahead: how many come before their band.
        suggested: those that pass the filters by suggested topics only.
        suggested_last: these come after all others.
    """

    columns: Columns
    docs: DocNumbers
    scores: Numbers
    miles: Numbers
    keys: Sequence[NDArray[Any]]
    is_by_score: bool
    bands: Bands
    fits: DocFits
    ahead: int
    suggested: Mask
    suggested_last: bool

    def rows(self, end: int) -> NDArray[np.intp]:
        """Return the indexes of the first ``docs`` in order; the same for whichever page."""
        if not self.is_by_score:
            return first_rows(self.keys, end)
        rows = first_rows(self.keys, max(end, _SPREAD))
        titles = self.columns.title_hashes.take(self.docs.take(rows[:_SPREAD]))
        spread = spread_same_names(rows[:_SPREAD], self.keys, titles)
        return np.concatenate([spread, rows[_SPREAD:]])

    def band_counts(self) -> Mapping[str, int]:
        """Return the number of documents in each band, without those that come after all others."""
        return self.bands.counts(self.suggested if self.suggested_last else None)


class Orders:
    """The facts of one commit by which results are ordered: service areas, fit to preferences."""

    def __init__(self, columns: Columns, hours: OpenSites, words: Words) -> None:
        self._columns = columns
        self.areas = ServiceAreas(columns)
        self._fits = PreferenceFits(columns, hours, words)

    def of(
        self,
        matches: Matches,
        scores: Numbers,
        miles: Numbers,
        query: SearchQuery,
        question: Question,
        filtered: FilterResult,
    ) -> Order:
        """Return the order of matches."""
        docs, tiers, columns = matches.docs, matches.tiers, self._columns
        bands = self.areas.bands(docs, miles, query, question.near)
        fits = self._fits.of(docs, question)
        sort = _effective_sort(query, question)
        if sort is Sort.BEST:
            fits = fits.with_weak(scores, tiers, bands.ranks if bands.has_place else None)
        keys = [*fits.keys, *_sort_keys(docs, sort, tiers, scores, miles, columns)]
        ahead = 0
        if query.sort is Sort.BEST and question.near is not None:
            adjusted = self._adjust_bands(bands, docs, question)
            if sort is Sort.BEST:
                adjusted = adjusted.without_weak(scores)
            if all(word.kind in _NOT_NAMES for word in question.words):
                tiers = np.where(bands.ranks == _ELSEWHERE, 0, tiers)
            ranks = ranks_in_order(adjusted, scores, tiers, keys)
            ahead = int(np.count_nonzero(ranks == AHEAD))
            keys = [ranks, *keys]
        suggested = filtered.suggested.take(docs)
        suggested_last = comes_suggested_last(question, filtered)
        if suggested_last:
            is_unsure = columns.suggested_confidence.take(docs) < LIKELY
            keys = [suggested, suggested & is_unsure, *keys]
        return Order(
            columns=columns,
            docs=docs,
            scores=scores,
            miles=miles,
            keys=keys,
            is_by_score=sort is Sort.BEST,
            bands=bands,
            fits=fits,
            ahead=ahead,
            suggested=suggested,
            suggested_last=suggested_last,
        )

    def _adjust_bands(self, bands: Bands, docs: DocNumbers, question: Question) -> Bands:
        """Return bands in which, in a danger search, shelters that may serve the place are near."""
        if not question.is_danger_search:
            return bands
        is_shelter = self._columns.for_survivors().take(docs) & (bands.ranks != _ELSEWHERE)
        return replace(bands, ranks=np.where(is_shelter, np.int8(_NEAR), bands.ranks))


def comes_suggested_last(question: Question, filtered: FilterResult) -> bool:
    """Return whether results by suggested topics come last: where no words rank results."""
    return bool(filtered.suggested.any()) and not question.has_best


class ServiceAreas:
    """Coverage of places by the service areas of one commit; cached for the last places."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._flags = columns.placed * np.uint8(_PLACED)
        for kind, bit in ((REMOTE, _REMOTE_SERVICE), (AREA_CODED, _AREA_CODED)):
            self._flags[columns.tags.get((kind, YES), _NOTHING)] |= np.uint8(bit)
        self._covered_by = lru_cache(_MOST_CACHED)(self._find_covered)
        self.may_serve = lru_cache(_MOST_CACHED)(self._may_serve)

    def bands(
        self, docs: DocNumbers, miles: Numbers, query: SearchQuery, near: Place | None
    ) -> Bands:
        """Return the bands of documents; ``miles`` are to the nearest location of each."""
        flags = self._flags.take(docs)
        if near is None:
            ranks = np.where(flags & np.uint8(_REMOTE_SERVICE), _REMOTE, _MAY_SERVE)
            return Bands(ranks.astype(np.int8), flags, has_place=False)
        is_near = miles <= (query.within or NEAR_MILES)  # NaN is not
        flags |= self._covered_by(near).take(docs) * np.uint8(_COVERED)
        flags |= is_near * np.uint8(_IS_NEAR)
        return Bands(_BAND_RANKS.take(flags), flags, has_place=True)

    def _may_serve(self, near: Place) -> Mask:
        """Return a mask of the documents whose area does not exclude a place."""
        return ~self.serve_elsewhere(near)

    def serve_elsewhere(self, near: Place) -> Mask:
        """Return a mask of the documents whose coded area does not cover a place."""
        return (self._flags & np.uint8(_AREA_CODED) > 0) & ~self._covered_by(near)

    def _find_covered(self, place: Place) -> Mask:
        """Return a mask of the documents whose coded area covers a place."""
        mask = np.zeros(self._columns.size, dtype=np.bool_)
        for key in place_keys(place):
            mask[self._columns.tags.get((AREA, key), _NOTHING)] = True
        return mask


def _area_from_flags(flags: int) -> Area:
    if flags & _COVERED:
        return Area.COVERED
    return Area.OTHER if flags & _AREA_CODED else Area.UNKNOWN


@dataclass(frozen=True, slots=True)
class Bands:
    """The distance bands of documents; without a place, only remote ones are distinguished.

    Attributes:
        ranks: sort keys of bands, with services that may serve after those that do.
        flags: the facts that the ranks follow from, as bits.
        has_place: the query has a place.
    """

    ranks: NDArray[np.int8]
    flags: _Flags
    has_place: bool

    def without_weak(self, scores: Numbers) -> Bands:
        """Return bands in which what scores far below the best near or serving one is remote.

        Otherwise everything within 25 miles that mentions a word in passing would come before the
        only shelter of the county, which is 26 miles away.
        """
        serves = self.ranks <= _MAY_SERVE
        threshold = weights.NEAR_SHARE * float(scores.max(where=serves, initial=0.0))
        return replace(self, ranks=np.where(serves & (scores < threshold), _REMOTE, self.ranks))

    def names_and_areas(self, rows: NDArray[np.intp]) -> list[tuple[str, Area]]:
        """Return the band of each of some rows, and whether its area covers the place.

        The band is "" for services that are not remote when the query has no place.
        """
        names = [_BAND_OF_RANK[rank] for rank in self.ranks.take(rows).tolist()]
        if not self.has_place:
            return [(name if name == "remote" else "", Area.NOT_ASKED) for name in names]
        return list(zip(names, map(_area_from_flags, self.flags.take(rows).tolist()), strict=True))

    def counts(self, excluded: NDArray[np.bool_] | None = None) -> Mapping[str, int]:
        """Return the number of documents in each band, without the excluded ones."""
        if not self.has_place:
            return {}
        counts = dict.fromkeys(BANDS, 0)
        ranks = self.ranks if excluded is None else self.ranks[~excluded]
        by_rank = np.bincount(ranks, minlength=len(_BAND_OF_RANK)).tolist()
        for band, count in zip(_BAND_OF_RANK, by_rank, strict=True):
            counts[band] += count
        return counts


def ranks_in_order(
    bands: Bands, scores: Numbers, tiers: NDArray[np.int32], best_first: Sequence[NDArray[Any]]
) -> NDArray[np.int8]:
    """Return the first sort key of results: the rank of their band, or AHEAD of all bands.

    Results are ahead if they are much better than all that stays in earlier bands: a whole name
    when none of those has one, or, in a band that can serve the place, a score of AHEAD_FACTOR
    times their best; at most MOST_AHEAD.

    Args:
        bands, scores, tiers: of the documents.
        best_first: the sort keys within a band, the most important first; they settle ties.
    """
    if not _may_have_better(bands.ranks, scores) and not tiers.any():
        return bands.ranks
    ranks = bands.ranks.copy()
    ahead = np.zeros(len(ranks), dtype=np.bool_)
    named = tiers >= WHOLE_NAME
    best_score, has_named = 0.0, False
    bands_in_turn = (
        (_NEAR, _NEAR), (_SERVES, _MAY_SERVE), (_REMOTE, _MAY_BE_REMOTE), (_ELSEWHERE, _ELSEWHERE)
    )  # fmt: skip
    for first, last in bands_in_turn:
        in_bands = (ranks >= first) & (ranks <= last)
        if best_score:
            is_better = scores >= AHEAD_FACTOR * best_score
            if has_named:
                ahead |= in_bands & is_better & named
            else:
                ahead |= in_bands & (named | is_better if first != _ELSEWHERE else named)
        if not has_named and not (named & (ranks == first)).any():
            ahead |= in_bands & named & (ranks > first)
        in_bands &= ~ahead
        best_score = max(best_score, float((scores * in_bands).max(initial=0.0)))
        has_named = has_named or bool((named & in_bands).any())
    rows = np.flatnonzero(ahead)
    keys = [key[rows] for key in (~named, -scores, *best_first)]
    ranks[rows[first_rows(keys, MOST_AHEAD)]] = AHEAD
    return ranks


def _may_have_better(ranks: NDArray[np.int8], scores: Numbers) -> bool:
    """Return whether a result outside the first band may score high enough to be ahead of it."""
    if not len(ranks):
        return False
    best_rank = ranks.min()
    in_first = ranks <= (_MAY_SERVE if best_rank == _SERVES else best_rank)
    best = float(scores.max(where=in_first, initial=0.0))
    return not best or float(scores.max()) >= AHEAD_FACTOR * best


@dataclass(frozen=True, slots=True)
class DocFits:
    """How some documents fit the preferences of a query.

    Attributes:
        states: of each document, ascending in the order of results, below 0 for whole names; None
            without preferences.
        preferences: with the numbers of documents that fit each.
        is_open: the sites that are open at the preferred time; None without one.
    """

    states: _States | None = None
    preferences: tuple[Preference, ...] = ()
    is_open: OpenMasks | None = None

    @property
    def keys(self) -> Sequence[_States]:
        """Return the sort keys by fit, which come before all others."""
        return () if self.states is None else (self.states,)

    def of_rows(self, rows: NDArray[np.intp]) -> list[Fit]:
        """Return how the documents in some rows fit."""
        if self.states is None:
            return [Fit.NOT_ASKED] * len(rows)
        states = self.states.take(rows).tolist()
        return [_FIT_OF_STATE[state] if state >= 0 else Fit.NOT_ASKED for state in states]

    def with_weak(
        self, scores: Numbers, tiers: NDArray[np.int32], band_ranks: NDArray[np.int8] | None
    ) -> DocFits:
        """Return the fits with documents that score far below the best of their band as weak.

        Documents whose whole name is in the query come first, whatever they fit.

        Args:
            scores, tiers: of the documents (``Matches.tiers``).
            band_ranks: the rank of the band of each, where there are bands.
        """
        if self.states is None or not len(scores):
            return self
        is_named = tiers > 0
        has_named = is_named.any()
        compared = np.where(is_named, 0.0, scores) if has_named else scores
        threshold: NDArray[np.float64] | float
        if band_ranks is None:
            threshold = weights.WEAK_SHARE * float(compared.max())
        else:
            best_by_band = np.zeros(int(band_ranks.max()) + 1)
            np.maximum.at(best_by_band, band_ranks, compared)
            threshold = (weights.WEAK_SHARE * best_by_band).take(band_ranks)
        is_weak = (scores < threshold).view(np.int8)
        states = np.maximum(self.states, is_weak * np.int8(_WEAK))  # faster than by a mask
        if has_named:
            states[is_named] = -tiers[is_named]
        return replace(self, states=states)


class PreferenceFits:
    """How the documents of one commit fit preferences; cached for the last preferences."""

    def __init__(self, columns: Columns, open_sites: OpenSites, words: Words) -> None:
        self._columns = columns
        self._words = words
        # On a list without our topics, national help lines would come before local services.
        self._national = columns.tagged(NATIONAL, YES) & columns.is_untagged
        self._open_sites = open_sites
        self._cached_states = lru_cache(_MOST_CACHED)(self._states)
        self._cached_open_states = lru_cache(_MOST_TIMES)(self._open_states)

    def of(self, docs: DocNumbers, question: Question) -> DocFits:
        """Return how some documents fit the preferences of a query."""
        if not question.preferences:
            return DocFits()
        zone = (question.near.timezone if question.near else "") or self._open_sites.zone
        worst_states = np.zeros(len(docs), dtype=np.int8)
        counted: list[Preference] = []
        is_open: OpenMasks | None = None
        for preference in question.preferences:
            if preference.kind is PreferenceKind.OPEN_NOW:
                now = datetime.now(UTC).replace(second=0, microsecond=0)
                moments = moments_meant(preference.values[0], now, zone)
                all_states, is_open = self._cached_open_states(moments)
            else:
                all_states = self._cached_states(preference.kind, preference.values)
            states = all_states.take(docs)
            misfits = int(np.count_nonzero(states == _MISFIT))
            fits = int(np.count_nonzero(states == _FITS))
            unknown = len(states) - fits - misfits
            counted.append(replace(preference, fits=fits, unknown=unknown, misfits=misfits))
            np.maximum(worst_states, states, out=worst_states)
        return DocFits(worst_states, tuple(counted), is_open)

    def _open_states(self, moments: tuple[datetime, ...]) -> tuple[_States, OpenMasks]:
        """Return the states by opening hours: a document fits with any site that is open."""
        is_open = self._open_sites.at_any(moments)
        has_known_hours = self._open_sites.known_on(moments)
        fits, known = map(self._docs_with_site, (is_open.sites, has_known_hours))
        return _fit_states(fits, known), is_open

    def _docs_with_site(self, sites: Mask) -> Mask:
        return mask_from_docs(self._columns.site_docs[sites], self._columns.size)

    def _states(self, kind: PreferenceKind, values: tuple[str, ...]) -> _States:
        tagged = self._columns.tagged
        if kind is PreferenceKind.AGE:
            return np.where(self._accepts_age(values[0]), np.int8(_FITS), np.int8(_MISFIT))
        if kind is PreferenceKind.ACCESS:
            has_all = reduce(np.logical_and, [tagged(kind.value, value) for value in values])
            return np.where(has_all, np.int8(_FITS), np.int8(_UNKNOWN))
        fits, excluding = tagged(kind.value, *values), self._excluding_values(kind, values)
        states = _fit_states(fits, tagged(kind.value, *excluding))
        if kind is PreferenceKind.LANGUAGE:
            states[self._mentions_language(values) & (states == _UNKNOWN)] = _FITS
        states[self._national & (states == _FITS)] = _UNKNOWN
        return states

    def _mentions_language(self, languages: Iterable[str]) -> Mask:
        """Return which texts name any of some languages, or the word "bilingual"."""
        mentions = np.zeros(self._columns.size, dtype=np.bool_)
        for word in (word for language in languages for word in _LANGUAGE_WORDS.get(language, ())):
            mentions |= self._words.forms.get(WordForm((word,))).mask(self._columns.size)
        return mentions

    def _excluding_values(self, kind: PreferenceKind, values: tuple[str, ...]) -> Iterable[str]:
        """Return the values with which a listing is a misfit, unless it has a preferred one."""
        if kind is PreferenceKind.LANGUAGE:
            return self._columns.values(kind.value)
        if kind is PreferenceKind.COST:
            return _KNOWN_COSTS
        if kind is PreferenceKind.DAY:
            return DAYS
        return (code for value in values for code in EXCLUDED_BY.get(value, ()))

    def _accepts_age(self, age: str) -> Mask:
        if age.isdecimal():
            return ~self._columns.not_for_age(int(age))
        return self._columns.tagged("age", age)


def _fit_states(fits: Mask, listed: Mask) -> _States:
    return np.where(fits, np.int8(_FITS), np.where(listed, np.int8(_MISFIT), np.int8(_UNKNOWN)))


def _sort_keys(
    docs: DocNumbers,
    sort: Sort,
    tiers: NDArray[np.int32],
    scores: Numbers,
    miles: Numbers,
    columns: Columns,
) -> Sequence[NDArray[Any]]:
    """Return the sort keys of documents within a band, the most important first.

    Ties are settled by name, then by id, so that everybody gets the same order.
    """
    by_name = columns.order_by_name.take(docs)
    if sort is Sort.NAME:
        return [by_name]
    best = (-tiers, -np.round(scores, _SAME_SCORE), by_name)
    return [miles, *best] if sort is Sort.NEAREST else best  # NaN, no known place, goes last


def spread_same_names(
    rows: NDArray[np.intp], keys: Sequence[NDArray[Any]], titles: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Return rows in order, after lowering the scores of repeated names of services.

    Args:
        keys: sort keys; the last but one is the score, negative.
        titles: hash of name and organization of each row.
    """
    hashes = titles.tolist()
    if len(set(hashes)) == len(rows):
        return rows
    seen: Counter[int] = Counter()
    factors = []
    for title in hashes:
        factors.append(weights.SAME_NAME[min(seen[title], len(weights.SAME_NAME) - 1)])
        seen[title] += 1
    spread_keys = [key.take(rows) for key in keys]
    spread_keys[-2] = spread_keys[-2] * np.array(factors)
    return rows[np.lexsort(spread_keys[::-1])]


def _effective_sort(query: SearchQuery, question: Question) -> Sort:
    """Return the sort order: by distance, or else by name, where no words rank the results."""
    sort = query.sort
    if sort is Sort.BEST and not question.has_best:
        sort = Sort.NEAREST
    return Sort.NAME if sort is Sort.NEAREST and question.near is None else sort


def first_rows(keys: Sequence[NDArray[Any]], count: int) -> NDArray[np.intp]:
    """Return the indexes of the first ``count`` rows in order of several sort keys.

    NaN sorts last. Equal to ``numpy.lexsort(keys[::-1])[:count]``, as long as the last key has no
    equal values.
    """
    candidates = _candidates(keys, np.arange(len(keys[0])), count)
    return candidates[np.lexsort([key[candidates] for key in reversed(keys)])][:count]


def _candidates(
    keys: Sequence[NDArray[Any]], rows: NDArray[np.intp], count: int
) -> NDArray[np.intp]:
    """Return unordered rows with the first ``count`` among them, and maybe equals of the last."""
    if count >= len(rows) or not keys:
        return rows
    if count <= 0:
        return rows[:0]
    key = keys[0][rows]
    last = np.partition(key, count - 1)[count - 1]
    if np.isnan(last):
        is_before, is_equal = ~np.isnan(key), np.isnan(key)
    else:
        is_before, is_equal = key < last, key == last
    rows_before = rows[is_before]
    rows_of_equals = _candidates(keys[1:], rows[is_equal], count - len(rows_before))
    return np.concatenate([rows_before, rows_of_equals])
