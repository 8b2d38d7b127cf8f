"""Texts of services from which topics are suggested, read from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.records.classification import TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY
from referral.records.record_ids import CATEGORY_SOURCE
from referral.records.topic_suggestions import SuggestionState
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.rows import AttributeRow, ServiceRow
from referral.store.terms import TermTree
from referral.store.topic_suggestions import TopicSuggestionRow
from referral.store.visibility import shown, shown_services

_IDS_IN_A_QUERY = 500


class _Link(NamedTuple):
    term: TaxonomyTerm
    is_by_category: bool  # assigned by a decision for a category


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceText:
    """The texts, categories and topics of a service.

    Attributes:
        categories: id and name of each term of another taxonomy than the library's own; the name
            is "" if the list has only a code.
        topic_ids: terms of the library's own taxonomy that staff or a list assigned to the service.
        category_topic_ids: topics that staff accepted for one of its categories. They describe all
            services of the category, so the service still gets suggestions of its own.
        accepted_topic_ids: topics that were accepted as suggestions for the service. Accepting
            one suggestion does not exclude others.
    """

    service_id: str
    source: str = ""
    source_key: str = ""
    organization_id: str = ""
    name: str = ""
    description: str = ""
    categories: tuple[tuple[str, str], ...] = ()
    topic_ids: tuple[str, ...] = ()
    category_topic_ids: tuple[str, ...] = ()
    accepted_topic_ids: frozenset[str] = frozenset()

    @property
    def wants_suggestions(self) -> bool:
        """Return whether all topics of a service are accepted suggestions, or it has none."""
        return self.accepted_topic_ids.issuperset(self.topic_ids)


def read_service_texts(session: Session, terms: TermTree, source: str) -> list[ServiceText]:
    """Return the texts of a list's public services, with their categories and topics."""
    services = session.execute(
        select(
            ServiceRow.id,
            ServiceRow.source_key,
            ServiceRow.organization_id,
            ServiceRow.name,
            ServiceRow.description,
        )
        .where(ServiceRow.source == source, shown_services(Audience.PUBLIC))
        .order_by(ServiceRow.id)
    ).all()
    links: dict[str, list[_Link]] = defaultdict(list)
    for batch in in_batches([row.id for row in services], _IDS_IN_A_QUERY):
        found = select(
            AttributeRow.link_id, AttributeRow.taxonomy_term_id, AttributeRow.source
        ).where(
            AttributeRow.link_entity == "service",
            AttributeRow.link_id.in_(batch),
            shown(AttributeRow, Audience.PUBLIC),
        )
        for service_id, term_id, origin in session.execute(found.order_by(AttributeRow.id)):
            if term := terms.get(term_id or ""):
                links[service_id].append(_Link(term, origin == CATEGORY_SOURCE))
    accepted: dict[str, set[str]] = defaultdict(set)
    for service_id, term_id in session.execute(
        select(TopicSuggestionRow.service_id, TopicSuggestionRow.term_id).where(
            TopicSuggestionRow.source == source,
            TopicSuggestionRow.state == SuggestionState.ACCEPTED.value,
        )
    ):
        accepted[service_id].add(term_id)
    return [
        _service_text(row, source, links[row.id], frozenset(accepted[row.id])) for row in services
    ]


def _service_text(
    row: Any, source: str, links: Sequence[_Link], accepted: frozenset[str]
) -> ServiceText:
    terms = list(dict.fromkeys(link.term for link in links))
    topic_ids = [term.id for term in terms if term.taxonomy == OWN_TAXONOMY]
    direct_ids = dict.fromkeys(
        link.term.id
        for link in links
        if link.term.taxonomy == OWN_TAXONOMY and not link.is_by_category
    )
    return ServiceText(
        service_id=row.id,
        source=source,
        source_key=row.source_key,
        organization_id=row.organization_id or "",
        name=row.name,
        description=row.description,
        categories=tuple(
            (term.id, "" if term.is_code_only else term.name)
            for term in terms
            if term.taxonomy != OWN_TAXONOMY
        ),
        topic_ids=tuple(direct_ids),
        category_topic_ids=tuple(term_id for term_id in topic_ids if term_id not in direct_ids),
        accepted_topic_ids=accepted,
    )
