"""Category rules: services of an accepted category get its topic automatically."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.records.accounts import Actor
from referral.records.edits import Author, MadeBy
from referral.records.record_ids import CATEGORY_SOURCE
from referral.records.topic_suggestions import SuggestionState
from referral.store.history import set_author
from referral.store.terms import TermTree
from referral.store.topic_suggestions import CategoryTopicRow, TopicSuggestionRow
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.topic_links import TopicPair, link_topics

RULES = Actor("", "rules of categories")


@dataclass(frozen=True, slots=True)
class _Rule:
    term_id: str
    group_id: str
    account_id: str


def apply_category_rules(
    session: Session, services: Iterable[ServiceText], terms: TermTree
) -> set[str]:
    """Assign the topics accepted for categories to services; return the changed services' ids.

    The edits belong to the group of the acceptance, so that undoing it reverts them too. Services
    with a topic of their own are left out, as are topics that staff removed from a service or
    refused for it.
    """
    rules = _read_rules(session, terms)
    if not rules:
        return set()
    refused = _read_refused(session)
    wanted: dict[_Rule, list[TopicPair]] = defaultdict(list)
    for service in services:
        for category_id, _ in () if service.topic_ids else service.categories:
            for rule in rules.get(category_id, ()):
                if (service.source, service.source_key, rule.term_id) not in refused:
                    wanted[rule].append((service.service_id, rule.term_id))
    changed: set[str] = set()
    for rule, pairs in wanted.items():
        set_author(
            session,
            Author(made_by=MadeBy.RULE, account_id=rule.account_id, group_id=rule.group_id),
        )
        added = link_topics(session, pairs, CATEGORY_SOURCE, again=False)
        if added:
            record_audit(
                session, RULES, "category-rule-applied", "taxonomy_term", rule.term_id,
                services=len(added), group=rule.group_id,
            )  # fmt: skip
        changed.update(service_id for service_id, _ in added)
    return changed


def category_key(terms: TermTree, category_id: str | None) -> str:
    """Return the id under which a category is decided.

    For a term that has only a code, this is the id of the named term with that code.
    """
    term = terms.get(category_id or "")
    return term.id if term else category_id or ""


def _read_rules(session: Session, terms: TermTree) -> Mapping[str, list[_Rule]]:
    found: dict[str, list[_Rule]] = defaultdict(list)
    accepted = (
        select(CategoryTopicRow)
        .where(CategoryTopicRow.state == SuggestionState.ACCEPTED.value)
        .order_by(CategoryTopicRow.id)
    )
    for row in session.scalars(accepted):
        if row.term_id in terms.terms:
            rule = _Rule(row.term_id, row.group_id, row.account_id)
            found[category_key(terms, row.category_id)].append(rule)
    return found


def _read_refused(session: Session) -> set[tuple[str, str, str]]:
    statement = select(
        TopicSuggestionRow.source, TopicSuggestionRow.source_key, TopicSuggestionRow.term_id
    ).where(TopicSuggestionRow.state == SuggestionState.REFUSED.value)
    return {(source, key, term_id) for source, key, term_id in session.execute(statement)}
