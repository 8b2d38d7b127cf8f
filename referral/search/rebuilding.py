"""A whole new generation, made beside the one that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.visibility import Audience
from referral.search import marks, schema
from referral.search.documents import Document, document_of
from referral.search.facts_file import open_facts
from referral.search.generations import Generation, Generations
from referral.search.postings_file import open_postings
from referral.search.writing import (
    SERVICES_IN_A_READ,
    Step,
    create_index,
    open_index,
    writer_of,
)
from referral.store import Store
from referral.store.batches import in_batches
from referral.store.changes import store_state
from referral.store.listings import load_listings
from referral.store.rows import ServiceRow
from referral.store.terms import load_terms
from referral.store.visible import shown_services

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
        state = store_state(session)
        mark = marks.Mark(
            schema=schema.schema_hash(),
            store_id=state.store_id,
            sequence=state.last_sequence,
        )
        with writer_of(create_index(folder)) as writer:
            for document in all_documents(session, on_progress):
                writer.add_document(**document)
            step("rebuild-written")
            writer.commit()
    step("rebuild-committed")
    unpack_postings(generations, name)
    mark = marks.measured(folder, mark)
    marks.write_mark(folder, mark)
    step("before-switch")
    generations.switch(name)
    step("switched")
    return Generation(name, folder, mark)


def unpack_postings(generations: Generations, name: str) -> None:
    """Make the files that searches map, so that the first one need not."""
    folder = generations.postings_folder(name)
    with open_index(generations.folder(name)).reader() as reader:
        for leaf, _ in reader.leaf_readers():
            if leaf.doc_count_all():
                open_postings(leaf, folder)
                open_facts(leaf, folder)


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
