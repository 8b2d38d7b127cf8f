"""Filters of lists by terms, taxonomies and organizations, as conditions of a query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from referral.formats.hsds.own_terms import (
    HEADINGS_TAXONOMY,
    KEYWORD_TERM,
    KEYWORDS_TAXONOMY,
    SOURCES_TAXONOMY,
    heading_term,
    source_term,
)
from referral.hsds_api.records import ListQuery
from referral.records.visibility import Audience
from referral.store.public.source_credits import read_credits
from referral.store.rows import ServiceRow
from referral.store.rows_classification import AttributeRow, ServiceHeadingRow, TaxonomyTermRow
from referral.store.rows_texts import SourceCreditRow
from referral.store.terms import read_headings
from referral.store.visibility import shown

_PUBLIC = Audience.PUBLIC
Condition = ColumnElement[bool]


class TermFilters:
    """Conditions of the terms that a list is asked for; headings, keywords, sources are terms."""

    def __init__(self, session: Session, query: ListQuery) -> None:
        self._slugs = {heading_term(h.slug, "").id: h.slug for h in read_headings(session)}
        self._session, self._query = session, query

    def of_services(self) -> list[Condition]:
        """What is true of a service that has all of them."""
        found = []
        if term := self._query.taxonomy_term_id:
            found.append(self._has_term(term))
        if taxonomy := self._query.taxonomy_id:
            found.append(self._has_taxonomy(taxonomy))
        return found

    def of(self, kind: str, row: Any) -> list[Condition]:
        """What is true of another record that has all of them by attributes of its own."""
        found = []
        if term := self._query.taxonomy_term_id:
            found.append(_has_attribute(kind, row, AttributeRow.taxonomy_term_id == term))
        if taxonomy := self._query.taxonomy_id:
            found.append(_has_attribute(kind, row, _of_taxonomy(taxonomy)))
        return found

    def _has_term(self, term: str) -> Condition:
        if term == KEYWORD_TERM.id:
            return ServiceRow.keywords != ""
        if term in self._slugs:
            return _is_under(ServiceHeadingRow.heading == self._slugs[term])
        for credit in read_credits(self._session):
            if source_term(credit.publisher).id == term:
                return _is_from(SourceCreditRow.publisher == credit.publisher)
        return _has_attribute("service", ServiceRow, AttributeRow.taxonomy_term_id == term)

    def _has_taxonomy(self, taxonomy: str) -> Condition:
        if taxonomy == KEYWORDS_TAXONOMY.id:
            return ServiceRow.keywords != ""
        if taxonomy == HEADINGS_TAXONOMY.id:
            return _is_under()
        if taxonomy == SOURCES_TAXONOMY.id:
            return _is_from()
        return _has_attribute("service", ServiceRow, _of_taxonomy(taxonomy))


def _is_under(*conditions: Condition) -> Condition:
    row = ServiceHeadingRow
    return exists().where(row.service_id == ServiceRow.id, shown(row, _PUBLIC), *conditions)


def _is_from(*conditions: Condition) -> Condition:
    return exists().where(SourceCreditRow.source == ServiceRow.source, *conditions)


def _of_taxonomy(taxonomy: str) -> Condition:
    row = TaxonomyTermRow
    terms: Select[str] = select(row.id).where(row.taxonomy_id == taxonomy, shown(row, _PUBLIC))
    return AttributeRow.taxonomy_term_id.in_(terms)


def _has_attribute(kind: str, row: Any, condition: Condition) -> Condition:
    attribute = AttributeRow
    return exists().where(
        attribute.link_entity == kind,
        attribute.link_id == row.id,
        shown(attribute, _PUBLIC),
        condition,
    )
