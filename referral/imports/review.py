"""Review of imports: the changes of one by group, its problems, its undo."""

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
_SAMPLES = 3
PROBLEMS_PER_PAGE = 100
_BATCHES_SHOWN = 100
_COMPARED = 3
_AT_WORK = (
    BatchState.UPLOADED.value,
    BatchState.READING.value,
    BatchState.APPLYING.value,
    BatchState.UNDOING.value,
)
_SEVERITIES = (Severity.DOUBT, Severity.ERROR, Severity.HELD, Severity.WARNING)


def list_batches(instance: Instance, source: str = "") -> tuple[BatchSummary, ...]:
    """List the last hundred imports, of one source or all, newest first."""
    batch = ImportBatchRow
    chosen = select(batch).order_by(batch.started_at.desc()).limit(_BATCHES_SHOWN)
    with instance.store.read() as session:
        rows = session.scalars(chosen.where(batch.source == source) if source else chosen)
        return tuple(map(_summary, rows))


def batches_at_work(instance: Instance) -> tuple[BatchSummary, ...]:
    """List the imports that are being read, applied or undone, or are queued for it."""
    batch = ImportBatchRow
    with instance.store.read() as session:
        rows = session.scalars(select(batch).where(batch.state.in_(_AT_WORK)))
        jobs = ((row, latest_job(session, row.id)) for row in rows.all())
        return tuple(_summary(row) for row, job in jobs if job and job.is_open)


def compare_batches(instance: Instance, source: str) -> BatchComparison:
    """Compare what the last three reviewed lists of a source changed, group by group."""
    batch = ImportBatchRow
    with instance.store.read() as session:
        found = session.scalars(
            select(batch).where(batch.source == source).order_by(batch.started_at.desc())
        )
        reviewed = list(islice((each for each in found if each.outcome.get("review")), _COMPARED))
        lines = tuple(map(_summary, reviewed))
        tallies = [_tally(each).groups for each in reviewed]
    present = (group for group in ChangeGroup if any(group in tally for tally in tallies))
    rows = tuple(
        tuple(
            ReviewGroup(group=group, count=tally[group][0]) if group in tally else None
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
    """Read the page of one import.

    Args:
        audience: who reads; values that are withheld are shown to curation only.
        sampled: each group of its review with a few examples.

    Raises:
        NotFoundError: there is none.
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
            kept=_with_titles(session, kept, audience),
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
    """Read a page of one group of changes; of an applied import, the accepted ones.

    Args:
        page: from 1; beyond the last one means the last.
        words: part of the name of a listing or its organization.
        audience: who reads; values that are withheld are shown to curation only.

    Raises:
        NotFoundError: there is no such import.
    """
    item = ReviewItemRow
    sees_all = may_see(audience, Visibility.WITHHELD)
    with instance.store.read() as session:
        chosen = _items_of(batch_id, group)
        is_applied = batch_row(session, batch_id).state == BatchState.APPLIED
        if is_applied:
            chosen = chosen.where(item.decision != Decision.LEAVE.value)
        if words := words.strip():
            like = [name.icontains(words, autoescape=True) for name in (item.title, item.subtitle)]
            chosen = chosen.where(or_(*like))
            chosen = chosen if sees_all else chosen.where(~item.is_private)
        rows = fetch_page(session, chosen, page, ITEMS_PER_PAGE)
        shown = (_item(row, sees_all=sees_all) for row in rows)
        items = rows.with_items(item.taken if is_applied else item for item in shown)
    return ReviewPage(group=group, items=items, words=words)


def read_problem_groups(instance: Instance, batch_id: str) -> tuple[ProblemGroup, ...]:
    """Read the problems of a list by kind and column, most severe and most frequent first."""
    row = ImportProblemRow
    with instance.store.read() as session:
        causes = session.execute(
            select(row.code, row.column, row.severity, func.count())
            .where(row.batch_id == batch_id)
            .group_by(row.code, row.column, row.severity)
        )
        found = sorted(causes, key=lambda cause: (_SEVERITIES.index(cause[2]), -cause[3], *cause))
        return tuple(
            ProblemGroup(
                code=code,
                column=column,
                severity=severity,
                count=count,
                examples=tuple(
                    map(_problem, session.scalars(_problems_of(batch_id, code, column).limit(3)))
                ),
            )
            for code, column, severity, count in found
        )


def read_problems(
    instance: Instance, batch_id: str, code: str, column: str, page: int = 1
) -> Page[Problem]:
    """Read a page (from 1) of the problems of one kind in one column."""
    with instance.store.read() as session:
        rows = fetch_page(session, _problems_of(batch_id, code, column), page, PROBLEMS_PER_PAGE)
        return rows.with_items(map(_problem, rows))


def preview_batch_undo(
    instance: Instance, batch_id: str, audience: Audience = Audience.CURATION
) -> tuple[KeptRecord, ...]:
    """List the records that undoing an import would not change, because they were edited later."""
    with instance.store.read() as session:
        batch = batch_row(session, batch_id)
        return _with_titles(
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
        # Without a review only records are counted: protection, and releases before 0.3.
        listings=_tally(batch).listings or batch.counts.get("service", {}),
    )


def _groups(
    session: Session, batch: ImportBatchRow, audience: Audience, *, sampled: bool
) -> tuple[ReviewGroup, ...]:
    """Return the groups of a review with their decisions, counted by the database."""
    tally = _tally(batch)
    item = ReviewItemRow
    decided = session.execute(
        select(item.change_group, item.decision, func.count())
        .where(item.batch_id == batch.id, item.decision.in_([Decision.LEAVE, Decision.SOME]))
        .group_by(item.change_group, item.decision)
    )
    counts = {(group, decision): count for group, decision, count in decided}
    return tuple(
        ReviewGroup(
            group=group,
            count=tally.groups[group][0],
            organizations=tally.groups[group][1],
            left=counts.get((group.value, Decision.LEAVE.value), 0),
            partly=counts.get((group.value, Decision.SOME.value), 0),
            samples=_samples(session, batch.id, group, audience) if sampled else (),
        )
        for group in ChangeGroup
        if group in tally.groups
    )


def _tally(batch: ImportBatchRow) -> ReviewTally:
    return msgspec.convert(batch.outcome.get("review", {}), ReviewTally)


def _samples(
    session: Session, batch_id: str, group: ChangeGroup, audience: Audience
) -> tuple[ReviewItem, ...]:
    rows = session.scalars(_items_of(batch_id, group).limit(_SAMPLES))
    sees_all = may_see(audience, Visibility.WITHHELD)
    return tuple(_item(row, sees_all=sees_all) for row in rows)


def _items_of(batch_id: str, group: ChangeGroup) -> Select[ReviewItemRow]:
    item = ReviewItemRow
    of_group = select(item).where(item.batch_id == batch_id, item.change_group == group.value)
    return of_group.order_by(item.title, item.number)


def _problem_counts(session: Session, batch_id: str) -> dict[str, int]:
    row = ImportProblemRow
    statement = select(row.severity, func.count()).where(row.batch_id == batch_id)
    return {found[0]: found[1] for found in session.execute(statement.group_by(row.severity))}


def _problems_of(batch_id: str, code: str, column: str) -> Select[ImportProblemRow]:
    row = ImportProblemRow
    of_cause = select(row).where(row.batch_id == batch_id, row.code == code, row.column == column)
    return of_cause.order_by(row.number)


def _problem(row: ImportProblemRow) -> Problem:
    return Problem(
        code=row.code,
        severity=Severity(row.severity),
        message=row.message,
        file=row.file,
        line=row.line,
        column=row.column,
    )


def _with_titles(
    session: Session, kept: list[KeptChange], audience: Audience
) -> tuple[KeptRecord, ...]:
    records = records_of(session, [(change.kind, change.record_id) for change in kept])
    found = []
    for change in kept:
        record = records.get((change.kind, change.record_id))
        shown = record is not None and may_see(audience, record.visibility)
        found.append(KeptRecord(change, getattr(record, "name", "") if shown else ""))
    return tuple(found)


def _item(row: ReviewItemRow, *, sees_all: bool) -> ReviewItem:
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
        accepted=frozenset(_accepted(row, changes)),
    )


def _accepted(row: ReviewItemRow, changes: list[ListChange]) -> Iterator[str]:
    for change in changes:
        fields = accepted_fields(row, change)
        yield from (f"{change.key}/{name}" for name in fields)
        is_changed = change.action is ChangeAction.CHANGED
        if fields if is_changed else is_accepted(row, change):
            yield change.key
