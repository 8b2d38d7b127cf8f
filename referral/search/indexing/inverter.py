"""Inversion of documents into term occurrences, as arrays.

Tokens are collected as numbers, document after document; one sort then puts them in the order of
terms, fields and documents.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search import schema
from referral.search.analysis import PART_GAP, stem, words_of
from referral.search.segments.term_table import (
    FIELD_LENGTHS,
    FIELD_NUMBERS,
    FIELDS,
    POSITIONAL,
    Occurrences,
)

_PARTS_KEPT = 50_000  # short texts come again: organizations, topics, cities
_SHORT = 80  # letters


class Inverter:
    """Collects the tokens of documents, in the order of document numbers."""

    def __init__(self) -> None:
        self.tokens = 0
        self._docs = 0
        self._texts: dict[str, int] = {}
        self._forms: dict[str, dict[str, int]] = {
            language: {} for language in ("", *schema.LANGUAGES)
        }
        self._parts: dict[str, list[str]] = {}
        self._terms = array("I")
        self._places = array("I")
        # A run is one field of one document.
        self._run_fields = array("B")
        self._run_docs = array("i")
        self._run_counts = array("I")

    def add(self, document: Mapping[str, Any]) -> Mapping[str, int]:
        """Take one document in; how many words its fields have, by field."""
        known: dict[str, list[str]] = {}
        lengths = {}
        for name, text_field in schema.TEXT_FIELDS.items():
            if text := document.get(name):
                before = len(self._terms)
                self._add_text(str(text), self._forms[text_field.language], text_field, known)
                lengths[name] = self._end_run(name, before)
        for name in (schema.NAME_KEY, schema.ORGANIZATION_KEY):
            if keys := document.get(name):
                before = len(self._terms)
                self._terms.extend(self._number(str(key)) for key in keys)
                self._places.extend(range(len(keys)))
                self._end_run(name, before)
        self._docs += 1
        self.tokens = len(self._terms)
        return lengths

    def occurrences(self) -> Occurrences:
        """Everything that was taken in, in order."""
        texts = sorted(self._texts)
        key, places, run = self._sorted(texts)
        counts = np.frombuffer(self._run_counts, dtype=np.uint32)
        fields = np.frombuffer(self._run_fields, dtype=np.uint8)
        postings = np.flatnonzero(_changes(key) | _changes(run))
        frequencies = np.diff(postings, append=len(key))
        posting_keys = key[postings]
        rows = np.flatnonzero(_changes(posting_keys))
        row_fields = (posting_keys[rows] % len(FIELDS)).astype(np.uint8)
        runs = run[postings]
        lengths = np.where(_SCORABLE[fields], counts, 0)
        positional = POSITIONAL[(key % len(FIELDS)).astype(np.uint8)]
        row_starts = np.append(rows, len(postings))
        tokens = np.append(postings, len(key))
        return Occurrences(
            terms=[text.encode() for text in texts],
            row_terms=(posting_keys[rows] // len(FIELDS)).astype(np.int32),
            row_fields=row_fields,
            row_starts=row_starts,
            docs=np.frombuffer(self._run_docs, dtype=np.int32)[runs],
            weights=frequencies.astype(np.float32),
            lengths=np.searchsorted(FIELD_LENGTHS[:255], lengths).astype(np.uint8)[runs],
            row_places=np.append(0, np.cumsum(positional))[tokens[row_starts]],
            places=places[positional],
            field_lengths=np.bincount(fields, lengths, len(FIELDS)).astype(np.int64),
            doc_count=self._docs,
        )

    def _sorted(
        self, texts: list[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int32]]:
        """By term, field, document and position: the first two as one number, place and run."""
        ranks = np.zeros(len(texts), dtype=np.uint64)
        ranks[[self._texts[text] for text in texts]] = np.arange(len(texts), dtype=np.uint64)
        counts = np.frombuffer(self._run_counts, dtype=np.uint32)
        run = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        keys = ranks[np.frombuffer(self._terms, dtype=np.uint32)] * np.uint64(len(FIELDS))
        keys += np.frombuffer(self._run_fields, dtype=np.uint8)[run]
        # The number of the token behind the key makes any sort a stable one, the quickest too.
        bits = np.uint64(max(len(keys), 1).bit_length())
        keys = np.sort((keys << bits) | np.arange(len(keys), dtype=np.uint64))
        order = (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
        places = np.frombuffer(self._places, dtype=np.uint32)[order]
        return (keys >> bits).astype(np.int64), places, run[order]

    def _add_text(
        self,
        text: str,
        forms: dict[str, int],
        text_field: schema.TextField,
        known: dict[str, list[str]],
    ) -> None:
        place = 0
        for part in text.split("|"):
            words = known.get(part)
            if words is None:
                words = known[part] = self._words(part)
            for word in words:
                number = forms.get(word)
                if number is None:
                    form = stem(word, text_field.language) if text_field.language else word
                    number = forms[word] = self._number(form)
                self._terms.append(number)
            self._places.extend(range(place, place + len(words)))
            place += len(words) + PART_GAP

    def _words(self, part: str) -> list[str]:
        if len(part) > _SHORT:
            return words_of(part)
        words = self._parts.get(part)
        if words is None:
            if len(self._parts) >= _PARTS_KEPT:
                self._parts.clear()
            words = self._parts[part] = words_of(part)
        return words

    def _number(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))

    def _end_run(self, name: str, before: int) -> int:
        count = len(self._terms) - before
        if count:
            self._run_fields.append(FIELD_NUMBERS[name])
            self._run_docs.append(self._docs)
            self._run_counts.append(count)
        return count


_SCORABLE = np.array([name in schema.TEXT_FIELDS for name in FIELDS])


def _changes(numbers: NDArray[Any]) -> NDArray[np.bool_]:
    """Where another number begins."""
    changes = np.ones(len(numbers), dtype=np.bool_)
    changes[1:] = numbers[1:] != numbers[:-1]
    return changes
