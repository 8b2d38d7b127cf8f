"""Helpers that store records and change rows in tests."""

from typing import Any

from sqlalchemy.orm import Session

from referral.records.edits import Author
from referral.records.hsds import Record
from referral.store import Store
from referral.store.conversion import row_from


def add_records(session: Session, *records: Record, source: str = "county", **columns: Any) -> None:
    """Store records in order, replacing those with the same ids.

    Args:
        source: the source list of the records.
        columns: further columns of each row, such as ``retired_at``.
    """
    for record in records:
        row = row_from(record)
        for name, value in {"source": source, **columns}.items():
            setattr(row, name, value)
        session.merge(row)
        session.flush()


def write_records(
    store: Store, *records: Record, author: Author | None = None, **columns: Any
) -> None:
    """Store records in a transaction of their own."""
    with store.write(author) as session:
        add_records(session, *records, **columns)


def change_row(
    store: Store, row_class: type[Any], key: str, author: Author | None = None, **values: Any
) -> None:
    """Change columns of a row in a transaction of its own."""
    with store.write(author) as session:
        row = session.get_one(row_class, key)
        for name, value in values.items():
            setattr(row, name, value)
