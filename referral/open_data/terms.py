"""Taxonomies and terms in use by visible records, with their broader terms, and our own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select

from referral.formats.open_referral.own_terms import (
    HEADINGS_TAXONOMY,
    KEYWORD_TERM,
    KEYWORDS_TAXONOMY,
    SOURCES_TAXONOMY,
    heading_term,
    source_term,
)
from referral.records.classification import Taxonomy, TaxonomyTerm
from referral.store.rows import (
    AttributeRow,
    ServiceHeadingRow,
    ServiceRow,
    TaxonomyTermRow,
)
from referral.store.rows_texts import SourceCreditRow
from referral.store.terms import read_headings
from referral.store.visible import Visible

_OWN_TAXONOMIES = (HEADINGS_TAXONOMY, KEYWORDS_TAXONOMY, SOURCES_TAXONOMY)


@dataclass(frozen=True, slots=True)
class TermsInUse:
    """Taxonomies and terms in the order of their lists, then our own.

    Attributes:
        known_codes: ids of the terms whose code an earlier term has.
    """

    taxonomies: tuple[Taxonomy, ...]
    terms: tuple[TaxonomyTerm, ...]
    known_codes: frozenset[str]


def terms_in_use(visible: Visible) -> TermsInUse:
    """Return the taxonomies and terms that visible records use."""
    return visible.read_once("terms in use", lambda _: _read_terms_in_use(visible))


def _read_terms_in_use(visible: Visible) -> TermsInUse:
    used = _read_used_terms(visible)
    listed: Iterable[Any] = visible.read("taxonomy_term")
    own_terms = _own_terms(visible)
    terms = [*(term for term in listed if term.id in used), *own_terms]
    stored: Iterable[Any] = visible.read("taxonomy")
    taxonomies = [taxonomy for taxonomy in stored if taxonomy.id in used.values()]
    own_in_use = {term.taxonomy_id for term in own_terms}
    taxonomies += (taxonomy for taxonomy in _OWN_TAXONOMIES if taxonomy.id in own_in_use)
    return TermsInUse(tuple(taxonomies), tuple(terms), repeated_codes(terms))


def _read_used_terms(visible: Visible) -> dict[str, str]:
    """Return the ids of visible records' terms and their broader terms, with their taxonomies."""
    rows = visible.session.execute(
        select(TaxonomyTermRow.id, TaxonomyTermRow.parent_id, TaxonomyTermRow.taxonomy_id).where(
            *visible.conditions("taxonomy_term")
        )
    )
    known = {row.id: row for row in rows}
    waiting = _read_linked_terms(visible, known.keys())
    used: dict[str, str] = {}
    while waiting:
        found = known.get(waiting.pop())
        if found is not None and found.id not in used:
            used[found.id] = found.taxonomy_id or ""
            waiting.append(found.parent_id or "")
    return used


def _read_linked_terms(visible: Visible, known: AbstractSet[str]) -> list[str]:
    """Return the ids of terms that are linked to visible records or to known terms."""
    session = visible.session
    is_of_service = AttributeRow.link_entity == "service"
    of_services = (  # a statement of their own, since they are most
        select(AttributeRow.taxonomy_term_id)
        .join(ServiceRow, ServiceRow.id == AttributeRow.link_id)
        .where(is_of_service, *visible.conditions("attribute"), *visible.conditions("service"))
    )
    found = [term_id or "" for term_id in session.scalars(of_services.distinct())]
    others = select(
        AttributeRow.link_entity, AttributeRow.link_id, AttributeRow.taxonomy_term_id
    ).distinct()
    links: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for kind, key, term_id in session.execute(
        others.where(~is_of_service, *visible.conditions("attribute"))
    ):
        links[kind][key].add(term_id or "")
    for kind, terms_by_id in links.items():
        if kind == "taxonomy":  # one in use has terms in use already
            continue
        is_of_term = kind == "taxonomy_term"
        ids = terms_by_id.keys() & known if is_of_term else visible.filter_ids(kind, terms_by_id)
        for key in ids:
            linked = [term_id for term_id in terms_by_id[key] if term_id in known or not term_id]
            found += [*linked, *([key] if is_of_term and linked else ())]
    return found


def _own_terms(visible: Visible) -> list[TaxonomyTerm]:
    """Return terms for the headings in use, for keywords and for sources."""
    session, is_visible = visible.session, visible.conditions("service")
    placed = select(ServiceHeadingRow.heading).join(
        ServiceRow, ServiceRow.id == ServiceHeadingRow.service_id
    )
    placed = placed.where(*visible.conditions("service_heading"), *is_visible).distinct()
    used = set(session.scalars(placed))
    has_keywords = exists().where(ServiceRow.keywords != "", *is_visible)
    publishers = select(SourceCreditRow.publisher).where(
        exists().where(ServiceRow.source == SourceCreditRow.source, *is_visible)
    )
    return [
        *(
            heading_term(heading.slug, heading.name)
            for heading in read_headings(session)
            if heading.slug in used
        ),
        *([KEYWORD_TERM] if session.scalar(select(has_keywords)) else []),
        *map(source_term, sorted(set(session.scalars(publishers)))),
    ]


def repeated_codes(terms: Iterable[TaxonomyTerm]) -> frozenset[str]:
    """Return the ids of terms whose code an earlier term has: lists may share a taxonomy."""
    seen: set[str] = set()
    found = set()
    for term in terms:
        if term.code and term.code in seen:
            found.add(term.id)
        seen.add(term.code)
    return frozenset(found)
