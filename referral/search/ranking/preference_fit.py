"""How documents fit what was said besides the need: a sort key that hides nothing.

========  =======================================================================================
fits      everything that was said fits
unknown   something is not known: no hours, languages or costs are listed
misfit    something does not fit: closed then, other languages, a price, another age
weak      a score far below the best: it is put behind all of these, whatever it fits
========  =======================================================================================

A listing tells what it offers in access and delivery and not what it lacks, so that there what
does not fit is unknown. A service without limits of age fits every age, as with filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from referral.search import weights
from referral.search.matching.filters import not_for_age
from referral.search.matching.opening_hours import OpenMasks, OpenSites, moments_meant
from referral.search.query import Fit, Preference, PreferenceKind, Question
from referral.search.segments.bitmaps import mask_from_docs
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Mask, Numbers

_Docs = NDArray[np.intp]
_States = NDArray[np.int8]

_FITS, _UNKNOWN, _MISFIT, _WEAK = range(4)
_KNOWN_COSTS = ("free", "low-cost", "fee")
_MOST_CACHED, _MOST_TIMES = 64, 4  # a byte for each document
_FIT_OF_STATE = (Fit.FITS, Fit.UNKNOWN, Fit.MISFIT, Fit.WEAK)


@dataclass(frozen=True, slots=True)
class DocFits:
    """How some documents fit.

    Attributes:
        states: of each document, in the order of results, below 0 for whole names; None where
            nothing was said.
        preferences: as said, with the numbers of documents.
        is_open: the sites that fit the time that was said, if any was.
    """

    states: _States | None = None
    preferences: tuple[Preference, ...] = ()
    is_open: OpenMasks | None = None

    @property
    def keys(self) -> Sequence[_States]:
        """What documents are put in order by, before all other keys."""
        return () if self.states is None else (self.states,)

    def fit_of(self, at: int) -> Fit:
        """How one of them fits."""
        if self.states is None or (state := self.states.item(at)) < 0:
            return Fit.NOT_ASKED
        return _FIT_OF_STATE[state]

    def with_weak(
        self, scores: Numbers, tiers: NDArray[np.int32], bands: NDArray[np.int8] | None
    ) -> DocFits:
        """The same where scores count: what scores far below the best of its band is weak.

        What has its whole name in the words comes first, whatever it fits.

        Args:
            scores, tiers: of the documents (``MatchResult.name_tiers``).
            bands: the number of the band of each, where there are bands.
        """
        if self.states is None or not len(scores):
            return self
        is_named = tiers > 0
        has_named = is_named.any()
        compared = np.where(is_named, 0.0, scores) if has_named else scores
        least: NDArray[np.float64] | float
        if bands is None:
            least = weights.WEAK_SHARE * float(compared.max())
        else:
            best = np.zeros(int(bands.max()) + 1)
            np.maximum.at(best, bands, compared)
            least = (weights.WEAK_SHARE * best).take(bands)
        is_weak = (scores < least).view(np.int8)
        states = np.maximum(self.states, is_weak * np.int8(_WEAK))  # quicker than by a mask
        if has_named:
            states[is_named] = -tiers[is_named]
        return replace(self, states=states)


class PreferenceFits:
    """How the documents of one commit fit; that of the last preferences is cached."""

    def __init__(self, columns: Columns, open_sites: OpenSites) -> None:
        self._columns = columns
        self._open_sites = open_sites
        self._of_values = lru_cache(_MOST_CACHED)(self._states)
        self._open_at = lru_cache(_MOST_TIMES)(self._open)

    def of(self, docs: _Docs, question: Question) -> DocFits:
        """How some documents fit what a query says besides the need."""
        if not question.preferences:
            return DocFits()
        zone = (question.near.timezone if question.near else "") or self._open_sites.zone
        states = np.zeros(len(docs), dtype=np.int8)
        counted: list[Preference] = []
        is_open: OpenMasks | None = None
        for preference in question.preferences:
            if preference.kind is PreferenceKind.OPEN_NOW:
                now = datetime.now(UTC).replace(second=0, microsecond=0)
                all_states, is_open = self._open_at(moments_meant(preference.values[0], now, zone))
            else:
                all_states = self._of_values(preference.kind, preference.values)
            found = all_states.take(docs)
            misfits = int(np.count_nonzero(found == _MISFIT))
            fits = len(found) - int(np.count_nonzero(found))
            unknown = len(found) - fits - misfits
            counted.append(replace(preference, fits=fits, unknown=unknown, misfits=misfits))
            np.maximum(states, found, out=states)
        return DocFits(states, tuple(counted), is_open)

    def _open(self, moments: tuple[datetime, ...]) -> tuple[_States, OpenMasks]:
        """By the sites of each document: one that is open, or one whose hours are known."""
        is_open = self._open_sites.at_any(moments)
        known_on = self._open_sites.known_on(moments)
        fits, known = (self._with_site(sites) for sites in (is_open.sites, known_on))
        return _by_listing(fits, known), is_open

    def _with_site(self, sites: Mask) -> Mask:
        return mask_from_docs(self._columns.site_docs[sites], self._columns.size)

    def _states(self, kind: PreferenceKind, values: tuple[str, ...]) -> _States:
        if kind is PreferenceKind.AGE:
            return np.where(self._takes_age(values[0]), np.int8(_FITS), np.int8(_MISFIT))
        if kind is PreferenceKind.LANGUAGE:
            spoken = self._columns.planes.values["language"]
            return _by_listing(
                self._columns.tagged("language", *values), self._columns.tagged("language", *spoken)
            )
        if kind is PreferenceKind.COST:
            known = self._columns.tagged("cost", *_KNOWN_COSTS)
            return _by_listing(self._columns.tagged("cost", *values), known)
        if kind is PreferenceKind.ACCESS:
            has_all = reduce(
                np.logical_and, [self._columns.tagged("access", each) for each in values]
            )
            return np.where(has_all, np.int8(_FITS), np.int8(_UNKNOWN))
        has_any = self._columns.tagged(kind.value, *values)
        return np.where(has_any, np.int8(_FITS), np.int8(_UNKNOWN))

    def _takes_age(self, age: str) -> Mask:
        if age.isdecimal():
            return ~not_for_age(self._columns, int(age))
        return self._columns.tagged("age", age)


def _by_listing(fits: Mask, listed: Mask) -> _States:
    return np.where(fits, np.int8(_FITS), np.where(listed, np.int8(_MISFIT), np.int8(_UNKNOWN)))
