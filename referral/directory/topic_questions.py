"""Questions for the interview at the desk, by topic, and the parser of their text form.

``seed_data/topic_questions.csv`` has the questions that come with Referral. The library's own are a
site text named ``questions:`` and the code of the topic; an empty text means no questions. The text
has a line for each question, followed by a line for each answer, which begins with ``- ``::

    Is there a court date? [tried]
    - Yes: Bring the court papers. [topic=eviction-prevention]

After the colon is the advice for an answer, and in brackets the filter that it adds to the search.
In brackets after a question is the detail of an inquiry that answers it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from referral.directory.instance import Instance
from referral.directory.site_texts import QUESTIONS, SiteText
from referral.records.costs import Cost
from referral.records.facets import Access, AgeGroup, Delivery
from referral.resources import resource_path

ASKED_DETAILS = ("language", "age_band", "household", "tried", "barriers", "access_needs")
_FILTERS: Mapping[str, frozenset[str] | None] = {
    "topic": None,  # a code
    "for": None,  # a group of people
    "ages": frozenset(AgeGroup),
    "cost": frozenset(Cost),
    "access": frozenset(Access),
    "how": frozenset(Delivery),
    "open": frozenset({"now", "tonight"}),  # orders the results and hides none
}
_MARK = r"(?:\s*\[(?P<mark>[^\]\[]*)\])?\Z"
_QUESTION = re.compile(r"(?P<words>[^\[\]]+?)" + _MARK)
_ANSWER = re.compile(r"- (?P<words>[^:\[\]]+?)(?::\s*(?P<advice>[^\[\]]+?))?" + _MARK)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAnswer:
    """An answer, the advice for it, and the filter and value that it adds to the search."""

    words: str
    advice: str = ""
    narrows: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicQuestion:
    """A question with its answers, and the detail of an inquiry that answers it, "" for none."""

    words: str
    detail: str = ""
    answers: tuple[TopicAnswer, ...] = ()


class OddLineError(ValueError):
    """Raised for a line of questions that cannot be parsed; the text of the error is the line."""


def parse_questions(text: str) -> tuple[TopicQuestion, ...]:
    """Parse the questions and answers of a topic.

    Raises:
        OddLineError: a line cannot be parsed, or a question has no answers.
    """
    questions: list[TopicQuestion] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("- ") and questions:
            last = questions[-1]
            questions[-1] = replace(last, answers=(*last.answers, _parse_answer(line)))
            continue
        match = _QUESTION.match(line)
        if match is None or line.startswith("-") or match["mark"] not in (None, *ASKED_DETAILS):
            raise OddLineError(line)
        questions.append(TopicQuestion(words=match["words"], detail=match["mark"] or ""))
    for question in questions:
        if not question.answers:
            raise OddLineError(question.words)
    return tuple(questions)


def shipped_questions() -> Mapping[str, SiteText]:
    """Return the texts of the questions that come with Referral, by topic code."""
    return _read_shipped()


def own_questions(instance: Instance) -> Mapping[str, SiteText]:
    """Return the texts of the questions that the library wrote itself, by topic code."""
    return instance.texts.named(QUESTIONS)


def questions_of(instance: Instance, topic: str, language: str) -> tuple[TopicQuestion, ...]:
    """Return the questions about a topic, in English if there are none in the language."""
    text = own_questions(instance).get(topic) or shipped_questions().get(topic, SiteText())
    in_language = text.spanish if language == "es" else text.english
    return _parse_cached(in_language or text.english or text.spanish)


@cache
def _read_shipped() -> Mapping[str, SiteText]:
    path = resource_path("seed_data") / "topic_questions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["topic"]: SiteText(english=row["english"], spanish=row["spanish"])
            for row in csv.DictReader(file)
        }


@cache
def _parse_cached(text: str) -> tuple[TopicQuestion, ...]:
    return parse_questions(text)


def _parse_answer(line: str) -> TopicAnswer:
    match = _ANSWER.match(line)
    if match is None:
        raise OddLineError(line)
    name, _, value = (match["mark"] or "").partition("=")
    known = _FILTERS.get(name, frozenset())
    if match["mark"] is not None and (not value or (known is not None and value not in known)):
        raise OddLineError(line)
    return TopicAnswer(
        words=match["words"], advice=match["advice"] or "", narrows=name, value=value
    )
