"""Edit history of a record and its children, and the restoring of earlier values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.rows import AccountRow
from referral.curation.drafts import RecordTree, load_tree
from referral.curation.save import manual_author, refuse_errors, write_transaction
from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.records.edits import Action, MadeBy
from referral.records.hsds import Record
from referral.records.kinds import PARENT_FIELDS, field_names
from referral.records.page import Page
from referral.store.conversion import ROWS, record_from
from referral.store.history import edits_of_group
from referral.store.rows_log import ImportBatchRow, RecordEditRow
from referral.store.undo import restore
from referral.store.withheld_groups import forget_withheld_groups

GROUPS_ON_A_PAGE = 20
# Columns that mean nothing to curators.
_HIDDEN_FIELDS = frozenset({"link_id", "link_entity", "position_source"})
_RETIRED_AT = "retired_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedField:
    """A change of one field of a record, as its edit history shows it.

    ``before`` and ``after`` are JSON values.
    """

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedRecord:
    """An edit of one record or child record, as the edit history shows it.

    Attributes:
        number: number of the edit.
        action: created, changed or deleted; ``retired`` or ``brought-back`` if the edit did so.
        record: the current version of the record; None if it was deleted.
    """

    number: int
    kind: str
    record_id: str
    action: str
    record: Record | None
    fields: tuple[EditedField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """A group of edits in the history of a record: a save, an import, an undo.

    Attributes:
        happened_at: UTC instant.
        who: name of the member of staff; "" if no account made the edits.
        list_name: source list, for an import or the undo of an import.
    """

    group_id: str
    happened_at: datetime
    made_by: MadeBy
    who: str
    list_name: str
    changes: tuple[EditedRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A page of the edit history of a record.

    ``names`` has the names of referenced records by id.
    """

    kind: str
    record: Record
    entries: Page[HistoryEntry]
    names: Mapping[str, str]


def read_history(instance: Instance, kind: str, record_id: str, page: int = 1) -> HistoryPage:
    """Return a page of the edit history of a record and its children, newest first.

    Raises:
        NotFoundError: there is no such record.
    """
    with instance.store.read() as session:
        tree = load_tree(session, kind, record_id)
        of_tree = _edits_of_tree(tree)
        groups = _page_of_groups(session, of_tree, page)
        edits = _read_edits(session, of_tree, groups)
        entries = groups.with_items(_iter_entries(session, tree, edits))
        return HistoryPage(
            kind=kind,
            record=record_from(tree.row, Record),
            entries=entries,
            names=_read_names(session, entries),
        )


def restore_field(
    instance: Instance, kind: str, record_id: str, number: int, name: str, actor: Actor
) -> bool:
    """Restore the value that a field of a record had before an edit.

    Return whether this changed anything.

    Raises:
        NotFoundError: there is no such record, or no such edit of it.
        RefusedError: the record would be invalid.
    """
    with instance.store.read() as session:
        row = session.get(RecordEditRow, number)
        group_id = row.group_id if row and name in row.fields else ""
    return _restore(instance, kind, record_id, group_id, actor, _FieldEdit(number, name))


def restore_edit(
    instance: Instance, kind: str, record_id: str, group_id: str, actor: Actor
) -> bool:
    """Undo a group of edits of a record and its child records; return whether anything changed.

    Raises:
        NotFoundError: there is no such record, or no edit of it in this group.
        RefusedError: the record would be invalid.
    """
    return _restore(instance, kind, record_id, group_id, actor)


class _FieldEdit(NamedTuple):
    number: int
    field: str


def _restore(
    instance: Instance,
    kind: str,
    record_id: str,
    group_id: str,
    actor: Actor,
    only: _FieldEdit | None = None,
) -> bool:
    """Restore a record's values before a group of edits, or only the field of one edit."""
    author = manual_author(actor, MadeBy.RESTORE)
    with write_transaction(instance, author) as session:
        tree = load_tree(session, kind, record_id, locked=True)
        keys = {(row_kind, row_id) for row_kind, ids in tree.ids().items() for row_id in ids}
        edits = edits_of_group(session, group_id) if group_id else []
        chosen = [edit for edit in edits if (edit.kind, edit.record_id) in keys]
        if only:
            chosen = [edit for edit in chosen if edit.number == only.number]
        if not chosen:
            raise NotFoundError("There is no such change of this record.")
        is_changed = restore(session, chosen, (only.field,) if only else ())
        if chosen == edits and not only:  # the whole group is undone
            forget_withheld_groups(session, group_id)
        present = [row for row in (tree.row, *tree.children) if row.retired_at is None]
        refuse_errors(record_from(row, Record) for row in present)
        if is_changed:
            record_audit(session, actor, "record-restored", kind, record_id, group=author.group_id)
    instance.index.sync_after_commit()
    return is_changed


def _edits_of_tree(tree: RecordTree) -> ColumnElement[bool]:
    return or_(
        *(
            and_(RecordEditRow.kind == kind, RecordEditRow.record_id.in_(ids))
            for kind, ids in tree.ids().items()
        )
    )


def _page_of_groups(session: Session, of_tree: ColumnElement[bool], number: int) -> Page[str]:
    total = session.scalar(select(func.count(RecordEditRow.group_id.distinct())).where(of_tree))
    page = Page.at(number, GROUPS_ON_A_PAGE, total or 0)
    groups = session.scalars(
        select(RecordEditRow.group_id)
        .where(of_tree)
        .group_by(RecordEditRow.group_id)
        .order_by(func.max(RecordEditRow.id).desc())
        .offset(page.offset)
        .limit(page.size)
    )
    return page.with_items(groups)


def _read_edits(
    session: Session, of_tree: ColumnElement[bool], groups: Iterable[str]
) -> list[RecordEditRow]:
    statement = (
        select(RecordEditRow)
        .where(of_tree, RecordEditRow.group_id.in_(groups))
        .order_by(RecordEditRow.id.desc())
    )
    return list(session.scalars(statement))


def _iter_entries(
    session: Session, tree: RecordTree, all_edits: Sequence[RecordEditRow]
) -> Iterator[HistoryEntry]:
    groups: dict[str, list[RecordEditRow]] = {}
    for edit in all_edits:
        groups.setdefault(edit.group_id, []).append(edit)
    accounts = _names_by_id(
        session, AccountRow.id, AccountRow.name, (edit.account_id for edit in all_edits)
    )
    batches = _names_by_id(
        session, ImportBatchRow.id, ImportBatchRow.source, (edit.batch_id for edit in all_edits)
    )
    for group_id, edits in groups.items():
        changes = [change for edit in edits if (change := _edited_record(tree, edit))]
        if changes:
            yield HistoryEntry(
                group_id=group_id,
                happened_at=edits[0].happened_at,
                made_by=MadeBy(edits[0].made_by),
                who=accounts.get(edits[0].account_id, ""),
                list_name=batches.get(edits[0].batch_id, ""),
                changes=tuple(changes),
            )


def _edited_record(tree: RecordTree, row: RecordEditRow) -> EditedRecord | None:
    stored = tree.row if row.kind == tree.kind else tree.find(row.kind, row.record_id)
    fields = [
        EditedField(name=name, before=before, after=after)
        for name, (before, after) in row.fields.items()
        if name in field_names(row.kind) and name not in _HIDDEN_FIELDS
    ]
    action = row.action
    if action == Action.CHANGED and _RETIRED_AT in row.fields:
        action = "retired" if row.fields[_RETIRED_AT][1] else "brought-back"
    elif action == Action.CHANGED and not fields:
        return None  # only provenance changed
    return EditedRecord(
        number=row.id,
        kind=row.kind,
        record_id=row.record_id,
        action=action,
        record=record_from(stored, Record) if stored else None,
        fields=tuple(fields),
    )


def _names_by_id(session: Session, key: Any, name: Any, ids: Iterable[str]) -> dict[str, str]:
    wanted = {row_id for row_id in ids if row_id}
    rows = session.execute(select(key, name).where(key.in_(wanted))) if wanted else ()
    return {row_id: row_name for row_id, row_name in rows}  # noqa: C416  # rows are not pairs


def _read_names(session: Session, entries: Iterable[HistoryEntry]) -> dict[str, str]:
    """Return the names of records to which changes in an edit history refer."""
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        for change in entry.changes:
            for field in change.fields:
                if field.name in PARENT_FIELDS:
                    wanted.setdefault(PARENT_FIELDS[field.name], set()).update(
                        filter(None, (field.before, field.after))
                    )
            for name in ("location_id", "taxonomy_term_id"):
                if found := getattr(change.record, name, ""):
                    wanted.setdefault(PARENT_FIELDS[name], set()).add(found)
    names: dict[str, str] = {}
    for kind, ids in wanted.items():
        row_class: Any = ROWS[kind]
        if hasattr(row_class, "name"):
            names |= _names_by_id(session, row_class.id, row_class.name, ids)
    return names
