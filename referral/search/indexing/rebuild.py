"""Rebuild: a whole new generation, made beside the one that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.visibility import Audience
from referral.search import schema
from referral.search.indexing import sync_marks as marks
from referral.search.indexing.documents import Document, document_of
from referral.search.indexing.generations import Generation, Generations
from referral.search.indexing.writer import SERVICES_IN_A_READ, Step, write_documents
from referral.store import Store
from referral.store.base import in_batches
from referral.store.change_log import store_state
from referral.store.listings import load_listings
from referral.store.rows import ServiceRow
from referral.store.terms import load_terms
from referral.store.visibility import shown_services

Progress = Callable[[int, int], None]  # services done, services in all


def build_generation(
    generations: Generations, store: Store, step: Step, on_progress: Progress | None = None
) -> Generation:
    """Index all public services, then let the new generation answer.

    The mark is read before the first row: what changes meanwhile is applied once more.
    """
    name = generations.create()
    folder = generations.folder(name)
    with store.read() as session:
        mark = marks.Mark.at(store_state(session), schema.schema_hash())
        write_documents(folder, all_documents(session, on_progress), step)
    step("rebuild-committed")
    mark = marks.measured(folder, mark)
    marks.write_mark(folder, mark)
    step("before-switch")
    generations.switch(name)
    step("switched")
    return Generation(name, folder, mark)


def all_documents(session: Session, on_progress: Progress | None = None) -> Iterator[Document]:
    """The documents of all public services, by service id."""
    ids = list(
        session.scalars(
            select(ServiceRow.id).where(shown_services(Audience.PUBLIC)).order_by(ServiceRow.id)
        )
    )
    terms = load_terms(session)
    done = 0
    for some in in_batches(ids, SERVICES_IN_A_READ):
        for listing in load_listings(session, some, Audience.PUBLIC, terms):
            yield document_of(listing)
        session.expunge_all()  # or a session would keep every row it ever read
        done += len(some)
        if on_progress:
            on_progress(done, len(ids))
