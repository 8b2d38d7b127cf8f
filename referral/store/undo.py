"""Undo of a group of edits, field by field, except for fields that were changed since.

Imports, merges and undos write their edits under a group in the history, along which they are
undone. An undo is recorded there too, so it can be undone in turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from referral.records.classification import SET_BY_RULE
from referral.records.edits import Action, Edit
from referral.records.hsds import Record
from referral.records.kinds import KINDS, PARENT_FIELDS, field_names, parents_of
from referral.records.ownership import INDEPENDENT_KINDS, OWNER_FIELDS, Key
from referral.store.base import RecordRow, in_batches
from referral.store.bulk import retire_rows
from referral.store.conversion import ROWS, from_json_value, json_value, record_from
from referral.store.rows_log import RecordEditRow
from referral.store.withheld_groups import forget_withheld_groups

_CHUNK = 500


class ValueChange(NamedTuple):
    """The JSON values of a field before and after a change."""

    before: Any
    after: Any


@dataclass(slots=True)
class NetChange:
    """The net effect of a group of edits on a record."""

    created: bool = False
    deleted: bool = False
    fields: dict[str, ValueChange] = field(default_factory=dict)

    def add(self, edit: Any) -> None:
        """Add the next edit of the record; edits are added oldest first."""
        self.created = self.created or edit.action == Action.CREATED
        self.deleted = edit.action == Action.DELETED
        for name, (before, after) in edit.fields.items():
            oldest = self.fields[name].before if name in self.fields else before
            self.fields[name] = ValueChange(oldest, after)


def net_changes(
    session: Session, group_id: str, kind: str, ids: Iterable[str]
) -> Mapping[str, NetChange]:
    """Return the net effect of a group of edits on records of one kind, by record id."""
    statement = select(RecordEditRow.record_id, RecordEditRow.action, RecordEditRow.fields).where(
        RecordEditRow.group_id == group_id,
        RecordEditRow.kind == kind,
        RecordEditRow.record_id.in_(ids),
    )
    nets: dict[str, NetChange] = defaultdict(NetChange)
    for row in session.execute(statement.order_by(RecordEditRow.id)):
        nets[row.record_id].add(row)
    return nets


@dataclass(frozen=True, slots=True)
class KeptChange:
    """A record, or fields of it, that an undo does not change, since they were edited later."""

    kind: str
    record_id: str
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class WriteResult:
    """Result of writing or undoing changes: how many records changed, and what was kept."""

    count: int = 0
    kept: list[KeptChange] = field(default_factory=list)


def _ignore_progress(_processed: int, _total: int) -> None:
    pass


def undo(
    session: Session, group_id: str, on_done: Callable[[int, int], None] = _ignore_progress
) -> WriteResult:
    """Undo a group of edits by the session's author, and expunge all objects of the session.

    A field gets its previous value back if it still has the value from the group. A record that
    the group created is retired, unless it was edited since or has later parts: then it is kept,
    with its parts and parents.

    Args:
        on_done: called with the number of processed records and the total.
    """
    ids_by_kind = _changed_records(session, group_id)
    records_to_keep = _records_to_keep(session, group_id)
    result, processed, total = WriteResult(), 0, sum(map(len, ids_by_kind.values()))
    for kind, ids in ids_by_kind.items():
        for batch in in_batches(ids, _CHUNK):
            nets = net_changes(session, group_id, kind, batch)
            _undo_batch(session, kind, nets, records_to_keep, result)
            session.flush()
            session.expunge_all()
            processed += len(batch)
            on_done(processed, total)
    forget_withheld_groups(session, group_id)
    return result


def preview_undo(session: Session, group_id: str) -> list[KeptChange]:
    """Return the records and fields that an undo of a group would leave as they are."""
    records_to_keep = _records_to_keep(session, group_id)
    kept_changes = [KeptChange(*key) for key in sorted(records_to_keep)]
    changed_keys = [key for key in _edited_since(session, group_id) if key not in records_to_keep]
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, record_id in changed_keys:
        by_kind[kind].append(record_id)
    for kind, ids in by_kind.items():
        for batch in in_batches(ids, _CHUNK):
            nets = net_changes(session, group_id, kind, batch)
            row_class = ROWS[kind]
            rows = session.scalars(select(row_class).where(row_class.id.in_(batch)))
            kept_changes.extend(
                KeptChange(kind, row.id, fields)
                for row in rows
                if (fields := _record_fields(kind, _changed_since(row, nets[row.id])))
            )
    return kept_changes


def _changed_records(session: Session, group_id: str) -> dict[str, list[str]]:
    ids_by_kind: dict[str, list[str]] = defaultdict(list)
    statement = (
        select(RecordEditRow.kind, RecordEditRow.record_id)
        .where(RecordEditRow.group_id == group_id)
        .distinct()
    )
    for kind, record_id in session.execute(
        statement.order_by(RecordEditRow.kind, RecordEditRow.record_id)
    ):
        ids_by_kind[kind].append(record_id)
    return {kind: ids_by_kind[kind] for kind in KINDS if kind in ids_by_kind}


def _undo_batch(
    session: Session,
    kind: str,
    nets: Mapping[str, NetChange],
    records_to_keep: set[Key],
    result: WriteResult,
) -> None:
    row_class = ROWS[kind]
    created = {record_id for record_id, net in nets.items() if net.created}
    kept_ids = {record_id for record_id in created if (kind, record_id) in records_to_keep}
    existing_ids = session.scalars(select(row_class.id).where(row_class.id.in_(kept_ids)))
    result.kept += (KeptChange(kind, record_id) for record_id in existing_ids.all())
    result.count += retire_rows(session, kind, created - kept_ids)
    not_created = nets.keys() - created
    rows = session.scalars(select(row_class).where(row_class.id.in_(not_created)))
    row_by_id = {row.id: row for row in rows}
    for record_id in not_created:
        row, net = row_by_id.get(record_id), nets[record_id]
        if row is not None:
            _undo_fields(row, net, result)
        elif net.deleted:
            session.add(_row_before(kind, record_id, net))
            result.count += 1


def _undo_fields(row: RecordRow, net: NetChange, result: WriteResult) -> None:
    kind = row.__tablename__
    changed_since = _changed_since(row, net)
    restored = net.fields.keys() - set(changed_since)
    _restore_fields(row, net, restored)
    result.count += bool(restored)
    if kept_fields := _record_fields(kind, changed_since):
        result.kept.append(KeptChange(kind, row.id, kept_fields))


def restore(session: Session, edits: Iterable[Edit], only: Collection[str] = ()) -> bool:
    """Restore records to their state before some edits, overwriting later changes.

    Records that the edits created are retired, so that their history is kept; records that they
    deleted are created again.

    Args:
        edits: edits of one group.
        only: columns of changed records to restore; all if empty.

    Returns:
        Whether any record changed.
    """
    nets: dict[Key, NetChange] = defaultdict(NetChange)
    for edit in sorted(edits, key=lambda edit: edit.number):
        nets[edit.kind, edit.record_id].add(edit)
    outcomes = [_restore_record(session, *key, net, only) for key, net in nets.items()]
    return any(outcomes)


def _restore_record(
    session: Session, kind: str, record_id: str, net: NetChange, only: Collection[str]
) -> bool:
    row = session.get(ROWS[kind], record_id)
    if row is None:
        was_deleted = net.deleted and not net.created
        if was_deleted:
            session.add(_row_before(kind, record_id, net))
        return was_deleted
    if net.created:
        was_active = row.retired_at is None
        row.retired_at = row.retired_at or datetime.now(UTC)
        return was_active
    if net.deleted:  # it was created again since
        return False
    _restore_fields(row, net, only or net.fields)
    return session.is_modified(row)


def _row_before(kind: str, record_id: str, net: NetChange) -> RecordRow:
    """Return a new row with the last values of a deleted record."""
    values = {
        name: from_json_value(kind, name, change.before) for name, change in net.fields.items()
    }
    return ROWS[kind](id=record_id, **values)


def _restore_fields(row: RecordRow, net: NetChange, names: Iterable[str]) -> None:
    for name in names:
        setattr(row, name, from_json_value(row.__tablename__, name, net.fields[name].before))


def _record_fields(kind: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that are fields of a record, which are shown to people."""
    return tuple(name for name in columns if name in field_names(kind))


def _changed_since(row: RecordRow, net: NetChange) -> tuple[str, ...]:
    return tuple(
        name
        for name, change in net.fields.items()
        if json_value(getattr(row, name)) != change.after
    )


def _edited_since(session: Session, group_id: str) -> dict[Key, NetChange]:
    """Return the net effect of later edits by other groups on the records of a group."""
    edit, later = RecordEditRow, aliased(RecordEditRow)
    is_in_group = exists().where(
        edit.group_id == group_id,
        edit.record_id == later.record_id,
        edit.kind == later.kind,
        edit.id < later.id,
    )
    first_edit = select(edit.id).where(edit.group_id == group_id).order_by(edit.id).limit(1)
    statement = select(later).where(
        later.id > first_edit.scalar_subquery(), later.group_id != group_id, is_in_group
    )
    nets: dict[Key, NetChange] = defaultdict(NetChange)
    for row in session.scalars(statement.order_by(later.id)):
        nets[row.kind, row.record_id].add(row)
    return {
        key: net
        for key, net in nets.items()
        if any(change.before != change.after for change in net.fields.values())
    }


def _records_to_keep(session: Session, group_id: str) -> set[Key]:
    """Return the records created by a group that its undo must not retire."""
    edited = _created_among(session, group_id, _edited_since(session, group_id))
    kept = edited | _records_with_later_parts(session, group_id)
    unexplored = set(kept)
    while unexplored:
        neighbors = _parents_and_parts(session, unexplored)
        unexplored = _created_among(session, group_id, neighbors) - kept
        kept |= unexplored
    return kept


def _created_among(session: Session, group_id: str, keys: Collection[Key]) -> set[Key]:
    """Return the records that a group created, of those given."""
    created: set[Key] = set()
    for batch in in_batches(keys, _CHUNK):
        statement = select(RecordEditRow.kind, RecordEditRow.record_id).where(
            RecordEditRow.group_id == group_id,
            RecordEditRow.action == Action.CREATED,
            RecordEditRow.record_id.in_({record_id for _, record_id in batch}),
        )
        created.update((kind, record_id) for kind, record_id in session.execute(statement))
    return created & set(keys)


def _records_with_later_parts(session: Session, group_id: str) -> set[Key]:
    """Return the records created by a group that have parts which it did not create or move."""
    kept: set[Key] = set()
    for kind, row_class in ROWS.items():
        for parent_field in PARENT_FIELDS.keys() & set(field_names(kind)):
            parent_column = getattr(row_class, parent_field)
            later_parts = select(row_class.id, parent_column.label("parent")).where(
                row_class.retired_at.is_(None),
                *_not_by_rule_conditions(row_class),
                _was_created_by(group_id, PARENT_FIELDS[parent_field], parent_column),
                ~_was_created_by(group_id, kind, row_class.id),
            )
            parent_by_part = {row.id: row.parent for row in session.execute(later_parts)}
            for batch in in_batches(parent_by_part, _CHUNK):
                nets = net_changes(session, group_id, kind, batch)
                kept.update(
                    (PARENT_FIELDS[parent_field], parent_by_part[part])
                    for part in batch
                    if part not in nets or parent_field not in nets[part].fields
                )
    return kept


def _not_by_rule_conditions(row_class: type[RecordRow]) -> list[ColumnElement[bool]]:
    """Return conditions that exclude headings set by rule, which are computed again anyway."""
    return [row_class.set_by != SET_BY_RULE] if hasattr(row_class, "set_by") else []


def _was_created_by(group_id: str, kind: str, record_id: Any) -> ColumnElement[bool]:
    created_edit = aliased(RecordEditRow)
    return exists().where(
        and_(
            created_edit.group_id == group_id,
            created_edit.action == Action.CREATED,
            created_edit.kind == kind,
            created_edit.record_id == record_id,
        )
    )


def _parents_and_parts(session: Session, keys: Iterable[Key]) -> set[Key]:
    ids: dict[str, list[str]] = defaultdict(list)
    for kind, record_id in keys:
        ids[kind].append(record_id)
    neighbors: set[Key] = set()
    for kind, record_ids in ids.items():
        for batch in in_batches(record_ids, _CHUNK):
            row_class = ROWS[kind]
            for row in session.scalars(select(row_class).where(row_class.id.in_(batch))):
                parents = parents_of(record_from(row, Record))
                neighbors.update((parent_kind, parent_id) for _, parent_kind, parent_id in parents)
            neighbors |= _parts(session, kind, batch)
    return neighbors


def _parts(session: Session, kind: str, ids: list[str]) -> set[Key]:
    """Return the parts that are owned by records of a kind.

    A service at location and an attribute are owned by the service only: otherwise one kept record
    would keep all others at its location, or under its term.
    """
    parts: set[Key] = set()
    for part_kind, row_class in ROWS.items():
        if part_kind in INDEPENDENT_KINDS:
            continue
        for condition in _ownership_conditions(row_class, part_kind, kind, ids):
            parts.update(
                (part_kind, part_id)
                for part_id in session.scalars(select(row_class.id).where(condition))
            )
    return parts


def _ownership_conditions(
    row_class: type[RecordRow], part_kind: str, kind: str, ids: list[str]
) -> Iterable[ColumnElement[bool]]:
    if hasattr(row_class, "link_id"):
        linked: Any = row_class
        return [(linked.link_entity == kind) & linked.link_id.in_(ids)]
    owner_fields = [name for name in OWNER_FIELDS if name in field_names(part_kind)]
    return [
        and_(
            getattr(row_class, name).in_(ids),
            *(getattr(row_class, nearer).is_(None) for nearer in owner_fields[:position]),
        )
        for position, name in enumerate(owner_fields)
        if PARENT_FIELDS[name] == kind
    ]
