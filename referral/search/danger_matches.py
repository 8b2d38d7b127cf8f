"""Matching for queries that raise a help line: only services with the topics of the line match.

The words themselves match nothing here: *hits* and *kill* are in listings of every kind. Other
topics that the words mean, and the town, affect the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from referral.records.topic_suggestions import LEAST_TO_SHOW, LIKELY
from referral.search import schema, weights
from referral.search.columns import Columns
from referral.search.facts import SHELTER_TOPIC, SURVIVORS, YES
from referral.search.matches import (
    NAME,
    TEXTS,
    TITLES,
    ClauseMatch,
    TopicMatch,
    UnfilteredMatches,
    collect_matches,
    find_by_whole_name,
    match_clauses,
)
from referral.search.query import Clause, Question, Topic, WordForm
from referral.search.segment_facts import Docs, Mask
from referral.search.understanding.danger import danger_evidence
from referral.search.words import Words

# Topics, with all below them, of services that are not for the person in danger.
FOR_OTHERS = ("abuser-programs", "volunteering", "donating")
# Topics that a listing has by its text alone: the shelter for survivors, and the topic above it.
_SHELTER_TOPICS = (SHELTER_TOPIC, "domestic-violence")

_NOTHING: Docs = np.zeros(0, dtype=np.int32)


def find_danger_matches(question: Question, columns: Columns, words: Words) -> UnfilteredMatches:
    """Return the services that have a topic of the danger, before filters; may be none."""
    danger = _topic_match(Clause((), topics=_danger_topics(question)), columns, words)
    danger.weight = 1.0
    for_others = _services_for_others(question.danger.topics, columns, words) | columns.only_giving
    clauses = [danger, *_other_clauses(question, columns, words)]
    mask = danger.matches_all & columns.live & ~for_others
    return collect_matches(mask, question, clauses, find_by_whole_name(question, words), columns)


def _danger_topics(question: Question) -> tuple[Topic, ...]:
    """Return the topics of the danger by falling weight, those that the words name first."""
    named_codes = {topic.code for clause in question.clauses for topic in clause.topics}
    topics = sorted(question.danger.topics, key=lambda topic: topic.code not in named_codes)
    return tuple(
        replace(topic, weight=weights.NEXT_DANGER_TOPIC**rank) for rank, topic in enumerate(topics)
    )


def _other_clauses(question: Question, columns: Columns, words: Words) -> Iterator[ClauseMatch]:
    for clause in question.clauses:
        topics = tuple(topic for topic in clause.topics if topic.code not in danger_evidence())
        if topics:
            other = Clause((), topics=topics, is_required=False)
            yield _topic_match(other, columns, words, weights.OTHER_TOPIC_IN_DANGER)
    towns = [_damp(clause) for clause in question.clauses if clause.names_town]
    yield from match_clauses(towns, columns, words)
    yield from (_bonus_for_topic(topic, columns) for topic in _danger_topics(question))


def _bonus_for_topic(topic: Topic, columns: Columns) -> ClauseMatch:
    """Return the matches of a topic for a bonus score, whatever else each service has.

    It puts a shelter from abuse before services that help with abuse in other ways.
    """
    score = weights.TOPIC * topic.weight * weights.OF_SEVERAL_DANGER_TOPICS
    matches = []
    for docs in (
        columns.tags.get(("term", topic.code), _NOTHING),
        _shelters_by_text(topic, columns),
    ):
        if len(docs):
            scores = np.full(len(docs), score, dtype=np.float32)
            matches.append(TopicMatch(topic, docs, scores, len(docs)))
    if suggested := columns.suggested.get(topic.code):
        scores = (score * suggested.confidences).astype(np.float32)
        docs = suggested.docs
        matches.append(TopicMatch(topic, docs, scores, len(docs), is_suggested=True))
    clause = Clause((), topics=(topic,), is_required=False)
    return ClauseMatch(clause, parts=[], spellings=[], topics=matches, size=columns.size)


def _damp(clause: Clause) -> Clause:
    parts = tuple(replace(form, damping=weights.PASSING_WORD) for form in clause.parts)
    return replace(clause, parts=parts, spellings=())


def _topic_match(clause: Clause, columns: Columns, words: Words, worth: float = 1.0) -> ClauseMatch:
    """Return the services that have topics of a clause.

    Their scores have no idf, so that the order of the topics of the help line counts.
    """
    return ClauseMatch(
        clause,
        parts=[],
        spellings=[],
        topics=[
            match
            for topic in clause.topics
            for match in _iter_topic_matches(
                topic, columns, words, weights.TOPIC * topic.weight * worth
            )
        ],
        size=columns.size,
    )


def _iter_topic_matches(
    topic: Topic, columns: Columns, words: Words, score: float
) -> Iterator[TopicMatch]:
    """Yield services tagged with a topic, then those that it is suggested for and that mention it.

    A text about a shelter for survivors counts like a tag.
    """
    forms = danger_evidence().get(topic.code, ())
    shelters = _shelters_by_text(topic, columns)
    if len(shelters):
        scores = np.full(len(shelters), score * weights.TAGGED_ONLY, dtype=np.float32)
        yield TopicMatch(topic, shelters, scores, len(shelters))
    tagged = columns.tags.get(("term", topic.code), _NOTHING)
    if len(tagged):
        least = weights.TAGGED_ONLY
        scores = score * (least + (1 - least) * _mention_scores(forms, tagged, words, NAME))
        yield TopicMatch(topic, tagged, scores, len(tagged))
    if suggested := columns.suggested.get(topic.code):
        mentions = _mention_scores(forms, suggested.docs, words, TITLES)
        in_title = mentions >= weights.MENTIONED_IN_CATEGORY
        confident = suggested.confidences >= np.where(in_title, LEAST_TO_SHOW, LIKELY)
        is_matched = confident & (mentions > 0)
        scores = score * (suggested.confidences * mentions)[is_matched]
        docs = suggested.docs[is_matched]
        if len(docs):
            yield TopicMatch(topic, docs, scores, len(docs), is_suggested=True)


def _shelters_by_text(topic: Topic, columns: Columns) -> Docs:
    """Return the services whose texts describe a shelter for survivors, if a topic is its."""
    return (
        columns.tags.get((SURVIVORS, YES), _NOTHING) if topic.code in _SHELTER_TOPICS else _NOTHING
    )


def _mention_scores(
    forms: Sequence[WordForm], docs: Docs, words: Words, titles: int
) -> NDArray[np.float32]:
    """Return for each document 1 if its name has one of the forms, less for other fields, or 0.

    Args:
        titles: the fields that count as titles, as ``FIELD_BITS``.
    """
    fields = _fields_with_any(forms, docs, words)
    in_text = np.where(fields & np.uint16(TEXTS), weights.MENTIONED_IN_DESCRIPTION, 0.0)
    in_title = np.where(fields & np.uint16(titles), weights.MENTIONED_IN_CATEGORY, in_text)
    return np.where(fields & np.uint16(NAME), 1.0, in_title).astype(np.float32)


def _services_for_others(danger: Sequence[Topic], columns: Columns, words: Words) -> Mask:
    """Return a mask of services that are not for the person in danger.

    They are tagged so, their names contain such a phrase, or a topic for others is suggested at
    least as confidently as one of the danger.
    """
    for_danger = _suggested_confidences([topic.code for topic in danger], columns)
    for docs in (_shelters_by_text(topic, columns) for topic in danger):
        for_danger[docs] = np.maximum(for_danger[docs], LIKELY)
    for_others = _suggested_confidences(FOR_OTHERS, columns)
    is_rather_for_others = (for_others >= for_danger) & (for_others > 0)
    mask: Mask = columns.tagged("term", *FOR_OTHERS) | is_rather_for_others
    for form in (form for code in FOR_OTHERS for form in danger_evidence().get(code, ())):
        # Stems are too coarse: "abusers" has the stem of "Women Against Abuse".
        docs = words.postings.docs(schema.WORDS, form.text)
        mask[docs[(_fields_with_any([form], docs, words) & np.uint16(NAME)) > 0]] = True
    return mask


def _fields_with_any(forms: Sequence[WordForm], docs: Docs, words: Words) -> NDArray[np.uint16]:
    """Return for each document the fields that have any of the forms, as ``FIELD_BITS``."""
    fields = np.zeros(len(docs), dtype=np.uint16)
    for form in forms:
        fields |= words.forms.get(form).fields(docs)
    return fields


def _suggested_confidences(codes: Iterable[str], columns: Columns) -> NDArray[np.float32]:
    """Return for each document the highest confidence of any of these suggested topics, or 0."""
    best = np.zeros(columns.size, dtype=np.float32)
    for suggested in filter(None, map(columns.suggested.get, codes)):
        best[suggested.docs] = np.maximum(best[suggested.docs], suggested.confidences)
    return best
