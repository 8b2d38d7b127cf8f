"""The heading of a topic, services under no heading, and services that rules match."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.records.headings import Crosswalk, CrosswalkRule, RuleKind, TermPath
from referral.records.hsds import Service
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.conversion import record_from
from referral.store.rows import AttributeRow, ServiceHeadingRow, ServiceRow
from referral.store.terms import TermTree, load_crosswalk, load_terms, read_headings
from referral.store.visibility import shown, shown_services

_IDS_IN_A_QUERY = 5_000


def first_heading(session: Session, terms: TermTree, term_code: str) -> str:
    """Return the first heading under which the crosswalk places a term, "" for none.

    Raises:
        NotFoundError: there is no such term.
    """
    if term_code not in terms.ids:
        raise NotFoundError("There is no such topic.")
    path = terms.heading_path(terms.ids[term_code])
    slugs = load_crosswalk(session).headings_for("", [path])
    return next((heading.slug for heading in read_headings(session) if heading.slug in slugs), "")


def list_unplaced_services(instance: Instance) -> tuple[Service, ...]:
    """Return the services under no heading, by name; users do not find them by browsing."""
    placed = select(ServiceHeadingRow.service_id).where(
        shown(ServiceHeadingRow, Audience.CURATION), ServiceHeadingRow.service_id.is_not(None)
    )
    with instance.store.read() as session:
        rows = session.scalars(
            select(ServiceRow)
            .where(shown_services(Audience.CURATION), ServiceRow.id.not_in(placed))
            .order_by(ServiceRow.name, ServiceRow.id)
        )
        return tuple(record_from(row, Service) for row in rows)


def services_matching_rules(session: Session, rules: Iterable[CrosswalkRule]) -> set[str]:
    """Return the ids of services with a term or a word in their name that a rule may match."""
    rules = tuple(rules)
    crosswalk, tree = Crosswalk(rules), load_terms(session)
    matched = [
        term.id
        for term in tree.terms.values()
        if crosswalk.rules_for(
            "", [TermPath(taxonomy=term.taxonomy, steps=((term.code, term.name),))]
        )
    ]
    service_ids: set[str] = set()
    for term_ids in in_batches(sorted(tree.with_descendants(matched)), _IDS_IN_A_QUERY):
        ids = select(AttributeRow.link_id).where(
            AttributeRow.link_entity == "service", AttributeRow.taxonomy_term_id.in_(term_ids)
        )
        service_ids |= set(session.scalars(ids))
    words = [rule.value.lower().split()[0] for rule in rules if rule.kind is RuleKind.WORD]
    if words:
        named = or_(
            *(func.lower(ServiceRow.name).contains(word, autoescape=True) for word in words)
        )
        service_ids |= set(session.scalars(select(ServiceRow.id).where(named)))
    return service_ids
