"""Placement of services under the eight headings: set by hand, else by the crosswalk rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.errors import NotFoundError
from referral.records.classification import SET_BY_RULE
from referral.records.directory import Service
from referral.records.headings import Crosswalk, CrosswalkRule, RuleKind, TermPath
from referral.records.record_ids import record_id
from referral.records.visibility import Audience
from referral.store.base import in_batches
from referral.store.bulk import add_rows
from referral.store.conversion import record_from
from referral.store.rows import AttributeRow, ServiceHeadingRow, ServiceRow
from referral.store.terms import TermTree, load_crosswalk, load_terms, read_headings
from referral.store.visibility import shown, shown_services

_OWN_SOURCE = "referral"
_BATCH = 500


def place_services(session: Session, service_ids: Iterable[str]) -> None:
    """Set the rule-made headings of these services; what a hand or a file set stays."""
    crosswalk, terms = load_crosswalk(session), load_terms(session)
    for ids in in_batches(sorted(set(service_ids)), _BATCH):
        _place(session, ids, crosswalk, terms)


def first_heading(session: Session, terms: TermTree, term_code: str) -> str:
    """The first heading that the crosswalk places a term under, "" for none.

    Raises:
        NotFoundError: there is no such term.
    """
    if term_code not in terms.ids:
        raise NotFoundError("There is no such topic.")
    path = terms.heading_path(terms.ids[term_code])
    found = load_crosswalk(session).headings_for("", [path])
    return next((each.slug for each in read_headings(session) if each.slug in found), "")


def list_unplaced_services(directory: Directory) -> tuple[Service, ...]:
    """Services under no heading, by name: nobody finds them by browsing until somebody helps."""
    placed = select(ServiceHeadingRow.service_id).where(
        shown(ServiceHeadingRow, Audience.CURATION), ServiceHeadingRow.service_id.is_not(None)
    )
    with directory.store.read() as session:
        rows = session.scalars(
            select(ServiceRow)
            .where(shown_services(Audience.CURATION), ServiceRow.id.not_in(placed))
            .order_by(ServiceRow.name, ServiceRow.id)
        )
        return tuple(record_from(row, Service) for row in rows)


def _place(
    session: Session, service_ids: Sequence[str], crosswalk: Crosswalk, terms: TermTree
) -> None:
    term_ids = _terms_of(session, service_ids)
    have = _headings_of(session, service_ids)
    names = select(ServiceRow.id, ServiceRow.name).where(ServiceRow.id.in_(service_ids))
    new: list[tuple[str, dict[str, str]]] = []
    for service_id, name in session.execute(names):
        rows = have[service_id]
        by_hand = any(row.set_by != SET_BY_RULE and row.retired_at is None for row in rows)
        paths = [terms.heading_path(term_id) for term_id in term_ids[service_id]]
        wanted = frozenset() if by_hand else crosswalk.headings_for(name, paths)
        made = {row.heading: row for row in rows if row.set_by == SET_BY_RULE}
        for heading in made.keys() - wanted:
            session.delete(session.get_one(ServiceHeadingRow, made[heading].id))
        new += (_made_by_rule(service_id, heading) for heading in wanted - made.keys())
    add_rows(session, new)


def _made_by_rule(service_id: str, heading: str) -> tuple[str, dict[str, str]]:
    kind, key = ServiceHeadingRow.__tablename__, f"{service_id}/{heading}"
    return kind, {
        "id": record_id(_OWN_SOURCE, kind, key),
        "service_id": service_id,
        "heading": heading,
        "set_by": SET_BY_RULE,
        "source": _OWN_SOURCE,
        "source_key": key,
    }


def _terms_of(session: Session, service_ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    rows = session.execute(
        select(AttributeRow.link_id, AttributeRow.taxonomy_term_id).where(
            AttributeRow.link_entity == "service",
            AttributeRow.link_id.in_(service_ids),
            AttributeRow.retired_at.is_(None),
        )
    )
    for service_id, term_id in rows:
        found[service_id].append(term_id or "")
    return found


def _headings_of(session: Session, service_ids: Sequence[str]) -> dict[str, list[Any]]:
    """By service, of its headings: id, heading, who set it, and whether it is retired."""
    found: dict[str, list[Any]] = defaultdict(list)
    of = ServiceHeadingRow
    columns = (of.id, of.service_id, of.heading, of.set_by, of.retired_at)
    for row in session.execute(select(*columns).where(of.service_id.in_(service_ids))):
        found[row.service_id or ""].append(row)
    return found


_IDS_IN_A_QUERY = 5_000


def services_matching_rules(session: Session, rules: Iterable[CrosswalkRule]) -> set[str]:
    """Ids of the services with a term, or words in a name, that one of the rules looks at."""
    rules = tuple(rules)
    crosswalk, tree = Crosswalk(rules), load_terms(session)
    looked_at = [
        term.id
        for term in tree.terms.values()
        if crosswalk.rules_for(
            "", [TermPath(taxonomy=term.taxonomy, steps=((term.code, term.name),))]
        )
    ]
    found: set[str] = set()
    for some in in_batches(sorted(tree.with_descendants(looked_at)), _IDS_IN_A_QUERY):
        ids = select(AttributeRow.link_id).where(
            AttributeRow.link_entity == "service", AttributeRow.taxonomy_term_id.in_(some)
        )
        found |= set(session.scalars(ids))
    words = [rule.value.lower().split()[0] for rule in rules if rule.kind is RuleKind.WORD]
    if words:
        named = or_(
            *(func.lower(ServiceRow.name).contains(word, autoescape=True) for word in words)
        )
        found |= set(session.scalars(select(ServiceRow.id).where(named)))
    return found
