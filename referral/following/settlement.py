"""Settlement of a pull: small changes are applied automatically, all others wait for review.

The position in a source advances once its list is applied or dropped; until then a newer pull
starts again from the old position, so that nothing is lost.
"""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.errors import RefusedError
from referral.following.records import PullOutcome
from referral.following.rows import FollowedSourceRow
from referral.following.small_changes import HasLocalNotes, SmallChangeRules, decide_small_changes
from referral.imports.absences import SHORT, has_absences
from referral.imports.batches import (
    apply_batch,
    delete_review,
    doubts_of,
    take_followed_list,
    transition,
)
from referral.imports.records import OPEN_STATES, BatchState, Decision
from referral.imports.review_items import LEFT_AT_FIRST
from referral.imports.rows import ReviewItemRow
from referral.imports.upload_files import read_scope, remove_upload, upload_path
from referral.jobs.job_queue import Job, add_job, delete_jobs
from referral.store.rows import ServiceRow
from referral.store.rows_log import ImportBatchRow

SETTLE = "settle pull"
_WORKING = frozenset({BatchState.UPLOADED, BatchState.READING, BatchState.APPLYING})
_SETTLED = frozenset(
    {BatchState.APPLIED, BatchState.UNDONE, BatchState.UNDOING, BatchState.DROPPED}
)


def is_reading(session: Session, job: Job) -> bool:
    """Return whether the import of a followed source is still being read or applied."""
    row = session.get(FollowedSourceRow, job.subject_id)
    batch = session.get(ImportBatchRow, row.batch_id) if row and row.batch_id else None
    return batch is not None and batch.state in _WORKING


def settle_pull(local_notes: HasLocalNotes, instance: Instance, job: Job) -> None:
    """Apply the small changes of a pulled list, and leave the rest for review."""
    source_id = job.subject_id
    with instance.store.read() as session:
        row = session.get(FollowedSourceRow, source_id)
        batch = session.get(ImportBatchRow, row.batch_id) if row and row.batch_id else None
        if row is None or batch is None:
            return
        state, is_rest, batch_id = BatchState(batch.state), row.is_rest, batch.id
    if state is BatchState.APPLIED:
        _stage_rest(instance, source_id, batch_id)
    elif state is BatchState.READY:
        if _is_empty(instance, batch_id):
            _drop(instance, batch_id)
            _store_settled(instance, source_id, PullOutcome.APPLIED if is_rest else None)
        elif not is_rest:
            _apply_small(instance, source_id, batch_id, local_notes)
    elif state is BatchState.FAILED:
        with instance.store.write() as session:
            row = session.get_one(FollowedSourceRow, source_id)
            row.outcome, row.message = PullOutcome.FAILED.value, batch.message
            row.digest = row.etag = row.last_modified = ""


def _is_empty(instance: Instance, batch_id: str) -> bool:
    """Return whether a pulled list changes nothing and raises no doubts."""
    with instance.store.read() as session:
        found = session.scalar(
            select(ReviewItemRow.number).where(ReviewItemRow.batch_id == batch_id).limit(1)
        )
        return found is None and not doubts_of(session, batch_id)


def _apply_small(
    instance: Instance, source_id: str, batch_id: str, local_notes: HasLocalNotes
) -> None:
    with instance.store.write() as session:
        row = session.get_one(FollowedSourceRow, source_id)
        rules = SmallChangeRules(frozenset(row.small_changes), local_notes)
        if not rules.allowed or doubts_of(session, batch_id):
            return
        service = ServiceRow
        count = session.scalar(
            select(func.count())
            .select_from(service)
            .where(service.source == row.name, service.retired_at.is_(None))
        )
        scope = read_scope(instance, batch_id)
        gone = frozenset(scope.gone) if scope else frozenset()
        small, _ = decide_small_changes(session, batch_id, count or 0, rules, gone)
    if not small:
        return
    try:
        apply_batch(instance, batch_id)
    except RefusedError:
        return  # a person changed the source meanwhile: it is left for review
    with instance.store.write() as session:
        add_job(session, SETTLE, source_id)


def _stage_rest(instance: Instance, source_id: str, batch_id: str) -> None:
    """Import a pulled list again after its small changes were applied, to review the rest."""
    with instance.store.read() as session:
        row = session.get_one(FollowedSourceRow, source_id)
        source, wanted = row.name, row.format or "auto"
        name = session.get_one(ImportBatchRow, batch_id).list_name
        item = ReviewItemRow
        left = session.scalar(
            select(item.number)
            .where(item.batch_id == batch_id, item.decision == Decision.LEAVE.value)
            .limit(1)
        )
    scope = read_scope(instance, batch_id)
    if left is None or scope is None:
        _store_settled(instance, source_id, PullOutcome.APPLIED)
        return
    with upload_path(instance, batch_id).open("rb") as stream:
        rest = take_followed_list(instance, stream, scope, name=name, source=source, format=wanted)
    with instance.store.write() as session:
        row = session.get_one(FollowedSourceRow, source_id)
        row.batch_id, row.is_rest = rest, True
        add_job(session, SETTLE, source_id)


def _store_settled(instance: Instance, source_id: str, outcome: PullOutcome | None) -> None:
    with instance.store.write() as session:
        row = session.get_one(FollowedSourceRow, source_id)
        row.cursor, row.batch_id, row.is_rest = row.next_cursor, "", False
        row.is_shrunk = row.is_shrunk and has_absences(session, row.name)
        row.outcome = (outcome or PullOutcome.NOTHING_NEW).value


def settle_earlier(session: Session, row: FollowedSourceRow) -> None:
    """Advance a followed source's cursor if staff applied or dropped its last list meanwhile."""
    batch = session.get(ImportBatchRow, row.batch_id) if row.batch_id else None
    if batch is not None and batch.state in _SETTLED:
        seemed_short = any(each.code == SHORT for each in doubts_of(session, batch.id))
        if batch.state == BatchState.APPLIED and seemed_short:
            row.is_shrunk = True
            row.digest = row.etag = row.last_modified = ""
        row.cursor, row.batch_id, row.is_rest = row.next_cursor, "", False


def drop_undecided_list(instance: Instance, source_id: str) -> bool:
    """Drop a source's earlier list if nobody decided on it; return whether none is left."""
    with instance.store.read() as session:
        row = session.get_one(FollowedSourceRow, source_id)
        batch = session.get(ImportBatchRow, row.batch_id) if row.batch_id else None
        if batch is None or batch.state not in OPEN_STATES:
            return True
        if batch.state != BatchState.READY or _is_review_begun(session, batch.id):
            return False
        batch_id = batch.id
    return _drop(instance, batch_id)


def _drop(instance: Instance, batch_id: str) -> bool:
    """Drop a pulled list that waits for review; return False if its state changed meanwhile."""
    with instance.store.write() as session:
        if not transition(session, batch_id, BatchState.READY, BatchState.DROPPED):
            return False
        delete_jobs(session, batch_id)
        delete_review(session, batch_id)
    remove_upload(instance, batch_id)
    return True


def _is_review_begun(session: Session, batch_id: str) -> bool:
    """Return whether a person has already decided on a part of a pulled list."""
    is_accepted = ReviewItemRow.decision == Decision.ACCEPT.value
    begun = or_(
        is_accepted & ReviewItemRow.change_group.in_(LEFT_AT_FIRST),
        ~is_accepted & ReviewItemRow.change_group.not_in(LEFT_AT_FIRST),
        ReviewItemRow.decision == Decision.SOME.value,
    )
    found = session.scalar(
        select(ReviewItemRow.number).where(ReviewItemRow.batch_id == batch_id, begun).limit(1)
    )
    return found is not None
