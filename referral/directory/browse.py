"""Browsing: headings, the terms under them, and terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.directory.view_models import HeadingPage, TermCount, TermPage
from referral.errors import NotFoundError
from referral.records.classification import TaxonomyTerm
from referral.records.headings import Heading
from referral.records.visibility import Audience
from referral.store.rows import ServiceRow
from referral.store.rows_classification import AttributeRow, ServiceHeadingRow
from referral.store.terms import TermTree
from referral.store.visibility import shown, shown_services

ServicesByTerm = Mapping[str, set[str]]


def list_headings(directory: Directory, audience: Audience) -> tuple[tuple[Heading, int], ...]:
    """Each heading and how many services stand under it."""
    with directory.store.read() as session:
        headings = directory.listings.headings(session)
        counts = _heading_counts(session, audience)
    return tuple((heading, counts.get(heading.slug, 0)) for heading in headings)


def read_heading(directory: Directory, slug: str, audience: Audience) -> HeadingPage:
    """A heading with the named terms of its services, top terms first, each with its count.

    Raises:
        NotFoundError: there is no such heading.
    """
    with directory.store.read() as session:
        headings = {heading.slug: heading for heading in directory.listings.headings(session)}
        if slug not in headings:
            raise NotFoundError("There is no such heading.")
        tree = directory.listings.terms(session)
        services = _services_by_term(session, tree, audience, slug)
        count = _heading_counts(session, audience).get(slug, 0)
    tops = [term_id for term_id in services if tree.terms[term_id].parent_id not in tree.terms]
    return HeadingPage(
        heading=headings[slug],
        services=count,
        terms=_counted(tops, tree, services),
        children={
            term_id: _counted(tree.children.get(term_id, ()), tree, services) for term_id in tops
        },
    )


def read_term(directory: Directory, key: str, audience: Audience) -> TermPage:
    """A term by its code (or id), with the way up and the terms below that have services.

    Raises:
        NotFoundError: there is no such term.
    """
    with directory.store.read() as session:
        tree = directory.listings.terms(session)
        term = _term_of(tree, key)
        services = _services_by_term(session, tree, audience)
    notices = directory.texts.taxonomy_notices()
    is_licensed = term.taxonomy in notices and notices[term.taxonomy].is_licensed
    if is_licensed and not services.get(term.id):
        raise NotFoundError("No service has this topic.")  # a licence covers terms in use only
    return TermPage(
        term=term,
        ancestors=tuple(reversed(tree.path(term.id)[1:])),
        children=_counted(tree.children.get(term.id, ()), tree, services),
    )


def find_term(directory: Directory, key: str) -> TaxonomyTerm:
    """A term by its code (or id).

    Raises:
        NotFoundError: there is no such term.
    """
    with directory.store.read() as session:
        return _term_of(directory.listings.terms(session), key)


def _term_of(tree: TermTree, key: str) -> TaxonomyTerm:
    if key not in tree.ids:
        raise NotFoundError("There is no such topic.")
    return tree.terms[tree.ids[key]]


def _heading_counts(session: Session, audience: Audience) -> dict[str, int]:
    rows = session.execute(
        select(ServiceHeadingRow.heading, func.count(ServiceRow.id.distinct()))
        .join(ServiceRow, ServiceHeadingRow.service_id == ServiceRow.id)
        .where(shown_services(audience), shown(ServiceHeadingRow, audience))
        .group_by(ServiceHeadingRow.heading)
    )
    return {heading: count for heading, count in rows}  # noqa: C416  # rows are not pairs to mypy


def _services_by_term(
    session: Session, tree: TermTree, audience: Audience, heading: str = ""
) -> ServicesByTerm:
    """Term id → ids of the services under it or below, for one heading or for all."""
    statement = (
        select(AttributeRow.taxonomy_term_id, ServiceRow.id)
        .join(ServiceRow, AttributeRow.link_id == ServiceRow.id)
        .where(AttributeRow.link_entity == "service", shown(AttributeRow, audience))
        .where(shown_services(audience))
    )
    if heading:
        statement = statement.where(
            ServiceRow.id.in_(
                select(ServiceHeadingRow.service_id)
                .where(ServiceHeadingRow.heading == heading)
                .where(shown(ServiceHeadingRow, audience))
            )
        )
    services: dict[str, set[str]] = defaultdict(set)
    for term_id, service_id in session.execute(statement):
        for term in tree.path(term_id or ""):
            services[term.id].add(service_id)
    return services


def _counted(
    term_ids: Iterable[str], tree: TermTree, services: ServicesByTerm
) -> tuple[TermCount, ...]:
    counts = [
        TermCount(term=tree.terms[term_id], services=len(services[term_id]))
        for term_id in term_ids
        if services.get(term_id) and not tree.terms[term_id].is_code_only
    ]
    return tuple(sorted(counts, key=lambda count: _name_key(count.term)))


def _name_key(term: TaxonomyTerm) -> tuple[str, str]:
    return term.name.casefold(), term.id
