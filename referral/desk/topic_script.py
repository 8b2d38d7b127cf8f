"""The questions of a topic in an interview: which comes next, and what an answer makes of a search.

A question is left out when it was answered or skipped, when the inquiry has the detail it asks for,
and when the search says already what one of its answers would say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from referral.desk.records import InquiryDetails
from referral.directory.context import Directory
from referral.directory.term_lookup import codes_above
from referral.directory.topic_questions import TopicAnswer, TopicQuestion, questions_of
from referral.search.query import Answer, PreferenceKind, SearchQuery

_KINDS = {
    "ages": PreferenceKind.AGE,
    "cost": PreferenceKind.COST,
    "access": PreferenceKind.ACCESS,
    "how": PreferenceKind.DELIVERY,
    "open": PreferenceKind.OPEN_NOW,
}
SKIPPED = 99  # the number of an answer that there is not


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicScript:
    """The questions about a topic; ``path`` has the code searched for and those above it."""

    topic: str
    path: tuple[str, ...]
    questions: tuple[TopicQuestion, ...]

    def key(self, question: int, answer: int = SKIPPED) -> str:
        """What an address calls an answer."""
        return f"{self.topic}/{question}/{answer}"


def find_script(directory: Directory, codes: Iterable[str], language: str) -> TopicScript | None:
    """The questions of the first topic that has any, be it from a topic above it."""
    for code in codes:
        path = codes_above(directory, code)
        for each in path:
            questions = questions_of(directory, each, language)
            if questions:
                return TopicScript(topic=each, path=path, questions=questions)
    return None


def next_in_script(
    script: TopicScript,
    answered: Iterable[str],
    query: SearchQuery,
    answer: Answer,
    details: InquiryDetails | None,
) -> int | None:
    """The position of the question to ask; None where nothing is left to ask."""
    done = {each.rpartition("/")[0] for each in answered}
    known = set(_known(query, answer))
    for position, question in enumerate(script.questions):
        is_done = script.key(position).rpartition("/")[0] in done
        has_detail = bool(question.detail and details and getattr(details, question.detail))
        says = any(_is_said(each, script, query, known) for each in question.answers)
        if not (is_done or has_detail or says):
            return position
    return None


def given_answers(
    directory: Directory, answered: Iterable[str], language: str
) -> tuple[tuple[TopicQuestion, TopicAnswer], ...]:
    """The answers that an address names, with their questions; what is none of ours is left out."""
    found = []
    for key in answered:
        topic, question, number = key.split("/")
        questions = questions_of(directory, topic, language)
        if int(question) < len(questions):
            asked = questions[int(question)]
            found += [(asked, each) for each in asked.answers[int(number) : int(number) + 1]]
    return tuple(found)


def _is_said(answer: TopicAnswer, script: TopicScript, query: SearchQuery, known: set[str]) -> bool:
    if answer.narrows == "topic":
        below = script.path[: script.path.index(script.topic)]
        return answer.value in below
    if answer.narrows == "for":
        return answer.value in query.populations
    return answer.narrows in known


def _known(query: SearchQuery, answer: Answer) -> Iterator[str]:
    """What filters, or the words, say besides the need."""
    said = {preference.kind for preference in answer.preferences} | query.ignored_preferences
    for name, kind in _KINDS.items():
        if kind in said:
            yield name
