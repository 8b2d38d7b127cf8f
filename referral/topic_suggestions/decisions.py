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

_IDS_IN_A_QUERY = 500
DECISIONS_ON_A_PAGE = 50


def accept_for_category(instance: Instance, category_id: str, term_id: str, actor: Actor) -> int:
    """Assign a topic to the current and future services of a category; return how many got it.

    Services with a topic of their own are left out, and services for which the topic was refused.

    Raises:
        NotFoundError: there is no such category.
        RefusedError: the topic is unknown, or the category was decided in the meantime.
    """
    with _transaction(instance, actor, SuggestionState.ACCEPTED) as (session, terms, decision):
        _add_category_topics(session, terms, category_id, [term_id], decision)
        ids = _read_open_services(session, terms, category_id)
        refused_for = set(_iter_services_with(session, ids, term_id, SuggestionState.REFUSED))
        pairs = [(service_id, term_id) for service_id in ids if service_id not in refused_for]
        added = link_topics(session, pairs, CATEGORY_SOURCE)
        _decide_suggestions(session, [service_id for service_id, _ in added], [term_id], decision)
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
    with _transaction(instance, actor, SuggestionState.REFUSED) as (session, terms, decision):
        _add_category_topics(session, terms, category_id, term_ids, decision)
        ids = _read_open_services(session, terms, category_id)
        of_categories = TopicSuggestionRow.place.in_(OF_CATEGORIES)
        changed = _decide_suggestions(session, ids, term_ids, decision, of_categories)
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
    with _transaction(instance, actor, SuggestionState.ACCEPTED) as (session, terms, decision):
        _require_topics(terms, [term_id])
        service = _open_service(session, service_id)
        link_topics(session, [(service_id, term_id)], HAND_SOURCE)
        _decide_or_add(session, service, term_id, decision)
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
    with _transaction(instance, actor, SuggestionState.ACCEPTED) as (session, terms, decision):
        wanted = dict(pairs)
        _require_topics(terms, list(wanted.values()))
        is_open = select(ServiceRow.id).where(ServiceRow.id.in_(wanted), has_no_own_topic())
        chosen = [(service_id, wanted[service_id]) for service_id in session.scalars(is_open)]
        link_topics(session, chosen, HAND_SOURCE)
        for service_id, term_id in chosen:
            _decide_or_add(session, session.get_one(ServiceRow, service_id), term_id, decision)
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
    with _transaction(instance, actor, SuggestionState.REFUSED) as (session, terms, decision):
        _require_topics(terms, term_ids)
        _open_service(session, service_id)
        _decide_suggestions(session, [service_id], term_ids, decision)
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
        category_id = session.scalar(
            select(CategoryTopicRow.category_id).where(CategoryTopicRow.group_id == group_id)
        )
        decided = session.scalars(
            select(TopicSuggestionRow.service_id).where(TopicSuggestionRow.group_id == group_id)
        ).all()
        if not group_id or not (category_id or decided):
            raise NotFoundError("There is no such decision.")
        service_ids = {*decided, *_read_edited_services(session, group_id)}
        undo(session, group_id)
        session.execute(
            delete(TopicSuggestionRow).where(
                TopicSuggestionRow.group_id == group_id, TopicSuggestionRow.score == 0
            )
        )
        _reopen_suggestions(session, group_id)
        session.execute(delete(CategoryTopicRow).where(CategoryTopicRow.group_id == group_id))
        log_changes(session, [("service", service_id) for service_id in service_ids])
        record_audit(
            session, actor, "topic-decision-undone",
            "taxonomy_term" if category_id else "service", category_id or decided[0],
            group=group_id,
        )  # fmt: skip
    instance.index.sync_if_few(len(service_ids))


@dataclass(frozen=True, slots=True)
class _NewDecision:
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
def _transaction(
    instance: Instance, actor: Actor, state: SuggestionState
) -> Iterator[tuple[Session, TermTree, _NewDecision]]:
    author = Author(made_by=MadeBy.HAND, account_id=actor.account_id)
    decision = _NewDecision(state, author.group_id, actor.account_id, instance.now())
    with instance.store.write(author) as session:
        yield session, load_terms(session), decision


def _add_category_topics(
    session: Session,
    terms: TermTree,
    category_id: str,
    term_ids: Sequence[str],
    decision: _NewDecision,
) -> None:
    category = terms.get(category_id)
    if category is None or category.taxonomy == OWN_TAXONOMY:
        raise NotFoundError("There is no such category.")
    _require_topics(terms, term_ids)
    decided = session.scalars(select(CategoryTopicRow.category_id)).all()
    if category.id in {category_key(terms, decided_id) for decided_id in decided}:
        raise refused("Somebody decided this meanwhile. Take that back first.")
    session.execute(
        insert(CategoryTopicRow),
        [
            {"category_id": category.id, "term_id": term_id, **decision.columns()}
            for term_id in dict.fromkeys(term_ids)
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


def _read_open_services(session: Session, terms: TermTree, category_id: str) -> list[str]:
    """Return the ids of the services of a category that have no topic of their own."""
    category = category_key(terms, category_id)
    same_ids = [category, *terms.bare_ids.get(category, ())]
    statement = category_links().where(
        AttributeRow.taxonomy_term_id.in_(same_ids), has_no_own_topic()
    )
    return sorted({service_id for service_id, _ in session.execute(statement)})


def _iter_services_with(
    session: Session, service_ids: Iterable[str], term_id: str, state: SuggestionState
) -> Iterator[str]:
    of_topic = (TopicSuggestionRow.term_id == term_id, TopicSuggestionRow.state == state.value)
    for batch in in_batches(service_ids, _IDS_IN_A_QUERY):
        yield from session.scalars(
            select(TopicSuggestionRow.service_id).where(
                TopicSuggestionRow.service_id.in_(batch), *of_topic
            )
        )


def _decide_suggestions(
    session: Session,
    service_ids: Iterable[str],
    term_ids: Sequence[str],
    decision: _NewDecision,
    *conditions: ColumnElement[bool],
) -> int:
    """Decide the open suggestions of topics for services; return how many services had any."""
    changed: set[str] = set()
    for batch in in_batches(service_ids, _IDS_IN_A_QUERY):
        all_conditions: list[ColumnElement[bool]] = [
            TopicSuggestionRow.service_id.in_(batch),
            TopicSuggestionRow.term_id.in_(term_ids),
            TopicSuggestionRow.state.in_(UNDECIDED),
            *conditions,
        ]
        changed.update(
            session.scalars(select(TopicSuggestionRow.service_id).where(*all_conditions))
        )
        session.execute(
            update(TopicSuggestionRow).where(*all_conditions).values(**decision.columns()),
            execution_options={"synchronize_session": False},
        )
    log_changes(session, [(SUGGESTION_CHANGE, service_id) for service_id in changed])
    return len(changed)


def _decide_or_add(
    session: Session, service: ServiceRow, term_id: str, decision: _NewDecision
) -> None:
    """Decide the suggestion of a topic for a service, or add a decided row if there is none."""
    if _decide_suggestions(session, [service.id], [term_id], decision):
        return
    is_known = select(TopicSuggestionRow.id).where(
        TopicSuggestionRow.service_id == service.id, TopicSuggestionRow.term_id == term_id
    )
    if session.scalar(is_known) is None:
        session.add(_chosen_row(service, term_id, decision))


def _chosen_row(service: ServiceRow, term_id: str, decision: _NewDecision) -> TopicSuggestionRow:
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


def _read_edited_services(session: Session, group_id: str) -> set[str]:
    statement = (
        select(AttributeRow.link_id)
        .join(RecordEditRow, RecordEditRow.record_id == AttributeRow.id)
        .where(RecordEditRow.group_id == group_id, RecordEditRow.kind == AttributeRow.__tablename__)
    )
    return set(session.scalars(statement))


def _reopen_suggestions(session: Session, group_id: str) -> None:
    session.execute(
        update(TopicSuggestionRow)
        .where(TopicSuggestionRow.group_id == group_id)
        .values(state=SuggestionState.SUGGESTED.value, group_id="", account_id="", decided_at=None),
        execution_options={"synchronize_session": False},
    )


def list_category_decisions(instance: Instance, page: int = 1) -> Page[Decision]:
    """Return a page of the decisions for categories, newest first."""
    with instance.store.read() as session:
        terms = instance.listings.terms(session)
        total = session.scalar(select(func.count(CategoryTopicRow.group_id.distinct()))) or 0
        listed = Page.at(page, DECISIONS_ON_A_PAGE, total)
        groups = session.scalars(
            select(CategoryTopicRow.group_id)
            .group_by(CategoryTopicRow.group_id)
            .order_by(func.max(CategoryTopicRow.id).desc())
            .offset(listed.offset)
            .limit(listed.size)
        ).all()
        return listed.with_items(_category_decision(session, terms, group) for group in groups)


def last_decision(session: Session, terms: TermTree, account_id: str) -> Decision | None:
    """Return the newest decision of an account that was not undone, or None."""
    candidates: list[Any] = [
        session.execute(
            select(CategoryTopicRow.decided_at, CategoryTopicRow.group_id)
            .where(CategoryTopicRow.account_id == account_id)
            .order_by(CategoryTopicRow.decided_at.desc(), CategoryTopicRow.id.desc())
            .limit(1)
        ).first(),
        session.execute(
            select(TopicSuggestionRow.decided_at, TopicSuggestionRow.group_id)
            .where(
                TopicSuggestionRow.decided_at.is_not(None),
                TopicSuggestionRow.account_id == account_id,
            )
            .order_by(TopicSuggestionRow.decided_at.desc(), TopicSuggestionRow.id.desc())
            .limit(1)
        ).first(),
    ]
    newest_row = max(filter(None, candidates), key=lambda row: row.decided_at, default=None)
    if newest_row is None:
        return None
    group_id = newest_row.group_id
    is_category = session.scalar(
        select(CategoryTopicRow.id).where(CategoryTopicRow.group_id == group_id).limit(1)
    )
    return (_category_decision if is_category else _service_decision)(session, terms, group_id)


def _category_decision(session: Session, terms: TermTree, group_id: str) -> Decision:
    rows = session.scalars(
        select(CategoryTopicRow)
        .where(CategoryTopicRow.group_id == group_id)
        .order_by(CategoryTopicRow.id)
    ).all()
    category = terms.get(rows[0].category_id)
    return _decision_from(
        session, terms, rows, kind="category", name=category.name if category else "",
        subject_id=rows[0].category_id, services=_count_services_given(session, group_id),
    )  # fmt: skip


def _service_decision(session: Session, terms: TermTree, group_id: str) -> Decision:
    rows = session.scalars(
        select(TopicSuggestionRow)
        .where(TopicSuggestionRow.group_id == group_id)
        .order_by(TopicSuggestionRow.id)
    ).all()
    service = session.get(ServiceRow, rows[0].service_id)
    services = len({row.service_id for row in rows})
    return _decision_from(
        session, terms, rows, kind="service", name=service.name if service else "",
        subject_id=rows[0].service_id, services=services,
    )  # fmt: skip


def _decision_from(
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


def _count_services_given(session: Session, group_id: str) -> int:
    """Return how many services got a topic from a group of edits."""
    statement = select(func.count(RecordEditRow.record_id.distinct())).where(
        RecordEditRow.group_id == group_id, RecordEditRow.kind == AttributeRow.__tablename__
    )
    return session.scalar(statement) or 0
