"""Background jobs of imports: read, apply, undo."""

from __future__ import annotations

from referral.accounts.audit import actor_of, record_audit
from referral.directory.instance import Instance
from referral.duplicates.candidates import queue_search
from referral.errors import RefusedError, refused
from referral.imports.absences import AbsenceRules, absence_rules, count_absences, count_anew
from referral.imports.apply import (
    apply_changes,
    mark_source,
    note_compared,
    note_outcome,
    note_read,
    note_tally,
)
from referral.imports.batches import (
    APPLY,
    ESTIMATE,
    READ,
    UNDO,
    batch_row,
    delete_review,
    is_blocked,
    refuse_stale,
    transition,
)
from referral.imports.columns import request_mapping
from referral.imports.decisions import accepted_changes
from referral.imports.prepare import PreparedImport, UnmappedColumnsError, prepare_interactively
from referral.imports.protection import apply_protection
from referral.imports.records import BatchState
from referral.imports.review_items import ReviewTally, left_at_first, make_review_items
from referral.imports.rows import ImportProblemRow, ReviewItemRow
from referral.imports.upload_files import read_scope, save_fidelity, upload_path
from referral.jobs.job_queue import Job, JobKind, JobKinds, add_job
from referral.jobs.progress import OnProgress, progress_writer
from referral.message import NOTHING
from referral.records.accounts import FOLLOWED_LIST
from referral.records.edits import Author, MadeBy
from referral.records.problems import Problem
from referral.store.base import in_batches
from referral.store.history import set_author
from referral.store.row_insertion import insert_rows
from referral.store.undo import undo

_ITEMS_AT_A_TIME = 1_000
_PUT_ASIDE = "put-aside"  # the format of imports of one column, which releases before 0.3 queued


def _read(instance: Instance, job: Job) -> None:
    batch_id = job.subject_id
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        if batch.state not in {BatchState.UPLOADED, BatchState.READING}:
            return
        batch.state, batch.message = BatchState.READING.value, NOTHING
        delete_review(session, batch_id)
        source, format_name = batch.source, batch.wanted_format
    progress = progress_writer(instance, batch_id)

    def prepare() -> tuple[PreparedImport, AbsenceRules | None]:
        path = upload_path(instance, batch_id)
        if format_name == _PUT_ASIDE:
            raise refused(
                "Columns put aside are not imported by themselves any more. Drop this import. "
                "Say what the column holds when the list comes again, or edit the listings."
            )
        absences = _absence_rules(instance, batch_id, source)
        prepared = prepare_interactively(
            instance, path, source=source, format=format_name, progress=progress, absences=absences
        )
        return prepared, absences

    try:
        prepared, absences = prepare()
        if absences and apply_protection(instance, prepared, absences.scope):
            prepared, absences = prepare()
    except UnmappedColumnsError as error:
        request_mapping(instance, batch_id, error.inspection)
        return
    except RefusedError as error:
        with instance.store.write() as session:
            batch = batch_row(session, batch_id)
            batch.state, batch.message = BatchState.FAILED.value, error.message
        raise
    tally = _save_review(instance, batch_id, prepared, progress)
    save_fidelity(instance, batch_id, prepared.report.fidelity)
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        note_read(batch, prepared)
        note_tally(batch, tally)
        batch.state = BatchState.READY.value
        note_compared(session, prepared.report, instance.now())
        if absences and absences.scope.is_whole and not absences.is_short:
            count_absences(session, source, batch_id, absences.absent, instance.now())


def _absence_rules(instance: Instance, batch_id: str, source: str) -> AbsenceRules | None:
    scope = read_scope(instance, batch_id)
    if scope is None:
        return None
    with instance.store.read() as session:
        return absence_rules(session, source, batch_id, scope, instance.now())


def _save_review(
    instance: Instance, batch_id: str, prepared: PreparedImport, progress: OnProgress
) -> ReviewTally:
    """Write an import's review in short transactions: others can write, and a crash restarts it."""
    plan, count, tally = prepared.report.plan, 0, ReviewTally()
    with instance.store.read() as reading:
        columns_of_items = make_review_items(
            reading, batch_id, prepared.items, plan, tally, left_at_first(plan)
        )
        for items in in_batches(columns_of_items, _ITEMS_AT_A_TIME):
            with instance.store.write() as session:
                insert_rows(session, ReviewItemRow, items)
            count += len(items)
            progress("Sorting", count, 0)
    for problems in in_batches(enumerate(prepared.report.problems), _ITEMS_AT_A_TIME):
        with instance.store.write() as session:
            session.add_all(_problem_row(batch_id, *numbered) for numbered in problems)
    return tally


def _problem_row(batch_id: str, number: int, problem: Problem) -> ImportProblemRow:
    return ImportProblemRow(
        batch_id=batch_id, number=number, code=problem.code, severity=problem.severity.value,
        message=problem.message, file=problem.file, line=problem.line, column=problem.column,
        lines=list(problem.lines),
    )  # fmt: skip


def _apply(instance: Instance, job: Job) -> None:
    try:
        _apply_accepted(instance, job)
    except Exception:
        with instance.store.write() as session:
            transition(session, job.subject_id, BatchState.APPLYING, BatchState.READY)
        raise
    _make_searchable(instance, job.subject_id)


def _apply_accepted(instance: Instance, job: Job) -> None:
    """Write all accepted changes of an import in one transaction, unless done already."""
    batch_id = job.subject_id
    progress = progress_writer(instance, batch_id)
    was_fetched = read_scope(instance, batch_id) is not None
    with instance.store.write() as session:
        if not transition(session, batch_id, BatchState.APPLYING, BatchState.APPLIED):
            return
        batch = batch_row(session, batch_id)
        refuse_stale(session, batch)
        actor = actor_of(session, job.account_id) if job.account_id else FOLLOWED_LIST
        apply_changes(session, batch, accepted_changes(session, batch_id), actor, progress)
        add_job(session, ESTIMATE, batch_id)
        if was_fetched:  # without a reviewer: duplicates in other lists must be searched
            queue_search(session)


def _make_searchable(instance: Instance, batch_id: str) -> None:
    progress_writer(instance, batch_id)("Indexing", 0, 1)
    instance.index.sync_after_commit()


def _undo(instance: Instance, job: Job) -> None:
    batch_id, progress = job.subject_id, progress_writer(instance, job.subject_id)
    with instance.store.write() as session:
        batch = batch_row(session, batch_id)
        is_redone = bool(batch.undone_group)
        state = BatchState.APPLIED if is_redone else BatchState.UNDONE
        if transition(session, batch_id, BatchState.UNDOING, state):
            author = Author(made_by=MadeBy.UNDO, account_id=job.account_id, batch_id=batch_id)
            set_author(session, author)
            group, source = batch.undone_group or batch_id, batch.source
            result = undo(session, group, lambda n, total: progress("Undoing", n, total))
            mark_source(session, source)
            count_anew(session, source, instance.now())
            session.flush()
            batch = batch_row(session, batch_id)
            batch.undone_group = "" if is_redone else author.group_id
            note_outcome(batch, result)
            actor = actor_of(session, job.account_id)
            event = "import-redone" if is_redone else "import-undone"
            record_audit(session, actor, event, "import", batch_id, records=result.count)
    _make_searchable(instance, batch_id)


IMPORT_JOBS: JobKinds = {
    READ: JobKind(_read, is_blocked),
    APPLY: JobKind(_apply),
    UNDO: JobKind(_undo),
}
