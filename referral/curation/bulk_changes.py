"""One change of many records: planned, shown, then made as one group of the history, and undone.

Nothing is written that was not shown: the plan is made again in the transaction that writes, and
has to be the same. A shelter that would become public is left out unless somebody says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.rows import AuditEntryRow
from referral.curation.bulk_plans import BulkChange, BulkPlan, Key, PlannedEdit, plan_changes
from referral.curation.save import row_by_hand, set_columns, write_transaction
from referral.directory.context import Directory
from referral.directory.heading_placement import place_services
from referral.errors import NotFoundError, refused
from referral.records.accounts import Actor
from referral.records.edits import Author, MadeBy
from referral.records.kinds import kind_of
from referral.store.base import RecordRow, in_batches
from referral.store.conversion import ROWS
from referral.store.rows_log import RecordEditRow
from referral.store.undo import UndoResult, undo

_CHANGED, _UNDONE = "records-changed-together", "records-change-undone"
_GROUP = "bulk-"  # of ids of groups, which have 36 characters
_ROWS_AT_A_TIME = 500
_SYNCED_AT_ONCE = 50  # records; for more, those who look wait for the follower of the index
_SHOWN = 20  # of what was changed together, to be taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEntry:
    """What was changed together; ``is_undone`` where it was taken back since."""

    group_id: str
    action: str
    count: int
    happened_at: datetime
    who: str
    is_undone: bool


def preview_changes(directory: Directory, keys: Sequence[Key], change: BulkChange) -> BulkPlan:
    """What a change would do to these records. Reads only."""
    with directory.store.read() as session:
        return plan_changes(directory, session, keys, change)


def apply_changes(
    directory: Directory,
    keys: Sequence[Key],
    change: BulkChange,
    shown: str,
    actor: Actor,
    *,
    shelters: bool = False,
) -> int:
    """Make a change that was shown; how many records got it.

    Args:
        shown: the digest of the plan that somebody saw.
        shelters: also where a shelter for survivors would become public.

    Raises:
        RefusedError: the records are not as they were shown any more.
    """
    author = Author(
        made_by=MadeBy.HAND, account_id=actor.account_id, group_id=f"{_GROUP}{uuid4().hex[:31]}"
    )
    with write_transaction(directory, author) as session:
        plan = plan_changes(directory, session, keys, change)
        if plan.digest != shown:
            raise refused("Somebody changed these records meanwhile. Please look again.")
        wanted = [each for each in plan.changes if shelters or not each.is_shelter]
        for some in in_batches(wanted, _ROWS_AT_A_TIME):
            _write(session, some)
        place_services(session, {each.record_id for each in wanted if each.kind == "service"})
        if wanted:
            record_audit(
                session, actor, _CHANGED, group=author.group_id, records=len(wanted),
                what=change.action.value,
            )  # fmt: skip
    _make_searchable(directory, len(wanted))
    return len(wanted)


def undo_changes(directory: Directory, group_id: str, actor: Actor) -> UndoResult:
    """Take back what was changed together; what somebody changed since stays.

    Raises:
        NotFoundError: there is no such group.
        RefusedError: it was taken back already.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=actor.account_id)
    with directory.store.write(author) as session:
        edit = RecordEditRow
        edits = session.execute(
            select(edit.kind, edit.record_id).where(edit.group_id == group_id).distinct()
        ).all()
        if not group_id.startswith(_GROUP) or not edits:
            raise NotFoundError("Nothing was changed together under this number.")
        if group_id in _undone_groups(session):
            raise refused("This was taken back already.")
        services = _services_of(session, [(kind, record_id) for kind, record_id in edits])
        done = undo(session, group_id, lambda _done, _total: None)
        place_services(session, services)
        record_audit(session, actor, _UNDONE, group=group_id, records=done.count)
    _make_searchable(directory, done.count)
    return done


def list_changes(directory: Directory) -> tuple[BulkEntry, ...]:
    """What was changed together, newest first."""
    row = AuditEntryRow
    with directory.store.read() as session:
        undone = _undone_groups(session)
        entries = session.scalars(
            select(row).where(row.action == _CHANGED).order_by(row.id.desc()).limit(_SHOWN)
        ).all()
        return tuple(
            BulkEntry(
                group_id=str(each.detail.get("group", "")),
                action=str(each.detail.get("what", "")),
                count=int(each.detail.get("records", 0)),
                happened_at=each.happened_at,
                who=each.actor_name,
                is_undone=str(each.detail.get("group", "")) in undone,
            )
            for each in entries
        )


def _undone_groups(session: Session) -> set[str]:
    entries = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == _UNDONE))
    return {str(each.detail.get("group", "")) for each in entries}


def _write(session: Session, changes: Iterable[PlannedEdit]) -> None:
    changes = list(changes)
    ids: dict[str, list[str]] = {}
    for each in changes:
        ids.setdefault(kind_of(each.record), []).append(each.record.id)
    rows: dict[tuple[str, str], RecordRow] = {
        (kind, row.id): row
        for kind, some in ids.items()
        for row in session.scalars(select(ROWS[kind]).where(ROWS[kind].id.in_(some)))
    }
    for each in changes:
        row = rows.get((kind_of(each.record), each.record.id))
        if row is None:
            session.add(row_by_hand(each.record))
            continue
        row.retired_at = None
        set_columns(row, each.record)
    session.flush()
    session.expunge_all()


def _services_of(session: Session, edits: Iterable[Key]) -> set[str]:
    """The services that some edits are of, or of a part of."""
    found: set[str] = set()
    ids: dict[str, list[str]] = {}
    for kind, record_id in edits:
        ids.setdefault(kind, []).append(record_id)
    found.update(ids.pop("service", ()))
    for kind, some in ids.items():
        row = ROWS[kind]
        name = "link_id" if hasattr(row, "link_id") else "service_id"
        if hasattr(row, name):
            for batch in in_batches(some, _ROWS_AT_A_TIME):
                owners = session.scalars(select(getattr(row, name)).where(row.id.in_(batch)))
                found.update(filter(None, owners))
    return found


def _make_searchable(directory: Directory, count: int) -> None:
    if count <= _SYNCED_AT_ONCE:
        directory.index.sync_after_commit()
