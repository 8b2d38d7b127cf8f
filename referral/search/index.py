"""Search index of this node: the one object that the rest of Referral talks to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

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
_FEW = 200  # records; more are left to the follower of the index
_MOST_HITS = 200
_DOCUMENTS_IN_A_SECOND = 50_000  # a larger index rests after a commit, which all open again


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    """How the index is.

    Attributes:
        generation: name of the generation and number of its commit, "" when there is none.
        mark: changes up to this one are searchable.
        documents: services that can be found.
        lag: how many changes are not searchable yet; all where another database was put in place
            of the one that the index was made from.
        available: whether it can answer.
    """

    generation: str = ""
    mark: int = 0
    documents: int = 0
    lag: int = 0
    available: bool = False


def has_index(path: Path) -> bool:
    """Return whether an index was ever made in this folder."""
    return bool(Generations(path).current_name())


class Index:
    """Searches, and follows the store. Threads may share one.

    Args:
        path: folder of this node's index; never shared between machines.
        store: where the truth is.
        zone: gives the IANA zone of places whose ZIP code is not known.
        topics_of_lines: what each help line is about.
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
        self._changed: tuple[tuple[int, LogPoint], frozenset[str]] = (-1, LogPoint()), frozenset()

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
        """Answer a question.

        Args:
            question: what an earlier search understood; the words are not read again.
            limit: results on a page (1 to 200); 0 only counts (not the open ones).
            offset: results to pass over.
            with_room: services that are known to have room now. The caller knows: this ends by
                the clock, and is in no index.
            without: ids of services that are not found.

        Raises:
            IndexUnavailableError: there is nothing to answer from; ask the database meanwhile.
        """
        started = time.perf_counter()
        word_lists = self._word_lists.get()
        query = query.with_moment(self._zone())
        first = max(offset, 0)
        rows = range(first, first + min(limit, _MOST_HITS))
        snapshot = self._snapshots.latest().without(without)
        found = answer(query, snapshot, word_lists, question, rows, with_room)
        return replace(found, took_ms=round((time.perf_counter() - started) * 1000, 3))

    def all_ids(self, query: SearchQuery, without: Collection[str] = ()) -> tuple[str, ...]:
        """The ids of all services that a question finds, in order.

        Args:
            without: ids of services that are not found.

        Raises:
            IndexUnavailableError: there is nothing to answer from.
        """
        word_lists = self._word_lists.get()
        snapshot = self._snapshots.latest().without(without)
        return all_ids(query.with_moment(self._zone()), snapshot, word_lists)

    def changed_services(self, session: Session, moment: LogPoint | None = None) -> frozenset[str]:
        """Return the ids of services with changes that the index has still to take over.

        Empty where another database was put in place, until the index is rebuilt from it.

        Args:
            moment: the last change that this session sees, if known.

        Raises:
            IndexUnavailableError: there is nothing to answer from.
        """
        sequence = self._snapshots.sequence()
        moment = moment or store_state(session).point
        if moment.sequence == sequence:
            return frozenset()
        asked = sequence, moment
        if self._changed[0] != asked:
            self._changed = asked, frozenset(self._services_changed_after(session, sequence))
        return self._changed[1]

    def _services_changed_after(self, session: Session, sequence: int) -> set[str]:
        touched = set[str]()
        if self.follows(session):
            while changes := changes_after(session, sequence):
                touched |= affected_services(session, changes)
                sequence = changes[-1].sequence
        return touched

    def has_withheld(self, listing: Listing) -> bool:
        """Return whether the index may have a place or street that a changed listing withholds.

        Raises:
            IndexUnavailableError: there is nothing to answer from.
        """
        places = self._snapshots.latest().columns.location_ids(listing.service.id)
        return withholds(listing, places)

    def count_suggested(self, heading: str = "") -> Mapping[str, int]:
        """Code (or id) of each suggested topic → how many services it is suggested for.

        Args:
            heading: slug; only services under it, or suggested to be.

        Raises:
            IndexUnavailableError: there is nothing to answer from.
        """
        return self._snapshots.latest().filters.count_suggested(heading)

    def count_services(self) -> int:
        """How many services can be found, 0 while there is nothing to answer from."""
        try:
            return self._snapshots.latest().columns.count
        except IndexUnavailableError:
            return 0

    def danger_in(self, text: str) -> Danger:
        """The danger that a text speaks of, and the help lines to raise."""
        return self._word_lists.get().danger_in(text)

    def complete(
        self, text: str, limit: int = 8, near: Place | None = None
    ) -> tuple[Completion, ...]:
        """Suggestions for what is being typed, best first; for a place, what serves it.

        Raises:
            IndexUnavailableError: there is nothing to answer from.
        """
        phrasebook = self._word_lists.get().phrasebook
        return self._completer.complete(text, limit, self._snapshots.latest(), phrasebook, near)

    def spellings(self, words: str) -> tuple[str, ...]:
        """The words with an unknown one put as a known one that looks like it, closest first.

        Raises:
            IndexUnavailableError: there is nothing to answer from.
        """
        return suggest_spellings(words, self._snapshots.latest().words.vocabulary)

    def follows(self, session: Session) -> bool:
        """Whether what is searched was read from the database of this session, or an earlier state.

        It does not after a restore or failover, until the index is rebuilt. Then it still says
        which services match, and each is read through the visibility rule; its names and words
        are not to be shown.

        Raises:
            IndexUnavailableError: there is nothing to answer from.
        """
        return follows_from(session, store_state(session), self._snapshots.seen())

    def differing_services(self) -> list[str]:
        """Return the ids of services that differ between index and database; takes a while.

        Changes that the index has still to take over are no difference.

        Raises:
            IndexUnavailableError: there is no index, or it is damaged.
        """
        generation = self._generations.current()
        if generation is None:
            raise IndexUnavailableError("There is no search index, or it is damaged.")
        # Before the session begins, which then sees all that another process puts into the index.
        indexed = read_indexed_facts(generation.folder)
        with self._store.read() as session:
            return differing_services(session, indexed, generation.mark.sequence)

    def warm_up(self) -> None:
        """Read what a first search would wait for; does nothing when that is read."""
        self._word_lists.get()
        self._word_lists.index_phrases(ahead=True)

    def sync(self, on_progress: Progress | None = None) -> SyncReport:
        """Take over what changed in the store; rebuild the index where there is none to follow.

        ``waiting`` is set when another process is at it.
        """
        started = time.perf_counter()
        try:
            report = self._synchronizer.sync(on_progress)
        finally:  # words of danger do not wait for an index that cannot be written
            self._word_lists.follow()
            self._word_lists.index_phrases()
        _log_rebuild(report, started)
        return report

    def sync_after_commit(self) -> None:
        """Sync what was just committed; a failure is logged, and ``follow`` tries again.

        What is saved stays saved, even where the index cannot be written, as on a full disk.
        """
        try:
            self.sync()
        except Exception as error:  # noqa: BLE001  # none of them undoes what was saved
            log_failure(_log, _SYNC_FAILED, error)

    def sync_if_few(self, records: int) -> None:
        """Sync what was just committed, unless that would take long: ``follow`` does it then."""
        if records <= _FEW:
            self.sync_after_commit()

    def rebuild(self, on_progress: Progress | None = None) -> SyncReport:
        """Rebuild the index; the old one answers until then."""
        started = time.perf_counter()
        report = self._synchronizer.rebuild(on_progress)
        _log_rebuild(report, started)
        return report

    def tidy(self) -> bool:
        """Merge many small segments, erase withheld text from the files; for the background."""
        return self._synchronizer.tidy()

    def status(self) -> IndexStatus:
        """How the index is and how far behind; only the database may fail here."""
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
        """Sync and tidy; for a thread of its own, which calls it again and again.

        Changes of a large directory are gathered for some seconds (``_rests``). Many are written by
        another process, so that pages need not wait; it is killed when told to stop.
        """
        if not self._rests():
            if self._synchronizer.has_much_to_write(self.count_services()):
                catch_up_apart(self._store, self._generations.path, stop)
            self.sync()
        self._word_lists.index_phrases(ahead=True)
        self.tidy()

    def _rests(self) -> bool:
        """Whether the index was written so lately that further changes wait.

        Less than a second up to 50,000 services, 20 seconds with a million. Told by the time of a
        file, so that it holds for all processes that follow.
        """
        seconds = self.count_services() / _DOCUMENTS_IN_A_SECOND
        return seconds > 1 and 0 <= self._generations.seconds_since_mark() < seconds

    def close(self) -> None:
        """Let go of all files."""
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
