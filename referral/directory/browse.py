"""Browsing by headings and taxonomy terms, with the numbers of services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.directory.search import count_services
from referral.directory.view_models import HeadingPage, TermCount, TermPage
from referral.errors import IndexUnavailableError, NotFoundError
from referral.records.classification import TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY, Crosswalk, Heading
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from referral.store.change_log import LogPoint
from referral.store.rows import AttributeRow, ServiceHeadingRow, ServiceRow
from referral.store.terms import TermTree
from referral.store.visibility import shown, shown_services

ServicesByTerm = Mapping[str, int]


def list_headings(instance: Instance, audience: Audience) -> tuple[tuple[Heading, int], ...]:
    """Return each heading with the number of services placed under it."""
    with instance.store.read() as session:
        point = instance.listings.catch_up(session)
        headings = instance.listings.headings(session, point)
        counts = _heading_counts(instance, session, audience, point)
    return tuple((heading, counts.get(heading.slug, 0)) for heading in headings)


def list_public_headings(instance: Instance) -> tuple[tuple[Heading, int], ...]:
    """Return each heading with the number of public services that a search for it finds.

    Services that belong under it only by a suggested topic are included.
    """
    suggested = _suggested_by_heading(instance)
    return tuple(
        (heading, count + suggested.get(heading.slug, 0))
        for heading, count in list_headings(instance, Audience.PUBLIC)
    )


def _suggested_by_heading(instance: Instance) -> Mapping[str, int]:
    """Return the number of services under each heading by suggested topics only.

    It is empty while the index is unavailable.
    """
    try:
        facets = count_services(instance, SearchQuery()).facets
    except IndexUnavailableError:
        return {}
    headings = facets.get("suggested_headings", ())
    return {heading.value: heading.count for heading in headings}


def read_heading(instance: Instance, slug: str, audience: Audience) -> HeadingPage:
    """Return a heading with the named terms of its services and the number of services of each.

    Raises:
        NotFoundError: there is no such heading.
    """
    with instance.store.read() as session:
        headings = {heading.slug: heading for heading in instance.listings.headings(session)}
        if slug not in headings:
            raise NotFoundError("There is no such heading.")
        tree = instance.listings.terms(session)
        services = _services_by_term(instance, session, tree, audience, slug)
        point = instance.listings.catch_up(session)
        count = _heading_counts(instance, session, audience, point).get(slug, 0)
        suggested = _suggested_by_term(instance, tree, slug)
        crosswalk = instance.listings.crosswalk(session)
    terms = dict.fromkeys([*services, *_iter_terms_under(crosswalk, tree, suggested, slug)])
    suggested_here = {term_id: suggested.get(term_id, 0) for term_id in terms}
    term_counts = _TermCounts(tree, services, suggested_here)
    tops = [term_id for term_id in terms if tree.terms[term_id].parent_id not in tree.terms]
    return HeadingPage(
        heading=headings[slug],
        services=count + _suggested_by_heading(instance).get(slug, 0),
        terms=term_counts.for_terms(tops),
        children={
            term_id: term_counts.for_terms(tree.children.get(term_id, ())) for term_id in tops
        },
    )


def read_term(instance: Instance, key: str, audience: Audience) -> TermPage:
    """Return a term by its code or id, with its ancestors and the narrower terms with services.

    Raises:
        NotFoundError: there is no such term, or its taxonomy is licensed and no service has it.
    """
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        term = _term_with_key(tree, key)
        services = _services_by_term(instance, session, tree, audience)
        suggested = _suggested_by_term(instance, tree)
    notices = instance.texts.taxonomy_notices()
    is_licensed = term.taxonomy in notices and notices[term.taxonomy].is_licensed
    if is_licensed and not services.get(term.id):
        raise NotFoundError("No service has this topic.")  # a license covers terms in use only
    return TermPage(
        term=term,
        ancestors=tuple(reversed(tree.path(term.id)[1:])),
        children=_TermCounts(tree, services, suggested).for_terms(tree.children.get(term.id, ())),
    )


def find_term(instance: Instance, key: str) -> TaxonomyTerm:
    """Return a taxonomy term by its code or id.

    Raises:
        NotFoundError: there is no such term.
    """
    with instance.store.read() as session:
        return _term_with_key(instance.listings.terms(session), key)


def _term_with_key(tree: TermTree, key: str) -> TaxonomyTerm:
    if key not in tree.ids:
        raise NotFoundError("There is no such topic.")
    return tree.terms[tree.ids[key]]


def _heading_counts(
    instance: Instance, session: Session, audience: Audience, point: LogPoint
) -> Mapping[str, int]:
    def load(session: Session) -> Mapping[str, int]:
        rows = session.execute(
            select(ServiceHeadingRow.heading, func.count(ServiceRow.id.distinct()))
            .join(ServiceRow, ServiceHeadingRow.service_id == ServiceRow.id)
            .where(shown_services(audience), shown(ServiceHeadingRow, audience))
            .group_by(ServiceHeadingRow.heading)
        )
        return {heading: count for heading, count in rows}  # noqa: C416  # rows are not pairs to mypy

    return instance.listings.count(f"headings {audience}", load, session, point)


def _services_by_term(
    instance: Instance, session: Session, tree: TermTree, audience: Audience, heading: str = ""
) -> ServicesByTerm:
    """Return the number of services with each term or a narrower one, for a heading or for all."""

    def load(session: Session) -> ServicesByTerm:
        return _count_by_term(session, tree, audience, heading)

    point = instance.listings.catch_up(session)
    return instance.listings.count(f"terms {audience} {heading}", load, session, point)


def _count_by_term(
    session: Session, tree: TermTree, audience: Audience, heading: str
) -> ServicesByTerm:
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
    return {term_id: len(ids) for term_id, ids in services.items()}


def _suggested_by_term(instance: Instance, tree: TermTree, heading: str = "") -> Mapping[str, int]:
    """Return the number of services with each term or a narrower one by suggested topics only."""
    try:
        counts = instance.index.count_suggested(heading)
    except IndexUnavailableError:
        return {}
    return {tree.ids[key]: count for key, count in counts.items() if key in tree.ids}


def _iter_terms_under(
    crosswalk: Crosswalk, tree: TermTree, suggested: Iterable[str], heading: str
) -> Iterator[str]:
    """Yield the ids of suggested topics that belong under a heading, and of their broader terms."""
    for term_id in suggested:
        path = tree.heading_path(term_id)
        if path.taxonomy == OWN_TAXONOMY and heading in crosswalk.headings_for("", [path]):
            yield from (term.id for term in tree.path(term_id))


@dataclass(frozen=True, slots=True)
class _TermCounts:
    """Numbers of services by term id, placed and suggested, for the terms of a page."""

    tree: TermTree
    services: ServicesByTerm
    suggested: Mapping[str, int]

    def for_terms(self, term_ids: Iterable[str]) -> tuple[TermCount, ...]:
        """Return the terms that have a name and a service, ordered by name."""
        counts = [
            TermCount(
                term=self.tree.terms[term_id],
                services=self.services.get(term_id, 0) + self.suggested.get(term_id, 0),
            )
            for term_id in term_ids
            if not self.tree.terms[term_id].is_code_only
        ]
        known = [count for count in counts if count.services]
        return tuple(sorted(known, key=lambda count: _name_key(count.term)))


def _name_key(term: TaxonomyTerm) -> tuple[str, str]:
    return term.name.casefold(), term.id
