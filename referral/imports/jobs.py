"""The work on imports in the background: reading, applying, undoing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Text, cast, insert, select
from sqlalchemy.orm import Session

from referral.accounts.audit import actor_of, record_audit
from referral.directory.context import Directory
from referral.directory.heading_placement import place_services
from referral.errors import RefusedError
from referral.imports.apply import (
    Write,
    mark_source,
    services_to_place,
    write_changes,
)
from referral.imports.batches import (
    APPLY,
    READ,
    UNDO,
    batch_row,
    forget_review,
    move_on,
    must_wait,
    refuse_stale,
)
from referral.imports.cards import (
    CardChange,
    accepted_write,
    is_accepted,
    make_cards,
    unpack,
)
from referral.imports.column_mapping import ColumnsAskedError
from referral.imports.columns import ask_columns
from referral.imports.prepare import PreparedImport, prepare_or_ask
from referral.imports.records import BatchState, ChangeAction, Decision
from referral.imports.rows import ImportCardRow, ImportProblemRow
from referral.imports.upload_files import progress_writer, upload_path
from referral.jobs.job_queue import Job, JobKind, JobKinds
from referral.jobs.progress import OnProgress
from referral.message import NOTHING
from referral.records.accounts import Actor
from referral.records.edits import Author, MadeBy
from referral.records.kinds import KINDS, PARENT_FIELDS
from referral.records.problems import Problem
from referral.store.base import in_batches
from referral.store.history import set_author
from referral.store.rows_log import ImportBatchRow
from referral.store.undo import UndoResult, undo

_log = logging.getLogger(__name__)

AfterTaxonomy = Callable[[Session, Actor], None]

TAXONOMY = "taxonomy"  # the format of a list of terms: search has other words after it
_CARDS = 1_000
_LISTED = 200


def _read(directory: Directory, job: Job) -> None:
    batch_id = job.subject_id
    with directory.store.write() as session:
        batch = batch_row(session, batch_id)
        if batch.state not in {BatchState.UPLOADED, BatchState.READING}:
            return
        batch.state, batch.message = BatchState.READING.value, NOTHING
        forget_review(session, batch_id)
        kept_as, source, wanted = batch.upload, batch.source, batch.wanted_format
    progress = progress_writer(directory, batch_id)
    try:
        path = upload_path(directory, batch_id, kept_as)
        compared_at = datetime.now(UTC)
        prepared = prepare_or_ask(directory, path, source=source, format=wanted, progress=progress)
    except ColumnsAskedError as error:
        ask_columns(directory, batch_id, error.seen)
        return
    except RefusedError as error:
        with directory.store.write() as session:
            batch = batch_row(session, batch_id)
            batch.state, batch.message = BatchState.FAILED.value, error.message
        raise
    _keep_review(directory, batch_id, prepared, progress)
    with directory.store.write() as session:
        batch, report = batch_row(session, batch_id), prepared.report
        batch.format, batch.why, batch.prepared_at = report.format, report.why, compared_at
        batch.counts = {kind: counts.as_dict() for kind, counts in report.plan.counts.items()}
        batch.state = BatchState.READY.value


def _keep_review(
    directory: Directory, batch_id: str, prepared: PreparedImport, progress: OnProgress
) -> None:
    """Write the cards in short transactions: others write meanwhile, and a crash starts over."""
    plan, count = prepared.report.plan, 0
    with directory.store.read() as reading:
        for cards in in_batches(make_cards(reading, batch_id, prepared.items, plan), _CARDS):
            with directory.store.write() as session:
                session.connection().execute(insert(ImportCardRow), cards)
            count += len(cards)
            progress("Sorting", count, 0)
    for problems in in_batches(enumerate(plan.problems), _CARDS):
        with directory.store.write() as session:
            session.add_all(_problem_row(batch_id, *numbered) for numbered in problems)


def _problem_row(batch_id: str, number: int, problem: Problem) -> ImportProblemRow:
    return ImportProblemRow(
        batch_id=batch_id, number=number, code=problem.code, severity=problem.severity.value,
        message=problem.message, file=problem.file, line=problem.line, column=problem.column,
    )  # fmt: skip


def _apply(after_taxonomy: AfterTaxonomy, directory: Directory, job: Job) -> None:
    try:
        _apply_accepted(directory, job, after_taxonomy)
    except Exception:
        with directory.store.write() as session:
            move_on(session, job.subject_id, BatchState.APPLYING, BatchState.READY)
        raise
    _make_searchable(directory, job.subject_id)


def _apply_accepted(directory: Directory, job: Job, after_taxonomy: AfterTaxonomy) -> None:
    """Write all that was accepted in one transaction, unless that was done already."""
    batch_id = job.subject_id
    progress = progress_writer(directory, batch_id)
    with directory.store.write() as session:
        if not move_on(session, batch_id, BatchState.APPLYING, BatchState.APPLIED):
            return
        batch = batch_row(session, batch_id)
        refuse_stale(session, batch)
        total = _expected(batch)
        written = write_changes(
            session,
            batch,
            _accepted(session, batch_id),
            lambda done: progress("Storing", min(done, total), total),
        )
        batch = batch_row(session, batch_id)
        batch.finished_at = datetime.now(UTC)
        batch.outcome = {"written": written.count, "left": written.left[:_LISTED]}
        actor = actor_of(session, job.account_id)
        record_audit(session, actor, "list-applied", "import", batch_id, records=written.count)
        if batch.format == TAXONOMY:
            after_taxonomy(session, actor)


def _make_searchable(directory: Directory, batch_id: str) -> None:
    """What is written is written: an index that is busy or broken follows by itself later."""
    progress_writer(directory, batch_id)("Indexing", 0, 1)
    try:
        directory.index.sync()
    except Exception as error:  # noqa: BLE001  # as the follower of the index does
        _log.warning("index not in step yet: %s", type(error).__name__)


def _expected(batch: ImportBatchRow) -> int:
    """How many records a list writes at most."""
    counts = batch.counts.values()
    return max(1, sum(int(c["new"] + c["changed"] + c["gone"]) for c in counts))


def _accepted(session: Session, batch_id: str) -> Iterator[Write]:
    left = _left_out(session, batch_id)
    for card, change in _changes(session, batch_id):
        write = accepted_write(card, change)
        if write is None or (change.kind, change.record_id) in left:
            continue
        lost = {name for name, *parent in _parents(write) if tuple(parent) in left}
        columns = {name: value for name, value in write.columns.items() if name not in lost}
        if columns or write.action is not ChangeAction.CHANGED:
            yield replace(write, columns=columns)


def _changes(session: Session, batch_id: str) -> Iterator[tuple[ImportCardRow, CardChange]]:
    """All changes with their cards; the session may be emptied meanwhile."""
    start = 0
    while True:
        cards = session.scalars(
            select(ImportCardRow)
            .where(ImportCardRow.batch_id == batch_id, ImportCardRow.number >= start)
            .order_by(ImportCardRow.number)
            .limit(_CARDS)
        ).all()
        if not cards:
            return
        start = cards[-1].number + 1
        session.expunge_all()
        for card in cards:
            yield from ((card, change) for change in unpack(card.changes))


def _left_out(session: Session, batch_id: str) -> set[tuple[str, str]]:
    """New records that are not taken, and with them all that hangs on them."""
    card = ImportCardRow
    undecided = (card.decision == Decision.ACCEPT) & (cast(card.choices, Text) == "{}")
    of_batch = select(card.number).where(card.batch_id == batch_id, ~undecided).limit(1)
    if session.scalar(of_batch) is None:
        return set()
    new: dict[tuple[str, str], list[tuple[str, str]]] = {}
    left: set[tuple[str, str]] = set()
    for row, change in _changes(session, batch_id):
        if change.action is ChangeAction.NEW:
            key = (change.kind, change.record_id)
            new[key] = [(kind, parent) for _, kind, parent in _parents(change)]
            if not is_accepted(row, change):
                left.add(key)
    more = True
    while more:
        hanging = {key for key, parents in new.items() if left.intersection(parents)} - left
        left |= hanging
        more = bool(hanging)
    return left


def _parents(change: CardChange | Write) -> list[tuple[str, str, str]]:
    """The parents that columns name: (column, kind of the parent, its id)."""
    columns = change.columns
    names = columns.keys() & PARENT_FIELDS.keys()
    found = [(name, PARENT_FIELDS[name], columns[name]) for name in names]
    if columns.get("link_entity") in KINDS:
        found.append(("link_id", columns["link_entity"], columns["link_id"]))
    return found


def _undo(after_taxonomy: AfterTaxonomy, directory: Directory, job: Job) -> None:
    batch_id, progress = job.subject_id, progress_writer(directory, job.subject_id)
    with directory.store.write() as session:
        batch = batch_row(session, batch_id)
        again = bool(batch.undone_group)
        state = BatchState.APPLIED if again else BatchState.UNDONE
        if move_on(session, batch_id, BatchState.UNDOING, state):
            author = Author(made_by=MadeBy.UNDO, account_id=job.account_id, batch_id=batch_id)
            set_author(session, author)
            group, source = batch.undone_group or batch_id, batch.source
            done = undo(session, group, lambda n, total: progress("Undoing", n, total))
            place_services(session, services_to_place(session, done.kinds, source))
            mark_source(session, source)
            session.flush()
            batch = batch_row(session, batch_id)
            batch.undone_group = "" if again else author.group_id
            batch.outcome = _outcome(done)
            actor, did = (
                actor_of(session, job.account_id),
                "import-redone" if again else "import-undone",
            )
            record_audit(session, actor, did, "import", batch_id, records=done.count)
            if batch.format == TAXONOMY:
                after_taxonomy(session, actor)
    _make_searchable(directory, batch_id)


def _outcome(done: UndoResult) -> dict[str, object]:
    stays = [[stay.kind, stay.record_id, list(stay.fields)] for stay in done.stays[:_LISTED]]
    return {"written": done.count, "stays": stays}


def import_jobs(after_taxonomy_import: AfterTaxonomy) -> JobKinds:
    """The kinds of jobs of imports.

    Args:
        after_taxonomy_import: called in the transaction that applies or undoes a list of terms,
            since search has other words after it.
    """
    return {
        READ: JobKind(_read, must_wait),
        APPLY: JobKind(partial(_apply, after_taxonomy_import)),
        UNDO: JobKind(partial(_undo, after_taxonomy_import)),
    }
