"""Rebuild of the index: a new generation, made while the old one answers."""

from __future__ import annotations

from collections.abc import Callable

from referral.search import schema
from referral.search.indexing import sync_marks as marks
from referral.search.indexing.generations import Generation, Generations
from referral.search.indexing.stored_documents import public_service_ids, stored_documents
from referral.search.indexing.writer import Step, write_documents
from referral.store import Store
from referral.store.change_log import store_state

Progress = Callable[[int, int], None]  # services done, services in all


def build_generation(
    generations: Generations, store: Store, step: Step, on_progress: Progress | None = None
) -> Generation:
    """Index all public services, then make the new generation the current one.

    The mark is read before the first row, so that changes made meanwhile are applied again.
    """
    name = generations.create()
    folder = generations.folder(name)
    with store.read() as session:
        mark = marks.Mark.at(store_state(session), schema.schema_hash())
        ids = public_service_ids(session)
        documents = stored_documents(
            session, ids, lambda done: on_progress(done, len(ids)) if on_progress else None
        )
        write_documents(folder, documents, step)
    step("rebuild-committed")
    mark = marks.with_current_files(folder, mark)
    marks.write_mark(folder, mark)
    step("before-switch")
    generations.switch(name)
    step("switched")
    return Generation(name, folder, mark)
