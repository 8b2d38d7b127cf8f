"""Matches of a word form in any field: documents, BM25F scores and fields, cached by form.

The matches of a form are kept for as long as the commit is searched and there is room: people
search with the same words again and again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.search.analysis import stem
from referral.search.query import WordForm
from referral.search.schema import TEXT_FIELDS
from referral.search.segments.doc_values import Docs, Mask, Numbers
from referral.search.segments.postings import Postings, PostingTable, is_in_sorted

# One bit for each field.
FIELD_BITS = {name: 1 << number for number, name in enumerate(TEXT_FIELDS)}
_Bits = NDArray[np.uint16]

_MANY = 8  # a form is common when more than one document in so many holds it
_LEAST_ROOM = 16 << 20  # bytes
_ROOM_PER_DOCUMENT = 800


class Lookup(NamedTuple):
    """One entry of the index: a term in a field, or several that must stand side by side."""

    field: str
    terms: tuple[str, ...]
    weight: float


def lookups_of(form: WordForm) -> tuple[Lookup, ...]:
    """The entries of the index, field by field; a phrase is not asked for in bare words."""
    return tuple(
        Lookup(name, terms_of(form, field.language), field.weight * form.damping)
        for name, field in TEXT_FIELDS.items()
        if field.language or len(form.words) == 1
    )


def terms_of(form: WordForm, language: str) -> tuple[str, ...]:
    """The words as a field in this language holds them."""
    return tuple(stem(word, language) for word in form.words) if language else form.words


class FormMatch:
    """Documents that have a form: sparse (listed) where they are few, else dense (one score each).

    Attributes:
        count: how many they are, without deleted ones.
        max_score: upper bound of the scores.
        size: bytes that it takes.
    """

    def __init__(self, docs: Docs | None, scores: NDArray[np.float32], fields: _Bits) -> None:
        self._docs = docs
        self._scores = scores
        self._fields = fields
        self._mask = fields > 0 if docs is None else None
        self.count = int(np.count_nonzero(fields))
        self.max_score = float(scores.max(initial=0.0))
        self.size = sum(
            array.nbytes for array in (scores, fields, self._docs, self._mask) if array is not None
        )

    def mask(self, size: int) -> Mask:
        """Mask over all ``size`` documents; not to be written to."""
        if self._mask is not None:
            return self._mask
        mask = np.zeros(size, dtype=np.bool_)
        mask[self._docs] = True
        return mask

    def scores(self, docs: NDArray[np.integer]) -> Numbers:
        """The score of each of these documents, rising; 0 where they do not have the form."""
        if self._docs is None:
            return self._scores.take(docs).astype(np.float64)
        return scores_among(docs, self._docs, self._scores)

    def fields(self, docs: NDArray[np.integer]) -> _Bits:
        """The fields of each of these documents that have the form, as ``FIELD_BITS``."""
        if self._docs is None:
            return self._fields.take(docs)
        if not len(self._docs):
            return np.zeros(len(docs), dtype=np.uint16)
        places = np.minimum(self._docs.searchsorted(docs), len(self._docs) - 1)
        return np.where(self._docs[places] == docs, self._fields[places], np.uint16(0))


def scores_among(
    docs: NDArray[np.integer], listed: Docs, scores: NDArray[np.floating[Any]]
) -> Numbers:
    """The score of each of these documents, 0 where it is not listed.

    Args:
        docs, listed: rising.
        scores: one for each that is listed.
    """
    found = np.zeros(len(docs))
    if len(docs) < len(listed):
        at, here = _same(docs, listed)
    else:
        here, at = _same(listed, docs)
    found[at] = scores.take(here)
    return found


def _same(few: NDArray[Any], many: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where numbers that stand in both are in the one and in the other; both rise."""
    if not len(few):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    places = many.searchsorted(few)
    np.minimum(places, len(many) - 1, out=places)
    same = np.flatnonzero(many.take(places) == few)
    return same, places.take(same)


class FormMatches:
    """The matches of all forms of one commit. Threads may share it.

    Args:
        live: documents that are not deleted.
    """

    def __init__(self, postings: PostingTable, live: Mask) -> None:
        self._postings = postings
        self._live = live
        self._all_live = bool(live.all())
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[str, ...], FormMatch] = OrderedDict()
        self._room = max(_LEAST_ROOM, _ROOM_PER_DOCUMENT * len(live))

    def get(self, form: WordForm) -> FormMatch:
        """The matches of a form; scores are without its damping."""
        with self._lock:
            known = self._cache.get(form.words)
            if known is not None:
                self._cache.move_to_end(form.words)
                return known
        made = self._compute(form)
        with self._lock:
            if form.words not in self._cache:
                self._room -= made.size
                self._cache[form.words] = made
            while self._room < 0:
                self._room += self._cache.popitem(last=False)[1].size
        return made

    def _compute(self, form: WordForm) -> FormMatch:
        found = [
            (FIELD_BITS[lookup.field], postings)
            for lookup in lookups_of(WordForm(form.words))
            if len((postings := self._postings.read(*lookup)).docs)
        ]
        total = sum(len(postings.docs) for _, postings in found)
        if total * _MANY > len(self._live):
            return self._dense(found)
        return self._sparse(found)

    def _dense(self, found: Sequence[tuple[int, Postings]]) -> FormMatch:
        scores = np.zeros(len(self._live))
        fields = np.zeros(len(self._live), dtype=np.uint16)
        for bit, postings in found:
            scores[postings.docs] += postings.scores
            fields[postings.docs] |= np.uint16(bit)
        if not self._all_live:
            scores *= self._live
            fields *= self._live
        return FormMatch(None, scores.astype(np.float32), fields)

    def _sparse(self, found: Sequence[tuple[int, Postings]]) -> FormMatch:
        none = np.zeros(0, dtype=np.int32)
        docs = np.unique(np.concatenate([none, *(postings.docs for _, postings in found)]))
        docs = docs if self._all_live else docs[self._live[docs]]
        scores = np.zeros(len(docs))
        fields = np.zeros(len(docs), dtype=np.uint16)
        for bit, postings in found:
            live = slice(None) if self._all_live else is_in_sorted(docs, postings.docs)
            places = docs.searchsorted(postings.docs[live])
            scores[places] += postings.scores[live]
            fields[places] |= np.uint16(bit)
        return FormMatch(docs, scores.astype(np.float32), fields)
