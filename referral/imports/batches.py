"""Life cycle of an import batch: upload, review, apply, undo; each step queues a job."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import BinaryIO
from uuid import uuid4

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import refused
from referral.imports.absences import ListScope
from referral.imports.plausibility import refuse_doubts
from referral.imports.records import FORMAT_NAMES, OPEN_STATES, BatchState
from referral.imports.rows import ImportProblemRow, ReviewItemRow, SourceRow
from referral.imports.upload_files import remove_upload, save_scope, save_upload
from referral.jobs.job_queue import Job, add_job, delete_jobs, latest_job, resume_job
from referral.jobs.rows import JobState
from referral.records.accounts import COMMAND_LINE, Actor
from referral.records.problems import Severity
from referral.records.waiting import Waiting
from referral.store.fetching import fetch_row, fetch_waiting
from referral.store.rows_log import ImportBatchRow

READ, APPLY, UNDO = "read list", "apply changes", "undo import"
ESTIMATE = "estimate search"  # of a list that was applied

_LONGEST_SOURCE = 200
_REVIEW_TABLES = (ReviewItemRow, ImportProblemRow)
_SETTLED_KEPT_FOR = timedelta(days=30)
_SETTLED = frozenset({BatchState.APPLIED, BatchState.UNDONE, BatchState.DROPPED, BatchState.FAILED})


def upload_list(
    instance: Instance,
    stream: BinaryIO,
    *,
    name: str,
    source: str,
    format: str = "auto",  # noqa: A002  # the word of the command line
    actor: Actor = COMMAND_LINE,
) -> str:
    """Store an uploaded source list, queue its reading, and return the id of its import batch.

    Args:
        name: file name on the computer of its owner; never used as a path.

    Raises:
        RefusedError: there is no source, no such format, or the file is empty or too large.
    """
    source = source.strip()
    _check_source_and_format(source, format)
    batch_id = str(uuid4())
    stored_name = save_upload(instance, batch_id, name, stream)
    batch = new_batch(batch_id, source, name)
    batch.upload, batch.wanted_format, batch.account_id = stored_name, format, actor.account_id
    with instance.store.write() as session:
        session.add(batch)
        add_job(session, READ, batch_id, actor.account_id)
        record_audit(session, actor, "list-uploaded", "import", batch_id)
    return batch_id


def take_followed_list(
    instance: Instance,
    stream: BinaryIO,
    scope: ListScope,
    *,
    name: str,
    source: str,
    format: str = "auto",  # noqa: A002  # the word of the command line
) -> str:
    """Store a list fetched from a followed source, queue its reading, and return its batch id.

    Raises:
        RefusedError: the list is empty or too large.
    """
    batch_id = str(uuid4())
    stored_name = save_upload(instance, batch_id, name, stream)
    save_scope(instance, batch_id, scope)
    batch = new_batch(batch_id, source, name)
    batch.upload, batch.wanted_format = stored_name, format
    with instance.store.write() as session:
        session.add(batch)
        add_job(session, READ, batch_id)
    return batch_id


def new_batch(
    batch_id: str, source: str, name: str, state: BatchState = BatchState.UPLOADED
) -> ImportBatchRow:
    """Return a new import batch for a list received now; ``name`` is its file name."""
    return ImportBatchRow(
        id=batch_id,
        source=source,
        format="",
        list_name=display_name(name),
        started_at=datetime.now(UTC),
        state=state.value,
        account_id="",
    )


def _check_source_and_format(source: str, format_name: str) -> None:
    if not source or len(source) > _LONGEST_SOURCE:
        raise refused("Say in a few words whose list this is.")
    if format_name not in FORMAT_NAMES:
        raise refused("There is no format %(format)s.", format=format_name)


def display_name(name: str) -> str:
    """Return the file name of an uploaded list, without the folders of its owner's computer."""
    return name.replace("\\", "/").rsplit("/", 1)[-1][:255]


def reread_list(instance: Instance, batch_id: str, actor: Actor = COMMAND_LINE) -> None:
    """Compare an uploaded list again, for example after its source's rules changed.

    Raises:
        RefusedError: the list is applied already, or being worked on.
    """
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        require_state(batch, BatchState.READY, BatchState.FAILED)
        batch.state = BatchState.UPLOADED.value
        add_job(session, READ, batch_id, actor.account_id)


def apply_batch(
    instance: Instance,
    batch_id: str,
    actor: Actor = COMMAND_LINE,
    *,
    confirmed: Collection[str] = (),
) -> None:
    """Queue writing the accepted changes of an import.

    Args:
        confirmed: codes of the doubts about the list that a person confirmed.

    Raises:
        RefusedError: the list is not ready, its comparison is stale, or a doubt is not confirmed.
    """
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        require_state(batch, BatchState.READY)
        refuse_stale(session, batch)
        refuse_doubts(
            ((doubt.code, doubt.message) for doubt in doubts_of(session, batch_id)), confirmed
        )
        batch.state, batch.account_id = BatchState.APPLYING.value, actor.account_id
        add_job(session, APPLY, batch_id, actor.account_id)


def undo_batch(instance: Instance, batch_id: str, actor: Actor = COMMAND_LINE) -> None:
    """Queue undoing an import, or redoing an undone one.

    Raises:
        RefusedError: the list was not applied.
    """
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        require_state(batch, BatchState.APPLIED, BatchState.UNDONE)
        batch.state = BatchState.UNDOING.value
        add_job(session, UNDO, batch_id, actor.account_id)


def drop_batch(instance: Instance, batch_id: str, actor: Actor = COMMAND_LINE) -> None:
    """Drop an import that was not applied: delete its upload, review and jobs.

    Raises:
        RefusedError: the list was applied, or is being worked on.
    """
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        job = latest_job(session, batch_id)
        if job is not None and job.state is JobState.RUNNING and not job.is_stalled:
            raise refused("Work on this list goes on. Wait until it is done.")
        if batch.state in {BatchState.APPLIED, BatchState.UNDOING, BatchState.UNDONE}:
            raise refused("This list was applied. Undo it instead.")
        batch.state = BatchState.DROPPED.value
        delete_jobs(session, batch_id)
        delete_review(session, batch_id)
        record_audit(session, actor, "list-dropped", "import", batch_id)
    remove_upload(instance, batch_id)
    instance.store.erase_traces(*_REVIEW_TABLES)


def resume_batch(instance: Instance, batch_id: str) -> None:
    """Resume the work on an import that stopped part-way.

    Raises:
        RefusedError: the work did not stop.
    """
    resume_job(instance, batch_id)


def waiting_batches(instance: Instance) -> Waiting:
    """Count the imports that wait for a column mapping or a review."""
    for_staff = ImportBatchRow.state.in_([BatchState.MAPPING.value, BatchState.READY.value])
    with instance.store.read() as session:
        return fetch_waiting(session, ImportBatchRow.id, ImportBatchRow.started_at, for_staff)


def erase_settled_imports(instance: Instance) -> int:
    """Delete uploads and reviews of imports settled a month ago, and return how many.

    Their batches and history stay.
    """
    before = instance.now() - _SETTLED_KEPT_FOR
    with instance.store.write() as session:
        settled = select(ImportBatchRow.id).where(
            ImportBatchRow.state.in_(_SETTLED),
            ImportBatchRow.started_at < before,
            ImportBatchRow.upload != "",
        )
        batch_ids = session.scalars(settled).all()
        for batch_id in batch_ids:
            delete_review(session, batch_id)
            batch_row(session, batch_id).upload = ""
    for batch_id in batch_ids:
        remove_upload(instance, batch_id)
    if batch_ids:
        instance.store.erase_traces(*_REVIEW_TABLES)
    return len(batch_ids)


def batch_row(session: Session, batch_id: str) -> ImportBatchRow:
    """Return the database row of an import batch.

    Raises:
        NotFoundError: there is no such import.
    """
    return fetch_row(session, ImportBatchRow, batch_id, "import")


def refuse_stale(session: Session, batch: ImportBatchRow) -> None:
    """Refuse an import that was compared before the records of its source changed.

    Raises:
        RefusedError: the list must be read again.
    """
    source = session.get(SourceRow, batch.source)
    if source and source.changed_at and batch.prepared_at and source.changed_at > batch.prepared_at:
        raise refused(
            "Another list of “%(source)s” was applied or undone since this one was read. "
            "Read it again.",
            source=batch.source,
        )


def doubts_of(session: Session, batch_id: str) -> Sequence[ImportProblemRow]:
    """Return the doubts about an imported list as a whole, in the order of their numbers."""
    return session.scalars(
        select(ImportProblemRow)
        .where(
            ImportProblemRow.batch_id == batch_id, ImportProblemRow.severity == Severity.DOUBT.value
        )
        .order_by(ImportProblemRow.number)
    ).all()


def transition(session: Session, batch_id: str, old: BatchState, new: BatchState) -> bool:
    """Change an import batch's state if it is as expected, and return whether it was."""
    result = session.execute(
        update(ImportBatchRow)
        .where(ImportBatchRow.id == batch_id, ImportBatchRow.state == old)
        .values(state=new.value)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def delete_review(session: Session, batch_id: str) -> None:
    """Delete the review items and problems of an earlier reading of a source list."""
    for row_class in _REVIEW_TABLES:
        session.execute(delete(row_class).where(row_class.batch_id == batch_id))


def require_state(batch: ImportBatchRow, *states: BatchState) -> None:
    """Refuse an action unless an import batch is in one of these states.

    Raises:
        RefusedError: the batch is in none of these states.
    """
    if batch.state not in states:
        raise refused("This list has moved on since. Look at its page again.")


def blocking_batch(session: Session, batch_id: str) -> ImportBatchRow | None:
    """Return the import of the same source that must be settled before this one is compared."""
    batch = session.get_one(ImportBatchRow, batch_id)
    return session.scalar(
        select(ImportBatchRow)
        .where(
            ImportBatchRow.source == batch.source,
            ImportBatchRow.state.in_({*OPEN_STATES, BatchState.UNDOING}),
            ImportBatchRow.started_at < batch.started_at,
        )
        .order_by(ImportBatchRow.started_at)
        .limit(1)
    )


def is_blocked(session: Session, job: Job) -> bool:
    """Return whether an older import of the same source must be settled before this one is read."""
    return job.kind == READ and blocking_batch(session, job.subject_id) is not None
