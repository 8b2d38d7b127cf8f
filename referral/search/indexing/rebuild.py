"""Rebuild: a whole new generation, made beside the one that answers."""

from __future__ import annotations

import logging
from collections.abc import Callable

from referral.errors import IndexUnavailableError
from referral.search import schema
from referral.search.indexing import sync_marks as marks
from referral.search.indexing.generations import Generation, Generations
from referral.search.indexing.parallel_build import PartError, process_count, write_in_parallel
from referral.search.indexing.stored_documents import public_service_ids, stored_documents
from referral.search.indexing.writer import Step, write_documents
from referral.store import Store
from referral.store.change_log import LogPoint, follows_from, store_state

Progress = Callable[[int, int], None]  # services done, services in all
_log = logging.getLogger(__name__)


def build_generation(
    generations: Generations, store: Store, step: Step, on_progress: Progress | None = None
) -> Generation:
    """Index all public services, then let the new generation answer.

    The mark is read before the first row: what changes meanwhile is applied once more.
    """
    try:
        return _build(generations, store, step, on_progress)
    except PartError:
        _log.warning("A process that wrote the index ended early; one process writes it now.")
        return _build(generations, store, step, on_progress, processes=1)


def _build(
    generations: Generations,
    store: Store,
    step: Step,
    on_progress: Progress | None,
    processes: int | None = None,
) -> Generation:
    name = generations.create()
    folder = generations.folder(name)
    with store.read() as session:
        mark = marks.Mark.at(store_state(session), schema.schema_hash())
        ids = public_service_ids(session)
        processes = processes or process_count(len(ids))
        if processes == 1:
            documents = stored_documents(
                session, ids, lambda done: on_progress(done, len(ids)) if on_progress else None
            )
            write_documents(folder, documents, step)
    if processes > 1:
        points = write_in_parallel(store, folder, ids, processes, on_progress)
        mark = mark.having_seen(_last_seen(store, points))
        step("rebuild-written")
    step("rebuild-committed")
    mark = marks.measured(folder, mark)
    marks.write_mark(folder, mark)
    step("before-switch")
    generations.switch(name)
    step("switched")
    return Generation(name, folder, mark)


def _last_seen(store: Store, points: list[LogPoint]) -> LogPoint:
    """The latest point that a part of the index was read at.

    Raises:
        IndexUnavailableError: another database was put in place meanwhile.
    """
    with store.read() as session:
        state = store_state(session)
        if not all(follows_from(session, state, point) for point in points):
            raise IndexUnavailableError("The database was replaced while the index was made.")
    return max(points, key=lambda point: point.sequence)
