"""Snapshots: one commit of one index generation, opened for searching.

A snapshot never changes, so threads share it. Arrays stay mapped as long as a snapshot uses
them, even when their files are deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from whoosh.index import FileIndex
from whoosh.reading import IndexReader

from referral.errors import IndexUnavailableError
from referral.search.codec.array_codec import ArraySegment, arrays_of, leaf_readers
from referral.search.columns import Columns, NameOrder, join_segments
from referral.search.filters import Filters
from referral.search.indexing.generations import Generations
from referral.search.indexing.sync_marks import latest_commit, read_mark
from referral.search.indexing.writer import open_index
from referral.search.order import Orders
from referral.search.ranking import Ranking, ranking_of
from referral.search.segment_facts import Mask, SegmentFacts
from referral.search.sites import OpenSites, lay_out_sites
from referral.search.understanding.towns import Neighborhood
from referral.search.words import Words
from referral.store.change_log import LogPoint

_TRIES = 3  # a rebuild may delete files that are about to be opened


@dataclass(frozen=True)
class Snapshot:
    """One commit of the index, read into memory as far as filters and orders need it.

    Attributes:
        name: of the generation.
        commit: its number.
        segments: id → facts of each segment, in the order of their documents.
    """

    name: str
    commit: int
    segments: dict[str, SegmentFacts]
    columns: Columns
    words: Words
    hours: OpenSites
    filters: Filters
    ranking: Ranking
    orders: Orders

    @property
    def generation(self) -> str:
        """Return the name of the generation and the number of the commit, for diagnosis."""
        return f"{self.name}.{self.commit}"

    def without(self, service_ids: Collection[str]) -> Snapshot:
        """Return the snapshot without some services, which no query then matches."""
        if not service_ids:
            return self
        columns = self.columns
        live = columns.live & ~columns.with_ids(service_ids)
        return replace(self, columns=replace(columns, live=live))

    @cached_property
    def neighborhood(self) -> Neighborhood:
        """Return the area around the indexed sites, where towns are known without their state."""
        return Neighborhood.of_sites(self.columns.site_latitudes, self.columns.site_longitudes)


class Snapshots:
    """Cache of the latest snapshot of the index, which is reopened when the index changes.

    Args:
        zone: returns the IANA zone of locations whose ZIP code is not known.
    """

    def __init__(self, generations: Generations, zone: Callable[[], str]) -> None:
        self._generations = generations
        self._zone = zone
        self._lock = threading.Lock()
        self._current: Snapshot | None = None
        self._change_times: tuple[int, ...] | None = None
        self._seen_point = LogPoint()
        self._sequence = -1
        self._index: FileIndex | None = None
        self._name_order = NameOrder()

    def latest(self) -> Snapshot:
        """Return the snapshot of the latest commit.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        with self._lock:
            current, change_times = self._current, None
            if current is not None:
                change_times = self._generations.change_times(current.name)
            is_same = change_times is not None and change_times == self._change_times
            if current is None or not is_same or current.hours.zone != self._zone():
                current = self._current = self._reopen()
                self._seen_point = self._read_seen(current.name)
                self._change_times = change_times
            return current

    def seen(self) -> LogPoint:
        """Return a point of the change log after which nothing in the latest snapshot was read.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        self.latest()
        return self._seen_point

    def sequence(self) -> int:
        """Return the number of the last change that the latest snapshot includes.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        self.latest()
        return self._sequence

    def _read_seen(self, name: str) -> LogPoint:
        """Return the seen point of the mark, which is written before a commit and read after."""
        mark = read_mark(self._generations.folder(name))
        return mark.seen if mark else LogPoint()

    def close(self) -> None:
        """Release all files; they close once no search uses them."""
        with self._lock:
            self._current = self._index = None
            self._name_order = NameOrder()

    def _reopen(self) -> Snapshot:
        for _ in range(_TRIES):
            name = self._generations.current_name()
            try:
                return self._open_latest(name)
            except OSError:
                if self._generations.current_name() == name:
                    break
        try:
            return self._open_latest(self._generations.current_name())
        except OSError as error:
            self._generations.suspect()
            raise IndexUnavailableError(
                "The search index cannot be read; run `referral index sync` to rebuild it."
            ) from error

    def _open_latest(self, name: str) -> Snapshot:
        if not name:
            raise IndexUnavailableError(
                "There is no search index yet; run `referral index sync` to make it."
            )
        snapshot = self._current
        mark = read_mark(self._generations.folder(name))  # of this commit, or of one before it
        self._sequence = mark.sequence if mark else -1
        commit = latest_commit(self._generations.folder(name))
        opened_as = snapshot and (snapshot.name, snapshot.commit, snapshot.hours.zone)
        if snapshot is None or opened_as != (name, commit, self._zone()):
            snapshot = self._open(name)
        return snapshot

    def _open(self, name: str) -> Snapshot:
        leaves, commit = self._open_segments(name)
        live = _live_mask([leaf.segment() for leaf in leaves])
        facts = {leaf.segment().segment_id(): arrays_of(leaf).facts for leaf in leaves}
        columns = join_segments(list(facts.values()), live, self._name_order)
        points = lay_out_sites(
            columns.site_docs, columns.site_latitudes, columns.site_longitudes, columns.located
        )
        hours = OpenSites(columns, points, self._zone())
        words = Words(leaves, live)
        return Snapshot(
            name=name,
            commit=commit,
            segments=facts,
            columns=columns,
            words=words,
            hours=hours,
            filters=Filters(columns, points, hours),
            ranking=ranking_of(columns),
            orders=Orders(columns, hours, words),
        )

    def _open_segments(self, name: str) -> tuple[list[IndexReader], int]:
        """Return the readers of all segments, their arrays checked, and the commit's number.

        Raises:
            OSError: files are missing or damaged. Whoosh's table of contents is a pickle, and a
                damaged one may raise anything.
        """
        try:
            if self._index is None or self._current is None or self._current.name != name:
                self._check_is_whole(name)
                self._index = open_index(self._generations.folder(name))
            reader = self._index.reader()
            leaves = leaf_readers(reader)
            for leaf in leaves:
                arrays_of(leaf)
            return leaves, reader.generation() if leaves else self._index.latest_generation()
        except Exception as error:
            raise OSError(f"The index {name} cannot be read.") from error

    def _check_is_whole(self, name: str) -> None:
        generation = self._generations.current(contents=False)
        if generation is None or generation.name != name:
            raise FileNotFoundError("The current generation is not whole.")


def _live_mask(segments: list[ArraySegment]) -> Mask:
    masks = [np.zeros(0, dtype=np.bool_)]
    for segment in segments:
        mask = np.ones(segment.doc_count_all(), dtype=np.bool_)
        mask[list(segment.deleted_docs())] = False
        masks.append(mask)
    return np.concatenate(masks)
