"""Undo of a group of edits, field by field, except for fields that were changed since.

Imports, merges and undos write their edits under a group in the history, along which they are
undone. An undo is recorded there too, so it can be undone in turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

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


@dataclass(slots=True)
class NetChange:
    """The net effect of a group of edits on a record."""

    created: bool = False
    deleted: bool = False
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def add(self, edit: Any) -> None:
        """Add the next edit of the record; edits are added oldest first."""
        self.created = self.created or edit.action == Action.CREATED
        self.deleted = edit.action == Action.DELETED
        for name, (before, after) in edit.fields.items():
            first = self.fields[name][0] if name in self.fields else before
            self.fields[name] = (first, after)


def net_changes(
    session: Session, group_id: str, kind: str, ids: Iterable[str]
) -> Mapping[str, NetChange]:
    """Return the net effect of a group of edits on records of one kind, by record id."""
    edit = RecordEditRow
    statement = select(edit.record_id, edit.action, edit.fields).where(
        edit.group_id == group_id, edit.kind == kind, edit.record_id.in_(ids)
    )
    nets: dict[str, NetChange] = defaultdict(NetChange)
    for row in session.execute(statement.order_by(edit.id)):
        nets[row.record_id].add(row)
    return nets


_CHUNK = 500


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
    stays: list[KeptChange] = field(default_factory=list)


def _ignore_progress(_done: int, _total: int) -> None:
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
    touched = _changed_records(session, group_id)
    kept = _records_to_keep(session, group_id)
    done, seen, total = WriteResult(), 0, sum(map(len, touched.values()))
    for kind, ids in touched.items():
        for some in in_batches(ids, _CHUNK):
            nets = net_changes(session, group_id, kind, some)
            _undo_batch(session, kind, nets, kept, done)
            session.flush()
            session.expunge_all()
            seen += len(some)
            on_done(seen, total)
    forget_withheld_groups(session, group_id)
    return done


def preview_undo(session: Session, group_id: str) -> list[KeptChange]:
    """Return the records and fields that an undo of a group would leave as they are."""
    kept = _records_to_keep(session, group_id)
    found = [KeptChange(*key) for key in sorted(kept)]
    changed = [key for key in _edited_since(session, group_id) if key not in kept]
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, record_id in changed:
        by_kind[kind].append(record_id)
    for kind, ids in by_kind.items():
        for some in in_batches(ids, _CHUNK):
            nets = net_changes(session, group_id, kind, some)
            row_class = ROWS[kind]
            rows = session.scalars(select(row_class).where(row_class.id.in_(some)))
            found.extend(
                KeptChange(kind, row.id, fields)
                for row in rows
                if (fields := _record_fields(kind, _changed_since(row, nets[row.id])))
            )
    return found


def _changed_records(session: Session, group_id: str) -> dict[str, list[str]]:
    edit = RecordEditRow
    found: dict[str, list[str]] = defaultdict(list)
    statement = select(edit.kind, edit.record_id).where(edit.group_id == group_id).distinct()
    for kind, record_id in session.execute(statement.order_by(edit.kind, edit.record_id)):
        found[kind].append(record_id)
    return {kind: found[kind] for kind in KINDS if kind in found}


def _undo_batch(
    session: Session,
    kind: str,
    nets: Mapping[str, NetChange],
    kept_records: set[Key],
    done: WriteResult,
) -> None:
    row_class = ROWS[kind]
    created = {record_id for record_id, net in nets.items() if net.created}
    kept = {record_id for record_id in created if (kind, record_id) in kept_records}
    present = session.scalars(select(row_class.id).where(row_class.id.in_(kept)))
    done.stays += (KeptChange(kind, record_id) for record_id in present.all())
    done.count += retire_rows(session, kind, created - kept)
    others = nets.keys() - created
    rows = session.scalars(select(row_class).where(row_class.id.in_(others)))
    by_id = {row.id: row for row in rows}
    for record_id in others:
        row, net = by_id.get(record_id), nets[record_id]
        if row is not None:
            _undo_fields(row, net, done)
        elif net.deleted:
            session.add(_row_before(kind, record_id, net))
            done.count += 1


def _undo_fields(row: RecordRow, net: NetChange, done: WriteResult) -> None:
    kind = row.__tablename__
    changed = _changed_since(row, net)
    going_back = net.fields.keys() - set(changed)
    _set_back(row, net, going_back)
    done.count += bool(going_back)
    if shown := _record_fields(kind, changed):
        done.stays.append(KeptChange(kind, row.id, shown))


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
    for edit in sorted(edits, key=lambda each: each.number):
        nets[edit.kind, edit.record_id].add(edit)
    changed = [_restore_record(session, *key, net, only) for key, net in nets.items()]
    return any(changed)


def _restore_record(
    session: Session, kind: str, record_id: str, net: NetChange, only: Collection[str]
) -> bool:
    row = session.get(ROWS[kind], record_id)
    if row is None:
        is_missing = net.deleted and not net.created
        if is_missing:
            session.add(_row_before(kind, record_id, net))
        return is_missing
    if net.created:
        was_active = row.retired_at is None
        row.retired_at = row.retired_at or datetime.now(UTC)
        return was_active
    if net.deleted:  # it was created again since
        return False
    _set_back(row, net, only or net.fields)
    return session.is_modified(row)


def _row_before(kind: str, record_id: str, net: NetChange) -> RecordRow:
    """Return a new row with the last values of a deleted record."""
    values = {name: from_json_value(kind, name, before) for name, (before, _) in net.fields.items()}
    return ROWS[kind](id=record_id, **values)


def _set_back(row: RecordRow, net: NetChange, names: Iterable[str]) -> None:
    for name in names:
        setattr(row, name, from_json_value(row.__tablename__, name, net.fields[name][0]))


def _record_fields(kind: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that are fields of a record, which are shown to people."""
    return tuple(name for name in columns if name in field_names(kind))


def _changed_since(row: RecordRow, net: NetChange) -> tuple[str, ...]:
    return tuple(
        name for name, (_, after) in net.fields.items() if json_value(getattr(row, name)) != after
    )


def _edited_since(session: Session, group_id: str) -> dict[Key, NetChange]:
    """Return the net effect of later edits by other groups on the records of a group."""
    edit, later = RecordEditRow, aliased(RecordEditRow)
    touched = exists().where(
        edit.group_id == group_id,
        edit.record_id == later.record_id,
        edit.kind == later.kind,
        edit.id < later.id,
    )
    first = select(edit.id).where(edit.group_id == group_id).order_by(edit.id).limit(1)
    statement = select(later).where(
        later.id > first.scalar_subquery(), later.group_id != group_id, touched
    )
    nets: dict[Key, NetChange] = defaultdict(NetChange)
    for row in session.scalars(statement.order_by(later.id)):
        nets[row.kind, row.record_id].add(row)
    return {
        key: net
        for key, net in nets.items()
        if any(before != after for before, after in net.fields.values())
    }


def _records_to_keep(session: Session, group_id: str) -> set[Key]:
    """Return the records created by a group that its undo must not retire."""
    edited = _created_among(session, group_id, _edited_since(session, group_id))
    kept = edited | _with_later_parts(session, group_id)
    waiting = set(kept)
    while waiting:
        near = _parents_and_parts(session, waiting)
        waiting = _created_among(session, group_id, near) - kept
        kept |= waiting
    return kept


def _created_among(session: Session, group_id: str, keys: Collection[Key]) -> set[Key]:
    """Return the records that a group created, of those given."""
    edit = RecordEditRow
    found: set[Key] = set()
    for some in in_batches(keys, _CHUNK):
        statement = select(edit.kind, edit.record_id).where(
            edit.group_id == group_id,
            edit.action == Action.CREATED,
            edit.record_id.in_({record_id for _, record_id in some}),
        )
        found.update((kind, record_id) for kind, record_id in session.execute(statement))
    return found & set(keys)


def _with_later_parts(session: Session, group_id: str) -> set[Key]:
    """Return the records created by a group that have parts which it did not create or move."""
    kept: set[Key] = set()
    for kind, row in ROWS.items():
        for name in PARENT_FIELDS.keys() & set(field_names(kind)):
            parent = getattr(row, name)
            later_parts = select(row.id, parent).where(
                row.retired_at.is_(None),
                *_not_by_rule(row),
                _created(group_id, PARENT_FIELDS[name], parent),
                ~_created(group_id, kind, row.id),
            )
            parents = {found[0]: found[1] for found in session.execute(later_parts)}
            for some in in_batches(parents, _CHUNK):
                nets = net_changes(session, group_id, kind, some)
                kept.update(
                    (PARENT_FIELDS[name], parents[part])
                    for part in some
                    if part not in nets or name not in nets[part].fields
                )
    return kept


def _not_by_rule(row: type[RecordRow]) -> list[ColumnElement[bool]]:
    """Return conditions that leave out headings set by rule, which are computed again anyway."""
    return [row.set_by != SET_BY_RULE] if hasattr(row, "set_by") else []


def _created(group_id: str, kind: str, record_id: Any) -> ColumnElement[bool]:
    edit = aliased(RecordEditRow)
    return exists().where(
        and_(
            edit.group_id == group_id,
            edit.action == Action.CREATED,
            edit.kind == kind,
            edit.record_id == record_id,
        )
    )


def _parents_and_parts(session: Session, keys: Iterable[Key]) -> set[Key]:
    ids: dict[str, list[str]] = defaultdict(list)
    for kind, record_id in keys:
        ids[kind].append(record_id)
    found: set[Key] = set()
    for kind, wanted in ids.items():
        for some in in_batches(wanted, _CHUNK):
            row_class = ROWS[kind]
            for row in session.scalars(select(row_class).where(row_class.id.in_(some))):
                parents = parents_of(record_from(row, Record))
                found.update((parent_kind, parent) for _, parent_kind, parent in parents)
            found |= _parts(session, kind, some)
    return found


def _parts(session: Session, kind: str, ids: list[str]) -> set[Key]:
    """Return the parts that are owned by records of a kind.

    A service at location and an attribute are owned by the service only: otherwise one kept record
    would keep all others at its location, or under its term.
    """
    found: set[Key] = set()
    for part_kind, row in ROWS.items():
        if part_kind in INDEPENDENT_KINDS:
            continue
        for condition in _owned_by(row, part_kind, kind, ids):
            found.update(
                (part_kind, part) for part in session.scalars(select(row.id).where(condition))
            )
    return found


def _owned_by(
    row: type[RecordRow], part_kind: str, kind: str, ids: list[str]
) -> Iterable[ColumnElement[bool]]:
    if hasattr(row, "link_id"):
        linked: Any = row
        return [(linked.link_entity == kind) & linked.link_id.in_(ids)]
    names = [name for name in OWNER_FIELDS if name in field_names(part_kind)]
    return [
        and_(
            getattr(row, name).in_(ids), *(getattr(row, nearer).is_(None) for nearer in names[:at])
        )
        for at, name in enumerate(names)
        if PARENT_FIELDS[name] == kind
    ]
