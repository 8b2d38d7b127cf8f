"""Matches of words that raise a help line: services under the line's topics, and no others.

The words themselves find nothing here: *hits* and *kill* stand in listings of every kind. What they
stand for besides the danger, and the town, put the services in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from referral.records.topic_suggestions import LEAST_TO_SHOW
from referral.search import weights
from referral.search.clauses import Clause, ParsedQuery, Topic, WordForm
from referral.search.matching.clause_matches import (
    ClauseMatch,
    CommitTerms,
    TopicMatch,
    match_clauses,
)
from referral.search.matching.match import MatchResult, whole_names
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Docs, Mask

# Topics, with all below them, that are not for the person in danger.
FOR_OTHERS = ("abuser-programs", "volunteering", "donating")

_NO_FORM: tuple[tuple[WordForm, ...], ...] = ((),)
_NOTHING: Docs = np.zeros(0, dtype=np.int32)


def find_danger_matches(
    question: ParsedQuery, columns: Columns, terms: CommitTerms, only_giving: Mask
) -> MatchResult:
    """The services under the topics of ``question.danger``; none where it has no service.

    Args:
        only_giving: services under the heading of volunteers and donors, and under no other.
    """
    danger = _topic_match(Clause(_NO_FORM, topics=_in_order(question)), columns, 1.0)
    danger.weight = 1.0
    for_others = _are_for_others(question.danger, columns) | only_giving
    return MatchResult(
        docs=danger.all & columns.live & ~for_others,
        clauses=[danger, *_said_besides(question, columns, terms)],
        whole_names=whole_names(question, terms),
        name_prefixes=_NOTHING,
    )


def _in_order(question: ParsedQuery) -> tuple[Topic, ...]:
    """The topics of danger: those that the words speak of first, each worth more than the next."""
    said = {topic.code for clause in question.clauses for topic in clause.topics}
    topics = sorted(question.danger, key=lambda topic: topic.code not in said)
    return tuple(
        replace(topic, weight=weights.NEXT_DANGER_TOPIC**place)
        for place, topic in enumerate(topics)
    )


def _said_besides(
    question: ParsedQuery, columns: Columns, terms: CommitTerms
) -> Iterator[ClauseMatch]:
    for clause in question.clauses:
        if clause.topics:
            said = Clause(_NO_FORM, topics=clause.topics, is_required=False)
            yield _topic_match(said, columns, weights.SAID_IN_DANGER)
    towns = [_damped(clause) for clause in question.clauses if clause.names_town]
    yield from match_clauses(towns, columns, terms)


def _damped(clause: Clause) -> Clause:
    parts = tuple(
        tuple(replace(form, damping=weights.PASSING_WORD) for form in part) for part in clause.parts
    )
    return replace(clause, parts=parts, spellings=())


def _topic_match(clause: Clause, columns: Columns, worth: float) -> ClauseMatch:
    """Services by topic, the rarity of topics left out: the order of a line's topics counts."""
    return ClauseMatch(
        clause,
        parts=[[]],
        spellings=[],
        topics=[
            match
            for topic in clause.topics
            for match in _members(topic, columns, weights.TOPIC * topic.weight * worth)
        ],
        size=columns.size,
    )


def _members(topic: Topic, columns: Columns, score: float) -> Iterator[TopicMatch]:
    """The services tagged with a topic, and those that it is suggested for with some confidence."""
    tagged = columns.tags.get(("term", topic.code), _NOTHING)
    if len(tagged):
        yield TopicMatch(topic, tagged, np.broadcast_to(score, len(tagged)), len(tagged))
    if suggested := columns.suggested.get(topic.code):
        is_sure = suggested.confidences >= LEAST_TO_SHOW
        docs, confidences = suggested.docs[is_sure], suggested.confidences[is_sure]
        if len(docs):
            yield TopicMatch(topic, docs, score * confidences, len(docs), is_suggested=True)


def _are_for_others(danger: Sequence[Topic], columns: Columns) -> Mask:
    """What is tagged so, and what it is suggested for at least as confidently as for a danger."""
    own = _confidences([topic.code for topic in danger], columns)
    others = _confidences(FOR_OTHERS, columns)
    return columns.tagged("term", *FOR_OTHERS) | ((others >= own) & (others > 0))


def _confidences(codes: Iterable[str], columns: Columns) -> NDArray[np.float32]:
    """Of each document, with which any of these topics is suggested for it; 0 for most."""
    best = np.zeros(columns.size, dtype=np.float32)
    for suggested in filter(None, map(columns.suggested.get, codes)):
        best[suggested.docs] = np.maximum(best[suggested.docs], suggested.confidences)
    return best
