"""Decisions on topic suggestions, accepted or refused for a category or service; their undo.

Each decision is one transaction and one group in the edit history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.accounts.rows import AccountRow
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.records.accounts import Actor
from referral.records.edits import Author, MadeBy
from referral.records.headings import OWN_TAXONOMY
from referral.records.page import Page
from referral.records.record_ids import CATEGORY_SOURCE, HAND_SOURCE
from referral.records.topic_suggestions import (
    OF_CATEGORIES,
    UNDECIDED,
    EvidencePlace,
    SuggestionState,
)
from referral.store.base import in_batches
from referral.store.change_log import log_changes
from referral.store.rows import AttributeRow, ServiceRow
from referral.store.rows_log import RecordEditRow
from referral.store.terms import TermTree, load_terms
from referral.store.topic_suggestions import SUGGESTION_CHANGE, CategoryTopicRow, TopicSuggestionRow
from referral.store.undo import undo
from referral.topic_suggestions.category_rules import category_key
from referral.topic_suggestions.open_services import category_links, has_no_own_topic
from referral.topic_suggestions.records import Decision
from referral.topic_suggestions.suggester import RULES_VERSION
from referral.topic_suggestions.topic_links import TopicPair, link_topics

_ROW = TopicSuggestionRow
_IDS_IN_A_QUERY = 500


def accept_for_category(instance: Instance, category_id: str, term_id: str, actor: Actor) -> int:
    """Assign a topic to the current and future services of a category; return how many got it.

    Services with a topic of their own are left out, and services for which the topic was refused.

    Raises:
        NotFoundError: there is no such category.
        RefusedError: the topic is unknown, or the category was decided in the meantime.
    """
    with _deciding(instance, actor, SuggestionState.ACCEPTED) as (session, terms, decision):
        _add_category_topics(session, terms, category_id, [term_id], decision)
        ids = _services_of(session, terms, category_id)
        refused_for = set(_having(session, ids, term_id, SuggestionState.REFUSED))
        pairs = [(service_id, term_id) for service_id in ids if service_id not in refused_for]
        added = link_topics(session, pairs, CATEGORY_SOURCE)
        _mark(session, [service_id for service_id, _ in added], [term_id], decision)
        record_audit(
            session, actor, "category-topic-accepted", "taxonomy_term", category_id,
            topic=term_id, services=len(added), group=decision.group_id,
        )  # fmt: skip
    instance.index.sync_if_few(len(added))
    return len(added)


def refuse_for_category(
    instance: Instance, category_id: str, term_ids: Sequence[str], actor: Actor
) -> None:
    """Refuse topics for a category, so that it is no longer evidence for them.

    Topics are still suggested where a service's own text is evidence for them.

    Raises:
        NotFoundError: there is no such category.
        RefusedError: a topic is unknown, or the category was decided in the meantime.
    """
    with _deciding(instance, actor, SuggestionState.REFUSED) as (session, terms, decision):
        _add_category_topics(session, terms, category_id, term_ids, decision)
        ids, of_categories = (
            _services_of(session, terms, category_id),
            _ROW.place.in_(OF_CATEGORIES),
        )
        changed = _mark(session, ids, term_ids, decision, of_categories)
        record_audit(
            session, actor, "category-topics-refused", "taxonomy_term", category_id,
            topics=len(term_ids), group=decision.group_id,
        )  # fmt: skip
    instance.index.sync_if_few(changed)


def accept_for_service(instance: Instance, service_id: str, term_id: str, actor: Actor) -> None:
    """Assign a topic to a service.

    Raises:
        NotFoundError: there is no such service.
        RefusedError: the topic is unknown, or the service has a topic of its own by now.
    """
    with _deciding(instance, actor, SuggestionState.ACCEPTED) as (session, terms, decision):
        _require_topics(terms, [term_id])
        service = _open_service(session, service_id)
        link_topics(session, [(service_id, term_id)], HAND_SOURCE)
        _mark_chosen(session, service, term_id, decision)
        record_audit(
            session, actor, "topic-accepted", "service", service_id,
            topic=term_id, group=decision.group_id,
        )  # fmt: skip
    instance.index.sync_if_few(1)


def accept_for_services(instance: Instance, pairs: Iterable[TopicPair], actor: Actor) -> int:
    """Assign a topic to each of these services in one decision; return how many got it.

    Services that are gone, or have a topic of their own by now, are left out.

    Raises:
        RefusedError: a topic is unknown.
    """
    with _deciding(instance, actor, SuggestionState.ACCEPTED) as (session, terms, decision):
        wanted = dict(pairs)
        _require_topics(terms, list(wanted.values()))
        is_open = select(ServiceRow.id).where(ServiceRow.id.in_(wanted), has_no_own_topic())
        chosen = [(each, wanted[each]) for each in session.scalars(is_open)]
        link_topics(session, chosen, HAND_SOURCE)
        for service_id, term_id in chosen:
            _mark_chosen(session, session.get_one(ServiceRow, service_id), term_id, decision)
        record_audit(
            session, actor, "topic-accepted", "service", "",
            services=len(chosen), group=decision.group_id,
        )  # fmt: skip
    instance.index.sync_if_few(len(chosen))
    return len(chosen)


def refuse_for_service(
    instance: Instance, service_id: str, term_ids: Sequence[str], actor: Actor
) -> None:
    """Refuse topics for a service, so that they are never suggested for it again.

    Raises:
        NotFoundError: there is no such service.
        RefusedError: a topic is unknown, or the service has a topic of its own by now.
    """
    with _deciding(instance, actor, SuggestionState.REFUSED) as (session, terms, decision):
        _require_topics(terms, term_ids)
        _open_service(session, service_id)
        _mark(session, [service_id], term_ids, decision)
        record_audit(
            session, actor, "topics-refused", "service", service_id,
            topics=len(term_ids), group=decision.group_id,
        )  # fmt: skip
    instance.index.sync_if_few(1)


def undo_decision(instance: Instance, group_id: str, actor: Actor) -> None:
    """Undo a decision, with the topics that it assigned later as a rule.

    Topics that were changed since stay. Suggestions that were decided are open again.

    Raises:
        NotFoundError: there is no such decision.
    """
    author = Author(made_by=MadeBy.UNDO, account_id=actor.account_id)
    with instance.store.write(author) as session:
        row = CategoryTopicRow
        category_id = session.scalar(select(row.category_id).where(row.group_id == group_id))
        decided = session.scalars(select(_ROW.service_id).where(_ROW.group_id == group_id)).all()
        if not group_id or not (category_id or decided):
            raise NotFoundError("There is no such decision.")
        services = {*decided, *_services_edited(session, group_id)}
        undo(session, group_id)
        session.execute(delete(_ROW).where(_ROW.group_id == group_id, _ROW.score == 0))
        _reopen(session, group_id)
        session.execute(delete(row).where(row.group_id == group_id))
        log_changes(session, [("service", service_id) for service_id in services])
        record_audit(
            session, actor, "topic-decision-undone",
            "taxonomy_term" if category_id else "service", category_id or decided[0],
            group=group_id,
        )  # fmt: skip
    instance.index.sync_if_few(len(services))


@dataclass(frozen=True, slots=True)
class _Deciding:
    state: SuggestionState
    group_id: str
    account_id: str
    at: datetime

    def columns(self) -> dict[str, str | datetime]:
        """Return the columns that both tables store of a decision."""
        return {
            "state": self.state.value,
            "group_id": self.group_id,
            "account_id": self.account_id,
            "decided_at": self.at,
        }


@contextmanager
def _deciding(
    instance: Instance, actor: Actor, state: SuggestionState
) -> Iterator[tuple[Session, TermTree, _Deciding]]:
    author = Author(made_by=MadeBy.HAND, account_id=actor.account_id)
    decision = _Deciding(state, author.group_id, actor.account_id, instance.now())
    with instance.store.write(author) as session:
        yield session, load_terms(session), decision


def _add_category_topics(
    session: Session,
    terms: TermTree,
    category_id: str,
    term_ids: Sequence[str],
    decision: _Deciding,
) -> None:
    category = terms.get(category_id)
    if category is None or category.taxonomy == OWN_TAXONOMY:
        raise NotFoundError("There is no such category.")
    _require_topics(terms, term_ids)
    decided = session.scalars(select(CategoryTopicRow.category_id)).all()
    if category.id in {category_key(terms, each) for each in decided}:
        raise refused("Somebody decided this meanwhile. Take that back first.")
    session.execute(
        insert(CategoryTopicRow),
        [
            {"category_id": category.id, "term_id": each, **decision.columns()}
            for each in dict.fromkeys(term_ids)
        ],
    )


def _require_topics(terms: TermTree, term_ids: Sequence[str]) -> None:
    found = [terms.terms.get(term_id) for term_id in term_ids]
    if not found or any(term is None or term.taxonomy != OWN_TAXONOMY for term in found):
        raise refused("Choose a topic from the list.")


def _open_service(session: Session, service_id: str) -> ServiceRow:
    service = session.get(ServiceRow, service_id)
    if service is None or service.retired_at is not None:
        raise NotFoundError("There is no such service.")
    is_open = select(ServiceRow.id).where(ServiceRow.id == service_id, has_no_own_topic())
    if session.scalar(is_open) is None:
        raise refused("Somebody decided this meanwhile. Take that back first.")
    return service


def _services_of(session: Session, terms: TermTree, category_id: str) -> list[str]:
    """Return the ids of the services of a category that have no topic of their own."""
    category = category_key(terms, category_id)
    same = [category, *terms.bare_ids.get(category, ())]
    statement = category_links().where(AttributeRow.taxonomy_term_id.in_(same), has_no_own_topic())
    return sorted({service_id for service_id, _ in session.execute(statement)})


def _having(
    session: Session, service_ids: Iterable[str], term_id: str, state: SuggestionState
) -> Iterator[str]:
    of_topic = (_ROW.term_id == term_id, _ROW.state == state.value)
    for some in in_batches(service_ids, _IDS_IN_A_QUERY):
        yield from session.scalars(
            select(_ROW.service_id).where(_ROW.service_id.in_(some), *of_topic)
        )


def _mark(
    session: Session,
    service_ids: Iterable[str],
    term_ids: Sequence[str],
    decision: _Deciding,
    *conditions: ColumnElement[bool],
) -> int:
    """Decide the open suggestions of topics for services; return how many services had any."""
    changed: set[str] = set()
    for some in in_batches(service_ids, _IDS_IN_A_QUERY):
        is_meant: list[ColumnElement[bool]] = [
            _ROW.service_id.in_(some),
            _ROW.term_id.in_(term_ids),
            _ROW.state.in_(UNDECIDED),
            *conditions,
        ]
        changed.update(session.scalars(select(_ROW.service_id).where(*is_meant)))
        session.execute(
            update(_ROW).where(*is_meant).values(**decision.columns()),
            execution_options={"synchronize_session": False},
        )
    log_changes(session, [(SUGGESTION_CHANGE, service_id) for service_id in changed])
    return len(changed)


def _mark_chosen(session: Session, service: ServiceRow, term_id: str, decision: _Deciding) -> None:
    """Decide the suggestion of a topic for a service, or add a decided row if there is none."""
    if _mark(session, [service.id], [term_id], decision):
        return
    is_known = select(_ROW.id).where(_ROW.service_id == service.id, _ROW.term_id == term_id)
    if session.scalar(is_known) is None:
        session.add(_chosen_row(service, term_id, decision))


def _chosen_row(service: ServiceRow, term_id: str, decision: _Deciding) -> TopicSuggestionRow:
    """Return a row for a topic that a curator chose without a suggestion."""
    return TopicSuggestionRow(
        service_id=service.id,
        source=service.source,
        source_key=service.source_key,
        term_id=term_id,
        score=0.0,
        confidence=1.0,
        place=EvidencePlace.TEXT.value,
        made_by=RULES_VERSION,
        **decision.columns(),
    )


def _services_edited(session: Session, group_id: str) -> set[str]:
    edit = RecordEditRow
    statement = (
        select(AttributeRow.link_id)
        .join(edit, edit.record_id == AttributeRow.id)
        .where(edit.group_id == group_id, edit.kind == AttributeRow.__tablename__)
    )
    return set(session.scalars(statement))


def _reopen(session: Session, group_id: str) -> None:
    session.execute(
        update(_ROW)
        .where(_ROW.group_id == group_id)
        .values(state=SuggestionState.SUGGESTED.value, group_id="", account_id="", decided_at=None),
        execution_options={"synchronize_session": False},
    )


DECISIONS_ON_A_PAGE = 50


def list_category_decisions(instance: Instance, page: int = 1) -> Page[Decision]:
    """Return a page of the decisions for categories, newest first."""
    row = CategoryTopicRow
    with instance.store.read() as session:
        terms = instance.listings.terms(session)
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
    """Return the newest decision of an account that was not undone, or None."""
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
    """Return how many services got a topic from a group of edits."""
    edit = RecordEditRow
    statement = select(func.count(edit.record_id.distinct())).where(
        edit.group_id == group_id, edit.kind == AttributeRow.__tablename__
    )
    return session.scalar(statement) or 0
