"""Services without a topic of ours, and the categories that lists gave services, as queries.

A topic is a service's *own* where a person or a list gave it to that service; one that staff
accepted for a category of a list is not.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased

from referral.records.headings import OWN_TAXONOMY
from referral.records.record_ids import CATEGORY_SOURCE
from referral.records.visibility import Audience
from referral.store.rows import ServiceRow
from referral.store.rows_classification import AttributeRow, TaxonomyTermRow
from referral.store.visibility import shown, shown_services


def is_public() -> ColumnElement[bool]:
    """Services that topics are suggested for."""
    return shown_services(Audience.PUBLIC)


def has_no_topic() -> ColumnElement[bool]:
    """Public services without any topic of ours: those that wait for a decision."""
    return and_(is_public(), ServiceRow.id.not_in(_tagged()))


def has_no_own_topic() -> ColumnElement[bool]:
    """Public services that have no topic of ours, or only such as come from their categories."""
    return and_(is_public(), ServiceRow.id.not_in(_tagged(own=True)))


def _tagged(*, own: bool = False) -> Select[str]:
    tag, term = aliased(AttributeRow), aliased(TaxonomyTermRow)
    found = (
        select(tag.link_id)
        .join(term, term.id == tag.taxonomy_term_id)
        .where(
            tag.link_entity == "service",
            tag.retired_at.is_(None),
            term.taxonomy == OWN_TAXONOMY,
        )
    )
    return found.where(tag.source != CATEGORY_SOURCE) if own else found


def category_links() -> Select[str, str | None]:
    """Service id and term id, for each category that a list gave a service; to be narrowed."""
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
