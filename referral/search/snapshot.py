"""What a search sees: one commit of one generation.

A view never changes, so threads share it; Whoosh itself is only opened where the arrays of a
segment have to be made again. Arrays stay mapped for as long as a view needs them, also when their
files are gone.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from whoosh.index import FileIndex

from referral.errors import IndexUnavailableError
from referral.search.indexing.generations import Generations
from referral.search.indexing.sync_marks import latest_commit
from referral.search.indexing.writer import open_index
from referral.search.matching.clause_matches import CommitTerms
from referral.search.matching.opening_hours import OpenSites
from referral.search.ranking.bands import ServiceAreas
from referral.search.ranking.score import StaticScore, static_score
from referral.search.segments.columns import Columns, join_segments
from referral.search.segments.doc_values import Mask, SegmentFacts
from referral.search.segments.index_errors import INDEX_ERRORS
from referral.search.segments.segment_files import (
    SegmentColumns,
    list_segments,
    open_segment,
)
from referral.search.segments.whoosh_internals import Segment
from referral.search.understanding.towns import Neighbourhood

_TRIES = 3  # a rebuild may take away what was about to be opened


@dataclass(frozen=True)
class Snapshot:
    """One commit, read into memory as far as filters and orders need it.

    Attributes:
        name: of the generation.
        commit: its number.
        segments: id → facts of each segment, in the order of their documents.
    """

    name: str
    commit: int
    segments: dict[str, SegmentFacts]
    columns: Columns
    words: CommitTerms
    open_sites: OpenSites
    standing: StaticScore
    serving: ServiceAreas

    @property
    def generation(self) -> str:
        """Name of the generation and number of the commit, for people who look into things."""
        return f"{self.name}.{self.commit}"

    @cached_property
    def neighbourhood(self) -> Neighbourhood:
        """Where towns are known without their state."""
        return Neighbourhood(self.columns.site_latitudes, self.columns.site_longitudes)


class Snapshots:
    """Hands out the newest view.

    Args:
        zone: IANA zone of places whose ZIP code is not known.
    """

    def __init__(self, generations: Generations, zone: str) -> None:
        self._generations = generations
        self._zone = zone
        self._lock = threading.Lock()
        self._view: Snapshot | None = None
        self._changed: tuple[int, ...] | None = None
        self._index: FileIndex | None = None
        self._segments: dict[str, SegmentColumns] = {}

    def newest(self) -> Snapshot:
        """The view of what was committed last.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        with self._lock:
            changed = self._generations.changed(self._view.name) if self._view else None
            if self._view is None or changed is None or changed != self._changed:
                self._view = self._looked_up()
                self._changed = changed
            return self._view

    def close(self) -> None:
        """Let go of all files, as soon as nobody searches in them any more."""
        with self._lock:
            self._view = self._index = None
            self._segments = {}

    def _looked_up(self) -> Snapshot:
        for _ in range(_TRIES):
            name = self._generations.current_name()
            try:
                return self._newest(name)
            except INDEX_ERRORS:
                if self._generations.current_name() == name:
                    break
        try:
            return self._newest(self._generations.current_name())
        except INDEX_ERRORS as error:
            self._generations.suspect()
            raise IndexUnavailableError(
                "The search index cannot be read; run `referral index sync` to make it anew."
            ) from error

    def _newest(self, name: str) -> Snapshot:
        if not name:
            raise IndexUnavailableError(
                "There is no search index yet; run `referral index sync` to make it."
            )
        view = self._view
        commit = latest_commit(self._generations.folder(name))
        if view is None or (view.name, view.commit) != (name, commit):
            view = self._open(name)
        return view

    def _open(self, name: str) -> Snapshot:
        folder = self._generations.folder(name)
        if self._index is None or self._view is None or self._view.name != name:
            self._check(name)
            self._index = open_index(folder)
        commit, segments = list_segments(self._index)
        self._segments = {
            segment.segment_id(): self._segments.get(segment.segment_id())
            or open_segment(segment, folder)
            for segment in segments
        }
        live = _live(segments)
        facts = {key: columns.facts for key, columns in self._segments.items()}
        columns = join_segments(list(facts.values()), live)
        return Snapshot(
            name=name,
            commit=commit,
            segments=facts,
            columns=columns,
            words=CommitTerms([segment.terms for segment in self._segments.values()], live),
            open_sites=OpenSites(columns, self._zone),
            standing=static_score(columns),
            serving=ServiceAreas(columns),
        )

    def _check(self, name: str) -> None:
        generation = self._generations.current(contents=False)
        if generation is None or generation.name != name:
            raise FileNotFoundError("The current generation is not whole.")


def _live(segments: list[Segment]) -> Mask:
    masks = [np.zeros(0, dtype=np.bool_)]
    for segment in segments:
        mask = np.ones(segment.doc_count_all(), dtype=np.bool_)
        mask[list(segment.deleted_docs())] = False
        masks.append(mask)
    return np.concatenate(masks)
