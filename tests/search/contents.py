"""What an index holds, read back from its files, and what it should hold, from the rows."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from sqlalchemy import select

from bench.plain_schema import plain_schema, with_words
from referral.records.visibility import Visibility
from referral.search import schema
from referral.search.facts import Facts
from referral.search.indexing.generations import Generations
from referral.search.indexing.stored_documents import public_service_ids, stored_documents
from referral.search.indexing.writer import open_index
from referral.store import Store
from referral.store.rows import AddressRow, LocationRow

Posting = tuple[str, bytes, float, bytes]
Contents = dict[str, tuple[Facts, frozenset[Posting]]]


def contents_of(path: Path) -> Contents:
    """Service id → (facts, postings) of all live documents; a repeated id is an error."""
    name = Generations(path).current_name()
    reader = open_index(Generations(path).folder(name)).reader()
    found: Contents = {}
    try:
        for leaf, _ in reader.leaf_readers():
            if not leaf.doc_count_all():
                continue
            postings = _postings(leaf)
            for docnum, stored in leaf.iter_docs():
                service_id = stored[schema.KEY]
                assert service_id not in found, "one service has two documents"
                found[service_id] = (stored[schema.FACTS], frozenset(postings[docnum]))
    finally:
        reader.close()
    return found


def _postings(leaf) -> dict[int, set[Posting]]:
    postings: dict[int, set[Posting]] = defaultdict(set)
    for field, term in leaf.all_terms():
        matcher = leaf.postings(field, term)
        while matcher.is_active():
            postings[matcher.id()].add((field, term, matcher.weight(), matcher.value() or b""))
            matcher.next()
    return postings


def contents_from_rows(store: Store) -> Contents:
    """The same, computed afresh from the rows without any index."""
    fields = plain_schema()
    with store.read() as session:
        return {
            str(document[schema.KEY]): (
                document[schema.FACTS],
                frozenset(
                    (name, term, float(weight), bytes(value))
                    for name, text in with_words(document).items()
                    if fields[name].indexed
                    for term, _, weight, value in fields[name].index(text)
                ),
            )
            for document in stored_documents(session, public_service_ids(session))
        }


def hidden_words(store: Store) -> set[str]:
    """Names, cities and ids of all places the public may not see, read from the rows alone."""
    with store.read() as session:
        addresses = session.scalars(select(AddressRow).where(AddressRow.retired_at.is_(None))).all()
        hidden = {a.location_id for a in addresses if a.visibility != Visibility.PUBLIC}
        places = session.scalars(select(LocationRow)).all()
        hidden |= {place.id for place in places if place.visibility != Visibility.PUBLIC}
        return (
            {place.name for place in places if place.id in hidden}
            | {address.city for address in addresses if address.location_id in hidden}
            | {f'"{place_id}"' for place_id in hidden}
        )


def leaks(contents: Contents, words: set[str]) -> set[str]:
    """Which of these words any document holds."""
    told = {term.decode() for _, postings in contents.values() for _, term, _, _ in postings}
    facts = "\n".join(repr(known) for known, _ in contents.values())
    return {word for word in words if word in told or word in facts}
