"""Which documents hold a form of a word in any of their fields, and what that is worth.

What is put together for one form is kept for as long as the commit is searched and there is room:
people ask with the same words again and again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search.clauses import WordForm
from referral.search.schema import TEXT_FIELDS
from referral.search.segments.doc_values import Docs, Mask, Numbers
from referral.search.segments.postings import (
    Postings,
    PostingTable,
    is_in_sorted,
)

# One bit for each field.
FIELD_BITS = {name: 1 << number for number, name in enumerate(TEXT_FIELDS)}
_Bits = NDArray[np.uint16]

_MANY = 8  # a form is common when more than one document in so many holds it
_LEAST_ROOM = 16 << 20  # bytes
_ROOM_PER_DOCUMENT = 800


class FormMatch:
    """The documents that hold a form: listed where they are few, else one after the other.

    Attributes:
        count: how many they are, without deleted ones.
        most: the most that it is worth to any document.
        size: bytes that it takes.
    """

    def __init__(self, docs: Docs | None, scores: NDArray[np.float32], fields: _Bits) -> None:
        self._docs = docs
        self._scores = scores
        self._fields = fields
        self._mask = fields > 0 if docs is None else None
        self.count = int(np.count_nonzero(fields))
        self.most = float(scores.max(initial=0.0))
        self.size = sum(
            array.nbytes for array in (scores, fields, self._docs, self._mask) if array is not None
        )

    def mask(self, size: int) -> Mask:
        """For each of so many documents whether it holds the form; not to be written to."""
        if self._mask is not None:
            return self._mask
        mask = np.zeros(size, dtype=np.bool_)
        mask[self._docs] = True
        return mask

    def scores_of(self, docs: NDArray[np.integer]) -> Numbers:
        """What each of these documents, rising, has of the form: 0 where nothing."""
        if self._docs is None:
            return self._scores.take(docs).astype(np.float64)
        scores = np.zeros(len(docs))
        if len(docs) < len(self._docs):
            at, here = _same(docs, self._docs)
        else:
            here, at = _same(self._docs, docs)
        scores[at] = self._scores.take(here)
        return scores

    def fields_of(self, docs: NDArray[np.integer]) -> _Bits:
        """The fields of each of these documents that hold the form, as ``FIELD_BITS``."""
        if self._docs is None:
            return self._fields.take(docs)
        if not len(self._docs):
            return np.zeros(len(docs), dtype=np.uint16)
        places = np.minimum(self._docs.searchsorted(docs), len(self._docs) - 1)
        return np.where(self._docs[places] == docs, self._fields[places], np.uint16(0))


def _same(few: NDArray[Any], many: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where numbers that stand in both are in the one and in the other; both rise."""
    if not len(few):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    places = many.searchsorted(few)
    np.minimum(places, len(many) - 1, out=places)
    same = np.flatnonzero(many.take(places) == few)
    return same, places.take(same)


class FormMatches:
    """The holdings of all forms of one commit. Threads may share it.

    Args:
        live: documents that are not deleted.
    """

    def __init__(self, postings: PostingTable, live: Mask) -> None:
        self._postings = postings
        self._live = live
        self._all_live = bool(live.all())
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], FormMatch] = OrderedDict()
        self._room = max(_LEAST_ROOM, _ROOM_PER_DOCUMENT * len(live))

    def of(self, form: WordForm) -> FormMatch:
        """The documents that hold a form; scores are without its damping."""
        with self._lock:
            known = self._kept.get(form.words)
            if known is not None:
                self._kept.move_to_end(form.words)
                return known
        made = self._put_together(form)
        with self._lock:
            if form.words not in self._kept:
                self._room -= made.size
                self._kept[form.words] = made
            while self._room < 0:
                self._room += self._kept.popitem(last=False)[1].size
        return made

    def _put_together(self, form: WordForm) -> FormMatch:
        found = [
            (FIELD_BITS[lookup.field], postings)
            for lookup in WordForm(form.words).lookups
            if len((postings := self._postings.read(*lookup)).docs)
        ]
        total = sum(len(postings.docs) for _, postings in found)
        if total * _MANY > len(self._live):
            return self._of_many(found)
        return self._of_few(found)

    def _of_many(self, found: Sequence[tuple[int, Postings]]) -> FormMatch:
        scores = np.zeros(len(self._live))
        fields = np.zeros(len(self._live), dtype=np.uint16)
        for bit, postings in found:
            scores[postings.docs] += postings.scores
            fields[postings.docs] |= np.uint16(bit)
        if not self._all_live:
            scores *= self._live
            fields *= self._live
        return FormMatch(None, scores.astype(np.float32), fields)

    def _of_few(self, found: Sequence[tuple[int, Postings]]) -> FormMatch:
        none = np.zeros(0, dtype=np.int32)
        docs = np.unique(np.concatenate([none, *(postings.docs for _, postings in found)]))
        docs = docs if self._all_live else docs[self._live[docs]]
        scores = np.zeros(len(docs))
        fields = np.zeros(len(docs), dtype=np.uint16)
        for bit, postings in found:
            held = slice(None) if self._all_live else is_in_sorted(docs, postings.docs)
            places = docs.searchsorted(postings.docs[held])
            scores[places] += postings.scores[held]
            fields[places] |= np.uint16(bit)
        return FormMatch(docs, scores.astype(np.float32), fields)
