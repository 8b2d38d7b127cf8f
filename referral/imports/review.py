"""Review pages: imports, the changes of one listing by listing, its problems, its undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.fields.text_diff import side_by_side
from referral.imports.batches import batch_row, blocking_batch, doubts_of
from referral.imports.reconcile import leading_field
from referral.imports.records import (
    BatchPage,
    BatchState,
    BatchSummary,
    ChangeAction,
    Decision,
    Doubt,
    FieldChange,
    KeptRecord,
    ProblemGroup,
    RecordChange,
    ReviewItem,
    ReviewPage,
    Tab,
)
from referral.imports.review_items import (
    ItemChange,
    accepted_fields,
    accepted_write,
    is_accepted,
    unpack,
)
from referral.imports.rows import ImportProblemRow, ReviewItemRow
from referral.imports.stored_records import records_of
from referral.imports.upload_files import read_fidelity, read_progress
from referral.jobs.job_queue import latest_job
from referral.records.kinds import PARENT_FIELDS
from referral.records.page import Page
from referral.records.problems import Problem, Severity
from referral.records.visibility import Audience, Visibility, may_see
from referral.store.fetching import fetch_page
from referral.store.rows_log import ImportBatchRow
from referral.store.undo import KeptChange, preview_undo

ITEMS_PER_PAGE = 25
PROBLEMS_PER_PAGE = 100
_BATCHES_SHOWN = 100
# Not for people: ids, and what is worked out.
_NOT_SHOWN = frozenset({*PARENT_FIELDS, "link_id", "link_entity", "id", "retired_at"})


def list_batches(directory: Directory) -> tuple[BatchSummary, ...]:
    """The last hundred imports, newest first."""
    batch = ImportBatchRow
    with directory.store.read() as session:
        rows = session.scalars(
            select(batch).order_by(batch.started_at.desc()).limit(_BATCHES_SHOWN)
        )
        return tuple(map(_summary, rows))


def read_batch(
    directory: Directory, batch_id: str, audience: Audience = Audience.CURATION
) -> BatchPage:
    """One import by itself.

    Raises:
        NotFoundError: there is none.
    """
    with directory.store.read() as session:
        batch = batch_row(session, batch_id)
        before = blocking_batch(session, batch_id) if batch.state == BatchState.UPLOADED else None
        kept = [
            KeptChange(kind, key, tuple(names))
            for kind, key, names in batch.outcome.get("stays", [])
        ]
        return BatchPage(
            line=_summary(batch),
            format=batch.format,
            why=batch.why,
            message=batch.message,
            tallies=_tallies(session, batch_id),
            accepted=_accepted(session, batch_id),
            problems=_problem_counts(session, batch_id),
            job=latest_job(session, batch_id),
            progress=read_progress(directory, batch_id),
            waits_for=_summary(before) if before else None,
            doubts=tuple(Doubt(row.code, row.message) for row in doubts_of(session, batch_id)),
            fidelity=read_fidelity(directory, batch_id),
            has_upload=bool(batch.upload),
            kept=_with_titles(session, kept, audience),
        )


def read_review(
    directory: Directory,
    batch_id: str,
    tab: Tab,
    *,
    page: int = 1,
    words: str = "",
    audience: Audience = Audience.CURATION,
) -> ReviewPage:
    """A page of the listings that a list would change.

    Args:
        page: from 1; beyond the last one means the last.
        words: part of the name of a listing or its organization.
        audience: who reads; values that are withheld are shown to curation only.

    Raises:
        NotFoundError: there is no such import.
    """
    card = ReviewItemRow
    sees_all = may_see(audience, Visibility.WITHHELD)
    with directory.store.read() as session:
        batch_row(session, batch_id)
        chosen = select(card).where(card.batch_id == batch_id, _in_tab(tab))
        if words := words.strip():
            like = [name.icontains(words, autoescape=True) for name in (card.title, card.subtitle)]
            chosen = chosen.where(or_(*like))
            chosen = chosen if sees_all else chosen.where(~card.is_private)
        rows = fetch_page(session, chosen.order_by(card.number), page, ITEMS_PER_PAGE)
        listings = rows.with_items(_item(row, sees_all=sees_all) for row in rows)
    return ReviewPage(tab=tab, listings=listings, words=words)


def read_problems(
    directory: Directory, batch_id: str, code: str = "", page: int = 1
) -> tuple[tuple[ProblemGroup, ...], Page[Problem]]:
    """The causes of problems, most severe first, and a page (from 1) of the problems of one."""
    row = ImportProblemRow
    with directory.store.read() as session:
        causes = session.execute(
            select(row.code, row.severity, func.count(), func.min(row.message))
            .where(row.batch_id == batch_id)
            .group_by(row.code, row.severity)
        )
        order = [
            severity.value
            for severity in (Severity.DOUBT, Severity.ERROR, Severity.HELD, Severity.WARNING)
        ]
        found = sorted(causes, key=lambda cause: (order.index(cause[1]), -cause[2], cause[0]))
        chosen = select(row).where(row.batch_id == batch_id)
        if code:
            chosen = chosen.where(row.code == code)
        rows = fetch_page(session, chosen.order_by(row.number), page, PROBLEMS_PER_PAGE)
        return (
            tuple(ProblemGroup(code=c, severity=s, count=n, example=e) for c, s, n, e in found),
            rows.with_items(map(_problem, rows)),
        )


def preview_batch_undo(
    directory: Directory, batch_id: str, audience: Audience = Audience.CURATION
) -> tuple[KeptRecord, ...]:
    """The records that undoing an import would keep as they are, since they were edited later."""
    with directory.store.read() as session:
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
    )


def _in_tab(tab: Tab) -> Any:
    card = ReviewItemRow
    match tab:
        case Tab.HELD:
            return card.is_held
        case Tab.CONFLICTS:
            return card.conflicts > 0
        case _:
            return card.tab == tab


def _tallies(session: Session, batch_id: str) -> dict[Tab, int]:
    count = select(func.count()).select_from(ReviewItemRow)
    of_batch = count.where(ReviewItemRow.batch_id == batch_id)
    return {tab: session.scalar(of_batch.where(_in_tab(tab))) or 0 for tab in Tab}


def _accepted(session: Session, batch_id: str) -> int:
    """How many listings change as decided so far: by query, but for those with choices."""
    card = ReviewItemRow
    plain = cast(card.choices, Text) == "{}"
    taken = (card.decision == Decision.ACCEPT) & (card.tab != Tab.UNCHANGED)
    theirs = (card.conflict_decision == Decision.ACCEPT) & (card.conflicts > 0)
    of_batch = card.batch_id == batch_id
    count = session.scalar(select(func.count()).where(of_batch, plain, taken | theirs)) or 0
    for row in session.scalars(select(card).where(of_batch, ~plain)):
        count += any(accepted_write(row, change) for change in unpack(row.changes))
    return count


def _problem_counts(session: Session, batch_id: str) -> dict[str, int]:
    row = ImportProblemRow
    statement = select(row.severity, func.count()).where(row.batch_id == batch_id)
    return {found[0]: found[1] for found in session.execute(statement.group_by(row.severity))}


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
    return ReviewItem(
        number=row.number,
        kind=row.kind,
        title="" if is_masked else row.title,
        subtitle="" if is_masked else row.subtitle,
        tab=Tab(row.tab),
        is_held=row.is_held,
        is_accepted=row.decision == Decision.ACCEPT,
        conflicts=row.conflicts,
        takes_conflicts=row.conflict_decision == Decision.ACCEPT,
        changes=tuple(_change(row, change, sees_all=sees_all) for change in unpack(row.changes)),
    )


def _change(card: ReviewItemRow, change: ItemChange, *, sees_all: bool) -> RecordChange:
    is_masked = change.is_private and not sees_all
    taken = accepted_fields(card, change)
    is_changed = change.action is ChangeAction.CHANGED
    return RecordChange(
        key=change.key,
        kind=change.kind,
        action=change.action,
        file=change.origin[2],
        line=change.origin[3],
        is_masked=is_masked,
        is_held=change.is_held,
        comes_back="retired_at" in change.fields,
        is_accepted=bool(taken) if is_changed else is_accepted(card, change),
        values=() if is_masked else tuple(_values(change)),
        fields=() if is_masked else tuple(_fields(change, taken)),
    )


def _values(change: ItemChange) -> Iterator[tuple[str, Any]]:
    for name, value in change.columns.items():
        if (
            name not in _NOT_SHOWN
            and leading_field(change.kind, name) == name
            and value is not False
        ):
            yield name, value


def _fields(change: ItemChange, taken: list[str]) -> Iterator[FieldChange]:
    for name, (old, new) in change.fields.items():
        if name in _NOT_SHOWN or leading_field(change.kind, name) in change.fields.keys() - {name}:
            continue
        before, after = side_by_side(_text(old), _text(new))
        yield FieldChange(
            name=name,
            before=before,
            after=after,
            is_conflict=name in change.conflicts,
            is_accepted=name in taken,
        )


def _text(value: Any) -> str:
    return "" if value is None else str(value)
