"""Order of the topics below a topic, which staff can change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from referral.accounts.audit import record_audit
from referral.directory.instance import Instance
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.records.classification import TaxonomyTerm
from referral.records.edits import Author, MadeBy
from referral.store.rows import TaxonomyTermRow
from referral.store.terms import load_terms

_SORT_STEP = 10  # as in the shipped file, so that a release can insert a topic between two


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLevel:
    """Topics on one level of a taxonomy, in the order that staff can change.

    Attributes:
        path: path of the topic above them; empty at the top level, which has no order.
        topics: the topics in order, each with its number of direct children.
    """

    path: tuple[TaxonomyTerm, ...]
    topics: tuple[tuple[TaxonomyTerm, int], ...]


def read_topic_level(instance: Instance, taxonomy: str, above: str = "") -> TopicLevel:
    """Return the topics directly below a topic, or those at the top of a taxonomy.

    Args:
        above: id of the topic; "" for the top.

    Raises:
        NotFoundError: there is no such taxonomy or topic.
    """
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
    path = tree.path(above)
    ids: Iterable[str] = tree.children.get(above, ())
    if not above:
        ids = (
            term.id
            for term in tree.terms.values()
            if term.taxonomy == taxonomy and term.parent_id not in tree.terms
        )
    topics = tuple((tree.terms[term_id], len(tree.children.get(term_id, ()))) for term_id in ids)
    if not topics or (above and not path):
        raise NotFoundError("There are no such topics.")
    return TopicLevel(path=path, topics=topics)


def save_topic_order(
    instance: Instance, actor: Actor, above: str, places: Mapping[str, int]
) -> bool:
    """Move topics below a topic to new positions, and return whether the order changed.

    Args:
        above: id of the parent topic.
        places: id of a topic → its position, counted from 1.

    Raises:
        NotFoundError: no topics are below the parent topic.
    """
    author = Author(made_by=MadeBy.HAND, account_id=actor.account_id)
    with instance.store.write(author) as session:
        before = load_terms(session).children.get(above, ())
        if not before:
            raise NotFoundError("There are no such topics.")
        after = _reorder(before, places)
        if after == list(before):
            return False
        rows = {
            row.id: row
            for row in session.scalars(select(TaxonomyTermRow).where(TaxonomyTermRow.id.in_(after)))
        }
        for number, term_id in enumerate(after, start=1):
            rows[term_id].sort = number * _SORT_STEP
        record_audit(session, actor, "topics-ordered", "taxonomy_term", above)
    return True


def _reorder(before: Iterable[str], places: Mapping[str, int]) -> list[str]:
    """Move some topics of a level to new positions; the others keep their relative order."""
    before = list(before)
    moves = sorted(
        (places[topic_id], topic_id)
        for position, topic_id in enumerate(before, start=1)
        if places.get(topic_id, position) != position
    )
    after = [topic_id for topic_id in before if (places.get(topic_id), topic_id) not in moves]
    for position, topic_id in moves:
        after.insert(position - 1, topic_id)
    return after
