"""Search index of this node: the one object that the rest of Referral uses."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from referral.errors import IndexUnavailableError
from referral.fields.places.lookup import Place
from referral.records.listing import Listing
from referral.search.answer import all_ids, answer
from referral.search.completion import Completer
from referral.search.indexing.catch_up import catch_up_apart
from referral.search.indexing.documents import withholds
from referral.search.indexing.generations import Generations
from referral.search.indexing.rebuild import Progress
from referral.search.indexing.stored_documents import differing_services, read_indexed_facts
from referral.search.indexing.sync import Synchronizer, SyncReport
from referral.search.query import PAGE_SIZE, Answer, Completion, Danger, Question, SearchQuery
from referral.search.snapshot import Snapshots
from referral.search.understanding.knowledge import (
    TopicsOfLines,
    WordListCache,
    no_topics_of_lines,
)
from referral.search.understanding.spelling import suggest_spellings
from referral.store import Store
from referral.store.availability import log_failure
from referral.store.change_log import (
    LogPoint,
    affected_services,
    changes_after,
    follows_from,
    store_state,
)

_log = logging.getLogger(__name__)
_SYNC_FAILED = "Index sync failed and is tried again: %s"
_FEW_RECORDS = 200  # records; more are left to the background thread
_MOST_HITS = 200
_DOCUMENTS_IN_A_SECOND = 50_000  # larger indexes wait between commits


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    """The state of the search index on this node, for status pages and checks.

    Attributes:
        generation: name of the generation and number of its commit, "" when there is none.
        mark: changes up to this one are searchable.
        documents: number of services that can be found.
        lag: number of changes that are not searchable yet; all of them where the database was
            replaced by another.
        available: whether searches can be answered.
    """

    generation: str = ""
    mark: int = 0
    documents: int = 0
    lag: int = 0
    available: bool = False


class _ChangedServices(NamedTuple):
    """The services that changed between the last indexed change and a point of the change log."""

    sequence: int
    point: LogPoint
    ids: frozenset[str]


def has_index(path: Path) -> bool:
    """Return whether a folder has a current index."""
    return bool(Generations(path).current_name())


class Index:
    """The search index of a node, which is kept in step with the database. Threads may share it.

    Args:
        path: folder of this node's index; never shared between machines.
        store: the database that is indexed.
        zone: returns the IANA zone of locations whose ZIP code is not known.
        topics_of_lines: returns the topics of each help line.
    """

    def __init__(
        self,
        path: Path,
        store: Store,
        zone: Callable[[], str] = lambda: "America/New_York",
        topics_of_lines: TopicsOfLines = no_topics_of_lines,
    ) -> None:
        self._store = store
        self._zone = zone
        self._generations = Generations(path)
        self._synchronizer = Synchronizer(self._generations, store)
        self._snapshots = Snapshots(self._generations, zone)
        self._word_lists = WordListCache(store, topics_of_lines, path / "sayings.npz")
        self._completer = Completer()
        self._changed = _ChangedServices(-1, LogPoint(), frozenset())

    def search(
        self,
        query: SearchQuery,
        question: Question | None = None,
        *,
        limit: int = PAGE_SIZE,
        offset: int = 0,
        with_room: frozenset[str] = frozenset(),
        without: Collection[str] = (),
    ) -> Answer:
        """Answer a search query from the index.

        Args:
            question: the query as understood by an earlier search; its words are not read again.
            limit: results on a page (1 to 200); 0 only counts (but not open services).
            offset: results to skip.
            with_room: services that are known to have room now. The caller provides them, since
                room expires by the clock and is in no index.
            without: ids of services to leave out.

        Raises:
            IndexUnavailableError: there is no usable index; the caller may search the database.
        """
        started = time.perf_counter()
        word_lists = self._word_lists.get()
        query = query.with_moment(self._zone())
        first = max(offset, 0)
        rows = range(first, first + min(limit, _MOST_HITS))
        snapshot = self._snapshots.latest().without(without)
        result = answer(query, snapshot, word_lists, question, rows, with_room)
        return replace(result, took_ms=round((time.perf_counter() - started) * 1000, 3))

    def all_ids(self, query: SearchQuery, without: Collection[str] = ()) -> tuple[str, ...]:
        """Return the ids of all services that a query finds, in the order of results.

        Args:
            without: ids of services to leave out.

        Raises:
            IndexUnavailableError: there is no usable index.
        """
        word_lists = self._word_lists.get()
        snapshot = self._snapshots.latest().without(without)
        return all_ids(query.with_moment(self._zone()), snapshot, word_lists)

    def changed_services(self, session: Session, point: LogPoint | None = None) -> frozenset[str]:
        """Return the ids of services with changes that are not indexed yet.

        Empty where the database was replaced by another, until the index is rebuilt from it.

        Args:
            point: the last change that this session sees, if known.

        Raises:
            IndexUnavailableError: there is no usable index.
        """
        sequence = self._snapshots.sequence()
        point = point or store_state(session).point
        if point.sequence == sequence:
            return frozenset()
        changed = self._changed
        if (changed.sequence, changed.point) != (sequence, point):
            ids = frozenset(self._services_changed_after(session, sequence))
            changed = self._changed = _ChangedServices(sequence, point, ids)
        return changed.ids

    def _services_changed_after(self, session: Session, sequence: int) -> set[str]:
        service_ids = set[str]()
        if self.follows(session):
            while changes := changes_after(session, sequence):
                service_ids |= affected_services(session, changes)
                sequence = changes[-1].sequence
        return service_ids

    def has_withheld(self, listing: Listing) -> bool:
        """Return whether the index may have a location or street that a changed listing withholds.

        Raises:
            IndexUnavailableError: there is no usable index.
        """
        location_ids = self._snapshots.latest().columns.location_ids(listing.service.id)
        return withholds(listing, location_ids)

    def count_suggested(self, heading: str = "") -> Mapping[str, int]:
        """Return the number of services that each topic is suggested for, by its code or id.

        Args:
            heading: slug; only services that are under it, or suggested to be.

        Raises:
            IndexUnavailableError: there is no usable index.
        """
        return self._snapshots.latest().filters.count_suggested(heading)

    def count_services(self) -> int:
        """Return the number of services that can be found, 0 without a usable index."""
        try:
            return self._snapshots.latest().columns.count
        except IndexUnavailableError:
            return 0

    def danger_in(self, text: str) -> Danger:
        """Return the danger that a text is about, with the help lines to raise."""
        return self._word_lists.get().danger_in(text)

    def complete(
        self, text: str, limit: int = 8, near: Place | None = None
    ) -> tuple[Completion, ...]:
        """Return autocomplete suggestions, best first; for a place, of services that serve it.

        Raises:
            IndexUnavailableError: there is no usable index.
        """
        phrasebook = self._word_lists.get().phrasebook
        return self._completer.complete(text, limit, self._snapshots.latest(), phrasebook, near)

    def spellings(self, words: str) -> tuple[str, ...]:
        """Return queries with an unknown word replaced by a similar known one, closest first.

        Raises:
            IndexUnavailableError: there is no usable index.
        """
        return suggest_spellings(words, self._snapshots.latest().words.vocabulary)

    def follows(self, session: Session) -> bool:
        """Return whether the index was read from a session's database, or an earlier state of it.

        It was not after a restore or failover, until the index is rebuilt. Meanwhile it still
        returns the services that match, and each is loaded through the visibility rule; its names
        and words must not be shown.

        Raises:
            IndexUnavailableError: there is no usable index.
        """
        return follows_from(session, store_state(session), self._snapshots.seen())

    def differing_services(self) -> list[str]:
        """Return the ids of services that differ between index and database; takes a while.

        Changes that are not indexed yet are no difference.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        generation = self._generations.current()
        if generation is None:
            raise IndexUnavailableError("There is no search index, or it is damaged.")
        # Read before the session begins, which then sees all changes that the index includes.
        indexed = read_indexed_facts(generation.folder)
        with self._store.read() as session:
            return differing_services(session, indexed, generation.mark.sequence)

    def warm_up(self) -> None:
        """Load the word lists and index their phrases, so that no first search waits for them."""
        self._word_lists.get()
        self._word_lists.index_phrases(ahead=True)

    def sync(self, on_progress: Progress | None = None) -> SyncReport:
        """Update the index with the changes in the store; rebuild it where that is not possible.

        ``waiting`` is set in the report when another process is writing.
        """
        started = time.perf_counter()
        try:
            report = self._synchronizer.sync(on_progress)
        finally:  # crisis words are reloaded even if the index cannot be written
            self._word_lists.refresh()
            self._word_lists.index_phrases()
        _log_rebuild(report, started)
        return report

    def sync_after_commit(self) -> None:
        """Sync the index after a commit to the store; log failures, since ``follow`` tries again.

        What was committed stays, even where the index cannot be written, as on a full disk.
        """
        try:
            self.sync()
        except Exception as error:  # noqa: BLE001  # no failure may undo the commit
            log_failure(_log, _SYNC_FAILED, error)

    def sync_if_few(self, records: int) -> None:
        """Sync the index after a commit of few records; ``follow`` does it after larger ones."""
        if records <= _FEW_RECORDS:
            self.sync_after_commit()

    def rebuild(self, on_progress: Progress | None = None) -> SyncReport:
        """Rebuild the index; the old one answers searches until then."""
        started = time.perf_counter()
        report = self._synchronizer.rebuild(on_progress)
        _log_rebuild(report, started)
        return report

    def tidy(self) -> bool:
        """Merge small segments and erase withheld text from the files; for background threads."""
        return self._synchronizer.tidy()

    def status(self) -> IndexStatus:
        """Return the state of the search index; only an error of the database is raised."""
        with self._store.read() as session:
            state = store_state(session)
            generation = self._generations.current()
            if generation is None:
                return IndexStatus(lag=state.last_sequence)
            mark = generation.mark.sequence
            is_same = follows_from(session, state, generation.mark.seen)
        lag = state.last_sequence - (mark if is_same else 0)
        try:
            snapshot = self._snapshots.latest()
        except IndexUnavailableError:
            return IndexStatus(mark=mark, lag=lag)
        return IndexStatus(
            generation=snapshot.generation,
            mark=mark,
            documents=snapshot.columns.count,
            lag=lag,
            available=True,
        )

    def follow(self, stop: threading.Event) -> None:
        """Sync and tidy the index; for a thread of its own, which calls it repeatedly.

        Changes of a large directory are gathered for some seconds (``_is_resting``). Many are
        written by another process, so that pages do not wait; it is killed when ``stop`` is set.
        """
        if not self._is_resting():
            if self._synchronizer.has_much_to_write(self.count_services()):
                catch_up_apart(self._store, self._generations.path, stop)
            self.sync()
        self._word_lists.index_phrases(ahead=True)
        self.tidy()

    def _is_resting(self) -> bool:
        """Return whether the index was written so recently that further changes wait.

        They wait less than a second up to 50,000 services, 20 seconds with a million. The time of a
        file decides, so that it holds for all processes that sync.
        """
        seconds = self.count_services() / _DOCUMENTS_IN_A_SECOND
        return seconds > 1 and 0 <= self._generations.seconds_since_mark() < seconds

    def close(self) -> None:
        """Release all files."""
        self._snapshots.close()


def _log_rebuild(report: SyncReport, started: float) -> None:
    if report.rebuilt:
        seconds = time.perf_counter() - started
        _log.info(
            "The index was rebuilt up to change %d in %.1f s.",
            report.mark,
            seconds,
            extra={"seconds": round(seconds, 1)},
        )
