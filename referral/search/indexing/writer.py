"""Index writer: adds documents, replaces them by service id, and compacts segments.

A document is always made from the listing as it is stored now. So a segment is compacted by
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
from whoosh.writing import IndexWriter

from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.search import schema
from referral.search.codec.array_codec import ArrayCodec, ArraySegment, arrays_of, leaf_readers
from referral.search.indexing.documents import Document, document_of, withholds
from referral.store.base import in_batches
from referral.store.listings import load_listings
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.terms import load_terms

SERVICES_IN_A_READ = 250
_LETTERS_IN_A_SEGMENT = 120_000_000  # about a gigabyte of memory while it is written
_SERVICES_IN_A_COMMIT = 100_000  # when segments are compacted
_SMALL_SEGMENT = 1_000  # services; fewer are always compacted
# A segment with at least one in so many of all documents is not compacted. This is less than the
# number of segments that starts compaction (sync), so that fewer are left.
_SEGMENTS_THAT_STAY = 12

Step = Callable[[str], None]


def open_index(folder: Path) -> FileIndex:
    """Return the Whoosh index in a folder; it contains pickles, so open only our own folders."""
    return FileIndex(FileStorage(str(folder)))


def create_index(folder: Path) -> FileIndex:
    """Create an empty Whoosh index in a folder and return it."""
    return FileIndex.create(FileStorage(str(folder)), schema.make_schema())


@contextmanager
def writer_of(index: FileIndex) -> Iterator[IndexWriter]:
    """Yield an index writer; it is cancelled if the block raises, and the block must commit."""
    writer = index.writer(codec=ArrayCodec())
    writer.merge = False
    try:
        yield writer
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise


def write_documents(folder: Path, documents: Iterable[Document], step: Step) -> None:
    """Create an index of documents, in as many segments as memory requires."""
    index, waiting = create_index(folder), iter(documents)
    is_done = False
    while not is_done:
        letters = 0
        with writer_of(index) as writer:
            for document in waiting:
                writer.add_document(**document)
                letters += sum(len(text) for text in document.values() if isinstance(text, str))
                if letters > _LETTERS_IN_A_SEGMENT:
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
    """Replace the documents of services by their present state, and commit.

    Args:
        service_ids: without repetition, since Whoosh would keep both documents of one batch.
        drop_emptied: leave out segments whose documents are all replaced or deleted.

    Returns:
        Whether anything was withdrawn that must not stay in the files.
    """
    index = open_index(folder)
    terms = load_terms(session)
    withdrawn = False
    with writer_of(index) as writer:
        with index.searcher() as searcher:
            for batch in in_batches(service_ids, SERVICES_IN_A_READ):
                listings = load_listings(session, batch, Audience.PUBLIC, terms)
                withdrawn = withdrawn or _withdraws(session, searcher, batch, listings)
                for service_id in batch:
                    writer.delete_by_term(schema.KEY, service_id, searcher=searcher)
                for listing in listings:
                    writer.add_document(**document_of(listing))
                session.expunge_all()  # otherwise the session would keep every row in memory
        step("documents-written")
        writer.commit(mergetype=_drop_emptied if drop_emptied else None)
    return withdrawn


def _drop_emptied(_writer: IndexWriter, segments: Sequence[ArraySegment]) -> list[ArraySegment]:
    return [segment for segment in segments if segment.doc_count()]


def purge_deleted(session: Session, folder: Path) -> None:
    """Rewrite every segment that has deleted documents, so that their text leaves the disk."""
    _rewrite(session, folder, lambda segment, _segments: segment.deleted_count() > 0)


def compact_small(session: Session, folder: Path) -> None:
    """Merge small segments, and segments of which more than a quarter is deleted, into one."""
    _rewrite(
        session,
        folder,
        lambda segment, segments: (
            _is_small(segment, segments) or segment.deleted_count() * 4 > segment.doc_count_all()
        ),
    )


def _is_small(segment: ArraySegment, segments: Sequence[ArraySegment]) -> bool:
    largest = max(segments, key=lambda other: other.doc_count_all())
    share = sum(other.doc_count() for other in segments) / _SEGMENTS_THAT_STAY
    return segment is not largest and segment.doc_count() < max(share, _SMALL_SEGMENT)


def _rewrite(
    session: Session,
    folder: Path,
    is_rewritten: Callable[[ArraySegment, Sequence[ArraySegment]], bool],
) -> None:
    """Replace all documents of some segments, which are then dropped.

    Args:
        is_rewritten: called for each segment, with all segments.
    """
    leaves = leaf_readers(open_index(folder).reader())
    segments = [leaf.segment() for leaf in leaves]
    service_ids: list[str] = []
    for leaf in leaves:
        if is_rewritten(leaf.segment(), segments):
            service_ids += map(arrays_of(leaf).facts.service_id, leaf.all_doc_ids())
    for batch in in_batches(service_ids, _SERVICES_IN_A_COMMIT) if service_ids else [()]:
        replace_documents(session, folder, batch, lambda _step: None, drop_emptied=True)


def _locations_by_service(
    reader: IndexReader, service_ids: Sequence[str]
) -> Mapping[str, set[str]]:
    """Return the ids of the indexed locations of services; services not indexed are missing."""
    locations: dict[str, set[str]] = {}
    for leaf in leaf_readers(reader):
        facts = arrays_of(leaf).facts
        for service_id in service_ids:
            try:
                matcher = leaf.postings(schema.KEY, service_id)
            except TermNotFound:
                continue
            if matcher.is_active():
                sites = facts.sites_of(matcher.id())
                locations[service_id] = {*map(facts.location_id, sites)} - {""}
    return locations


def _withdraws(
    session: Session, searcher: Searcher, service_ids: Sequence[str], listings: Sequence[Listing]
) -> bool:
    """Return whether any indexed service, location or street is now withheld or deleted."""
    before = _locations_by_service(searcher.reader(), service_ids)
    now = {listing.service.id: listing for listing in listings}
    gone = before.keys() - now.keys()
    return bool(gone - _public_by_themselves(session, gone)) or any(
        service_id in before and withholds(listing, before[service_id])
        for service_id, listing in now.items()
    )


def _public_by_themselves(session: Session, service_ids: set[str]) -> set[str]:
    """Return the services that ended or left their source list, but were never withheld."""
    if not service_ids:
        return set()
    rows = session.execute(
        select(ServiceRow.id, OrganizationRow.visibility)
        .outerjoin(OrganizationRow, ServiceRow.organization_id == OrganizationRow.id)
        .where(and_(ServiceRow.id.in_(service_ids), ServiceRow.visibility == "public"))
    )
    return {service_id for service_id, organization in rows if organization in {None, "public"}}
