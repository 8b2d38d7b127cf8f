"""Index writes: whole documents, added, replaced by service id, and compacted.

A document is always made from the listing as the store has it now. So a segment is compacted by
replacing its documents, and Whoosh never merges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import and_, select
from sqlalchemy.orm import Session
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.reading import IndexReader, TermNotFound
from whoosh.searching import Searcher

from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.search import schema
from referral.search.doc_facts import Facts, facts_from_bytes
from referral.search.indexing.array_writer import ArrayWriter
from referral.search.indexing.documents import Document, document_of
from referral.search.segments.segment_files import list_segments, open_segment
from referral.search.segments.whoosh_internals import Segment
from referral.store.base import in_batches
from referral.store.listings import load_listings
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.terms import load_terms

SERVICES_IN_A_READ = 250
_TOKENS_IN_A_SEGMENT = 30_000_000  # some gigabyte while it is written
_SERVICES_IN_A_COMMIT = 100_000  # when segments are compacted
_SMALL_SEGMENT = 1_000  # services; fewer are always compacted
# A segment with this part of all documents is not compacted. Fewer than the segments that ask for
# compaction (sync), so that it leaves fewer.
_SEGMENTS_THAT_STAY = 12

Step = Callable[[str], None]


def open_index(folder: Path) -> FileIndex:
    """The Whoosh index in a folder. Only open what this program wrote: the files hold pickles."""
    return FileIndex(FileStorage(str(folder)))


def create_index(folder: Path) -> FileIndex:
    """A new, empty Whoosh index."""
    return FileIndex.create(FileStorage(str(folder)), schema.make_schema())


@contextmanager
def writer_of(index: FileIndex) -> Iterator[ArrayWriter]:
    """A writer of whole documents that is cancelled when the block raises; the block commits."""
    writer = ArrayWriter(index, Path(index.storage.folder))
    try:
        yield writer
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise


def write_documents(folder: Path, documents: Iterable[Document], step: Step) -> None:
    """A new index of these documents: as many segments as memory asks for."""
    index, waiting = create_index(folder), iter(documents)
    is_done = False
    while not is_done:
        with writer_of(index) as writer:
            for document in waiting:
                writer.add_document(**document)
                if writer.tokens > _TOKENS_IN_A_SEGMENT:
                    break
            else:
                is_done = True
                step("rebuild-written")
            writer.commit()


def replace_documents(
    session: Session,
    folder: Path,
    service_ids: Sequence[str],
    step: Step,
    *,
    drop_emptied: bool = False,
) -> bool:
    """Write the documents of these services as they are now, and commit.

    Args:
        service_ids: without repetition, since Whoosh would keep both documents of one batch.
        drop_emptied: leave out segments whose documents are all replaced or deleted.

    Returns:
        Whether something was taken back that must not stay in the files.
    """
    index = open_index(folder)
    terms = load_terms(session)
    withdrawn = False
    with writer_of(index) as writer:
        with index.searcher() as searcher:
            for some in in_batches(service_ids, SERVICES_IN_A_READ):
                listings = load_listings(session, some, Audience.PUBLIC, terms)
                withdrawn = withdrawn or _takes_back(session, searcher, some, listings)
                for service_id in some:
                    writer.delete_by_term(schema.KEY, service_id, searcher=searcher)
                for listing in listings:
                    writer.add_document(**document_of(listing))
                session.expunge_all()  # or a session would keep every row it ever read
        step("documents-written")
        writer.commit(drop_emptied=drop_emptied)
    return withdrawn


def purge_deleted(session: Session, folder: Path) -> None:
    """Rewrite every segment that has deleted documents: their text leaves the disk."""
    _rewrite(session, folder, lambda segment, _all: segment.deleted_count() > 0)


def compact_small(session: Session, folder: Path) -> None:
    """Rewrite small segments as one, and with them those of which a quarter is deleted."""
    _rewrite(
        session,
        folder,
        lambda segment, all_: (
            _is_small(segment, all_) or segment.deleted_count() * 4 > segment.doc_count_all()
        ),
    )


def _is_small(segment: Segment, all_: Sequence[Segment]) -> bool:
    largest = max(all_, key=lambda each: each.doc_count_all())
    share = sum(each.doc_count() for each in all_) / _SEGMENTS_THAT_STAY
    return segment is not largest and segment.doc_count() < max(share, _SMALL_SEGMENT)


def _rewrite(
    session: Session, folder: Path, is_rewritten: Callable[[Segment, Sequence[Segment]], bool]
) -> None:
    """Replace all documents of some segments, which are then left out.

    Args:
        is_rewritten: asked for each segment, among all.
    """
    _, segments = list_segments(open_index(folder))
    service_ids: list[str] = []
    for segment in segments:
        if is_rewritten(segment, segments):
            facts = open_segment(segment, folder).facts
            docs = (doc for doc in range(facts.size) if not segment.is_deleted(doc))
            service_ids += map(facts.service_id, docs)
    for some in in_batches(service_ids, _SERVICES_IN_A_COMMIT) if service_ids else [()]:
        replace_documents(session, folder, some, lambda _step: None, drop_emptied=True)


def facts_by_service(reader: IndexReader, service_ids: Sequence[str]) -> Mapping[str, Facts]:
    """The facts of these services as the index has them; missing ones are left out."""
    found: dict[str, Facts] = {}
    for leaf, _ in reader.leaf_readers():
        column = None
        for service_id in service_ids:
            try:
                matcher = leaf.postings(schema.KEY, service_id)
            except TermNotFound:
                continue
            if matcher.is_active():
                column = column or leaf.column_reader(schema.FACTS, translate=False)
                found[service_id] = facts_from_bytes(column[matcher.id()])
    return found


def _takes_back(
    session: Session, searcher: Searcher, service_ids: Sequence[str], listings: Sequence[Listing]
) -> bool:
    """Whether a service, a place or a street that the index has is withheld now, or was deleted."""
    before = facts_by_service(searcher.reader(), service_ids)
    now = {listing.service.id: listing for listing in listings}
    gone = before.keys() - now.keys()
    return bool(gone - _public_by_themselves(session, gone)) or any(
        service_id in before
        and (
            listing.text_withheld
            or (listing.place_withheld and _lost_place(before[service_id], listing))
        )
        for service_id, listing in now.items()
    )


def _lost_place(before: Facts, listing: Listing) -> bool:
    places = {site.location_id for site in before.sites}
    return not places <= {site.location.id for site in listing.sites}


def _public_by_themselves(session: Session, service_ids: set[str]) -> set[str]:
    """Services that ended or left their source: not shown any more, but no secret."""
    if not service_ids:
        return set()
    rows = session.execute(
        select(ServiceRow.id, OrganizationRow.visibility)
        .outerjoin(OrganizationRow, ServiceRow.organization_id == OrganizationRow.id)
        .where(and_(ServiceRow.id.in_(service_ids), ServiceRow.visibility == "public"))
    )
    return {service_id for service_id, organization in rows if organization in {None, "public"}}
