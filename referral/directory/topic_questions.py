"""Questions for an interview, by topic: the text that staff write, and what it says.

``seed_data/topic_questions.csv`` has ours. What the library writes itself is a site text whose name
is ``questions:`` and the code of the topic; an empty one means that nothing is asked. The text has
a line for each question, and below it one for each answer, which begins with ``- ``::

    Is there a court date? [tried]
    - Yes: Bring the court papers. [topic=eviction-prevention]

What stands after the colon is said or done then. In brackets stands what an answer does to the
search, and after a question which detail of an inquiry answers it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from referral.directory.context import Directory
from referral.directory.site_texts import QUESTIONS, SiteText
from referral.records.costs import Cost
from referral.records.facets import Access, AgeGroup, Delivery
from referral.resources import resource_path

ASKED_DETAILS = ("language", "age_band", "household", "tried", "barriers", "access_needs")
_NARROWING: Mapping[str, frozenset[str] | None] = {
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
    """An answer, what to say or do then, and what it makes of the search; "" for nothing."""

    words: str
    advice: str = ""
    narrows: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicQuestion:
    """A question with its answers; ``detail`` of an inquiry answers it, "" for none."""

    words: str
    detail: str = ""
    answers: tuple[TopicAnswer, ...] = ()


class OddLineError(ValueError):
    """A line that cannot be read; the text of the error is the line."""


def parse_questions(text: str) -> tuple[TopicQuestion, ...]:
    """The questions of a text.

    Raises:
        OddLineError: a line is none of ours, or a question has no answers.
    """
    found: list[tuple[str, str, list[TopicAnswer]]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("- ") and found:
            found[-1][2].append(_parse_answer(line))
            continue
        match = _QUESTION.match(line)
        if match is None or line.startswith("-") or match["mark"] not in (None, *ASKED_DETAILS):
            raise OddLineError(line)
        found.append((match["words"], match["mark"] or "", []))
    for words, _, answers in found:
        if not answers:
            raise OddLineError(words)
    return tuple(
        TopicQuestion(words=words, detail=detail, answers=tuple(answers))
        for words, detail, answers in found
    )


def shipped_questions() -> Mapping[str, SiteText]:
    """Code of a topic → its questions as they came."""
    return _shipped()


def own_questions(directory: Directory) -> Mapping[str, SiteText]:
    """Code of a topic → its questions as the library wrote them."""
    return directory.texts.named(QUESTIONS)


def questions_of(directory: Directory, topic: str, language: str) -> tuple[TopicQuestion, ...]:
    """What is asked about a topic; in English where the language has none."""
    text = own_questions(directory).get(topic) or shipped_questions().get(topic, SiteText())
    wanted = text.spanish if language == "es" else text.english
    return _read(wanted or text.english or text.spanish)


@cache
def _shipped() -> Mapping[str, SiteText]:
    path = resource_path("seed_data") / "topic_questions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["topic"]: SiteText(english=row["english"], spanish=row["spanish"])
            for row in csv.DictReader(file)
        }


@cache
def _read(text: str) -> tuple[TopicQuestion, ...]:
    return parse_questions(text)


def _parse_answer(line: str) -> TopicAnswer:
    match = _ANSWER.match(line)
    if match is None:
        raise OddLineError(line)
    name, _, value = (match["mark"] or "").partition("=")
    known = _NARROWING.get(name, frozenset())
    if match["mark"] is not None and (not value or (known is not None and value not in known)):
        raise OddLineError(line)
    return TopicAnswer(
        words=match["words"], advice=match["advice"] or "", narrows=name, value=value
    )
