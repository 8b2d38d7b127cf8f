"""Links of services to topics, written with edit history and change log; topic names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.records.headings import OWN_TAXONOMY
from referral.records.record_ids import topic_link_id
from referral.search.analysis import all_words_of
from referral.store.base import in_batches
from referral.store.bulk import add_rows
from referral.store.rows import AttributeRow

_KIND = AttributeRow.__tablename__
_IDS_IN_A_QUERY = 500

TopicPair = tuple[str, str]
"""Ids of a service and of a topic."""


def link_topics(
    session: Session, pairs: Iterable[TopicPair], source: str, *, again: bool = True
) -> list[TopicPair]:
    """Assign topics to services, with the session's author as the editor.

    Args:
        source: ``HAND_SOURCE`` or ``CATEGORY_SOURCE``.
        again: whether to assign topics again that this source assigned and staff removed.

    Returns:
        The new pairs.
    """
    wanted = {topic_link_id(source, *pair): pair for pair in pairs}
    added: list[TopicPair] = []
    for ids in in_batches(sorted(wanted), _IDS_IN_A_QUERY):
        stored = {
            row.id: row
            for row in session.scalars(select(AttributeRow).where(AttributeRow.id.in_(ids)))
        }
        missing = [link_id for link_id in ids if link_id not in stored]
        retired = [row for row in stored.values() if row.retired_at is not None] if again else []
        for row in retired:
            row.retired_at = None
        session.flush()
        add_rows(
            session,
            ((_KIND, _link_columns(link_id, wanted[link_id], source)) for link_id in missing),
        )
        added += (wanted[link_id] for link_id in (*missing, *(row.id for row in retired)))
    return added


def _link_columns(link_id: str, pair: TopicPair, source: str) -> dict[str, str]:
    service_id, term_id = pair
    return {
        "id": link_id,
        "link_id": service_id,
        "link_entity": "service",
        "taxonomy_term_id": term_id,
        "source": source,
        "source_key": link_id,
    }


def list_topic_names(instance: Instance) -> dict[str, str]:
    """Return the ids of all topics of the library's own taxonomy by name, sorted by name."""
    with instance.store.read() as session:
        terms = instance.listings.terms(session).terms.values()
    own_topics = sorted(
        ((term.name, term.id) for term in terms if term.taxonomy == OWN_TAXONOMY),
        key=lambda pair: pair[0].casefold(),
    )
    return dict(own_topics)


def match_topic_names(names: Mapping[str, str], text: str) -> dict[str, str]:
    """Return the topics that match a typed name.

    A name with the same words is the only match. Otherwise each typed word must begin a word of the
    name: "case man" matches "Case managers". Names that begin with the first word come first.
    """
    words = all_words_of(text)
    if not words:
        return {}
    words_of_name = {name: all_words_of(name) for name in names}
    same = [name for name in names if words_of_name[name] == words]
    matching = [
        name
        for name in names
        if all(
            any(name_word.startswith(word) for name_word in words_of_name[name]) for word in words
        )
    ]
    matching.sort(key=lambda name: not words_of_name[name][0].startswith(words[0]))
    return {name: names[name] for name in same[:1] or matching}
