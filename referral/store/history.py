"""Edit history of records by field, written in the transaction of the edits.

Imports, edits by hand, restoring, undoing and merging all write through sessions, so all of them
are recorded in the same way and can be undone along the history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, attributes

from referral.records.classification import SET_BY_RULE
from referral.records.edits import Action, Author, Edit, MadeBy
from referral.records.record_ids import CAPACITY_SOURCE
from referral.store.base import RecordRow
from referral.store.conversion import ROWS, json_value
from referral.store.row_insertion import insert_rows
from referral.store.rows import ServiceHeadingRow
from referral.store.rows_log import RecordEditRow

_AUTHOR = "who writes in this session"
_UNRECORDED_COLUMNS = frozenset({"id", "updated_at"})
# Values by people are kept when the next import of the list differs.
HANDS = frozenset(way.value for way in (MadeBy.HAND, MadeBy.PROVIDER, MadeBy.RESTORE, MadeBy.MERGE))


EditEntry = tuple[str, str, Action, Mapping[str, Any]]
"""Kind and id of a record, the action, and the values before and after by column."""


def set_author(session: Session, author: Author) -> None:
    """Set the author under whom a session's changes are recorded in the history."""
    session.info[_AUTHOR] = author


def author_of(session: Session) -> Author:
    """Return the author of a session's changes."""
    author: Author = session.info.setdefault(_AUTHOR, Author())
    return author


def edits_of(session: Session, kind: str, record_ids: Iterable[str]) -> list[Edit]:
    """Return the edits of records of one kind, newest first."""
    statement = select(RecordEditRow).where(
        RecordEditRow.kind == kind, RecordEditRow.record_id.in_(list(record_ids))
    )
    return [
        _edit_from_row(row) for row in session.scalars(statement.order_by(RecordEditRow.id.desc()))
    ]


def edits_of_group(session: Session, group_id: str) -> list[Edit]:
    """Return the edits of a group, newest first: the order in which they can be undone."""
    statement = select(RecordEditRow).where(RecordEditRow.group_id == group_id)
    return [
        _edit_from_row(row) for row in session.scalars(statement.order_by(RecordEditRow.id.desc()))
    ]


def edited_by_hand(session: Session, kind: str, source: str) -> dict[str, frozenset[str]]:
    """Return the fields whose current value is by a person, by id of the records of a source."""
    edited = values_before_edits(session, kind, source)
    return {record_id: frozenset(fields) for record_id, fields in edited.items()}


def values_before_edits(session: Session, kind: str, source: str) -> dict[str, dict[str, Any]]:
    """Return the values that people replaced in records of a source, by record id and field.

    The value of a field is that before its first edit by hand that no import has replaced since:
    the value of the source, as JSON value.
    """
    row_class = ROWS[kind]
    edited_by_hand_ids = select(RecordEditRow.record_id).where(
        RecordEditRow.kind == kind, RecordEditRow.made_by.in_(HANDS)
    )
    record_ids = select(row_class.id).where(
        row_class.source == source, row_class.id.in_(edited_by_hand_ids)
    )
    statement = select(RecordEditRow).where(
        RecordEditRow.kind == kind, RecordEditRow.record_id.in_(record_ids)
    )
    values_by_hand: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    values_before: dict[str, dict[str, Any]] = defaultdict(dict)
    for edit in session.scalars(statement.order_by(RecordEditRow.id)):
        typed_values, fields_before = values_by_hand[edit.record_id], values_before[edit.record_id]
        for name, (before, after) in edit.fields.items():
            if edit.made_by in HANDS:
                typed_values[name].append(after)
            # Undoing an import restores a value by a person as such.
            if edit.made_by in {*HANDS, MadeBy.UNDO.value} and after in typed_values[name]:
                fields_before.setdefault(name, before)
            else:
                fields_before.pop(name, None)
    return {
        record_id: fields_before
        for record_id, fields_before in values_before.items()
        if fields_before
    }


def record_history(session: Session, _context: object, _instances: object) -> None:
    """Record in the history what a flush is about to change; listens to ``before_flush``."""
    log_edits(
        session,
        (*_created_entries(session), *_changed_entries(session), *_deleted_entries(session)),
    )


def log_edits(session: Session, entries: Iterable[EditEntry]) -> None:
    """Record edits in the history, by the session's author. Bulk statements require this call."""
    rows = [
        {"kind": kind, "record_id": record_id, "action": action.value, "fields": fields}
        for kind, record_id, action, fields in entries
    ]
    if not rows:
        return
    author = author_of(session)
    insert_rows(
        session,
        RecordEditRow,
        rows,
        happened_at=datetime.now(UTC),
        made_by=author.made_by.value,
        account_id=author.account_id,
        batch_id=author.batch_id,
        group_id=author.group_id,
    )


def is_set_by_rule(kind: str, set_by: str | None) -> bool:
    """Return whether a record is a heading set by crosswalk rule, which the history leaves out."""
    return kind == ServiceHeadingRow.__tablename__ and set_by == SET_BY_RULE


def _created_entries(session: Session) -> Iterator[EditEntry]:
    for row in _recorded_rows(session.new):
        yield row.__tablename__, row.id, Action.CREATED, {}


def _changed_entries(session: Session) -> Iterator[EditEntry]:
    for row in _recorded_rows(session.dirty):
        changes = {}
        unmodified = inspect(row).unmodified
        for name in _recorded_columns(row):
            if name in unmodified:
                continue
            history = attributes.get_history(row, name)
            if history.added and history.deleted and history.added[0] != history.deleted[0]:
                changes[name] = [json_value(history.deleted[0]), json_value(history.added[0])]
        if changes:
            yield row.__tablename__, row.id, Action.CHANGED, changes


def _deleted_entries(session: Session) -> Iterator[EditEntry]:
    for row in _recorded_rows(session.deleted):
        values_before = {
            name: [json_value(getattr(row, name)), None] for name in _recorded_columns(row)
        }
        yield row.__tablename__, row.id, Action.DELETED, values_before


def _recorded_rows(rows: Iterable[object]) -> Iterator[RecordRow]:
    for row in rows:
        if isinstance(row, RecordRow):
            kind = row.__tablename__
            # Statements of capacity have a history of their own, which is pruned.
            if not is_set_by_rule(kind, getattr(row, "set_by", None)) and (
                row.source != CAPACITY_SOURCE
            ):
                yield row


def _recorded_columns(row: RecordRow) -> Iterator[str]:
    names: Iterable[str] = inspect(type(row)).column_attrs.keys()
    return (name for name in names if name not in _UNRECORDED_COLUMNS)


def _edit_from_row(row: RecordEditRow) -> Edit:
    return Edit(
        number=row.id,
        kind=row.kind,
        record_id=row.record_id,
        action=Action(row.action),
        fields={name: (before, after) for name, (before, after) in row.fields.items()},
        happened_at=row.happened_at,
        author=Author(
            made_by=MadeBy(row.made_by),
            account_id=row.account_id,
            batch_id=row.batch_id,
            group_id=row.group_id,
        ),
    )
