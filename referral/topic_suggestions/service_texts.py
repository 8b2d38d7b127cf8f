"""Texts of services from which topics are suggested, read from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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

_Link = tuple[TaxonomyTerm, bool]  # the term, and whether a category decision assigned it


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
    row, attribute = ServiceRow, AttributeRow
    services = session.execute(
        select(row.id, row.source_key, row.organization_id, row.name, row.description)
        .where(row.source == source, shown_services(Audience.PUBLIC))
        .order_by(row.id)
    ).all()
    links: dict[str, list[_Link]] = defaultdict(list)
    for some in in_batches([each.id for each in services], _IDS_IN_A_QUERY):
        found = select(attribute.link_id, attribute.taxonomy_term_id, attribute.source).where(
            attribute.link_entity == "service",
            attribute.link_id.in_(some),
            shown(attribute, Audience.PUBLIC),
        )
        for service_id, term_id, origin in session.execute(found.order_by(attribute.id)):
            if term := terms.get(term_id or ""):
                links[service_id].append((term, origin == CATEGORY_SOURCE))
    accepted: dict[str, set[str]] = defaultdict(set)
    decided = TopicSuggestionRow
    for service_id, term_id in session.execute(
        select(decided.service_id, decided.term_id).where(
            decided.source == source, decided.state == SuggestionState.ACCEPTED.value
        )
    ):
        accepted[service_id].add(term_id)
    return [
        _service_text(each, source, links[each.id], frozenset(accepted[each.id]))
        for each in services
    ]


def _service_text(
    row: Any, source: str, links: Sequence[_Link], accepted: frozenset[str]
) -> ServiceText:
    tagged = list(dict.fromkeys(term for term, _ in links))
    own = dict.fromkeys(
        term.id for term, by_category in links
        if term.taxonomy == OWN_TAXONOMY and not by_category
    )  # fmt: skip
    ours = [term.id for term in tagged if term.taxonomy == OWN_TAXONOMY]
    return ServiceText(
        service_id=row.id,
        source=source,
        source_key=row.source_key,
        organization_id=row.organization_id or "",
        name=row.name,
        description=row.description,
        categories=tuple(
            (term.id, "" if term.is_code_only else term.name)
            for term in tagged
            if term.taxonomy != OWN_TAXONOMY
        ),
        topic_ids=tuple(own),
        category_topic_ids=tuple(term_id for term_id in ours if term_id not in own),
        accepted_topic_ids=accepted,
    )
