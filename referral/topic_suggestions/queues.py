"""Queues of the source lists' categories, and of services, that wait for a topic.

Categories are ordered by how many of their services would get a first topic from the best
suggestion, then by how many would get a more exact one. Services are ordered by suggested topic,
the topics with the lowest mean confidence last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.records.classification import TaxonomyTerm
from referral.records.page import Page
from referral.records.people_categories import names_only_people
from referral.records.topic_suggestions import SuggestionState
from referral.records.waiting import Waiting
from referral.store.fetching import fetch_page
from referral.store.rows import AttributeRow, OrganizationRow, ServiceRow
from referral.store.terms import TermTree
from referral.store.topic_suggestions import CategoryTopicRow, TopicSuggestionRow
from referral.topic_suggestions.category_rules import category_key
from referral.topic_suggestions.decisions import last_decision
from referral.topic_suggestions.open_services import (
    category_links,
    has_no_own_topic,
    has_no_topic,
    read_coverage,
)
from referral.topic_suggestions.records import (
    TOPICS_SHOWN,
    CategoryLine,
    CategoryQueue,
    CategoryServices,
    ServiceLine,
    ServiceName,
    ServiceQueue,
    TopicChoice,
)

LINES_ON_A_PAGE = 10
SERVICES_ON_A_PAGE = 50
_LEAST_SERVICES = 2  # for one service, a category decision would save no work
_EXAMPLES = 10  # services shown for each decision


@dataclass(slots=True)
class _Topic:
    """Sums over the services for which a topic is suggested."""

    confidence: float = 0.0
    confidence_waiting: float = 0.0  # over services without any topic
    services: int = 0


@dataclass(slots=True)
class _Category:
    services: int = 0
    waiting: int = 0
    topics: dict[str, _Topic] = field(default_factory=lambda: defaultdict(_Topic))

    def best(self) -> list[tuple[str, _Topic]]:
        """Return the topics to show: those with the highest mean confidence over the services."""
        ranked = sorted(self.topics.items(), key=lambda item: (-item[1].confidence, item[0]))
        return ranked[:TOPICS_SHOWN]


def read_category_queue(
    instance: Instance, account_id: str, page: int = 1, put_off: Collection[str] = ()
) -> CategoryQueue:
    """Return a page of the categories that wait for a decision.

    Args:
        put_off: first characters of the ids of categories that the user skipped.
    """
    with instance.store.read() as session:
        terms = instance.listings.terms(session)
        found, hidden = _read_open_categories(session, terms), tuple(put_off)
        shown = {key: category for key, category in found.items() if not key.startswith(hidden)}
        lines = [_category_line(terms, key, category) for key, category in shown.items()]
        lines.sort(key=lambda line: (-line.settled, -line.expected, line.name, line.id))
        listed = Page.of(lines, page, LINES_ON_A_PAGE)
        return CategoryQueue(
            lines=listed.with_items(
                replace(line, examples=_read_examples(session, terms, line.id)) for line in listed
            ),
            put_off=len(found) - len(shown),
            coverage=read_coverage(session),
            last=last_decision(session, terms, account_id),
        )


def waiting_categories(instance: Instance) -> Waiting:
    """Return how many open categories have services without a topic, and since when."""
    links = category_links().where(has_no_own_topic(), has_no_topic())
    with instance.store.read() as session:
        categories = _read_open_categories(session, instance.listings.terms(session))
        count = sum(bool(category.waiting) for category in categories.values())
        oldest = func.min(AttributeRow.updated_at)
        return Waiting(count, session.scalar(links.with_only_columns(oldest)) if count else None)


def list_category_services(
    instance: Instance, category_id: str, page: int = 1
) -> CategoryServices | None:
    """Return a page of a category's services without own topics; None if it is unknown."""
    with instance.store.read() as session:
        terms = instance.listings.terms(session)
        term = terms.terms.get(category_id)
        if term is None:
            return None
        ordered = _services_of_category(terms, category_id).order_by(ServiceRow.name, ServiceRow.id)
        rows = fetch_page(session, ordered, page, SERVICES_ON_A_PAGE)
        ids = {row.organization_id for row in rows}
        named = select(OrganizationRow.id, OrganizationRow.name).where(OrganizationRow.id.in_(ids))
        names = {row.id: row.name for row in session.execute(named)}
        return CategoryServices(
            id=category_id,
            name=term.code if term.is_code_only else term.name,
            services=rows.with_items(
                ServiceName(
                    id=row.id, name=row.name, organization=names.get(row.organization_id or "", "")
                )
                for row in rows
            ),
        )


def _services_of_category(terms: TermTree, category_id: str) -> Select[ServiceRow]:
    """Return a query for the public services of a category that have no topic of their own."""
    same_ids = [category_id, *terms.bare_ids.get(category_id, ())]
    links = category_links().with_only_columns(AttributeRow.link_id)
    return select(ServiceRow).where(
        ServiceRow.id.in_(
            links.where(AttributeRow.taxonomy_term_id.in_(same_ids), has_no_own_topic())
        )
    )


def _read_open_categories(session: Session, terms: TermTree) -> dict[str, _Category]:
    """Return the undecided categories that have suggestions for services without own topics."""
    waits = case((has_no_topic(), 1), else_=0).label("waits")
    links = category_links().where(has_no_own_topic()).add_columns(waits).subquery()
    category_id = links.c.taxonomy_term_id
    found: dict[str, _Category] = defaultdict(_Category)
    counts = select(
        category_id, func.count(links.c.link_id.distinct()), func.sum(links.c.waits)
    ).group_by(category_id)
    for term_id, services, waiting in session.execute(counts):
        category = found[category_key(terms, term_id)]
        category.services += services
        category.waiting += min(waiting, services)
    topics = (
        select(
            category_id,
            TopicSuggestionRow.term_id,
            func.sum(TopicSuggestionRow.confidence),
            func.sum(TopicSuggestionRow.confidence * links.c.waits),
            func.count(),
        )
        .join(TopicSuggestionRow, TopicSuggestionRow.service_id == links.c.link_id)
        .where(TopicSuggestionRow.state == SuggestionState.SUGGESTED.value)
        .group_by(category_id, TopicSuggestionRow.term_id)
    )
    for term_id, topic_id, confidence, waiting, services in session.execute(topics):
        if topic_id in terms.terms:
            topic = found[category_key(terms, term_id)].topics[topic_id]
            topic.confidence += confidence
            topic.confidence_waiting += waiting
            topic.services += services
    for decided in session.scalars(select(CategoryTopicRow.category_id).distinct()):
        found.pop(category_key(terms, decided), None)
    return {
        key: category
        for key, category in found.items()
        if _needs_decision(terms.terms.get(key), category)
    }


def _needs_decision(term: TaxonomyTerm | None, category: _Category) -> bool:
    """Return whether curators are asked about a category.

    They are not asked about groups of people, since no topic fits all services for women.
    """
    return (
        term is not None
        and category.services >= _LEAST_SERVICES
        and bool(category.topics)
        and not names_only_people(term.name)
    )


def _category_line(terms: TermTree, key: str, category: _Category) -> CategoryLine:
    term, best = terms.terms[key], category.best()
    _, best_topic = best[0]
    return CategoryLine(
        id=key,
        name="" if term.is_code_only else term.name,
        code=term.code,
        above=names_above(terms, key),
        services=category.services,
        waiting=category.waiting,
        settled=round(best_topic.confidence_waiting, 3),
        expected=round(best_topic.confidence, 3),
        choices=tuple(
            TopicChoice(
                term_id=term_id,
                name=terms.terms[term_id].name,
                above=names_above(terms, term_id),
                confidence=topic.confidence / category.services,
                services=topic.services,
            )
            for term_id, topic in best
        ),
    )


def names_above(terms: TermTree, term_id: str) -> tuple[str, ...]:
    """Return the names of the terms above a term, top first."""
    return tuple(term.name for term in reversed(terms.path(term_id)[1:]))


def _read_examples(session: Session, terms: TermTree, category_id: str) -> tuple[ServiceName, ...]:
    statement = (
        _services_of_category(terms, category_id)
        .with_only_columns(ServiceRow.id, ServiceRow.name, OrganizationRow.name)
        .outerjoin(OrganizationRow, OrganizationRow.id == ServiceRow.organization_id)
        .order_by(ServiceRow.id)  # ids are random, so this is a random sample
        .limit(_EXAMPLES)
    )
    return tuple(
        ServiceName(id=key, name=name, organization=organization or "")
        for key, name, organization in session.execute(statement)
    )


def read_service_queue(
    instance: Instance, account_id: str, page: int = 1, put_off: Collection[str] = ()
) -> ServiceQueue:
    """Return a page of the services that wait for a topic. Those without suggestions come last.

    Args:
        put_off: first characters of the ids of services that the user skipped.
    """
    with instance.store.read() as session:
        terms = instance.listings.terms(session)
        count = select(func.count()).select_from(ServiceRow).where(has_no_topic())
        waiting = session.scalar(count) or 0
        hidden = [ServiceRow.id.startswith(prefix) for prefix in put_off]
        remaining = session.scalar(count.where(~or_(*hidden))) or 0 if hidden else waiting
        listed = Page.at(page, LINES_ON_A_PAGE, remaining)
        statement = _services_in_order().offset(listed.offset).limit(listed.size)
        rows = session.execute(statement.where(~or_(*hidden)) if hidden else statement).all()
        return ServiceQueue(
            lines=listed.with_items(_iter_service_lines(session, terms, rows)),
            put_off=waiting - remaining,
            coverage=read_coverage(session),
            last=last_decision(session, terms, account_id),
        )


def _services_in_order() -> Select[str, str, str, str]:
    """Return a query for services without a topic, ordered by best topic and its confidence.

    Topics come in the order of their mean confidence.
    """
    rank = func.row_number().over(
        partition_by=TopicSuggestionRow.service_id,
        order_by=(TopicSuggestionRow.confidence.desc(), TopicSuggestionRow.term_id),
    )
    ranked = (
        select(
            TopicSuggestionRow.service_id,
            TopicSuggestionRow.term_id,
            TopicSuggestionRow.confidence,
            rank.label("rank"),
        )
        .join(ServiceRow, ServiceRow.id == TopicSuggestionRow.service_id)
        .where(TopicSuggestionRow.state == SuggestionState.SUGGESTED.value, has_no_topic())
        .subquery()
    )
    best = select(ranked).where(ranked.c.rank == 1).subquery()
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


def _iter_service_lines(
    session: Session, terms: TermTree, rows: Sequence[Any]
) -> Iterable[ServiceLine]:
    ids = [row.id for row in rows]
    choices = _read_choices(session, terms, ids)
    categories = _read_categories(session, terms, ids)
    for service_id, name, description, organization in rows:
        yield ServiceLine(
            id=service_id,
            name=name,
            organization=organization or "",
            description=description,
            categories=tuple(categories[service_id]),
            choices=tuple(choices[service_id][:TOPICS_SHOWN]),
        )


def _read_choices(
    session: Session, terms: TermTree, service_ids: Sequence[str]
) -> dict[str, list[TopicChoice]]:
    statement = (
        select(
            TopicSuggestionRow.service_id, TopicSuggestionRow.term_id, TopicSuggestionRow.confidence
        )
        .where(
            TopicSuggestionRow.service_id.in_(service_ids),
            TopicSuggestionRow.state == SuggestionState.SUGGESTED.value,
        )
        .order_by(TopicSuggestionRow.confidence.desc(), TopicSuggestionRow.term_id)
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


def _read_categories(
    session: Session, terms: TermTree, service_ids: Sequence[str]
) -> dict[str, list[str]]:
    categories: dict[str, list[str]] = defaultdict(list)
    links = category_links().where(ServiceRow.id.in_(service_ids))
    for service_id, term_id in session.execute(links):
        if term := terms.get(term_id or ""):
            categories[service_id].append(term.name)
    return categories
