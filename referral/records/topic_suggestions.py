"""Suggested topics: our topics for services that no person tagged, with confidence and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from referral.records.classification import TaxonomyTerm

LEAST_CONFIDENCE = 0.15
"""Below this nothing is suggested."""
LEAST_TO_SHOW = 0.3
"""Less than this only search knows, and puts last."""
_AS_SURE = 0.8  # of the first; what is less sure is rarely what a service is about
LIKELY = 0.5
"""From here on it is *likely*, below *perhaps*."""


class SuggestionState(StrEnum):
    """What became of a suggestion."""

    SUGGESTED = "suggested"
    ACCEPTED = "accepted"  # an attribute like any other since
    REFUSED = "refused"  # never suggested again
    EVIDENCE = "evidence"  # for a topic that the service has by an accepted category


UNDECIDED = (SuggestionState.SUGGESTED.value, SuggestionState.EVIDENCE.value)
"""States that no person set."""


class EvidencePlace(StrEnum):
    """Where the words stand that a topic is suggested from."""

    NAME = "name"
    CATEGORY = "category"  # the name of one of the list's own categories
    DESCRIPTION = "description"
    TEXT = "text"  # no phrase: the words as a whole
    SIMILAR = "similar"  # services in the same category of the list


OF_CATEGORIES = frozenset({EvidencePlace.CATEGORY, EvidencePlace.SIMILAR})
"""Where the evidence is the list's categories, not what a service says of itself."""
_OWN_WORDS = frozenset({EvidencePlace.NAME, EvidencePlace.DESCRIPTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedTopic:
    """A topic that a service seems to be about.

    Attributes:
        path: the topic and the terms above it.
        confidence: 0 to 1.
        words: of the evidence, as they stand in the listing; "" for ``TEXT`` and ``SIMILAR``.
        headings: slugs of the headings that the topic belongs under.
    """

    path: tuple[TaxonomyTerm, ...]
    confidence: float
    place: EvidencePlace
    words: str = ""
    headings: tuple[str, ...] = ()

    @property
    def term(self) -> TaxonomyTerm:
        """The topic itself."""
        return self.path[0]

    @property
    def is_likely(self) -> bool:
        """Confident enough to say *likely*; else *perhaps*."""
        return self.confidence >= LIKELY


def topics_to_show(
    topics: Sequence[SuggestedTopic], *, only_surest: bool = False
) -> tuple[SuggestedTopic, ...]:
    """Return the topics by which a service is browsed.

    These are the surest and others nearly as sure, narrower topics of these that its own words
    name, and, where the surest come from the list's categories, what its own words likely name: a
    category says "Food" or "Emergency shelter" of a meal and of a lasting home. Of several topics
    suggested from the same words only the surest: "food" in a name that is of a pantry is not of
    giving food too.

    Args:
        topics: of one service, the most confident first.
        only_surest: neither narrower topics nor those of its own words.
    """
    least = max(LEAST_TO_SHOW, _AS_SURE * topics[0].confidence) if topics else 0.0
    surest = [topic for topic in topics if topic.confidence >= least]
    shown: list[SuggestedTopic] = []
    told: set[tuple[EvidencePlace, str]] = set()
    for topic in topics:
        evidence = (topic.place, topic.words.casefold())
        is_shown = topic in surest or (not only_surest and _is_named(topic, surest))
        if is_shown and not (topic.words and evidence in told):
            shown.append(topic)
            told.add(evidence)
    return tuple(shown)


def _is_named(topic: SuggestedTopic, surest: Sequence[SuggestedTopic]) -> bool:
    """Return whether a service's own words name a topic well enough beside the surest ones."""
    if topic.place not in _OWN_WORDS:
        return False
    above = {term.id for term in topic.path[1:]}
    is_narrower = any(one.term.id in above for one in surest)
    is_of_list = all(one.place in OF_CATEGORIES for one in surest)
    # One word of a name may be only a name: "Mercy Hospice" serves lunch.
    is_phrase = topic.place is EvidencePlace.DESCRIPTION or " " in topic.words
    return (is_narrower and topic.confidence >= LEAST_TO_SHOW) or (
        is_of_list and is_phrase and topic.is_likely
    )
