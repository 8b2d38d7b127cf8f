"""What was done in one go to each record, in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.history import Action
from referral.store.history_rows import RecordEditRow


@dataclass(slots=True)
class NetChange:
    """What a group did to one record in all."""

    created: bool = False
    deleted: bool = False
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def add(self, edit: Any) -> None:
        """Take in the action and fields of the next edit, oldest first."""
        self.created = self.created or edit.action == Action.CREATED
        self.deleted = edit.action == Action.DELETED
        for name, (before, after) in edit.fields.items():
            first = self.fields[name][0] if name in self.fields else before
            self.fields[name] = (first, after)


def net_changes(
    session: Session, group_id: str, kind: str, ids: Iterable[str]
) -> Mapping[str, NetChange]:
    """What a group did to each of these records of one kind."""
    edit = RecordEditRow
    statement = select(edit.record_id, edit.action, edit.fields).where(
        edit.group_id == group_id, edit.kind == kind, edit.record_id.in_(ids)
    )
    nets: dict[str, NetChange] = defaultdict(NetChange)
    for row in session.execute(statement.order_by(edit.id)):
        nets[row.record_id].add(row)
    return nets
