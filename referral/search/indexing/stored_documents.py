"""Index documents of services as stored now, and their differences from an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.visibility import Audience
from referral.search import schema
from referral.search.indexing.documents import Document, document_of
from referral.search.indexing.writer import SERVICES_IN_A_READ, open_index
from referral.store.base import in_batches
from referral.store.change_log import affected_services, changes_after
from referral.store.listings import load_listings
from referral.store.rows import ServiceRow
from referral.store.terms import load_terms
from referral.store.visibility import shown_services

OnDone = Callable[[int], None]  # services done so far


def public_service_ids(session: Session) -> list[str]:
    """Return the ids of all public services, sorted."""
    shown = shown_services(Audience.PUBLIC)
    return list(session.scalars(select(ServiceRow.id).where(shown).order_by(ServiceRow.id)))


def stored_documents(
    session: Session, service_ids: Sequence[str], on_done: OnDone | None = None
) -> Iterator[Document]:
    """Yield the index documents of services, in the order of their ids given."""
    terms = load_terms(session)
    done = 0
    for batch in in_batches(service_ids, SERVICES_IN_A_READ):
        for listing in load_listings(session, batch, Audience.PUBLIC, terms):
            yield document_of(listing)
        session.expunge_all()  # otherwise the session would keep every row in memory
        done += len(batch)
        if on_done:
            on_done(done)


def read_indexed_facts(folder: Path) -> dict[str, object]:
    """Return the facts of each service in an index, by its id."""
    with open_index(folder).reader() as reader:
        return {fields[schema.KEY]: fields[schema.FACTS] for fields in reader.all_stored_fields()}


def differing_services(session: Session, indexed: Mapping[str, object], mark: int) -> list[str]:
    """Return the ids of services that are missing or outdated in an index, or only there.

    Services with changes after ``mark`` are left out, since these are not indexed yet.
    """
    remaining = dict(indexed)
    differing = [
        str(document[schema.KEY])
        for document in stored_documents(session, public_service_ids(session))
        if remaining.pop(str(document[schema.KEY]), None) != document[schema.FACTS]
    ]
    ids = {*differing, *remaining}
    while ids and (changes := changes_after(session, mark)):
        ids -= affected_services(session, changes)
        mark = changes[-1].sequence
    return sorted(ids)
