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


class _Table(ABC):
    """Table of names by each of their words; rows are sorted by the name from that word onwards.

    Attributes:
        places: of each row in the order of relevance.
    """

    places: NDArray[np.int32]

    @abstractmethod
    def slice_of(self, letters: str) -> tuple[int, int]:
        """Return the range (end excluded) of rows with a prefix."""

    @abstractmethod
    def row(self, at: int) -> tuple[_Rank, _Name]:
        """Return the name of a row, and its rank among those of all tables."""

    def beginning_with(self, letters: str) -> Iterator[tuple[_Rank, _Name]]:
        """Yield the best names that have a word with a prefix, best first."""
        low, high = self.slice_of(letters)
        places = self.places[low:high]
        if len(places) > _MOST_EXAMINED:
            chosen = np.argpartition(places, _MOST_EXAMINED)[:_MOST_EXAMINED]
            chosen = chosen[np.argsort(places[chosen])]
        else:
            chosen = np.argsort(places)
        for at in chosen.tolist():
            yield self.row(low + at)


class _NameTable(_Table):
    """Table of some thousand names, as objects: topics and towns."""

    def __init__(self, names: Iterable[_Name]) -> None:
        rows: list[tuple[str, _Rank, _Name]] = sorted(
            (
                (" ".join(name.words[start:]), _rank(name, start), name)
                for name in names
                for start, word in enumerate(name.words)
                if start == 0 or word not in STOP_WORDS
            ),
            key=lambda row: row[:2],
        )
        self._keys = [key for key, _, _ in rows]
        self._rows = rows
        best_first = sorted(range(len(rows)), key=lambda at: rows[at][1])
        self.places = np.zeros(len(rows), dtype=np.int32)
        self.places[best_first] = np.arange(len(rows))

    def slice_of(self, letters: str) -> tuple[int, int]:
        return bisect_left(self._keys, letters), bisect_left(self._keys, letters + _LAST_LETTER)

    def row(self, at: int) -> tuple[_Rank, _Name]:
        _, rank, name = self._rows[at]
        return rank, name


class _TitleTable(_Table):
    """Table of the services and organizations of one segment: some 200 bytes for each service."""

    def __init__(self, facts: SegmentFacts, live: Mask) -> None:
        self._facts = facts
        text, ranks = bytearray(), list[_Rank]()
        begins, ends, docs, of_services = array("L"), array("L"), array("L"), bytearray()
        starts, names = array("L"), array("L")
        all_names = chain.from_iterable(
            _iter_titles(facts, doc) for doc in live.nonzero()[0].tolist()
        )
        for number, name in enumerate(all_names):
            begins.append(len(text))
            for start, word in enumerate(name.words):
                if start == 0 or word not in STOP_WORDS:
                    starts.append(len(text))
                    names.append(number)
                text += _bytes(word) + b" "
            ends.append(len(text))
            docs.append(name.doc)
            of_services.append(name.completion.kind is CompletionKind.SERVICE)
            ranks.append(_rank(name, 0))
        self._text = bytes(text)
        self._docs, self._of_services = _numbers(docs), bytes(of_services)
        last = [ends[name] for name in names]
        order = sorted(range(len(starts)), key=lambda at: self._text[starts[at] : last[at]])
        self._starts, self._rows = _numbers(starts)[order], _numbers(names)[order]
        self._ends = _numbers(ends)
        self._is_inner = self._starts != _numbers(begins)[self._rows]
        best = np.empty(len(ranks), dtype=np.int32)
        best[sorted(range(len(ranks)), key=ranks.__getitem__)] = np.arange(len(ranks))
        self.places = best[self._rows] + self._is_inner * np.int32(len(ranks))

    def slice_of(self, letters: str) -> tuple[int, int]:
        begin, rows = _bytes(letters), range(len(self._rows))
        low = bisect_left(rows, begin, key=self._key)
        return low, bisect_left(rows, begin + _LAST_BYTE, lo=low, key=self._key)

    def row(self, at: int) -> tuple[_Rank, _Name]:
        number = self._rows[at]
        names = _iter_titles(self._facts, int(self._docs[number]))
        name = next(names) if self._of_services[number] else list(names)[-1]
        return _rank(name, int(self._is_inner[at])), name

    def _key(self, at: int) -> bytes:
        return self._text[self._starts[at] : self._ends[self._rows[at]]]


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _numbers(values: array[int]) -> NDArray[np.uint32]:
    return np.array(values, dtype=np.uint32)


@dataclass(slots=True)
class Completer:
    """Completes what a user types, from a table for each index segment. Threads may share one."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _segments: dict[str, _Table] = field(default_factory=dict)
    _shared: tuple[object, object, _Table] | None = None  # generation, phrasebook, their table

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
        answers = [
            _live_names(table.beginning_with(letters), offset, live) for table, offset in tables
        ]
        return _mix_kinds((name for _, name in merge(*answers, key=lambda each: each[0])), limit)

    def _tables(self, snapshot: Snapshot, phrasebook: Phrasebook) -> list[tuple[_Table, int]]:
        if self._shared is None or self._shared[:2] != (snapshot.generation, phrasebook):
            names = [*_topic_names(phrasebook, snapshot.columns), *_town_names(snapshot.columns)]
            self._shared = (snapshot.generation, phrasebook, _NameTable(names))
        tables = [(self._shared[2], 0)]
        segments: dict[str, _Table] = {}
        offset = 0
        for key, facts in snapshot.segments.items():
            live = snapshot.columns.live[offset : offset + facts.size]
            segments[key] = self._segments.get(key) or _TitleTable(facts, live)
            tables.append((segments[key], offset))
            offset += facts.size
        self._segments = segments
        return tables


def _live_names(
    answers: Iterable[tuple[_Rank, _Name]], offset: int, live: Mask
) -> Iterator[tuple[_Rank, _Name]]:
    """Yield names without those of documents that were deleted or replaced, or serve elsewhere."""
    return ((rank, name) for rank, name in answers if name.doc < 0 or live[offset + name.doc])


def _mix_kinds(best_first: Iterable[_Name], limit: int) -> tuple[Completion, ...]:
    """Return the best completions; no kind takes more than half unless the others run out."""
    seen: set[tuple[tuple[str, ...], CompletionKind]] = set()
    of_kind: Counter[CompletionKind] = Counter()
    kept, over = list[tuple[int, Completion]](), list[tuple[int, Completion]]()
    for name in best_first:
        kind = name.completion.kind
        if (name.words, kind) in seen:
            continue
        place = len(seen)
        seen.add((name.words, kind))
        of_kind[kind] += 1
        (over if of_kind[kind] > max(limit // 2, 1) else kept).append((place, name.completion))
        if len(kept) == limit or len(seen) == _MOST_EXAMINED:
            break
    found = sorted([*kept, *over[: limit - len(kept)]], key=lambda each: each[0])
    return tuple(completion for _, completion in found)


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
        own = facts.service_id(doc)
        yield _make_name(CompletionKind.SERVICE, service, organization, doc=doc, service_id=own)
        if organization:
            yield _make_name(CompletionKind.ORGANIZATION, organization, doc=doc, service_id=own)


def _topic_names(phrasebook: Phrasebook, columns: Columns) -> Iterator[_Name]:
    """Yield the names and synonyms of topics that have services."""
    for code, name, words in phrasebook.terms:
        if services := len(columns.tags.get(("term", code), ())):
            yield _make_name(CompletionKind.TERM, name, services=services)
            for other in words:
                if other.casefold() != name.casefold():
                    yield _make_name(CompletionKind.TERM, other, name, services=services)


def _town_names(columns: Columns) -> Iterator[_Name]:
    """Yield the towns that have a location of a service."""
    places = filter(None, map(find_zip, columns.zips))
    towns = {(place.city, place.state): place for place in places}
    for (city, state), place in sorted(towns.items()):
        yield _make_name(CompletionKind.PLACE, f"{city}, {state}", place.county)
