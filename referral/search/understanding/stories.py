"""Stories: queries of several sentences, and the needs in them.

"I was laid off. We can't pay the rent and my son needs his inhaler." is about three needs. As one
query it would match only services that meet all three, so each need is read by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from referral.search.analysis import words_of
from referral.search.query import Question, UnderstoodWord, WordKind
from referral.search.understanding.danger import danger_evidence
from referral.search.understanding.phrases import Phrasebook

# A new subject or article after "and": another clause begins.
_BEGINS_ANEW = (
    r"i|i'?m|i'?ve|we|we'?re|he|she|they|it|my|our|his|her|their|the|an?|no|nobody|nothing|someone"
    r"|somebody|there|also|needs?|yo|mis?|nuestr[ao]s?|sus?|el|la|los|las|una?|nadie|nada|alguien"
    r"|ella|ellos|tengo|tenemos|estoy|estamos|necesit\w+|ya|me|nos|tambien|también"
)
_ENDS = re.compile(
    r"[.!?;:\n]+(?:\s+|\Z)"
    rf"|,?\s+(?:and|or|but|plus|so|y|e|o|pero|además)\s+(?=(?:{_BEGINS_ANEW})\b)"
    rf"|,\s+(?=(?:{_BEGINS_ANEW})\b)",
    re.IGNORECASE,
)
_DESCRIBES_USER = re.compile(
    r"(?:i (?:am|served|have)|i'?m|we (?:are|have)|we'?re|(?:he|she) is|soy|somos|estoy|tengo"
    r"|tenemos)\b",
    re.IGNORECASE,
)
# Topics that are no need of their own: the rest of a story is about what money or help is for.
_NO_NEED_ALONE = frozenset({"money", "information-referral", "help-line-211"})
_LEAST_ALIKE = 0.4  # weight from which a guessed topic counts as a need


class _Sentence(NamedTuple):
    text: str
    need: Question


def needs_of_story(
    question: Question, text: str, read: Callable[[str], Question], phrasebook: Phrasebook
) -> Question:
    """Return a query with the needs of its sentences; unchanged where there are not two.

    Place and preferences are those of the whole. A sentence without a topic is no need. Nor is one
    that only describes the user ("I am a veteran"), or a lack of money.

    Args:
        read: returns one sentence as understood.
    """
    sentences = [_Sentence(part, read(part)) for part in parts_of_story(text)]
    needs, words = dict[str, Question](), list[UnderstoodWord]()
    # Topics of phrases come before guessed ones.
    for part, need in sorted(sentences, key=lambda sentence: not _topics_named(sentence.need)):
        codes = _topics_named(need) or _topics_guessed(need)
        if codes and codes[0] not in needs and _is_asked_for(codes[0], part, phrasebook):
            needs[codes[0]] = replace(need, place=question.place, preferences=question.preferences)
            names = ", ".join(phrasebook.term_names.get(code, code) for code in codes)
            words.append(UnderstoodWord(text=part, kind=WordKind.TERM, detail=names, topics=codes))
    if len(needs) < 2:
        return question
    return replace(question, needs=tuple(needs.values()), words=tuple(words), guess=None)


def _is_asked_for(code: str, part: str, phrasebook: Phrasebook) -> bool:
    describes_user = code in phrasebook.topics_of_groups and bool(_DESCRIBES_USER.match(part))
    return not describes_user and code not in _NO_NEED_ALONE and code not in phrasebook.giving_terms


def parts_of_story(text: str) -> Iterator[str]:
    """Yield the sentences of a text, and the clauses after "and" or a comma.

    Yields nothing for a text of one part.
    """
    parts = [part.strip(" ,.") for part in _ENDS.split(text)]
    parts = [part for part in parts if words_of(part)]
    yield from parts if len(parts) > 1 else ()


def _topics_named(need: Question) -> tuple[str, ...]:
    """Return the codes of the topics of phrases in a sentence."""
    named = (clause for clause in need.clauses if clause.parts and clause.is_required)
    codes = (topic.code for clause in named for topic in clause.topics if not topic.is_broader)
    return tuple(dict.fromkeys(codes))


def _topics_guessed(need: Question) -> tuple[str, ...]:
    """Return the codes of guessed topics of a sentence, unless too weak or about danger."""
    guessed = (clause for clause in need.clauses if not clause.parts)
    topics = [topic for clause in guessed for topic in clause.topics if not topic.is_broader]
    if not topics or topics[0].weight < _LEAST_ALIKE or topics[0].code in danger_evidence():
        return ()
    return tuple(topic.code for topic in topics)
