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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from referral.search import weights
from referral.search.clauses import ParsedQuery
from referral.search.matching.filters import not_for_age
from referral.search.matching.opening_hours import OpenMasks, OpenSites, moments_meant
from referral.search.query import Fit, Preference, PreferenceKind
from referral.search.segments.bitmaps import Bits, unpack_mask
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Numbers

_Docs = NDArray[np.intp]
_States = NDArray[np.int8]

_FITS, _UNKNOWN, _MISFIT, _WEAK = range(4)
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
        self, scores: Numbers, tiers: NDArray[np.int32], bands: NDArray[np.int8]
    ) -> DocFits:
        """The same where scores count: what scores far below the best of its band is weak.

        What has its whole name in the words comes first, whatever it fits.

        Args:
            scores, tiers: of the documents (``MatchResult.name_tiers``).
            bands: the number of the band of each.
        """
        if self.states is None or not len(scores):
            return self
        best = np.zeros(int(bands.max()) + 1)
        np.maximum.at(best, bands, np.where(tiers > 0, 0.0, scores))
        is_weak = scores < weights.WEAK_SHARE * best.take(bands)
        states = np.where(is_weak, np.int8(_WEAK), self.states)
        return replace(self, states=np.where(tiers > 0, -tiers, states).astype(np.int8))


def fit_docs(
    docs: _Docs, question: ParsedQuery, columns: Columns, open_sites: OpenSites
) -> DocFits:
    """How documents fit what a query says besides the need."""
    if not question.preferences:
        return DocFits()
    zone = (question.near.timezone if question.near else "") or open_sites.zone
    states = np.zeros(len(docs), dtype=np.int8)
    counted: list[Preference] = []
    is_open: OpenMasks | None = None
    for preference in question.preferences:
        if preference.kind is PreferenceKind.OPEN_NOW:
            moments = moments_meant(preference.values[0], datetime.now(UTC), zone)
            is_open = open_sites.at_any(moments)
            found = _open(docs, columns, open_sites.known, is_open)
        else:
            found = _STATES_BY_KIND[preference.kind](docs, preference.values, columns)
        fits, unknown, misfits = np.bincount(found, minlength=3).tolist()
        counted.append(replace(preference, fits=fits, unknown=unknown, misfits=misfits))
        np.maximum(states, found, out=states)
    return DocFits(states, tuple(counted), is_open)


def _open(docs: _Docs, columns: Columns, known: OpenMasks, is_open: OpenMasks) -> _States:
    """By the sites of each document: one that is open, or at least one whose hours are known."""
    others, whose = columns.sites.others_of(docs)
    states = np.full(len(docs), _UNKNOWN, dtype=np.int8)
    for masks, state in ((known, _MISFIT), (is_open, _FITS)):
        states[masks.firsts.take(docs)] = state
        states[whose[masks.others.take(others)]] = state
    return states


def _age(docs: _Docs, values: Sequence[str], columns: Columns) -> _States:
    (age,) = values
    if age.isdecimal():
        misfits = not_for_age(columns, int(age)).take(docs)
    else:
        misfits = ~_taken(columns, columns.planes.with_value("age", age), docs)
    return np.where(misfits, np.int8(_MISFIT), np.int8(_FITS))


def _languages(docs: _Docs, values: Sequence[str], columns: Columns) -> _States:
    spoken = _taken(columns, _any_of(columns, "language", values), docs)
    listed = _taken(columns, _any_of(columns, "language", columns.planes.values["language"]), docs)
    return _by_listing(spoken, listed)


def _cost(docs: _Docs, values: Sequence[str], columns: Columns) -> _States:
    fits = _taken(columns, _any_of(columns, "cost", values), docs)
    listed = _taken(columns, _any_of(columns, "cost", ("free", "low-cost", "fee")), docs)
    return _by_listing(fits, listed)


def _access(docs: _Docs, values: Sequence[str], columns: Columns) -> _States:
    has_all = [columns.planes.with_value("access", value) for value in values]
    return _or_unknown(_taken(columns, reduce(np.bitwise_and, has_all), docs))


def _delivery(docs: _Docs, values: Sequence[str], columns: Columns) -> _States:
    return _or_unknown(_taken(columns, _any_of(columns, "delivery", values), docs))


_STATES_BY_KIND: Mapping[PreferenceKind, Callable[[_Docs, Sequence[str], Columns], _States]] = {
    PreferenceKind.AGE: _age,
    PreferenceKind.LANGUAGE: _languages,
    PreferenceKind.COST: _cost,
    PreferenceKind.ACCESS: _access,
    PreferenceKind.DELIVERY: _delivery,
}


def _any_of(columns: Columns, kind: str, values: Sequence[str]) -> Bits:
    none: Bits = np.zeros(columns.planes.planes.shape[1], dtype=np.uint64)
    return reduce(np.bitwise_or, [columns.planes.with_value(kind, value) for value in values], none)


def _taken(columns: Columns, bits: Bits, docs: _Docs) -> NDArray[np.bool_]:
    return unpack_mask(bits, columns.size).take(docs)


def _by_listing(fits: NDArray[np.bool_], listed: NDArray[np.bool_]) -> _States:
    return np.where(fits, np.int8(_FITS), np.where(listed, np.int8(_MISFIT), np.int8(_UNKNOWN)))


def _or_unknown(fits: NDArray[np.bool_]) -> _States:
    return np.where(fits, np.int8(_FITS), np.int8(_UNKNOWN))
