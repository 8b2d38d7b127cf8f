"""Reads imports: the list of them, one by itself, and the change it would make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.fields.text_diff import side_by_side
from referral.imports.batches import batch_before, batch_row
from referral.imports.cards import (
    CardChange,
    accepted_fields,
    accepted_write,
    is_accepted,
    unpack,
)
from referral.imports.import_counts import KindCounts, gone_share_of
from referral.imports.pages import (
    BatchLine,
    BatchPage,
    Card,
    Cause,
    ChangeLines,
    FieldLine,
    NamedStay,
    ReviewPage,
)
from referral.imports.prepare import GONE_SHARE_TO_CONFIRM
from referral.imports.reconcile import leading_field
from referral.imports.records import BatchState, ChangeAction, Decision, Tab
from referral.imports.rows import ImportCardRow, ImportProblemRow
from referral.imports.stored_records import records_of
from referral.imports.upload_files import read_progress
from referral.jobs.job_queue import latest_job
from referral.records.kinds import PARENT_FIELDS
from referral.records.page import Page
from referral.records.problems import Problem, Severity
from referral.records.visibility import Audience, Visibility, may_see
from referral.store.paging import fetch_page
from referral.store.rows_log import ImportBatchRow
from referral.store.undo import KeptChange, preview_undo

CARDS_ON_A_PAGE = 25
PROBLEMS_ON_A_PAGE = 100
_BATCHES_SHOWN = 100
# Not for people: ids, and what is worked out.
_NOT_SHOWN = frozenset({*PARENT_FIELDS, "link_id", "link_entity", "id", "retired_at"})


def list_batches(directory: Directory) -> tuple[BatchLine, ...]:
    """The last hundred imports, newest first."""
    batch = ImportBatchRow
    with directory.store.read() as session:
        rows = session.scalars(
            select(batch).order_by(batch.started_at.desc()).limit(_BATCHES_SHOWN)
        )
        return tuple(map(_line, rows))


def read_batch(
    directory: Directory, batch_id: str, audience: Audience = Audience.CURATION
) -> BatchPage:
    """One import by itself.

    Raises:
        NotFoundError: there is none.
    """
    with directory.store.read() as session:
        batch = batch_row(session, batch_id)
        before = batch_before(session, batch_id) if batch.state == BatchState.UPLOADED else None
        share = gone_share_of(KindCounts(**batch.counts.get("service", {})))
        stays = [
            KeptChange(kind, key, tuple(names))
            for kind, key, names in batch.outcome.get("stays", [])
        ]
        return BatchPage(
            line=_line(batch),
            format=batch.format,
            why=batch.why,
            message=batch.message,
            tallies=_tallies(session, batch_id),
            accepted=_accepted(session, batch_id),
            problems=_problem_counts(session, batch_id),
            job=latest_job(session, batch_id),
            progress=read_progress(directory, batch_id),
            waits_for=_line(before) if before else None,
            gone_share=share,
            needs_confirmation=share > GONE_SHARE_TO_CONFIRM,
            has_upload=bool(batch.upload),
            stays=_named(session, stays, audience),
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
    """Some of the change a list would make.

    Args:
        page: from 1; beyond the last one means the last.
        words: part of the name of a listing or its organization.
        audience: who reads; values that are withheld are shown to curation only.

    Raises:
        NotFoundError: there is no such import.
    """
    card = ImportCardRow
    sees_all = may_see(audience, Visibility.WITHHELD)
    with directory.store.read() as session:
        batch_row(session, batch_id)
        chosen = select(card).where(card.batch_id == batch_id, _under(tab))
        if words := words.strip():
            like = [name.icontains(words, autoescape=True) for name in (card.title, card.subtitle)]
            chosen = chosen.where(or_(*like))
            chosen = chosen if sees_all else chosen.where(~card.is_private)
        rows = fetch_page(session, chosen.order_by(card.number), page, CARDS_ON_A_PAGE)
        cards = rows.with_items(_card(row, sees_all=sees_all) for row in rows)
    return ReviewPage(tab=tab, cards=cards, words=words)


def read_problems(
    directory: Directory, batch_id: str, code: str = "", page: int = 1
) -> tuple[tuple[Cause, ...], Page[Problem]]:
    """The causes of problems, most severe first, and a page (from 1) of the problems of one."""
    row = ImportProblemRow
    with directory.store.read() as session:
        causes = session.execute(
            select(row.code, row.severity, func.count(), func.min(row.message))
            .where(row.batch_id == batch_id)
            .group_by(row.code, row.severity)
        )
        order = [severity.value for severity in (Severity.ERROR, Severity.HELD, Severity.WARNING)]
        found = sorted(causes, key=lambda cause: (order.index(cause[1]), -cause[2], cause[0]))
        chosen = select(row).where(row.batch_id == batch_id)
        if code:
            chosen = chosen.where(row.code == code)
        rows = fetch_page(session, chosen.order_by(row.number), page, PROBLEMS_ON_A_PAGE)
        return (
            tuple(Cause(code=c, severity=s, count=n, example=e) for c, s, n, e in found),
            rows.with_items(map(_problem, rows)),
        )


def read_undo(
    directory: Directory, batch_id: str, audience: Audience = Audience.CURATION
) -> tuple[NamedStay, ...]:
    """What undoing an import would leave as it is, since somebody changed it later."""
    with directory.store.read() as session:
        batch = batch_row(session, batch_id)
        return _named(session, preview_undo(session, batch.undone_group or batch_id), audience)


def _line(batch: ImportBatchRow) -> BatchLine:
    return BatchLine(
        id=batch.id,
        source=batch.source,
        list_name=batch.list_name,
        state=BatchState(batch.state),
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        counts=batch.counts,
    )


def _under(tab: Tab) -> Any:
    card = ImportCardRow
    match tab:
        case Tab.HELD:
            return card.is_held
        case Tab.CONFLICTS:
            return card.conflicts > 0
        case _:
            return card.tab == tab


def _tallies(session: Session, batch_id: str) -> dict[Tab, int]:
    count = select(func.count()).select_from(ImportCardRow)
    of_batch = count.where(ImportCardRow.batch_id == batch_id)
    return {tab: session.scalar(of_batch.where(_under(tab))) or 0 for tab in Tab}


def _accepted(session: Session, batch_id: str) -> int:
    """How many listings change as decided so far: by query, but for those with choices."""
    card = ImportCardRow
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


def _named(session: Session, stays: list[KeptChange], audience: Audience) -> tuple[NamedStay, ...]:
    records = records_of(session, [(stay.kind, stay.record_id) for stay in stays])
    found = []
    for stay in stays:
        record = records.get((stay.kind, stay.record_id))
        shown = record is not None and may_see(audience, record.visibility)
        found.append(NamedStay(stay, getattr(record, "name", "") if shown else ""))
    return tuple(found)


def _card(row: ImportCardRow, *, sees_all: bool) -> Card:
    is_masked = row.is_private and not sees_all
    return Card(
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


def _change(card: ImportCardRow, change: CardChange, *, sees_all: bool) -> ChangeLines:
    is_masked = change.is_private and not sees_all
    taken = accepted_fields(card, change)
    is_changed = change.action is ChangeAction.CHANGED
    return ChangeLines(
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


def _values(change: CardChange) -> Iterator[tuple[str, Any]]:
    for name, value in change.columns.items():
        if (
            name not in _NOT_SHOWN
            and leading_field(change.kind, name) == name
            and value is not False
        ):
            yield name, value


def _fields(change: CardChange, taken: list[str]) -> Iterator[FieldLine]:
    for name, (old, new) in change.fields.items():
        if name in _NOT_SHOWN or leading_field(change.kind, name) in change.fields.keys() - {name}:
            continue
        before, after = side_by_side(_text(old), _text(new))
        yield FieldLine(
            name=name,
            before=before,
            after=after,
            is_conflict=name in change.conflicts,
            is_accepted=name in taken,
        )


def _text(value: Any) -> str:
    return "" if value is None else str(value)
