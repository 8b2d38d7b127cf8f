"""Choice of the suggested topics that pages show for a service, and the reason for each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain

from referral.message import Message, message
from referral.records.listing import Listing
from referral.records.topic_suggestions import EvidencePlace, SuggestedTopic
from referral.search.query import Hit

_LIKELY = {
    EvidencePlace.NAME: message("Looks like %(topic)s: “%(words)s” in its name."),
    EvidencePlace.CATEGORY: message("Looks like %(topic)s: “%(words)s” in its category."),
    EvidencePlace.DESCRIPTION: message("Looks like %(topic)s: “%(words)s” in its description."),
    EvidencePlace.SIMILAR: message("Looks like %(topic)s, as others in its category do."),
    EvidencePlace.TEXT: message("Looks like %(topic)s, from its text."),
}
_PERHAPS = {
    EvidencePlace.NAME: message("May be %(topic)s: “%(words)s” in its name."),
    EvidencePlace.CATEGORY: message("May be %(topic)s: “%(words)s” in its category."),
    EvidencePlace.DESCRIPTION: message("May be %(topic)s: “%(words)s” in its description."),
    EvidencePlace.SIMILAR: message("May be %(topic)s, as others in its category may."),
    EvidencePlace.TEXT: message("May be %(topic)s, from its text."),
}


def suggestion_of(
    listing: Listing, hit: Hit, headings: Collection[str] = ()
) -> SuggestedTopic | None:
    """Return the suggested topic by which a service is a search result, None if by other facts.

    It is the most confident suggestion that is the searched topic or narrower, or else one under
    a searched heading.

    Args:
        headings: slugs of the searched headings.
    """
    by_topic = (
        topic
        for topic in listing.suggested_topics
        if any(term.key == hit.suggested_topic for term in topic.path)
    )
    by_heading = (
        topic
        for topic in listing.topics_to_show
        if hit.is_suggested and not set(topic.headings).isdisjoint(headings)
    )
    topic = next(chain(by_topic, by_heading), None)
    return _without_outdated_words(listing, topic) if topic else None


def narrowest_suggestions(listing: Listing) -> tuple[SuggestedTopic, ...]:
    """Return the shown suggested topics of a listing, without broader terms of other ones."""
    shown = listing.topics_to_show
    broader = {term.id for topic in shown for term in topic.path[1:]}
    return tuple(topic for topic in shown if topic.term.id not in broader)


def suggestion_reason(topic: SuggestedTopic) -> Message:
    """Return the sentence that explains why a topic is suggested."""
    pattern = (_LIKELY if topic.is_likely else _PERHAPS)[topic.place]
    if topic.place in {EvidencePlace.SIMILAR, EvidencePlace.TEXT}:
        return pattern.filled(topic=topic.term.name)
    return pattern.filled(topic=topic.term.name, words=topic.words)


def _without_outdated_words(listing: Listing, topic: SuggestedTopic) -> SuggestedTopic:
    """Remove the words that suggested a topic, if the listing no longer contains them."""
    texts = (" ".join(text.split()) for text in _iter_texts(listing, topic.place))
    if not topic.words or any(topic.words in text for text in texts):
        return topic
    return replace(topic, place=EvidencePlace.TEXT, words="")


def _iter_texts(listing: Listing, place: EvidencePlace) -> Iterator[str]:
    if place is EvidencePlace.NAME:
        yield listing.service.name
    elif place is EvidencePlace.DESCRIPTION:
        yield listing.service.description
    elif place is EvidencePlace.CATEGORY:
        yield from (term.name for term in listing.terms)
