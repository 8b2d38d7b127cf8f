"""Comparison of an index with the database: the same services, with the same facts."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from referral.search import schema
from referral.search.indexing.stored_documents import public_service_ids, stored_documents
from referral.search.indexing.writer import open_index


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
