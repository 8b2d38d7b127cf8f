"""The documents of services as the store has them now, and how those of an index differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.visibility import Audience
from referral.search import schema
from referral.search.indexing.documents import Document, document_of
from referral.search.indexing.writer import SERVICES_IN_A_READ, open_index
from referral.store.base import in_batches
from referral.store.listings import load_listings
from referral.store.rows import ServiceRow
from referral.store.terms import load_terms
from referral.store.visibility import shown_services

OnDone = Callable[[int], None]  # services done so far


def public_service_ids(session: Session) -> list[str]:
    """The ids of all public services, sorted."""
    shown = shown_services(Audience.PUBLIC)
    return list(session.scalars(select(ServiceRow.id).where(shown).order_by(ServiceRow.id)))


def stored_documents(
    session: Session, service_ids: Sequence[str], on_done: OnDone | None = None
) -> Iterator[Document]:
    """The documents of these services, in their order."""
    terms = load_terms(session)
    done = 0
    for some in in_batches(service_ids, SERVICES_IN_A_READ):
        for listing in load_listings(session, some, Audience.PUBLIC, terms):
            yield document_of(listing)
        session.expunge_all()  # or a session would keep every row it ever read
        done += len(some)
        if on_done:
            on_done(done)


def differing_services(session: Session, folder: Path) -> list[str]:
    """Ids of the services that the index lacks, has too many, or has with other facts."""
    with open_index(folder).reader() as reader:
        stored = reader.all_stored_fields()
        indexed = {each[schema.KEY]: each[schema.FACTS] for each in stored}
    differing = [
        str(document[schema.KEY])
        for document in stored_documents(session, public_service_ids(session))
        if indexed.pop(str(document[schema.KEY]), None) != document[schema.FACTS]
    ]
    return sorted([*differing, *indexed])
