"""Tables of suggested topics and of the topics decided for a list's categories.

Suggestions are not attributes: exports, counts and reports do not include them until a person
accepts them. Service and topic are not foreign keys, since the rows are computed again after each
change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from referral.records.topic_suggestions import EvidencePlace, SuggestedTopic, SuggestionState
from referral.store.base import Base, Code, Str, UtcInstant
from referral.store.terms import TermTree

SUGGESTION_CHANGE = "topic_suggestion"
"""Kind of a change in the log: the suggestions of a service; its id is that of the service."""


class TopicSuggestionRow(Base):
    """A topic suggested for a service, or accepted or refused for it.

    Attributes:
        source, source_key: of the service, so that a refused topic stays refused when the list
            contains the service again.
        score: score from which the confidence is computed, for calibration by the library.
        words: see ``SuggestedTopic``.
        headings: slugs, separated by ``|``.
        made_by: version of the rules.
        account_id, decided_at: who accepted or refused it, and when.
        group_id: of that decision; for a category it is the one of its ``CategoryTopicRow``.
    """

    __tablename__ = "topic_suggestion"
    __table_args__ = (
        UniqueConstraint("service_id", "term_id"),
        Index(None, "term_id"),
        Index(None, "source", "source_key"),
        Index(None, "decided_at"),
        Index(None, "group_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[str] = mapped_column(String(36))
    source: Mapped[Code]
    source_key: Mapped[Code]
    term_id: Mapped[str] = mapped_column(String(36))
    score: Mapped[float]
    confidence: Mapped[float]
    place: Mapped[str] = mapped_column(String(16))
    words: Mapped[Code]
    headings: Mapped[Str]
    made_by: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    account_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant, default=None)
    group_id: Mapped[str] = mapped_column(String(36), default="", server_default="")


class CategoryTopicRow(Base):
    """A decision that all services of a list's category have a topic, or that none gets it.

    Attributes:
        category_id: taxonomy term of the list.
        term_id: topic of our taxonomy.
        state: ``accepted`` or ``refused``.
        group_id: of the decision, and of all edits made by it, also for later services.
    """

    __tablename__ = "category_topic"
    __table_args__ = (UniqueConstraint("category_id", "term_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[str] = mapped_column(String(36))
    term_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    state: Mapped[str] = mapped_column(String(16))
    group_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    account_id: Mapped[str] = mapped_column(String(36), default="", server_default="")
    decided_at: Mapped[datetime] = mapped_column(UtcInstant)


class ServiceSuggestions(NamedTuple):
    """Suggested topics of services, by service id.

    Attributes:
        topics: open suggestions, the most confident first.
        evidence: confidence of accepted suggestions and of topics by category, by topic id.
    """

    topics: Mapping[str, tuple[SuggestedTopic, ...]]
    evidence: Mapping[str, Mapping[str, float]]


def load_suggested_topics(
    session: Session, service_ids: Iterable[str], terms: TermTree
) -> ServiceSuggestions:
    """Load the topic suggestions of services, except those that were refused."""
    rows = session.execute(
        select(
            TopicSuggestionRow.service_id,
            TopicSuggestionRow.term_id,
            TopicSuggestionRow.confidence,
            TopicSuggestionRow.place,
            TopicSuggestionRow.words,
            TopicSuggestionRow.headings,
            TopicSuggestionRow.state,
        )
        .where(
            TopicSuggestionRow.service_id.in_(list(service_ids)),
            TopicSuggestionRow.state != SuggestionState.REFUSED.value,
        )
        .order_by(
            TopicSuggestionRow.service_id,
            TopicSuggestionRow.confidence.desc(),
            TopicSuggestionRow.term_id,
        )
    )
    topics: dict[str, list[SuggestedTopic]] = defaultdict(list)
    evidence: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.state != SuggestionState.SUGGESTED.value:
            evidence[row.service_id][row.term_id] = row.confidence
        elif row.term_id in terms.terms:
            topics[row.service_id].append(
                SuggestedTopic(
                    path=terms.path(row.term_id),
                    confidence=row.confidence,
                    place=EvidencePlace(row.place),
                    words=row.words,
                    headings=tuple(filter(None, row.headings.split("|"))),
                )
            )
    return ServiceSuggestions(
        {service_id: tuple(suggested) for service_id, suggested in topics.items()}, evidence
    )
