"""The taxonomies and terms that leave: those in use, and for each term those above it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from referral.exports.hsds_form import TAXONOMIES
from referral.formats.hsds.own_terms import KEYWORD_TERM, heading_term, source_term
from referral.records.classification import Taxonomy, TaxonomyTerm
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.public.public_part import KindsInUse, PublicPart
from referral.store.public.source_credits import handed_on
from referral.store.rows import ServiceRow
from referral.store.rows_classification import AttributeRow, ServiceHeadingRow, TaxonomyTermRow
from referral.store.rows_texts import SourceCreditRow
from referral.store.terms import read_headings
from referral.store.visibility import shown, shown_services

_PUBLIC = Audience.PUBLIC
_IDS_IN_A_QUERY = 500
_NO_SUBJECT = ("service", "attribute", "translation", "metadata")


@dataclass(frozen=True, slots=True)
class TermsInUse:
    """In the order in which their lists had them; what is made here comes last.

    ``known_codes`` are the terms whose code an earlier term has.
    """

    taxonomies: tuple[Taxonomy, ...]
    terms: tuple[TaxonomyTerm, ...]
    known_codes: frozenset[str]


def read_terms_in_use(session: Session) -> TermsInUse:
    """What is in use now."""
    public = PublicPart(session, KindsInUse())
    ids = _with_those_above(session, _used_ids(session, public))
    terms = [
        term
        for some in in_batches(sorted(ids), _IDS_IN_A_QUERY)
        for term in public.with_ids("taxonomy_term", some)
        if isinstance(term, TaxonomyTerm)
    ]
    order = _order(session)
    terms = [*sorted(terms, key=lambda term: order[term.id]), *_own_terms(session)]
    used = {term.taxonomy_id for term in terms}
    stored = [each for each in public.with_ids("taxonomy", used) if isinstance(each, Taxonomy)]
    own = [each for each in TAXONOMIES if each.id in used]
    return TermsInUse((*stored, *own), tuple(terms), repeated_codes(terms))


def repeated_codes(terms: Iterable[TaxonomyTerm]) -> frozenset[str]:
    """The terms whose code an earlier one has: two lists may use one taxonomy."""
    seen: set[str] = set()
    found = set()
    for term in terms:
        if term.code and term.code in seen:
            found.add(term.id)
        seen.add(term.code)
    return frozenset(found)


def _used_ids(session: Session, public: PublicPart) -> set[str]:
    row = AttributeRow
    of_services = select(row.taxonomy_term_id).join(ServiceRow, ServiceRow.id == row.link_id)
    used = set(
        session.scalars(
            of_services.distinct().where(
                row.link_entity == "service",
                shown(row, _PUBLIC),
                shown_services(_PUBLIC),
                handed_on(ServiceRow),
            )
        )
    )
    others = select(row.link_entity, row.link_id, row.taxonomy_term_id).distinct()
    subjects: dict[str, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
    for kind, key, term_id in session.execute(
        others.where(row.link_entity.not_in(_NO_SUBJECT), shown(row, _PUBLIC))
    ):
        subjects[kind][key].add(term_id)
    for kind, terms_by_id in subjects.items():
        for some in in_batches(terms_by_id, _IDS_IN_A_QUERY):
            for key in public.public_ids(kind, some):
                used |= terms_by_id[key]
                used |= {key} if kind == "taxonomy_term" else set()
    return {each for each in used if each}


def _with_those_above(session: Session, used: set[str]) -> set[str]:
    row = TaxonomyTermRow
    rows = session.execute(select(row.id, row.parent_id).where(shown(row, _PUBLIC)))
    parents = {each.id: each.parent_id for each in rows}
    found: set[str] = set()
    waiting = [each for each in used if each in parents]
    while waiting:
        term_id = waiting.pop()
        if term_id not in found:
            found.add(term_id)
            parent = parents[term_id]
            waiting += [parent] if parent in parents and parent else []
    return found


def _order(session: Session) -> dict[str, int]:
    row = TaxonomyTermRow
    ids = session.scalars(select(row.id).order_by(row.origin_line, row.id))
    return {each: number for number, each in enumerate(ids)}


def _own_terms(session: Session) -> list[TaxonomyTerm]:
    """The headings that services stand under, the term of keywords, and sources of services."""
    heading = ServiceHeadingRow
    placed = select(heading.heading).join(ServiceRow, ServiceRow.id == heading.service_id)
    leaving = (shown_services(_PUBLIC), handed_on(ServiceRow))
    used = set(session.scalars(placed.distinct().where(shown(heading, _PUBLIC), *leaving)))
    found = [heading_term(h.slug, h.name) for h in read_headings(session) if h.slug in used]
    has_keywords = exists().where(ServiceRow.keywords != "", *leaving)
    keyword = [KEYWORD_TERM] if session.scalar(select(has_keywords)) else []
    credit = SourceCreditRow
    whose = select(credit.publisher).where(
        exists().where(ServiceRow.source == credit.source, *leaving)
    )
    publishers = sorted(set(session.scalars(whose)))
    return [*found, *keyword, *map(source_term, publishers)]
