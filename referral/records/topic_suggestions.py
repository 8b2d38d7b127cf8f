"""Suggested topics for services that staff have not tagged, with confidence and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from referral.records.classification import TaxonomyTerm

LEAST_CONFIDENCE = 0.15
"""The lowest confidence at which a topic is suggested."""
LEAST_TO_SHOW = 0.3
"""The lowest confidence at which a topic is shown; less only counts in search, and is last."""
_LEAST_SHARE = 0.8  # of the highest confidence; less sure topics are rarely right
LIKELY = 0.5
"""The lowest confidence of a *likely* topic; below it is *perhaps*."""


class SuggestionState(StrEnum):
    """The state of a suggested topic."""

    SUGGESTED = "suggested"
    ACCEPTED = "accepted"  # now an attribute like any other
    REFUSED = "refused"  # never suggested again
    EVIDENCE = "evidence"  # for a topic that the service has from an accepted category


UNDECIDED = (SuggestionState.SUGGESTED.value, SuggestionState.EVIDENCE.value)
"""States of suggested topics without a decision by staff."""


class EvidencePlace(StrEnum):
    """The source of the evidence for a suggested topic."""

    NAME = "name"
    CATEGORY = "category"  # the name of a category of the list
    DESCRIPTION = "description"
    TEXT = "text"  # all words together, no single phrase
    SIMILAR = "similar"  # services in the same category of the list


OF_CATEGORIES = frozenset({EvidencePlace.CATEGORY, EvidencePlace.SIMILAR})
"""Sources of evidence from the list's categories, not from the service's own text."""
_OWN_WORDS = frozenset({EvidencePlace.NAME, EvidencePlace.DESCRIPTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedTopic:
    """A topic that is suggested for a service.

    Attributes:
        path: the topic and its broader terms.
        confidence: 0 to 1.
        words: the evidence as written in the listing; "" for ``TEXT`` and ``SIMILAR``.
        headings: slugs of the headings that the topic is under.
    """

    path: tuple[TaxonomyTerm, ...]
    confidence: float
    place: EvidencePlace
    words: str = ""
    headings: tuple[str, ...] = ()

    @property
    def term(self) -> TaxonomyTerm:
        """The term of the suggested topic."""
        return self.path[0]

    @property
    def is_likely(self) -> bool:
        """Return whether the topic is *likely*; else it is *perhaps*."""
        return self.confidence >= LIKELY


def topics_to_show(
    topics: Sequence[SuggestedTopic], *, only_surest: bool = False
) -> tuple[SuggestedTopic, ...]:
    """Return the suggested topics by which a service is browsed.

    These are the surest topics and those nearly as sure, and narrower topics of these that the
    service's own words name. If the surest come from the list's categories, likely topics from its
    own words are added: categories such as "Food" or "Emergency shelter" are broad. Of topics with
    the same evidence only the surest is returned: "food" in the name of a pantry does not mean
    donating food too.

    Args:
        topics: topics of one service, the most confident first.
        only_surest: leave out narrower topics and those from the service's own words.
    """
    least_confidence = max(LEAST_TO_SHOW, _LEAST_SHARE * topics[0].confidence) if topics else 0.0
    surest = [topic for topic in topics if topic.confidence >= least_confidence]
    shown: list[SuggestedTopic] = []
    shown_evidence: set[tuple[EvidencePlace, str]] = set()
    for topic in topics:
        evidence = (topic.place, topic.words.casefold())
        is_shown = topic in surest or (not only_surest and _is_named(topic, surest))
        if is_shown and not (topic.words and evidence in shown_evidence):
            shown.append(topic)
            shown_evidence.add(evidence)
    return tuple(shown)


def _is_named(topic: SuggestedTopic, surest: Sequence[SuggestedTopic]) -> bool:
    """Return whether a service's own words are enough evidence to add a topic to the surest."""
    if topic.place not in _OWN_WORDS:
        return False
    broader_ids = {term.id for term in topic.path[1:]}
    is_narrower = any(other.term.id in broader_ids for other in surest)
    are_from_categories = all(other.place in OF_CATEGORIES for other in surest)
    # One word of a name may be only a name: "Mercy Hospice" serves lunch.
    is_phrase = topic.place is EvidencePlace.DESCRIPTION or " " in topic.words
    return (is_narrower and topic.confidence >= LEAST_TO_SHOW) or (
        are_from_categories and is_phrase and topic.is_likely
    )
