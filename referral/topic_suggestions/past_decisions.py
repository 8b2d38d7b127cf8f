"""Decisions of the past: the last of an account, and those for categories, which are rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.accounts.rows import AccountRow
from referral.directory.context import Directory
from referral.records.page import Page
from referral.records.topic_suggestions import SuggestionState
from referral.store.rows import ServiceRow
from referral.store.rows_classification import AttributeRow
from referral.store.rows_log import RecordEditRow
from referral.store.terms import TermTree
from referral.store.topic_suggestions import CategoryTopicRow, TopicSuggestionRow
from referral.topic_suggestions.records import Decision

DECISIONS_ON_A_PAGE = 50


def list_category_decisions(directory: Directory, page: int = 1) -> Page[Decision]:
    """A page of what was decided for categories, newest first."""
    row = CategoryTopicRow
    with directory.store.read() as session:
        terms = directory.listings.terms(session)
        total = session.scalar(select(func.count(row.group_id.distinct()))) or 0
        listed = Page.at(page, DECISIONS_ON_A_PAGE, total)
        groups = session.scalars(
            select(row.group_id)
            .group_by(row.group_id)
            .order_by(func.max(row.id).desc())
            .offset(listed.offset)
            .limit(listed.size)
        ).all()
        return listed.with_items(_of_category(session, terms, group) for group in groups)


def last_decision(session: Session, terms: TermTree, account_id: str) -> Decision | None:
    """The newest decision of an account that was not undone."""
    category, service = CategoryTopicRow, TopicSuggestionRow
    newest: list[Any] = [
        session.execute(
            select(category.decided_at, category.group_id)
            .where(category.account_id == account_id)
            .order_by(category.decided_at.desc(), category.id.desc())
            .limit(1)
        ).first(),
        session.execute(
            select(service.decided_at, service.group_id)
            .where(service.decided_at.is_not(None), service.account_id == account_id)
            .order_by(service.decided_at.desc(), service.id.desc())
            .limit(1)
        ).first(),
    ]
    found = max(filter(None, newest), key=lambda row: row[0], default=None)
    if found is None:
        return None
    group_id = found[1]
    is_category = session.scalar(select(category.id).where(category.group_id == group_id).limit(1))
    return (_of_category if is_category else _of_service)(session, terms, group_id)


def _of_category(session: Session, terms: TermTree, group_id: str) -> Decision:
    row = CategoryTopicRow
    rows = session.scalars(select(row).where(row.group_id == group_id).order_by(row.id)).all()
    category = terms.get(rows[0].category_id)
    return _decision(
        session, terms, rows, kind="category", name=category.name if category else "",
        subject_id=rows[0].category_id, services=_services_given(session, group_id),
    )  # fmt: skip


def _of_service(session: Session, terms: TermTree, group_id: str) -> Decision:
    row = TopicSuggestionRow
    rows = session.scalars(select(row).where(row.group_id == group_id).order_by(row.id)).all()
    service = session.get(ServiceRow, rows[0].service_id)
    services = len({row.service_id for row in rows})
    return _decision(
        session, terms, rows, kind="service", name=service.name if service else "",
        subject_id=rows[0].service_id, services=services,
    )  # fmt: skip


def _decision(
    session: Session,
    terms: TermTree,
    rows: Sequence[CategoryTopicRow] | Sequence[TopicSuggestionRow],
    **subject: Any,
) -> Decision:
    first = rows[0]
    account = session.get(AccountRow, first.account_id) if first.account_id else None
    topics = [terms.get(row.term_id) for row in rows]
    return Decision(
        group_id=first.group_id,
        state=SuggestionState(first.state),
        topics=tuple(dict.fromkeys(term.name for term in topics if term)),
        decided_at=cast(datetime, first.decided_at),
        who=account.name or account.email if account else "",
        **subject,
    )


def _services_given(session: Session, group_id: str) -> int:
    """How many services got a topic in this group."""
    edit = RecordEditRow
    statement = select(func.count(edit.record_id.distinct())).where(
        edit.group_id == group_id, edit.kind == AttributeRow.__tablename__
    )
    return session.scalar(statement) or 0
