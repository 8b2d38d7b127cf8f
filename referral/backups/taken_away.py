"""Records that followed lists took away: a restore does not bring them back.

A feed tells of a record that its publisher withholds and of one that ended in the same words. So
what a list took off since the backup stays off: it may be a place that hides people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, String, Table, cast, select, update

from referral.records.edits import MadeBy
from referral.store.base import in_batches

_IDS_IN_A_QUERY = 500
TakenAway = Mapping[str, Mapping[str, Any]]
"""Kind → id → since when it is retired."""


def read_taken_away(connection: Connection, tables: Mapping[str, Table]) -> TakenAway:
    """What imports of lists that are followed now retired, and what is so still."""
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
    return {kind: _retired(connection, tables[kind], ids) for kind, ids in by_kind.items()}


def _retired(connection: Connection, table: Table, ids: list[str]) -> dict[str, Any]:
    columns = table.columns
    found: dict[str, Any] = {}
    for some in in_batches(ids, _IDS_IN_A_QUERY):
        rows = connection.execute(
            select(columns["id"], columns["retired_at"]).where(
                columns["id"].in_(some), columns["retired_at"].is_not(None)
            )
        )
        found.update((record_id, since) for record_id, since in rows)
    return found


def keep_away(connection: Connection, tables: Mapping[str, Table], taken: TakenAway) -> int:
    """Retire them in the restored rows too; how many of them were public there."""
    count = 0
    for kind, since in taken.items():
        columns = tables[kind].columns
        for record_id, retired_at in since.items():
            statement = (
                update(tables[kind])
                .where(columns["id"] == record_id, columns["retired_at"].is_(None))
                .values(retired_at=retired_at)
            )
            count += connection.execute(statement).rowcount
    return count


def look_again_soon(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Let each followed list be asked as soon as the site serves: its last news is not here."""
    source = tables["followed_source"]
    connection.execute(update(source).values(next_at=source.columns["pulled_at"]))
