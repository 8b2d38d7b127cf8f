"""Review of imports: the changes of an import by group, its problems, its undo."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.formats import format_now
from referral.imports.batches import ESTIMATE, batch_row, blocking_batch, doubts_of
from referral.imports.decisions import accepted_fields, is_accepted
from referral.imports.list_changes import ListChange, unpack
from referral.imports.records import (
    BatchComparison,
    BatchPage,
    BatchState,
    BatchSummary,
    ChangeAction,
    ChangeGroup,
    Decision,
    Doubt,
    KeptRecord,
    ProblemGroup,
    ReviewGroup,
    ReviewItem,
    ReviewPage,
)
from referral.imports.review_items import ReviewTally
from referral.imports.rows import ImportProblemRow, ReviewItemRow
from referral.imports.stored_records import records_of
from referral.imports.upload_files import read_fidelity
from referral.jobs.job_queue import latest_job
from referral.jobs.progress import read_progress
from referral.records.page import Page
from referral.records.problems import Problem, Severity
from referral.records.visibility import Audience, Visibility, may_see
from referral.store.fetching import fetch_page
from referral.store.rows_log import ImportBatchRow
from referral.store.undo import KeptChange, preview_undo

ITEMS_PER_PAGE = 20
_SAMPLES_PER_GROUP = 3
PROBLEMS_PER_PAGE = 100
_BATCHES_SHOWN = 100
_TITLE_COLUMNS = (ReviewItemRow.title, ReviewItemRow.subtitle)
_BATCHES_COMPARED = 3
_AT_WORK = (
    BatchState.UPLOADED.value,
    BatchState.READING.value,
    BatchState.APPLYING.value,
    BatchState.UNDOING.value,
)
_SEVERITIES = (Severity.DOUBT, Severity.ERROR, Severity.WITHHELD, Severity.WARNING)


def list_batches(instance: Instance, source: str = "") -> tuple[BatchSummary, ...]:
    """List the last hundred imports, of one source or all, newest first."""
    chosen = select(ImportBatchRow).order_by(ImportBatchRow.started_at.desc()).limit(_BATCHES_SHOWN)
    with instance.store.read() as session:
        rows = session.scalars(chosen.where(ImportBatchRow.source == source) if source else chosen)
        return tuple(map(_summary, rows))


def batches_at_work(instance: Instance) -> tuple[BatchSummary, ...]:
    """List the imports that are being read, applied or undone, or are queued for it."""
    with instance.store.read() as session:
        rows = session.scalars(select(ImportBatchRow).where(ImportBatchRow.state.in_(_AT_WORK)))
        jobs = ((row, latest_job(session, row.id)) for row in rows.all())
        return tuple(_summary(row) for row, job in jobs if job and job.is_open)


def compare_batches(instance: Instance, source: str) -> BatchComparison:
    """Compare the changes of a source's last three reviewed imports, group by group."""
    with instance.store.read() as session:
        found = session.scalars(
            select(ImportBatchRow)
            .where(ImportBatchRow.source == source)
            .order_by(ImportBatchRow.started_at.desc())
        )
        reviewed = list(
            islice((batch for batch in found if batch.outcome.get("review")), _BATCHES_COMPARED)
        )
        lines = tuple(map(_summary, reviewed))
        tallies = [_tally_of(batch).groups for batch in reviewed]
    present = (group for group in ChangeGroup if any(group in tally for tally in tallies))
    rows = tuple(
        tuple(
            ReviewGroup(group=group, count=tally[group].items) if group in tally else None
            for tally in tallies
        )
        for group in present
    )
    return BatchComparison(lines, rows)


def read_batch(
    instance: Instance,
    batch_id: str,
    audience: Audience = Audience.CURATION,
    *,
    sampled: bool = False,
) -> BatchPage:
    """Read all that the page of one import batch shows.

    Args:
        audience: audience of the page; withheld values are shown to curation only.
        sampled: whether each group of its review has a few examples.

    Raises:
        NotFoundError: there is no such import.
    """
    with instance.store.read() as session:
        batch = batch_row(session, batch_id)
        before = blocking_batch(session, batch_id) if batch.state == BatchState.UPLOADED else None
        kept = [
            KeptChange(kind, key, tuple(names))
            for kind, key, names in batch.outcome.get("stays", [])
        ]
        return BatchPage(
            line=_summary(batch),
            format=format_now(batch.format),
            why=batch.why,
            message=batch.message,
            groups=_groups(session, batch, audience, sampled=sampled),
            problems=_problem_counts(session, batch_id),
            job=latest_job(session, batch_id, leaving_out=ESTIMATE),
            progress=read_progress(instance, batch_id),
            waits_for=_summary(before) if before else None,
            doubts=tuple(Doubt(row.code, row.message) for row in doubts_of(session, batch_id)),
            fidelity=read_fidelity(instance, batch_id),
            has_upload=bool(batch.upload),
            kept=_kept_records(session, kept, audience),
        )


def read_review(
    instance: Instance,
    batch_id: str,
    group: ChangeGroup,
    *,
    page: int = 1,
    words: str = "",
    audience: Audience = Audience.CURATION,
) -> ReviewPage:
    """Read a review page of one group of an import's changes.

    Of an applied import, it shows the accepted ones.

    Args:
        page: from 1; numbers beyond the last page mean the last.
        words: part of the name of a listing or its organization.
        audience: audience of the page; withheld values are shown to curation only.

    Raises:
        NotFoundError: there is no such import.
    """
    sees_all = may_see(audience, Visibility.WITHHELD)
    with instance.store.read() as session:
        chosen = _items_of(batch_id, group)
        is_applied = batch_row(session, batch_id).state == BatchState.APPLIED
        if is_applied:
            chosen = chosen.where(ReviewItemRow.decision != Decision.LEAVE.value)
        if words := words.strip():
            like = [name.icontains(words, autoescape=True) for name in _TITLE_COLUMNS]
            chosen = chosen.where(or_(*like))
            chosen = chosen if sees_all else chosen.where(~ReviewItemRow.is_private)
        rows = fetch_page(session, chosen, page, ITEMS_PER_PAGE)
        shown = (_review_item(row, sees_all=sees_all) for row in rows)
        items = rows.with_items(item.taken if is_applied else item for item in shown)
    return ReviewPage(group=group, items=items, words=words)


def read_problem_groups(instance: Instance, batch_id: str) -> tuple[ProblemGroup, ...]:
    """Read the problems of an imported list by kind and column, most severe and frequent first."""
    with instance.store.read() as session:
        causes = session.execute(
            select(
                ImportProblemRow.code,
                ImportProblemRow.column,
                ImportProblemRow.severity,
                func.count().label("times"),
            )
            .where(ImportProblemRow.batch_id == batch_id)
            .group_by(ImportProblemRow.code, ImportProblemRow.column, ImportProblemRow.severity)
        )
        found = sorted(
            causes, key=lambda cause: (_SEVERITIES.index(cause.severity), -cause.times, *cause)
        )
        return tuple(
            ProblemGroup(
                code=code,
                column=column,
                severity=severity,
                count=count,
                examples=tuple(
                    map(_problem_of, session.scalars(_problems_of(batch_id, code, column).limit(3)))
                ),
            )
            for code, column, severity, count in found
        )


def read_problems(
    instance: Instance, batch_id: str, code: str, column: str, page: int = 1
) -> Page[Problem]:
    """Read a page (from 1) of an imported list's problems of one kind in one column."""
    with instance.store.read() as session:
        rows = fetch_page(session, _problems_of(batch_id, code, column), page, PROBLEMS_PER_PAGE)
        return rows.with_items(map(_problem_of, rows))


def preview_batch_undo(
    instance: Instance, batch_id: str, audience: Audience = Audience.CURATION
) -> tuple[KeptRecord, ...]:
    """List the records that undoing an import would not change, because they were edited later."""
    with instance.store.read() as session:
        batch = batch_row(session, batch_id)
        return _kept_records(
            session, preview_undo(session, batch.undone_group or batch_id), audience
        )


def _summary(batch: ImportBatchRow) -> BatchSummary:
    return BatchSummary(
        id=batch.id,
        source=batch.source,
        list_name=batch.list_name,
        state=BatchState(batch.state),
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        counts=batch.counts,
        # Batches without a review count only records: protection, and releases before 0.3.
        listings=_tally_of(batch).listings or batch.counts.get("service", {}),
    )


def _groups(
    session: Session, batch: ImportBatchRow, audience: Audience, *, sampled: bool
) -> tuple[ReviewGroup, ...]:
    """Return the groups of an import's review with their decisions, counted by the database."""
    tally = _tally_of(batch)
    decided = session.execute(
        select(ReviewItemRow.change_group, ReviewItemRow.decision, func.count())
        .where(
            ReviewItemRow.batch_id == batch.id,
            ReviewItemRow.decision.in_([Decision.LEAVE, Decision.SOME]),
        )
        .group_by(ReviewItemRow.change_group, ReviewItemRow.decision)
    )
    counts = {(group, decision): count for group, decision, count in decided}
    return tuple(
        ReviewGroup(
            group=group,
            count=tally.groups[group].items,
            organizations=tally.groups[group].organizations,
            left=counts.get((group.value, Decision.LEAVE.value), 0),
            partly=counts.get((group.value, Decision.SOME.value), 0),
            samples=_samples(session, batch.id, group, audience) if sampled else (),
        )
        for group in ChangeGroup
        if group in tally.groups
    )


def _tally_of(batch: ImportBatchRow) -> ReviewTally:
    return msgspec.convert(batch.outcome.get("review", {}), ReviewTally)


def _samples(
    session: Session, batch_id: str, group: ChangeGroup, audience: Audience
) -> tuple[ReviewItem, ...]:
    rows = session.scalars(_items_of(batch_id, group).limit(_SAMPLES_PER_GROUP))
    sees_all = may_see(audience, Visibility.WITHHELD)
    return tuple(_review_item(row, sees_all=sees_all) for row in rows)


def _items_of(batch_id: str, group: ChangeGroup) -> Select[ReviewItemRow]:
    return (
        select(ReviewItemRow)
        .where(ReviewItemRow.batch_id == batch_id, ReviewItemRow.change_group == group.value)
        .order_by(ReviewItemRow.title, ReviewItemRow.number)
    )


def _problem_counts(session: Session, batch_id: str) -> dict[str, int]:
    statement = select(ImportProblemRow.severity, func.count()).where(
        ImportProblemRow.batch_id == batch_id
    )
    by_severity = session.execute(statement.group_by(ImportProblemRow.severity))
    return {severity: count for severity, count in by_severity}  # noqa: C416  # rows are not pairs


def _problems_of(batch_id: str, code: str, column: str) -> Select[ImportProblemRow]:
    conditions = (
        ImportProblemRow.batch_id == batch_id,
        ImportProblemRow.code == code,
        ImportProblemRow.column == column,
    )
    return select(ImportProblemRow).where(*conditions).order_by(ImportProblemRow.number)


def _problem_of(row: ImportProblemRow) -> Problem:
    return Problem(
        code=row.code,
        severity=Severity(row.severity),
        message=row.message,
        file=row.file,
        line=row.line,
        column=row.column,
    )


def _kept_records(
    session: Session, kept: list[KeptChange], audience: Audience
) -> tuple[KeptRecord, ...]:
    records = records_of(session, [(change.kind, change.record_id) for change in kept])
    found = []
    for change in kept:
        record = records.get((change.kind, change.record_id))
        shown = record is not None and may_see(audience, record.visibility)
        found.append(KeptRecord(change, getattr(record, "name", "") if shown else ""))
    return tuple(found)


def _review_item(row: ReviewItemRow, *, sees_all: bool) -> ReviewItem:
    is_masked = row.is_private and not sees_all
    changes = unpack(row.changes)
    return ReviewItem(
        number=row.number,
        key=f"{row.kind}/{row.record_id}",
        kind=row.kind,
        title="" if is_masked else row.title,
        subtitle="" if is_masked else row.subtitle,
        group=ChangeGroup(row.change_group),
        decision=Decision(row.decision),
        changes=tuple(changes if sees_all else (change.masked for change in changes)),
        accepted=frozenset(_accepted_keys(row, changes)),
    )


def _accepted_keys(row: ReviewItemRow, changes: list[ListChange]) -> Iterator[str]:
    for change in changes:
        fields = accepted_fields(row, change)
        yield from (f"{change.key}/{name}" for name in fields)
        is_changed = change.action is ChangeAction.CHANGED
        if fields if is_changed else is_accepted(row, change):
            yield change.key
