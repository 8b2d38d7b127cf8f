"""Stores for measurements: with synthetic services, or a copy of an instance's public records.

Both are filled by plain statements and without the change log, because the index is built
afterwards. Of a record that is not public, a copy contains the row without its texts, so that
foreign keys remain valid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, insert, select
from sqlalchemy.orm import Session

from bench.synthetic import synthetic_services, synthetic_terms
from referral.records.kinds import KINDS, PARENT_FIELDS, kind_of
from referral.records.listing import Listing
from referral.records.visibility import Audience, Visibility
from referral.store import Store
from referral.store.base import Base, in_batches
from referral.store.conversion import ROWS, columns_of
from referral.store.listings import load_listings
from referral.store.rows import AddressRow, HeadingRow, ServiceRow
from referral.store.terms import load_terms
from referral.store.visibility import shown_services
from referral.store.word_lists import CrisisWordRow, ThesaurusEntryRow

_ROWS_PER_BATCH = 5_000
_LISTINGS_PER_BATCH = 250
_TABLES_COPIED_WHOLE = (HeadingRow, ThesaurusEntryRow, CrisisWordRow)
# Columns that are copied of a hidden row, besides its foreign keys.
_COLUMNS_OF_HIDDEN_ROWS = {
    "id",
    "visibility",
    "retired_at",
    "link_entity",
    "link_id",
    "status",
    "heading",
}
_HIDING_PARENTS = (
    "service_id", "location_id", "service_at_location_id", "contact_id", "phone_id",
)  # fmt: skip
_HIDDEN_WITH_ORGANIZATION = {"service", "phone", "contact", "program"}

OnDone = Callable[[int], None]
_Row = dict[str, Any]
_Hidden = set[tuple[str, str]]  # kind and id


def fill_synthetic(
    database_url: str, services: int, on_done: OnDone, *, untagged: bool = False
) -> None:
    """Add synthetic services to a migrated store that has the headings."""
    with _unchecked_engine(database_url) as engine:
        rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        more = {"updated_at": datetime.now(UTC), "unmapped": {}}
        rows["taxonomy_term"] = [
            {**columns_of(term), **more} for term in synthetic_terms(untagged=untagged)
        ]
        for number, records in enumerate(synthetic_services(services, untagged=untagged), start=1):
            for record in records:
                rows[kind_of(record)].append({**columns_of(record), **more})
            if number % _ROWS_PER_BATCH == 0 or number == services:
                with engine.begin() as connection:
                    for kind in KINDS:  # parents before children
                        if kind_rows := rows.get(kind):
                            connection.execute(insert(ROWS[kind]), kind_rows)
                rows.clear()
                on_done(number)


def stored_listings(store: Store) -> Iterator[Listing]:
    """Yield all public listings by service id, with a few hundred in memory at a time."""
    with store.read() as session:
        ids = session.scalars(
            select(ServiceRow.id).where(shown_services(Audience.PUBLIC)).order_by(ServiceRow.id)
        ).all()
        terms = load_terms(session)
        for batch in in_batches(ids, _LISTINGS_PER_BATCH):
            yield from load_listings(session, batch, Audience.PUBLIC, terms)
            session.expunge_all()  # otherwise the session keeps every row in memory


def copy_store(store: Store, database_url: str) -> None:
    """Copy records, headings and word lists to a migrated, empty SQLite store.

    Accounts, logs and unmapped columns of imports are left out.
    """
    whole_tables = [
        Base.metadata.tables[row_class.__tablename__] for row_class in _TABLES_COPIED_WHOLE
    ]
    with (
        store.read() as session,
        _unchecked_engine(database_url) as engine,
        engine.begin() as connection,
    ):
        for table in whole_tables:
            _insert(
                connection, table, [dict(row) for row in session.execute(select(table)).mappings()]
            )
        hidden = _locations_with_hidden_address(session)
        for kind in KINDS:  # parents before children
            table = Base.metadata.tables[ROWS[kind].__tablename__]
            found = session.execute(
                select(table), execution_options={"yield_per": _ROWS_PER_BATCH}
            ).mappings()
            for batch in found.partitions():
                _copy_rows(connection, table, [dict(row) for row in batch], hidden)


def _locations_with_hidden_address(session: Session) -> _Hidden:
    ids = session.scalars(
        select(AddressRow.location_id).where(AddressRow.visibility != Visibility.PUBLIC.value)
    )
    return {("location", location_id) for location_id in ids if location_id}


def _copy_rows(connection: Connection, table: Table, rows: list[_Row], hidden: _Hidden) -> None:
    kept = _COLUMNS_OF_HIDDEN_ROWS | {
        column.name for column in table.columns if column.foreign_keys
    }
    public_rows, hidden_rows = [], []
    for row in rows:
        row |= {"import_batch_id": None, "unmapped": {}}
        if _is_hidden(table.name, row, hidden):
            hidden.add((table.name, row["id"]))
            hidden_rows.append({name: value for name, value in row.items() if name in kept})
        else:
            public_rows.append(row)
    _insert(connection, table, public_rows)
    _insert(connection, table, hidden_rows)


def _is_hidden(kind: str, row: _Row, hidden: _Hidden) -> bool:
    parents = {(PARENT_FIELDS[name], row.get(name)) for name in _HIDING_PARENTS}
    parents.add((kind, row["id"]))
    parents.add((row.get("link_entity", ""), row.get("link_id")))
    if kind in _HIDDEN_WITH_ORGANIZATION:
        parents.add(("organization", row.get("organization_id")))
    return row["visibility"] != Visibility.PUBLIC.value or not hidden.isdisjoint(parents)


def _insert(connection: Connection, table: Table, rows: list[_Row]) -> None:
    if rows:
        connection.execute(insert(table), rows)


@contextmanager
def _unchecked_engine(database_url: str) -> Iterator[Engine]:
    """Yield an engine for bulk inserts, which unlike a ``Store``'s checks no foreign keys."""
    engine = create_engine(database_url)
    try:
        yield engine
    finally:
        engine.dispose()
