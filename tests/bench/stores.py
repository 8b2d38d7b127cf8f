"""A copy of an instance's records that may be measured, edited and thrown away.

Of what the public may not see it has the row, so that everything hangs together as it did, and
none of the text.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.orm import Session

from referral.records.kinds import KINDS, PARENT_FIELDS
from referral.records.visibility import Visibility
from referral.store import Store
from referral.store.base import Base
from referral.store.classification_rows import HeadingRow
from referral.store.conversion import ROWS
from referral.store.rows import AddressRow
from referral.store.spoken_words import CrisisWordRow, ThesaurusEntryRow
from tests.bench.bench_store import filling

_ROWS_AT_ONCE = 5_000
_WHOLE = (HeadingRow, ThesaurusEntryRow, CrisisWordRow)
# What stays of a row that is not to be seen, beside whom it belongs to.
_KEPT = {"id", "visibility", "retired_at", "link_entity", "link_id", "status", "heading"}
_HIDING_PARENTS = (
    "service_id", "location_id", "service_at_location_id", "contact_id", "phone_id",
)  # fmt: skip
_HIDDEN_WITH_ORGANIZATION = {"service", "phone", "contact", "program"}

_Row = dict[str, Any]
_Hidden = set[tuple[str, str]]  # kind and id


def copy_store(store: Store, database_url: str) -> None:
    """Copy records, headings and what people say to a migrated, empty SQLite store.

    Accounts, logs and what an import could not map are left.
    """
    whole = [Base.metadata.tables[row.__tablename__] for row in _WHOLE]
    with store.read() as session, filling(database_url) as engine, engine.begin() as connection:
        for table in whole:
            _insert(
                connection, table, [dict(row) for row in session.execute(select(table)).mappings()]
            )
        hidden = _places_with_a_hidden_address(session)
        for kind in KINDS:  # parents before children
            table = Base.metadata.tables[ROWS[kind].__tablename__]
            found = session.execute(
                select(table), execution_options={"yield_per": _ROWS_AT_ONCE}
            ).mappings()
            for some in found.partitions():
                _copy(connection, table, [dict(row) for row in some], hidden)


def _places_with_a_hidden_address(session: Session) -> _Hidden:
    ids = session.scalars(
        select(AddressRow.location_id).where(AddressRow.visibility != Visibility.PUBLIC.value)
    )
    return {("location", location_id) for location_id in ids if location_id}


def _copy(connection: Connection, table: Table, rows: list[_Row], hidden: _Hidden) -> None:
    kept = _KEPT | {column.name for column in table.columns if column.foreign_keys}
    whole, bare = [], []
    for row in rows:
        row |= {"import_batch_id": None, "unmapped": {}}
        if _is_hidden(table.name, row, hidden):
            hidden.add((table.name, row["id"]))
            bare.append({name: value for name, value in row.items() if name in kept})
        else:
            whole.append(row)
    _insert(connection, table, whole)
    _insert(connection, table, bare)


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
