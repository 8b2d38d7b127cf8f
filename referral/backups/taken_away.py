"""Records that followed lists removed, which a restore does not bring back.

A feed marks a record that its publisher withholds in the same way as one that ended. So records
that a list removed since the backup stay retired: one may be a location that hides people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, String, Table, cast, select, update

from referral.records.edits import MadeBy
from referral.store.base import in_batches

_IDS_IN_A_QUERY = 500
TakenAway = Mapping[str, Mapping[str, Any]]
"""Time of retirement by kind and id of the record."""


def read_taken_away(connection: Connection, tables: Mapping[str, Table]) -> TakenAway:
    """Read the records that imports of followed lists retired, and that are still retired."""
    edit, batch = tables["record_edit"].columns, tables["import_batch"].columns
    followed = select(tables["followed_source"].columns["name"])
    retirements = (
        select(edit["kind"], edit["record_id"])
        .join(tables["import_batch"], batch["id"] == edit["batch_id"])
        .where(
            edit["made_by"] == MadeBy.IMPORT.value,
            batch["source"].in_(followed),
            cast(edit["fields"], String).contains('"retired_at"'),
        )
        .distinct()
    )
    by_kind: dict[str, list[str]] = {}
    for kind, record_id in connection.execute(retirements):
        by_kind.setdefault(kind, []).append(record_id)
    return {kind: _retirement_times(connection, tables[kind], ids) for kind, ids in by_kind.items()}


def _retirement_times(connection: Connection, table: Table, ids: list[str]) -> dict[str, Any]:
    columns = table.columns
    retired_at_by_id: dict[str, Any] = {}
    for batch in in_batches(ids, _IDS_IN_A_QUERY):
        rows = connection.execute(
            select(columns["id"], columns["retired_at"]).where(
                columns["id"].in_(batch), columns["retired_at"].is_not(None)
            )
        )
        retired_at_by_id.update((record_id, retired_at) for record_id, retired_at in rows)
    return retired_at_by_id


def retire_taken_away(connection: Connection, tables: Mapping[str, Table], taken: TakenAway) -> int:
    """Retire records that followed lists removed in the restored rows; return how many changed."""
    count = 0
    for kind, retired_at_by_id in taken.items():
        columns = tables[kind].columns
        for record_id, retired_at in retired_at_by_id.items():
            statement = (
                update(tables[kind])
                .where(columns["id"] == record_id, columns["retired_at"].is_(None))
                .values(retired_at=retired_at)
            )
            count += connection.execute(statement).rowcount
    return count


def schedule_pulls(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Make each followed list due for a pull, since its changes after the backup are missing."""
    source = tables["followed_source"]
    connection.execute(update(source).values(next_at=source.columns["pulled_at"]))
