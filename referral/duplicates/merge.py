"""Merge of two records of one kind, and its undo.

The one that goes is retired with its history; what hangs on it moves; old links lead on. A merged
record is seen by no more people than either of the two was.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.directory.heading_placement import place_services
from referral.duplicates.merge_parts import Move, move_children, move_hours, move_places
from referral.duplicates.merge_rules import (
    HOURS,
    MergeRefusal,
    MergeRefusedError,
    linked_fields,
    merge_keywords,
    merge_names,
    selectable_fields,
)
from referral.duplicates.records import DUPLICATE_KINDS, PairStatus
from referral.records.accounts import Actor
from referral.records.edits import Author, Edit, MadeBy
from referral.records.visibility import strictest
from referral.store.conversion import ROWS, from_json_value
from referral.store.fetching import fetch_row
from referral.store.history import author_of, edits_of_group, revert_edit
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.rows_log import RecordMergeRow
from referral.verification.rows import DuplicatePairRow

_MOVED_APART = ("service_at_location", "schedule")


def merge_records(
    directory: Directory,
    actor: Actor,
    kind: str,
    survivor_id: str,
    loser_id: str,
    take: Collection[str] = (),
) -> str:
    """Merge one record into another.

    Args:
        take: the fields, and ``hours``, that are taken from the one that goes.

    Returns:
        The id of the merge, by which it can be taken back.

    Raises:
        MergeRefusedError: one of them is no longer on the list, or they are the same.
    """
    author = Author(made_by=MadeBy.MERGE, account_id=actor.account_id)
    with directory.store.write(author) as session:
        survivor, loser = _both(session, kind, survivor_id, loser_id)
        _take_fields(kind, survivor, loser, take)
        if isinstance(survivor, OrganizationRow):
            _untie(survivor, loser)
        session.flush()
        move = Move(kind, loser.id, survivor.id, strictest(loser.visibility))
        is_service = kind == "service"
        move_children(session, move, _MOVED_APART if is_service else ())
        if is_service:
            move_hours(session, move, directory.now(), replace=HOURS in take)
            move_places(session, move)
        survivor.visibility = strictest(survivor.visibility, loser.visibility).value
        loser.retired_at = directory.now()
        session.flush()
        if is_service:
            place_services(session, [survivor.id])
        _record_merge(session, directory, actor, kind, survivor.id, loser.id)
        return author.group_id


def undo_merge(directory: Directory, actor: Actor, group_id: str) -> int:
    """Take a merge back; what somebody changed since then stays as it is.

    Returns:
        How many fields stay because they were changed since.

    Raises:
        NotFoundError: there is no such merge.
        MergeRefusedError: it was taken back already, or a later merge stands on it.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=actor.account_id)
    with directory.store.write(author) as session:
        merge = fetch_row(session, RecordMergeRow, group_id, "merge", locked=True)
        if merge.undone_at:
            raise MergeRefusedError(MergeRefusal.UNDONE)
        _refuse_under_another(session, merge)
        stayed = sum(_take_back(session, edit) for edit in edits_of_group(session, group_id))
        merge.undone_at = directory.now()
        pair = session.get(DuplicatePairRow, merge.pair_id) if merge.pair_id else None
        if pair is not None:
            pair.status, pair.decided_at = PairStatus.OPEN.value, None
        session.flush()
        if merge.kind == "service":
            place_services(session, [merge.survivor_id, merge.loser_id])
        record_audit(
            session, actor, "merge-undone", merge.kind, merge.survivor_id, from_id=merge.loser_id
        )
        return stayed


def _both(session: Session, kind: str, survivor_id: str, loser_id: str) -> tuple[Any, Any]:
    if kind not in DUPLICATE_KINDS or survivor_id == loser_id:
        raise MergeRefusedError(MergeRefusal.NOT_TWO)
    ids = sorted((survivor_id, loser_id))  # locked in one order, so that nobody deadlocks
    found = {each: session.get(ROWS[kind], each, with_for_update=True) for each in ids}
    rows = found[survivor_id], found[loser_id]
    if any(row is None or row.retired_at for row in rows):
        raise MergeRefusedError(MergeRefusal.GONE)
    return rows


def _take_fields(kind: str, survivor: Any, loser: Any, take: Collection[str]) -> None:
    names = survivor.name, loser.name, survivor.alternate_name, loser.alternate_name
    for name in selectable_fields(kind):
        if name in take:
            for each in linked_fields(name):
                setattr(survivor, each, getattr(loser, each))
    survivor.alternate_name = merge_names(survivor.name, *names)
    if isinstance(survivor, ServiceRow):
        survivor.keywords = merge_keywords(survivor.keywords, loser.keywords)


def _untie(survivor: OrganizationRow, loser: OrganizationRow) -> None:
    """A part merged with its whole is not part of itself."""
    if survivor.parent_organization_id == loser.id:
        above = loser.parent_organization_id
        survivor.parent_organization_id = None if above == survivor.id else above


def _record_merge(
    session: Session, directory: Directory, actor: Actor, kind: str, kept: str, gone: str
) -> None:
    first, second = sorted((kept, gone))
    pair = session.scalars(
        select(DuplicatePairRow).where(
            DuplicatePairRow.kind == kind,
            DuplicatePairRow.first_id == first,
            DuplicatePairRow.second_id == second,
        )
    ).first()
    now = directory.now()
    if pair is not None:
        pair.status, pair.decided_at = PairStatus.MERGED.value, now
        pair.decided_by = actor.account_id
    _drop_other_pairs(session, kind, gone, pair.id if pair else "")
    session.add(
        RecordMergeRow(
            group_id=author_of(session).group_id,
            kind=kind,
            loser_id=gone,
            survivor_id=kept,
            pair_id=pair.id if pair else "",
            merged_at=now,
            merged_by=actor.account_id,
        )
    )
    record_audit(session, actor, "records-merged", kind, kept, from_id=gone)


def _drop_other_pairs(session: Session, kind: str, gone: str, pair_id: str) -> None:
    """Ask no more about what is off the list; looking again finds it, should it come back."""
    row = DuplicatePairRow
    session.execute(
        delete(row).where(
            row.kind == kind,
            row.status.in_([PairStatus.OPEN.value, PairStatus.LATER.value]),
            or_(row.first_id == gone, row.second_id == gone),
            row.id != pair_id,
        )
    )


def _refuse_under_another(session: Session, merge: RecordMergeRow) -> None:
    """What a later merge left behind as a twin may be what this one brought."""
    row = RecordMergeRow
    later = session.scalar(
        select(row.group_id).where(
            row.kind == merge.kind,
            row.undone_at.is_(None),
            row.merged_at > merge.merged_at,
            or_(row.loser_id == merge.survivor_id, row.survivor_id == merge.survivor_id),
        )
    )
    if later:
        raise MergeRefusedError(MergeRefusal.MERGED_AGAIN)


def _take_back(session: Session, edit: Edit) -> int:
    """Take one edit back; how many of its fields were changed since and stay."""
    row = session.get(ROWS[edit.kind], edit.record_id)
    if row is None:
        return len(edit.fields)
    mine = [
        name
        for name, (_, after) in edit.fields.items()
        if getattr(row, name) == from_json_value(edit.kind, name, after)
    ]
    if mine:
        revert_edit(session, edit, mine)
    return len(edit.fields) - len(mine)
