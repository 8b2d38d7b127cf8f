"""Queue of services without a topic, by the topic suggested for them, the least sure last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.records.page import Page
from referral.records.topic_suggestions import SuggestionState
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.terms import TermTree
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.topic_suggestions.category_queue import names_above
from referral.topic_suggestions.coverage import read_coverage
from referral.topic_suggestions.open_services import category_links, has_no_topic
from referral.topic_suggestions.past_decisions import last_decision
from referral.topic_suggestions.records import (
    TOPICS_SHOWN,
    ServiceLine,
    ServiceQueue,
    TopicChoice,
)

LINES_ON_A_PAGE = 10


def read_service_queue(
    directory: Directory, account_id: str, page: int = 1, put_off: Collection[str] = ()
) -> ServiceQueue:
    """A page of the services that wait; those without a suggestion come last.

    Args:
        put_off: beginnings of the ids of services that are not shown now.
    """
    with directory.store.read() as session:
        terms = directory.listings.terms(session)
        count = select(func.count()).select_from(ServiceRow).where(has_no_topic())
        waiting = session.scalar(count) or 0
        hidden = [ServiceRow.id.startswith(each) for each in put_off]
        left = session.scalar(count.where(~or_(*hidden))) or 0 if hidden else waiting
        listed = Page.at(page, LINES_ON_A_PAGE, left)
        in_order = _in_order().offset(listed.offset).limit(listed.size)
        found = session.execute(in_order.where(~or_(*hidden)) if hidden else in_order).all()
        return ServiceQueue(
            lines=listed.with_items(_lines(session, terms, found)),
            put_off=waiting - left,
            coverage=read_coverage(session),
            last=last_decision(session, terms, account_id),
        )


def _in_order() -> Select[str, str, str, str]:
    """Services without a topic: by mean confidence of their best topic, then by their own."""
    row = TopicSuggestionRow
    place = func.row_number().over(
        partition_by=row.service_id, order_by=(row.confidence.desc(), row.term_id)
    )
    ranked = (
        select(row.service_id, row.term_id, row.confidence, place.label("place"))
        .join(ServiceRow, ServiceRow.id == row.service_id)
        .where(row.state == SuggestionState.SUGGESTED.value, has_no_topic())
        .subquery()
    )
    best = select(ranked).where(ranked.c.place == 1).subquery()
    means = (
        select(best.c.term_id, func.avg(best.c.confidence).label("mean"))
        .group_by(best.c.term_id)
        .subquery()
    )
    return (
        select(ServiceRow.id, ServiceRow.name, ServiceRow.description, OrganizationRow.name)
        .outerjoin(OrganizationRow, OrganizationRow.id == ServiceRow.organization_id)
        .outerjoin(best, best.c.service_id == ServiceRow.id)
        .outerjoin(means, means.c.term_id == best.c.term_id)
        .where(has_no_topic())
        .order_by(
            means.c.mean.desc().nulls_last(),
            best.c.term_id,
            best.c.confidence.desc(),
            ServiceRow.name,
            ServiceRow.id,
        )
    )


def _lines(session: Session, terms: TermTree, found: Sequence[Any]) -> Iterable[ServiceLine]:
    ids = [each[0] for each in found]
    choices, categories = _choices(session, terms, ids), _categories(session, terms, ids)
    for service_id, name, description, organization in found:
        yield ServiceLine(
            id=service_id,
            name=name,
            organization=organization or "",
            description=description,
            categories=tuple(categories[service_id]),
            choices=tuple(choices[service_id][:TOPICS_SHOWN]),
        )


def _choices(
    session: Session, terms: TermTree, service_ids: Sequence[str]
) -> dict[str, list[TopicChoice]]:
    row = TopicSuggestionRow
    statement = (
        select(row.service_id, row.term_id, row.confidence)
        .where(row.service_id.in_(service_ids), row.state == SuggestionState.SUGGESTED.value)
        .order_by(row.confidence.desc(), row.term_id)
    )
    choices: dict[str, list[TopicChoice]] = defaultdict(list)
    for service_id, term_id, confidence in session.execute(statement):
        if term_id in terms.terms:
            choices[service_id].append(
                TopicChoice(
                    term_id=term_id,
                    name=terms.terms[term_id].name,
                    above=names_above(terms, term_id),
                    confidence=confidence,
                )
            )
    return choices


def _categories(
    session: Session, terms: TermTree, service_ids: Sequence[str]
) -> dict[str, list[str]]:
    categories: dict[str, list[str]] = defaultdict(list)
    links = category_links().where(ServiceRow.id.in_(service_ids))
    for service_id, term_id in session.execute(links):
        if term := terms.get(term_id or ""):
            categories[service_id].append(term.name)
    return categories
