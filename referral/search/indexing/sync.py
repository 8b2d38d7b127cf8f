"""Sync of the index with the change log of the store.

Read the changes after the mark; find the services that they affect; load these as they are now,
as the public may see them; replace or delete whole documents; commit; only then store the mark.
Interrupted steps are repeated, with the same result.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from referral.search import schema
from referral.search.indexing import sync_marks as marks
from referral.search.indexing.generations import Generation, Generations
from referral.search.indexing.rebuild import Progress, build_generation
from referral.search.indexing.stored_documents import public_service_ids
from referral.search.indexing.writer import Step, compact_small, purge_deleted, replace_documents
from referral.store import Store
from referral.store.change_log import (
    affected_services,
    changes_after,
    follows_from,
    store_state,
)

_log = logging.getLogger(__name__)
_CHANGES_IN_A_BATCH = 10_000
_MANY_SEGMENTS = 16
_MANY_CHANGES = 2_000
_MANY_DOCUMENTS = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """The result of updating the search index with the changes in the database.

    Attributes:
        applied: number of changes taken from the log.
        services: number of documents replaced, added or deleted.
        rebuilt: whether the whole index was rebuilt.
        mark: the index includes all changes up to this one.
        waiting: another process was writing, so nothing was done.
    """

    applied: int = 0
    services: int = 0
    rebuilt: bool = False
    mark: int = 0
    waiting: bool = False


class Synchronizer:
    """Writer of a node's search index, which applies the changes in the database to it.

    Args:
        step: called with a name between any two steps, so that a test can stop there.
    """

    def __init__(
        self, generations: Generations, store: Store, step: Step = lambda _name: None
    ) -> None:
        self._generations = generations
        self._store = store
        self.step = step

    def sync(self, on_progress: Progress | None = None) -> SyncReport:
        """Update the search index with the changes in the database.

        It is rebuilt if it cannot be updated from the log, or if most services changed.
        """
        with self._generations.writing() as may_write:
            if not may_write:
                return SyncReport(waiting=True)
            usable = self._usable_generation()
            if usable and self._is_mostly_changed(usable):
                usable = None
            report = SyncReport(rebuilt=usable is None)
            generation = usable or self._build(on_progress)
            while batch := self._apply_changes(generation):
                generation = batch.generation
                report = replace(
                    report,
                    applied=report.applied + batch.changes,
                    services=report.services + batch.services,
                )
            if report.rebuilt or report.applied:
                self._generations.sweep()
            return replace(report, mark=generation.mark.sequence)

    def rebuild(self, on_progress: Progress | None = None) -> SyncReport:
        """Rebuild the index; the old one answers until the new one is complete."""
        with self._generations.writing() as may_write:
            if not may_write:
                return SyncReport(waiting=True)
            generation = self._build(on_progress)
            self._generations.sweep()
            return SyncReport(rebuilt=True, mark=generation.mark.sequence)

    def has_much_to_write(self, documents: int) -> bool:
        """Return whether a sync, or a tidy of so many documents, would take seconds."""
        name = self._generations.current_name()
        mark = marks.read_mark(self._generations.folder(name)) if name else None
        if mark is None:
            return False
        with self._store.read() as session:
            lag = store_state(session).last_sequence - mark.sequence
        return lag >= _MANY_CHANGES or (
            documents >= _MANY_DOCUMENTS and _rewrite_for(mark) is not None
        )

    def tidy(self) -> bool:
        """Compact many segments, or purge text that was withheld since it was indexed.

        It takes seconds on a large index: for background threads, never for a request.
        """
        with self._generations.writing() as may_write:
            generation = self._usable_generation() if may_write else None
            rewrite = _rewrite_for(generation.mark) if generation else None
            if generation is None or rewrite is None:
                return False
            with self._store.read() as session:
                current = self._note_seen(session, generation)
                if current is None:
                    return False
                rewrite(session, current.folder)
            self._store_mark(current, replace(current.mark, must_purge=False))
            self._generations.sweep()
            return True

    def _build(self, on_progress: Progress | None) -> Generation:
        return build_generation(self._generations, self._store, self.step, on_progress)

    def _usable_generation(self) -> Generation | None:
        """Return the current generation, unless it cannot be updated from the change log."""
        generation = self._generations.current()
        if generation is None:
            return None
        if generation.mark.schema != schema.schema_hash():
            _log.warning("The search index is rebuilt: another release of Referral made it.")
            return None
        with self._store.read() as session:
            return generation if self._can_follow(session, generation.mark) else None

    def _is_mostly_changed(self, generation: Generation) -> bool:
        """Return whether the changes after the mark affect more than half of the public services.

        A rebuild is then faster: it reads each service once, while the log may name it several
        times. A few changes are applied quickly, however small the directory.
        """
        sequence, changed_services = generation.mark.sequence, set[str]()
        with self._store.read() as session:
            if store_state(session).last_sequence - sequence < _MANY_CHANGES:
                return False
            while changes := changes_after(session, sequence, _CHANGES_IN_A_BATCH):
                changed_services |= affected_services(session, changes)
                sequence = changes[-1].sequence
            return len(changed_services) * 2 > len(public_service_ids(session))

    def _can_follow(self, session: Session, mark: marks.Mark) -> bool:
        state = store_state(session)
        has_rest_of_log = state.pruned_through <= mark.sequence <= state.last_sequence
        if has_rest_of_log and follows_from(session, state, mark.seen):
            return True
        _log.warning("The search index is rebuilt: the change log does not go on from its mark.")
        return False

    def _note_seen(self, session: Session, generation: Generation) -> Generation | None:
        """Store in the mark what this session sees, before any of it is indexed.

        None if the index cannot be updated from this database, which may have been replaced.
        """
        mark = generation.mark
        if not self._can_follow(session, mark):
            return None
        point = store_state(session).point
        return (
            generation
            if point == mark.seen
            else self._store_mark(generation, mark.having_seen(point))
        )

    def _apply_changes(self, generation: Generation) -> _AppliedBatch | None:
        """Apply one batch of changes; None when there are none after the mark."""
        with self._store.read() as session:
            changes = changes_after(session, generation.mark.sequence, _CHANGES_IN_A_BATCH)
            current = self._note_seen(session, generation) if changes else None
            if current is None:
                return None
            self.step("changes-read")
            mark = current.mark
            service_ids = sorted(affected_services(session, changes))
            if service_ids:
                withdrawn = replace_documents(session, current.folder, service_ids, self.step)
                mark = replace(mark, must_purge=mark.must_purge or withdrawn)
        self.step("committed")
        marked = self._store_mark(current, replace(mark, sequence=changes[-1].sequence))
        self.step("marked")
        return _AppliedBatch(marked, len(changes), len(service_ids))

    def _store_mark(self, generation: Generation, mark: marks.Mark) -> Generation:
        mark = marks.with_current_files(generation.folder, mark)
        marks.write_mark(generation.folder, mark)
        return replace(generation, mark=mark)


def _rewrite_for(mark: marks.Mark) -> Callable[[Session, Path], None] | None:
    """Return how the files of a mark are to be rewritten, None if not at all."""
    if mark.must_purge:
        return purge_deleted
    return compact_small if mark.segments > _MANY_SEGMENTS else None


@dataclass(frozen=True, slots=True)
class _AppliedBatch:
    generation: Generation
    changes: int
    services: int
