"""Services without a topic, categories that source lists assigned, and coverage by topics.

A topic is a service's *own* if staff or a list assigned it to that service, not if staff accepted
it for a category.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from referral.directory.instance import Instance
from referral.jobs.progress import read_progress
from referral.records.headings import OWN_TAXONOMY
from referral.records.record_ids import CATEGORY_SOURCE
from referral.records.topic_suggestions import SuggestionState
from referral.records.visibility import Audience
from referral.store.rows import AttributeRow, ServiceRow, TaxonomyTermRow
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.store.visibility import shown, shown_services
from referral.topic_suggestions.records import Coverage, ListStatus
from referral.topic_suggestions.suggestion_runs import TOPIC_SUGGESTIONS, is_run_due, is_suggesting


def is_public() -> ColumnElement[bool]:
    """Return an SQL condition: topics are suggested for a service, because it is public."""
    return shown_services(Audience.PUBLIC)


def has_no_topic() -> ColumnElement[bool]:
    """Return an SQL condition: a public service has no topic and waits for a decision."""
    return and_(is_public(), ServiceRow.id.not_in(_services_with_topic()))


def has_no_own_topic() -> ColumnElement[bool]:
    """Return an SQL condition: a public service has no topic, or only from its categories."""
    return and_(is_public(), ServiceRow.id.not_in(_services_with_topic(own=True)))


def _services_with_topic(*, own: bool = False) -> Select[str]:
    link, term = aliased(AttributeRow), aliased(TaxonomyTermRow)
    tagged = (
        select(link.link_id)
        .join(term, term.id == link.taxonomy_term_id)
        .where(
            link.link_entity == "service",
            link.retired_at.is_(None),
            term.taxonomy == OWN_TAXONOMY,
        )
    )
    return tagged.where(link.source != CATEGORY_SOURCE) if own else tagged


def category_links() -> Select[str, str | None]:
    """Return a query for service id and term id of the categories that lists assigned."""
    return (
        select(AttributeRow.link_id, AttributeRow.taxonomy_term_id)
        .join(ServiceRow, ServiceRow.id == AttributeRow.link_id)
        .join(TaxonomyTermRow, TaxonomyTermRow.id == AttributeRow.taxonomy_term_id)
        .where(
            AttributeRow.link_entity == "service",
            shown(AttributeRow, Audience.PUBLIC),
            TaxonomyTermRow.taxonomy != OWN_TAXONOMY,
        )
    )


def read_coverage(session: Session) -> Coverage:
    """Return the coverage of the whole directory by topics and suggestions."""
    return replace(_count_coverage(session), is_working=is_suggesting(session))


def read_list_status(instance: Instance, source: str) -> ListStatus:
    """Return the status of topic suggestions for a source list."""
    with instance.store.read() as session:
        coverage = _count_coverage(session, ServiceRow.source == source)
        return ListStatus(
            suggested=coverage.with_suggestion,
            without=coverage.without,
            is_working=is_run_due(session, source),
            progress=read_progress(instance, TOPIC_SUGGESTIONS),
        )


def _count_coverage(session: Session, *of_list: ColumnElement[bool]) -> Coverage:
    suggested = select(TopicSuggestionRow.service_id).where(
        TopicSuggestionRow.state == SuggestionState.SUGGESTED.value
    )
    count = select(func.count()).select_from(ServiceRow).where(*of_list)
    services = session.scalar(count.where(is_public())) or 0
    without = session.scalar(count.where(has_no_topic())) or 0
    with_suggestion = session.scalar(count.where(has_no_topic(), ServiceRow.id.in_(suggested))) or 0
    return Coverage(
        services=services, with_topic=services - without, with_suggestion=with_suggestion
    )
