"""Writes rows of the vocabulary and keeps what they were, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from referral.records.accounts import Actor
from referral.store.base import Base
from referral.store.rows_classification import (
    CrosswalkRuleRow,
    HeadingRow,
)
from referral.store.rows_texts import SiteTextRow, TaxonomyNoticeRow
from referral.store.word_lists import CrisisWordRow, ThesaurusEntryRow
from referral.vocabulary.records import (
    RowChange,
    VocabularyRefusal,
    VocabularyRefusedError,
)
from referral.vocabulary.rows import VocabularyEditRow

TABLES: Mapping[str, type[Base]] = {
    row.__tablename__: row
    for row in (
        ThesaurusEntryRow, CrisisWordRow, HeadingRow, CrosswalkRuleRow, SiteTextRow,
        TaxonomyNoticeRow,
    )
}  # fmt: skip
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """A row as it was and as it is; None where there was or is none."""

    kind: str
    key: str
    before: Values | None
    after: Values | None


def write_rows(session: Session, changes: Iterable[RowChange]) -> list[Edit]:
    """Write the changes; what differs is returned, and is not kept before ``keep_edits``.

    Raises:
        VocabularyRefusedError: a row to change is gone.
    """
    edits, added = [], []
    for change in changes:
        row = _row(session, change.kind, change.key) if change.key else None
        before = _values(row) if row is not None else None
        if change.values is None:
            if row is not None:
                session.delete(row)
                edits.append(Edit(change.kind, change.key, before, None))
            continue
        if row is None:
            if change.key and _is_numbered(change.kind):
                raise VocabularyRefusedError(VocabularyRefusal.GONE)
            row = _new_row(change)
            session.add(row)
            added.append(row)
            continue
        for name, value in change.values.items():
            setattr(row, name, value)
        if _values(row) != before:
            edits.append(Edit(change.kind, change.key, before, _values(row)))
    session.flush()
    return [*edits, *(Edit(_kind(row), _key(row), None, _values(row)) for row in added)]


def take_back_rows(session: Session, edits: Iterable[Edit]) -> list[Edit]:
    """Make each row what it was before its edit.

    Raises:
        VocabularyRefusedError: somebody changed one of them since.
    """
    done = []
    for edit in edits:
        row = _row(session, edit.kind, edit.key)
        now = _values(row) if row is not None else None
        if now != edit.after:
            raise VocabularyRefusedError(VocabularyRefusal.CHANGED_SINCE)
        if edit.before is None:
            session.delete(row)
        elif row is None:
            key = int(edit.key) if _is_numbered(edit.kind) else edit.key
            session.add(TABLES[edit.kind](**{_key_name(edit.kind): key}, **edit.before))
        else:
            for name, value in edit.before.items():
                setattr(row, name, value)
        session.flush()
        done.append(Edit(edit.kind, edit.key, now, edit.before))
    return done


def keep_edits(
    session: Session, edits: Iterable[Edit], actor: Actor, action: str, undoes: str = ""
) -> str:
    """Keep what was done in one go; the id by which it can be taken back."""
    group, now = str(uuid4()), datetime.now(UTC)
    session.add_all(
        VocabularyEditRow(
            group_id=group,
            kind=edit.kind,
            row_key=edit.key,
            before=edit.before,
            after=edit.after,
            happened_at=now,
            account_id=actor.account_id,
            actor_name=actor.name,
            action=action,
            undoes=undoes,
        )
        for edit in edits
    )
    return group


def edits_of(session: Session, group_id: str) -> list[Edit]:
    """What was done in one go, the last first."""
    rows = session.scalars(
        select(VocabularyEditRow)
        .where(VocabularyEditRow.group_id == group_id)
        .order_by(VocabularyEditRow.id.desc())
    )
    return [Edit(row.kind, row.row_key, row.before, row.after) for row in rows]


def _row(session: Session, kind: str, key: str) -> Any:
    return session.get(TABLES[kind], int(key) if _is_numbered(kind) else key)


def _new_row(change: RowChange) -> Base:
    named = {} if _is_numbered(change.kind) else {_key_name(change.kind): change.key}
    return TABLES[change.kind](**named, **(change.values or {}))


def _kind(row: Base) -> str:
    return str(row.__tablename__)


def _key_name(kind: str) -> str:
    return str(inspect(TABLES[kind]).primary_key[0].name)


def _is_numbered(kind: str) -> bool:
    return _key_name(kind) == "id"


def _key(row: Any) -> str:
    return str(getattr(row, _key_name(_kind(row))))


def _values(row: Any) -> dict[str, Any]:
    names = inspect(type(row)).column_attrs.keys()
    return {name: getattr(row, name) for name in names if name != _key_name(_kind(row))}
