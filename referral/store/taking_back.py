"""Takes changes back along the history: one edit, or a column of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from referral.records.history import Action, Edit
from referral.store.conversion import ROWS, typed_value


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
        values = {name: typed_value(edit.kind, name, pair[0]) for name, pair in edit.fields.items()}
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
            setattr(row, name, typed_value(edit.kind, name, before))
    return session.is_modified(row)
