"""Autocomplete of topics, organizations, towns and services, by the prefix of any word.

Names are in sorted tables under each of their words, so that a prefix is one slice. Services
and organizations have a table per segment, made at its first use: after an edit only the small
new segment is read. It stores arrays, since a directory may have a million of them, and reads a
name again when it is suggested.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain
from math import log2
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from referral.fields.places.lookup import Place, find_zip
from referral.search.analysis import STOP_WORDS, all_words_of
from referral.search.columns import Columns
from referral.search.query import Completion, CompletionKind
from referral.search.segment_facts import Mask, SegmentFacts
from referral.search.snapshot import Snapshot
from referral.search.understanding.phrases import Phrasebook

_LAST_LETTER, _LAST_BYTE = chr(0x10FFFF), b"\xff"  # after all letters, in UTF-8 too
_MOST_EXAMINED = 200  # names examined in a table for those that are live and not yet suggested
_ORDER = {kind: rank for rank, kind in enumerate(CompletionKind)}

_Rank = tuple[bool, int, float, int, str]


@dataclass(frozen=True, slots=True)
class _Name:
    completion: Completion
    words: tuple[str, ...]
    doc: int = -1  # number in the segment; -1 for topics and towns
    services: int = 1  # number of services with a topic


class _RankedName(NamedTuple):
    rank: _Rank
    name: _Name


class _Table(ABC):
    """Table of names by each of their words; rows are sorted by the name from that word onwards.

    Attributes:
        places: of each row in the order of relevance.
    """

    relevance_ranks: NDArray[np.int32]

    @abstractmethod
    def rows_with_prefix(self, letters: str) -> tuple[int, int]:
        """Return the range (end excluded) of rows with a prefix."""

    @abstractmethod
    def row(self, row: int) -> _RankedName:
        """Return the name of a row, and its rank among those of all tables."""

    def beginning_with(self, letters: str) -> Iterator[_RankedName]:
        """Yield the best names that have a word with a prefix, best first."""
        low, high = self.rows_with_prefix(letters)
        relevance_ranks = self.relevance_ranks[low:high]
        if len(relevance_ranks) > _MOST_EXAMINED:
            best_first = np.argpartition(relevance_ranks, _MOST_EXAMINED)[:_MOST_EXAMINED]
            best_first = best_first[np.argsort(relevance_ranks[best_first])]
        else:
            best_first = np.argsort(relevance_ranks)
        for index in best_first.tolist():
            yield self.row(low + index)


class _NameTable(_Table):
    """Table of the names of topics and towns that complete what a user types in the search box."""

    def __init__(self, names: Iterable[_Name]) -> None:
        rows = [
            (" ".join(name.words[start:]), _RankedName(_rank(name, start), name))
            for name in names
            for start, word in enumerate(name.words)
            if start == 0 or word not in STOP_WORDS
        ]
        rows.sort(key=lambda row: (row[0], row[1].rank))
        self._keys = [key for key, _ in rows]
        self._rows = [ranked for _, ranked in rows]
        best_first = sorted(range(len(rows)), key=lambda row: self._rows[row].rank)
        self.relevance_ranks = np.zeros(len(rows), dtype=np.int32)
        self.relevance_ranks[best_first] = np.arange(len(rows))

    def rows_with_prefix(self, letters: str) -> tuple[int, int]:
        return bisect_left(self._keys, letters), bisect_left(self._keys, letters + _LAST_LETTER)

    def row(self, row: int) -> _RankedName:
        return self._rows[row]


class _TitleTable(_Table):
    """Table of the services and organizations of one segment: some 200 bytes for each service."""

    def __init__(self, facts: SegmentFacts, live: Mask) -> None:
        self._facts = facts
        text, ranks = bytearray(), list[_Rank]()
        name_starts, name_ends, name_docs, is_service = (
            array("L"),
            array("L"),
            array("L"),
            bytearray(),
        )
        row_starts, row_names = array("L"), array("L")
        all_names = chain.from_iterable(
            _iter_titles(facts, doc) for doc in live.nonzero()[0].tolist()
        )
        for number, name in enumerate(all_names):
            name_starts.append(len(text))
            for start, word in enumerate(name.words):
                if start == 0 or word not in STOP_WORDS:
                    row_starts.append(len(text))
                    row_names.append(number)
                text += _encode(word) + b" "
            name_ends.append(len(text))
            name_docs.append(name.doc)
            is_service.append(name.completion.kind is CompletionKind.SERVICE)
            ranks.append(_rank(name, 0))
        self._text = bytes(text)
        self._name_docs, self._is_service = _to_array(name_docs), bytes(is_service)
        row_ends = [name_ends[name] for name in row_names]
        keys = [self._text[start:end] for start, end in zip(row_starts, row_ends, strict=True)]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self._row_starts = _to_array(row_starts)[order]
        self._row_names = _to_array(row_names)[order]
        self._name_ends = _to_array(name_ends)
        self._is_inner = self._row_starts != _to_array(name_starts)[self._row_names]
        name_ranks = np.empty(len(ranks), dtype=np.int32)
        name_ranks[sorted(range(len(ranks)), key=ranks.__getitem__)] = np.arange(len(ranks))
        self.relevance_ranks = name_ranks[self._row_names] + self._is_inner * np.int32(len(ranks))

    def rows_with_prefix(self, letters: str) -> tuple[int, int]:
        prefix, rows = _encode(letters), range(len(self._row_names))
        low = bisect_left(rows, prefix, key=self._key)
        return low, bisect_left(rows, prefix + _LAST_BYTE, lo=low, key=self._key)

    def row(self, row: int) -> _RankedName:
        number = self._row_names[row]
        names = _iter_titles(self._facts, int(self._name_docs[number]))
        name = next(names) if self._is_service[number] else list(names)[-1]
        return _RankedName(_rank(name, int(self._is_inner[row])), name)

    def _key(self, row: int) -> bytes:
        return self._text[self._row_starts[row] : self._name_ends[self._row_names[row]]]


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _to_array(values: array[int]) -> NDArray[np.uint32]:
    return np.array(values, dtype=np.uint32)


class _SharedTable(NamedTuple):
    """The table of topics and towns, and the index generation and phrasebook it is made from."""

    made_from: tuple[str, Phrasebook]
    table: _NameTable


@dataclass(slots=True)
class Completer:
    """Completer of what a user types in the search box; threads may share it."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _segments: dict[str, _Table] = field(default_factory=dict)
    _shared: _SharedTable | None = None

    def complete(
        self,
        text: str,
        limit: int,
        snapshot: Snapshot,
        phrasebook: Phrasebook,
        near: Place | None = None,
    ) -> tuple[Completion, ...]:
        """Return the best suggestions for a prefix, at most ``limit``; none without letters.

        Args:
            near: services whose area excludes this place are not suggested.
        """
        letters = " ".join(all_words_of(text))
        if not letters:
            return ()
        with self._lock:
            tables = self._tables(snapshot, phrasebook)
        live = snapshot.columns.live
        if near is not None:
            live = live & ~snapshot.orders.areas.serve_elsewhere(near)
        by_table = [
            _iter_live_names(table.beginning_with(letters), offset, live)
            for table, offset in tables
        ]
        best_first = merge(*by_table, key=lambda ranked: ranked.rank)
        return _mix_kinds((ranked.name for ranked in best_first), limit)

    def _tables(self, snapshot: Snapshot, phrasebook: Phrasebook) -> list[tuple[_Table, int]]:
        """Return all tables, each with the number of the first document of its segment."""
        shared, columns = self._shared, snapshot.columns
        if shared is None or shared.made_from != (snapshot.generation, phrasebook):
            names = [*_iter_topic_names(phrasebook, columns), *_iter_town_names(columns)]
            shared = _SharedTable((snapshot.generation, phrasebook), _NameTable(names))
            self._shared = shared
        tables: list[tuple[_Table, int]] = [(shared.table, 0)]
        segments: dict[str, _Table] = {}
        offset = 0
        for key, facts in snapshot.segments.items():
            live = columns.live[offset : offset + facts.size]
            segments[key] = self._segments.get(key) or _TitleTable(facts, live)
            tables.append((segments[key], offset))
            offset += facts.size
        self._segments = segments
        return tables


def _iter_live_names(
    ranked_names: Iterable[_RankedName], offset: int, live: Mask
) -> Iterator[_RankedName]:
    """Yield names without those of documents that were deleted or replaced, or serve elsewhere."""
    return (
        ranked for ranked in ranked_names if ranked.name.doc < 0 or live[offset + ranked.name.doc]
    )


def _mix_kinds(best_first: Iterable[_Name], limit: int) -> tuple[Completion, ...]:
    """Return the best completions; no kind takes more than half unless the others run out."""
    seen: set[tuple[tuple[str, ...], CompletionKind]] = set()
    kind_counts: Counter[CompletionKind] = Counter()
    kept, surplus = list[tuple[int, Completion]](), list[tuple[int, Completion]]()
    for name in best_first:
        kind = name.completion.kind
        if (name.words, kind) in seen:
            continue
        number = len(seen)
        seen.add((name.words, kind))
        kind_counts[kind] += 1
        chosen = surplus if kind_counts[kind] > max(limit // 2, 1) else kept
        chosen.append((number, name.completion))
        if len(kept) == limit or len(seen) == _MOST_EXAMINED:
            break
    numbered = dict([*kept, *surplus[: limit - len(kept)]])
    return tuple(numbered[number] for number in sorted(numbered))


def _rank(name: _Name, start: int) -> _Rank:
    """Return a sort key: prefix at the start of the name, kind, large topics, short names."""
    text = name.completion.text
    return start > 0, _ORDER[name.completion.kind], -log2(name.services) // 1, len(text), text


def _make_name(
    kind: CompletionKind,
    text: str,
    detail: str = "",
    *,
    doc: int = -1,
    service_id: str = "",
    services: int = 1,
) -> _Name:
    completion = Completion(kind=kind, text=text, detail=detail, service_id=service_id)
    return _Name(completion, tuple(all_words_of(text)), doc, services)


def _iter_titles(facts: SegmentFacts, doc: int) -> Iterator[_Name]:
    """Yield the names of a service and, where it has one, of its organization."""
    if title := facts.title(doc):
        service, organization = json.loads(title)
        service_id = facts.service_id(doc)
        yield _make_name(
            CompletionKind.SERVICE, service, organization, doc=doc, service_id=service_id
        )
        if organization:
            yield _make_name(
                CompletionKind.ORGANIZATION, organization, doc=doc, service_id=service_id
            )


def _iter_topic_names(phrasebook: Phrasebook, columns: Columns) -> Iterator[_Name]:
    """Yield the names and synonyms of topics that have services."""
    for code, name, words in phrasebook.terms:
        if services := len(columns.tags.get(("term", code), ())):
            yield _make_name(CompletionKind.TERM, name, services=services)
            for other in words:
                if other.casefold() != name.casefold():
                    yield _make_name(CompletionKind.TERM, other, name, services=services)


def _iter_town_names(columns: Columns) -> Iterator[_Name]:
    """Yield the towns that have a location of a service."""
    places = filter(None, map(find_zip, columns.zips))
    towns = {(place.city, place.state): place for place in places}
    for (city, state), place in sorted(towns.items()):
        yield _make_name(CompletionKind.PLACE, f"{city}, {state}", place.county)
