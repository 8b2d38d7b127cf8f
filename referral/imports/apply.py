"""Application of an import: writes the planned or accepted changes in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.context import Directory
from referral.imports.added_parts import accept_parts
from referral.imports.list_changes import ListChange, list_change
from referral.imports.plan import ImportPlan, ImportReport, plan_import
from referral.imports.plausibility import refuse_doubts
from referral.imports.prepare import PreparedImport, no_progress
from referral.imports.reconcile import leading_field
from referral.imports.records import BatchState, ChangeAction
from referral.imports.rows import SourceRow
from referral.imports.sources import rules_of
from referral.imports.stored_records import StoredRecords
from referral.jobs.progress import OnProgress
from referral.records.accounts import COMMAND_LINE
from referral.records.edits import Author, MadeBy
from referral.store.base import RecordRow, in_batches
from referral.store.bulk import add_rows, retire_rows
from referral.store.change_log import store_state
from referral.store.conversion import ROWS, column_value, from_json_values, json_value
from referral.store.history import author_of, set_author
from referral.store.rows_log import ImportBatchRow
from referral.store.undo import KeptChange, WriteResult
from referral.store.withheld_groups import note_held_places
from referral.store.withholding_requests import end_requests, note_requests

_CHUNK = 1000
_NO_CELLS: Mapping[str, str] = {}


def apply_import(
    directory: Directory,
    prepared: PreparedImport,
    *,
    confirmed: Collection[str] = (),
    progress: OnProgress = no_progress,
) -> ImportReport:
    """Store the list in one transaction and make it searchable. As for ``store_import``."""
    started = perf_counter()
    report = store_import(directory, prepared, confirmed=confirmed, progress=progress)
    progress("Indexing", 0, 1)
    directory.index.sync_after_commit()
    return replace(report, seconds=prepared.report.seconds + perf_counter() - started)


def store_import(
    directory: Directory,
    prepared: PreparedImport,
    *,
    confirmed: Collection[str] = (),
    progress: OnProgress = no_progress,
) -> ImportReport:
    """Store the list in one transaction; the caller lets the index follow.

    Args:
        confirmed: codes of the report's doubts that a person has read and found to be right.

    Raises:
        RefusedError: there is a doubt that nobody confirmed; nothing is written.
    """
    started = perf_counter()
    report = prepared.report
    refuse_doubts(((doubt.code, doubt.message) for doubt in report.doubts), confirmed)
    with directory.store.write() as session:
        if store_state(session).point != prepared.compared_at:
            stored, rules = StoredRecords(session, report.source), rules_of(session, report.source)
            report = replace(report, plan=plan_import(prepared.items, stored, prepared.held, rules))
        note_requests(session, report.source, report.plan.asked)
        end_requests(session, report.source, report.plan.ended)
        if report.plan.writes:
            batch = new_batch(report)
            batch_id, total = batch.id, len(report.plan.changes)
            session.add(batch)
            session.flush()
            changes = _changes_without_review(report.plan)
            write_changes(session, batch, changes, lambda done: progress("Storing", done, total))
            session.get_one(ImportBatchRow, batch_id).finished_at = datetime.now(UTC)
            record_audit(session, COMMAND_LINE, "list-applied", "import", batch_id, records=total)
    seconds = prepared.report.seconds + perf_counter() - started
    return replace(report, applied=True, seconds=seconds)


def _changes_without_review(plan: ImportPlan) -> Iterator[ListChange]:
    """What is taken of a plan where nobody decides: edits by hand stay, and so do odd values."""
    return (list_change(change.unasked) for change in plan.changes if change.writes)


def write_changes(
    session: Session,
    batch: ImportBatchRow,
    changes: Iterable[ListChange],
    on_done: Callable[[int], None],
    *,
    is_stale: bool = True,
) -> WriteResult:
    """Write what a batch changes.

    Args:
        on_done: told how many records are written.
        is_stale: whether lists of the source that were compared before must be compared again.

    A field that is no longer what it was when the change was decided is left as it is.
    """
    batch_id, source = batch.id, batch.source
    author = Author(
        made_by=MadeBy.IMPORT, account_id=batch.account_id, batch_id=batch_id, group_id=batch_id
    )
    set_author(session, author)
    written = WriteResult()
    for run in in_batches(changes, _CHUNK):
        note_held_places(session, (each.record_id for each in run if each.withholds_place))
        _write_run(session, run, batch_id, written)
        session.flush()
        session.expunge_all()
        written.count += len(run)
        on_done(written.count)
    if is_stale:
        mark_source(session, source)
    return written


def mark_source(session: Session, source: str) -> None:
    """Note that what is stored of a source changed: what was compared before is stale."""
    row = session.get(SourceRow, source) or SourceRow(name=source)
    row.changed_at = datetime.now(UTC)
    session.add(row)


def _write_run(
    session: Session, run: Sequence[ListChange], batch_id: str, written: WriteResult
) -> None:
    new: list[tuple[str, dict[str, Any]]] = []
    gone: dict[str, list[str]] = defaultdict(list)
    changed: dict[str, dict[str, ListChange]] = defaultdict(dict)
    for change in run:
        if change.action is ChangeAction.NEW:
            columns = from_json_values(change.kind, change.columns)
            new.append((change.kind, {**columns, **_origin_of(change, batch_id)}))
        elif change.action is ChangeAction.GONE:
            gone[change.kind].append(change.record_id)
        else:
            changed[change.kind][change.record_id] = change
    for asked in run:
        if asked.asked_by:
            wanted = {(asked.kind, asked.record_id): str(asked.values["visibility"])}
            note_requests(session, asked.asked_by, wanted)
    accept_parts(
        session,
        (
            (each.kind, each.record_id)
            for each in run
            if each.adds_to and each.action is not ChangeAction.GONE
        ),
        author_of(session).account_id,
    )
    add_rows(session, new)
    for kind, ids in gone.items():
        retire_rows(session, kind, ids)
    for kind, by_id in changed.items():
        row_class = ROWS[kind]
        for row in session.scalars(select(row_class).where(row_class.id.in_(by_id))):
            _write_change(row, by_id[row.id], batch_id, written)


def _write_change(row: RecordRow, change: ListChange, batch_id: str, written: WriteResult) -> None:
    changed_since: dict[str, None] = {}
    for name, value in from_json_values(change.kind, change.values).items():
        if json_value(getattr(row, name)) == column_value(name, change.fields[name][0]):
            setattr(row, name, value)
        else:
            changed_since[leading_field(change.kind, name)] = None
    if changed_since:
        written.stays.append(KeptChange(change.kind, change.record_id, tuple(changed_since)))
    for name, value in () if change.asked_by else _origin_of(change, batch_id).items():
        setattr(row, name, value)


def _origin_of(change: ListChange, batch_id: str) -> dict[str, Any]:
    source, key, file, line, unmapped = change.origin
    return {
        "source": source,
        "source_key": key,
        "origin_file": file,
        "origin_line": line,
        "unmapped": unmapped or _NO_CELLS,
        "import_batch_id": batch_id,
    }


def new_batch(report: ImportReport) -> ImportBatchRow:
    """A batch for what is applied without a review."""
    now = datetime.now(UTC)
    return ImportBatchRow(
        id=str(uuid4()),
        source=report.source,
        format=report.format,
        why=report.why,
        list_name=report.list_name,
        started_at=now,
        prepared_at=now,
        counts={kind: counts.as_dict() for kind, counts in report.plan.counts.items()},
        state=BatchState.APPLIED.value,
        account_id="",
    )
