"""Which services a rule of the crosswalk may place, so that only those are placed anew."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.records.headings import Crosswalk, CrosswalkRule, RuleKind, TermPath
from referral.store.batches import in_batches
from referral.store.rows import ServiceRow
from referral.store.rows_classification import AttributeRow
from referral.store.terms import load_terms

_BATCH = 5_000


def services_under_rules(session: Session, rules: Iterable[CrosswalkRule]) -> set[str]:
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
    for some in in_batches(sorted(tree.with_descendants(looked_at)), _BATCH):
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
