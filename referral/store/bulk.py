"""Bulk insert and retirement of records, logged and recorded as a session does.

A session creates an object for each row and examines the history of each attribute. For the quarter
of a million rows of a large list that is most of the work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from referral.records.edits import Action
from referral.records.kinds import PARENT_FIELDS
from referral.records.visibility import Visibility
from referral.store.base import in_batches
from referral.store.change_log import log_neighbors, log_written, records_to_log
from referral.store.conversion import ROWS
from referral.store.history import is_set_by_rule, log_edits
from referral.store.row_insertion import insert_rows
from referral.store.withheld_groups import note_touched

_IDS_IN_A_QUERY = 5_000
# Columns of stored rows that change log and history need.
_LOGGED_COLUMNS = {"id", "retired_at", "set_by", "link_entity", "link_id", *PARENT_FIELDS}

_NO_UNMAPPED_CELLS: Mapping[str, str] = {}
_Rows = list[dict[str, Any]]


def add_rows(session: Session, new_records: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Insert new records, log them and record them in the history.

    Args:
        new_records: kind and columns of each; a column that is left out gets its default.
    """
    by_kind: dict[str, _Rows] = defaultdict(list)
    now = datetime.now(UTC)
    for kind, columns in new_records:
        by_kind[kind].append({**_default_values(kind), **columns, "updated_at": now})
    for kind, rows in by_kind.items():
        insert_rows(session, ROWS[kind], rows)
        _log_and_record(session, kind, rows, Action.CREATED, {})
        if kind == "address":  # a withheld address hides its location
            withheld = (row["id"] for row in rows if row["visibility"] != Visibility.PUBLIC.value)
            log_neighbors(session, ((kind, address_id) for address_id in withheld))


def retire_rows(session: Session, kind: str, ids: Iterable[str]) -> int:
    """Retire records that are not retired yet; return how many of the ids exist."""
    row_class, count, now = ROWS[kind], 0, datetime.now(UTC)
    columns = [column for column in row_class.__table__.columns if column.name in _LOGGED_COLUMNS]
    for batch in in_batches(ids, _IDS_IN_A_QUERY):
        stored = session.execute(select(*columns).where(row_class.id.in_(batch))).mappings()
        rows = [dict(row) for row in stored]
        not_retired = [row for row in rows if row["retired_at"] is None]
        session.connection().execute(
            update(row_class)
            .where(row_class.id.in_([row["id"] for row in not_retired]))
            .values(retired_at=now, updated_at=now)
        )
        _log_and_record(
            session, kind, not_retired, Action.CHANGED, {"retired_at": [None, now.isoformat()]}
        )
        log_neighbors(session, ((kind, row["id"]) for row in not_retired))
        count += len(rows)
    return count


def _log_and_record(
    session: Session, kind: str, rows: _Rows, action: Action, fields: Mapping[str, Any]
) -> None:
    entries = (
        (kind, row["id"], action, fields)
        for row in rows
        if not is_set_by_rule(kind, row.get("set_by"))
    )
    log_edits(session, entries)
    note_touched(session, kind)
    log_written(session, ((kind, pair) for row in rows for pair in _records_to_log(kind, row)))


def _records_to_log(kind: str, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return records_to_log(kind, row["id"], lambda name: (row[name],))


@cache
def _default_values(kind: str) -> Mapping[str, Any]:
    """Return the default value of each column of a kind's table."""
    defaults = {column.name: column.default for column in ROWS[kind].__table__.columns}
    values = {name: getattr(default, "arg", None) for name, default in defaults.items()}
    return {**values, "unmapped": _NO_UNMAPPED_CELLS}
