"""Takes changes back along the history: one edit, or a column of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from referral.records.history import Action, Edit
from referral.store.base import RecordRow
from referral.store.conversion import ROWS


def take_back(session: Session, edit: Edit, only: Iterable[str] = ()) -> bool:
    """Make a record what it was before the edit; False when there is nothing left to change.

    What was created is retired, so that its own history stays; what was deleted comes back.

    Args:
        only: of a change, the columns to take back; all when none is named.
    """
    row_class = ROWS[edit.kind]
    row = session.get(row_class, edit.record_id)
    if edit.action is Action.DELETED:
        if row is not None:
            return False
        values = {name: value_of(row_class, name, pair[0]) for name, pair in edit.fields.items()}
        session.add(row_class(id=edit.record_id, **values))
        return True
    if row is None:
        return False
    if edit.action is Action.CREATED:
        was_there = row.retired_at is None
        row.retired_at = row.retired_at or datetime.now(UTC)
        return was_there
    names = set(only) or set(edit.fields)
    for name, (before, _) in edit.fields.items():
        if name in names:
            setattr(row, name, value_of(row_class, name, before))
    return session.is_modified(row)


def value_of(row_class: type[RecordRow], name: str, plain: Any) -> Any:
    """The value of a column from what the history has of it (ISO text for days and instants)."""
    if not isinstance(plain, str):
        return plain
    kind = inspect(row_class).columns[name].type.python_type
    if issubclass(kind, datetime):
        return datetime.fromisoformat(plain)
    return date.fromisoformat(plain) if issubclass(kind, date) else plain
