"""Application of an import: writes the accepted changes of a list in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import refused
from referral.imports.added_parts import accept_parts
from referral.imports.batches import new_batch, refuse_stale
from referral.imports.decisions import accepted_of
from referral.imports.list_changes import ListChange
from referral.imports.merged_twins import suggest
from referral.imports.plan import ImportReport
from referral.imports.plausibility import refuse_doubts
from referral.imports.prepare import PreparedImport, no_progress
from referral.imports.reconcile import leading_field
from referral.imports.records import BatchState, ChangeAction
from referral.imports.reused_ids import note_keys
from referral.imports.review_items import LEFT_AT_FIRST, ReviewTally, make_review_items
from referral.imports.rows import ReviewItemRow, SourceRow
from referral.jobs.progress import OnProgress
from referral.records.accounts import COMMAND_LINE, Actor
from referral.records.edits import Author, MadeBy
from referral.store.base import RecordRow, in_batches
from referral.store.bulk import add_rows, retire_rows
from referral.store.conversion import ROWS, column_value, from_json_values, json_value
from referral.store.history import author_of, set_author
from referral.store.rows_log import ImportBatchRow, RecordEditRow
from referral.store.undo import KeptChange, WriteResult
from referral.store.withheld_groups import note_withheld_places
from referral.store.withholding_requests import end_requests, note_requests

_CHANGES_AT_A_TIME = 1000
_MOST_LISTED = 200
_NO_CELLS: Mapping[str, str] = {}


def apply_import(
    instance: Instance,
    prepared: PreparedImport,
    *,
    confirmed: Collection[str] = (),
    progress: OnProgress = no_progress,
) -> ImportReport:
    """Write the changes of an import without a review; the caller updates the search index.

    All is one transaction. Changes are grouped as for the review pages, and those are written that
    a review accepts by default; the groups are not stored.

    Args:
        confirmed: codes of the report's doubts that a person confirmed.

    Raises:
        RefusedError: a doubt is not confirmed, another list of the source was applied meanwhile,
            or a record that the list lacks was edited meanwhile; nothing is written.
    """
    started = perf_counter()
    report = prepared.report
    refuse_doubts(((doubt.code, doubt.message) for doubt in report.doubts), confirmed)
    with instance.store.write() as session:
        note_compared(session, report, instance.now())
        if report.plan.writes:
            batch_id, tally = str(uuid4()), ReviewTally()
            batch = new_batch(batch_id, report.source, report.list_name, BatchState.APPLIED)
            note_read(batch, prepared)
            refuse_stale(session, batch)
            _refuse_edited(session, prepared)
            session.add(batch)
            session.flush()
            columns_of_items = make_review_items(
                session, batch_id, prepared.items, report.plan, tally, LEFT_AT_FIRST
            )
            changes = accepted_of(ReviewItemRow(**columns) for columns in columns_of_items)
            apply_changes(session, batch, changes, COMMAND_LINE, progress)
            note_tally(session.get_one(ImportBatchRow, batch_id), tally)
    seconds = report.seconds + perf_counter() - started
    return replace(report, applied=True, seconds=seconds)


def _refuse_edited(session: Session, prepared: PreparedImport) -> None:
    """Refuse to retire a record that was edited by hand since its import was compared."""
    edited_ids = session.scalars(
        select(RecordEditRow.record_id).where(
            RecordEditRow.happened_at > prepared.compared_at,
            RecordEditRow.made_by.in_([MadeBy.HAND, MadeBy.PROVIDER]),
        )
    )
    changes = prepared.report.plan.changes
    gone_ids = {change.record.id for change in changes if change.action is ChangeAction.GONE}
    if not gone_ids.isdisjoint(edited_ids):
        raise refused(
            "A listing that this list drops was edited since the list was read. Read it again."
        )


def note_read(batch: ImportBatchRow, prepared: PreparedImport) -> None:
    """Store a list's format, and how many records it changes, in its import batch."""
    report = prepared.report
    batch.format, batch.why, batch.prepared_at = report.format, report.why, prepared.compared_at
    batch.counts = {kind: counts.as_dict() for kind, counts in report.plan.counts.items()}


def note_tally(batch: ImportBatchRow, tally: ReviewTally) -> None:
    """Store how many listings a list changes in its import batch."""
    batch.outcome = {**batch.outcome, "review": msgspec.to_builtins(tally)}


def note_compared(session: Session, report: ImportReport, now: datetime) -> None:
    """Store what needs no review of a list: suggestions, requests to withhold and new keys."""
    plan = report.plan
    suggest(session, plan.merged, now)
    note_requests(session, report.source, plan.requests)
    end_requests(session, report.source, plan.ended_requests)
    note_keys(session, report.new_keys)


def apply_changes(
    session: Session,
    batch: ImportBatchRow,
    changes: Iterable[ListChange],
    actor: Actor,
    progress: OnProgress = no_progress,
    *,
    is_stale: bool = True,
) -> None:
    """Write changes of an import batch, and store the outcome in the batch.

    Args:
        is_stale: whether lists of the source that were compared earlier must be compared again.
    """
    batch_id, source, total = batch.id, batch.source, _most_records(batch)
    result = _write_changes(
        session, batch, changes, lambda done: progress("Storing", min(done, total), total)
    )
    if is_stale:
        mark_source(session, source)
    batch = session.get_one(ImportBatchRow, batch_id)
    batch.finished_at = datetime.now(UTC)
    note_outcome(batch, result)
    record_audit(session, actor, "list-applied", "import", batch_id, records=result.count)


def note_outcome(batch: ImportBatchRow, result: WriteResult) -> None:
    """Store the outcome of applying or undoing an import beside the counts of its review."""
    counted = {name: value for name, value in batch.outcome.items() if name == "review"}
    stays = [
        [record.kind, record.record_id, list(record.fields)]
        for record in result.kept[:_MOST_LISTED]
    ]
    batch.outcome = {**counted, "written": result.count, "stays": stays}


def _most_records(batch: ImportBatchRow) -> int:
    """Return the largest number of records that an import may write."""
    counts = batch.counts.values()
    return max(1, sum(int(c["new"] + c["changed"] + c["gone"]) for c in counts))


def _write_changes(
    session: Session,
    batch: ImportBatchRow,
    changes: Iterable[ListChange],
    on_done: Callable[[int], None],
) -> WriteResult:
    """Write the changes of an import batch, and empty the database session.

    A field that was changed since the list was compared is left as it is.

    Args:
        on_done: called with the number of written records.
    """
    batch_id = batch.id
    author = Author(
        made_by=MadeBy.IMPORT, account_id=batch.account_id, batch_id=batch_id, group_id=batch_id
    )
    set_author(session, author)
    written = WriteResult()
    for chunk in in_batches(changes, _CHANGES_AT_A_TIME):
        note_withheld_places(
            session, (change.record_id for change in chunk if change.withholds_place)
        )
        _write_chunk(session, chunk, batch_id, written)
        session.flush()
        session.expunge_all()
        written.count += len(chunk)
        on_done(written.count)
    return written


def mark_source(session: Session, source: str) -> None:
    """Mark a source's records as changed, so that earlier import comparisons are stale."""
    row = session.get(SourceRow, source) or SourceRow(name=source)
    row.changed_at = datetime.now(UTC)
    session.add(row)


def _write_chunk(
    session: Session, chunk: Sequence[ListChange], batch_id: str, written: WriteResult
) -> None:
    new: list[tuple[str, dict[str, Any]]] = []
    gone: dict[str, list[str]] = defaultdict(list)
    changed: dict[str, dict[str, ListChange]] = defaultdict(dict)
    for change in chunk:
        if change.action is ChangeAction.NEW:
            columns = from_json_values(change.kind, change.columns)
            new.append((change.kind, {**columns, **_origin_of(change, batch_id)}))
        elif change.action is ChangeAction.GONE:
            gone[change.kind].append(change.record_id)
        else:
            changed[change.kind][change.record_id] = change
    for change in chunk:
        if change.asked_by:
            request = {(change.kind, change.record_id): str(change.values["visibility"])}
            note_requests(session, change.asked_by, request)
    accept_parts(
        session,
        (
            (change.kind, change.record_id)
            for change in chunk
            if change.adds_to and change.action is not ChangeAction.GONE
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
        written.kept.append(KeptChange(change.kind, change.record_id, tuple(changed_since)))
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
