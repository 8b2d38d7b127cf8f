"""Counters of absences: how many whole lists of a followed source lacked a record, and since when.

Undoing, dropping or reading a list again counts nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from referral.imports.absence_rules import DAYS, WHOLE_LISTS, AbsenceRules, Key, ListScope
from referral.imports.rows import ImportAbsenceRow
from referral.store.base import in_batches
from referral.store.row_insertion import insert_rows

_BATCH = 500


def absence_rules(
    session: Session, source: str, batch_id: str, scope: ListScope, now: datetime
) -> AbsenceRules:
    """The rules for a list; records that it may be the last to lack are overdue."""
    row = ImportAbsenceRow
    long_ago = select(row).where(row.source == source, row.first_missed_at <= now - DAYS)
    overdue = frozenset(
        (each.kind, each.record_id)
        for each in session.scalars(long_ago)
        if each.lists + (each.batch_id != batch_id) >= WHOLE_LISTS
    )
    return AbsenceRules(scope, overdue if scope.is_whole else frozenset())


def count_absences(
    session: Session, source: str, batch_id: str, absent: Collection[Key], now: datetime
) -> None:
    """Count what a whole list lacks; what it has again is forgotten."""
    row = ImportAbsenceRow
    known = {
        (each.kind, each.record_id): each
        for each in session.scalars(select(row).where(row.source == source))
    }
    absent = set(absent)
    for kind in {kind for kind, _ in known.keys() - absent}:
        ids = [record_id for of_kind, record_id in known.keys() - absent if of_kind == kind]
        for some in in_batches(ids, _BATCH):
            session.execute(
                delete(row).where(row.source == source, row.kind == kind, row.record_id.in_(some))
            )
    for key in absent & known.keys():
        if known[key].batch_id != batch_id:
            known[key].lists, known[key].batch_id = known[key].lists + 1, batch_id
    insert_rows(
        session,
        row,
        [{"kind": kind, "record_id": each} for kind, each in sorted(absent - known.keys())],
        source=source,
        batch_id=batch_id,
        lists=1,
        first_missed_at=now,
    )


def count_anew(session: Session, source: str, now: datetime) -> None:
    """Begin to count what a source lacks from now on: what an undo brought back is not overdue."""
    row = ImportAbsenceRow
    session.execute(update(row).where(row.source == source).values(lists=0, first_missed_at=now))


def has_absences(session: Session, source: str) -> bool:
    """Whether the last whole list of a source lacked something that is still shown."""
    row = ImportAbsenceRow
    found = session.scalar(select(row.record_id).where(row.source == source).limit(1))
    return found is not None
