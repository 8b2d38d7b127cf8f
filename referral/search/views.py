"""What a search sees: one commit of one generation, and readers on it.

A Whoosh reader keeps a place in its files, so no two threads may use one at a time: each search
borrows a reader of its own and gives it back. The columns are shared.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from whoosh.index import FileIndex
from whoosh.reading import IndexReader
from whoosh.searching import Searcher

from referral.records.errors import IndexUnavailableError
from referral.search import schema
from referral.search.columns import Columns, Mask, join_segments
from referral.search.damage import DAMAGE
from referral.search.facts_file import SegmentFacts, open_facts
from referral.search.generations import Generations
from referral.search.marks import latest_commit
from referral.search.opening_hours import OpenSites
from referral.search.postings import AllPostings
from referral.search.postings_file import SegmentPostings, open_postings
from referral.search.ranking import Standing, standing_of
from referral.search.town_names import Neighbourhood
from referral.search.vocabulary import Vocabulary
from referral.search.writing import open_index

_TRIES = 3  # a rebuild may take away what was about to be opened
_Stamp = tuple[str, int]  # name of the generation, number of the commit
_Content = tuple[tuple[str, int], ...]  # id and number of deletions of each segment


@dataclass(frozen=True, slots=True)
class View:
    """One commit, read into memory as far as filters and orders need it."""

    stamp: _Stamp
    content: _Content
    columns: Columns
    vocabulary: Vocabulary
    open_sites: OpenSites
    neighbourhood: Neighbourhood
    standing: Standing

    @property
    def generation(self) -> str:
        """Name of the generation and number of the commit, for people who look into things."""
        return f"{self.stamp[0]}.{self.stamp[1]}"


@dataclass(slots=True)
class _Pool:
    view: View
    index: FileIndex
    idle: list[IndexReader] = field(default_factory=list)

    def close(self) -> None:
        while self.idle:
            self.idle.pop().close()


@dataclass(frozen=True, slots=True)
class _Segment:
    """What is mapped of one segment; it never changes, so it is opened once."""

    facts: SegmentFacts
    postings: SegmentPostings


class Views:
    """Hands out the newest view with a searcher on it.

    Args:
        zone: IANA zone of places whose ZIP code is not known.
    """

    def __init__(self, generations: Generations, zone: str) -> None:
        self._generations = generations
        self._zone = zone
        self._lock = threading.Lock()
        self._pool: _Pool | None = None
        self._segments: dict[str, _Segment] = {}

    @contextmanager
    def searching(self) -> Iterator[tuple[View, Searcher]]:
        """The newest view, and a searcher that nobody else uses.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        pool, reader = self._take()
        try:
            with Searcher(reader, weighting=schema.WEIGHTING, closereader=False) as searcher:
                yield pool.view, searcher
        except BaseException:
            reader.close()
            raise
        self._give_back(pool, reader)

    def close(self) -> None:
        """Let go of all files."""
        with self._lock:
            if self._pool:
                self._pool.close()
            self._pool = None
            self._segments = {}

    def _take(self) -> tuple[_Pool, IndexReader]:
        with self._lock:
            for _ in range(_TRIES):
                name = self._generations.current_name()
                try:
                    return self._take_newest()
                except DAMAGE:
                    if self._generations.current_name() == name:
                        break
            try:
                return self._take_newest()
            except DAMAGE as error:
                self._generations.suspect()
                raise IndexUnavailableError(
                    "The search index cannot be read; run `referral index sync` to make it anew."
                ) from error

    def _take_newest(self) -> tuple[_Pool, IndexReader]:
        stamp = self._newest_stamp()
        pool = self._pool
        if pool is None or pool.view.stamp[0] != stamp[0]:
            pool = None
            self._check(stamp[0])
        if pool and pool.view.stamp == stamp and pool.idle:
            return pool, pool.idle.pop()
        index = pool.index if pool else open_index(self._generations.folder(stamp[0]))
        reader = index.reader()
        if pool is None or pool.view.stamp != stamp or pool.view.content != _content(reader):
            pool = self._new_pool(index, reader, stamp)
        return pool, reader

    def _newest_stamp(self) -> _Stamp:
        name = self._generations.current_name()
        if not name:
            raise IndexUnavailableError(
                "There is no search index yet; run `referral index sync` to make it."
            )
        return name, latest_commit(self._generations.folder(name))

    def _check(self, name: str) -> None:
        generation = self._generations.current()
        if generation is None or generation.name != name:
            raise FileNotFoundError("The current generation is not whole.")

    def _new_pool(self, index: FileIndex, reader: IndexReader, stamp: _Stamp) -> _Pool:
        leaves = [leaf for leaf, _ in reader.leaf_readers() if leaf.doc_count_all()]
        folder = self._generations.postings_folder(stamp[0])
        segments = {
            leaf.segment().segment_id(): self._segments.get(leaf.segment().segment_id())
            or _Segment(open_facts(leaf, folder), open_postings(leaf, folder))
            for leaf in leaves
        }
        postings = AllPostings([segment.postings for segment in segments.values()])
        facts = [segment.facts for segment in segments.values()]
        columns = join_segments(facts, _live(leaves), postings)
        view = View(
            stamp=stamp,
            content=_content(reader),
            columns=columns,
            vocabulary=Vocabulary(),
            open_sites=OpenSites(columns, self._zone),
            neighbourhood=Neighbourhood(columns.site_latitudes, columns.site_longitudes),
            standing=standing_of(columns),
        )
        if self._pool:
            self._pool.close()
        self._segments = segments
        self._pool = _Pool(view, index)
        return self._pool

    def _give_back(self, pool: _Pool, reader: IndexReader) -> None:
        with self._lock:
            if pool is self._pool:
                pool.idle.append(reader)
                return
        reader.close()


def _content(reader: IndexReader) -> _Content:
    return tuple(
        (leaf.segment().segment_id(), leaf.segment().deleted_count())
        for leaf, _ in reader.leaf_readers()
        if leaf.doc_count_all()
    )


def _live(leaves: list[IndexReader]) -> Mask:
    masks = [np.zeros(0, dtype=np.bool_)]
    for leaf in leaves:
        mask = np.ones(leaf.doc_count_all(), dtype=np.bool_)
        mask[list(leaf.segment().deleted_docs())] = False
        masks.append(mask)
    return np.concatenate(masks)
