"""Interview aid beside the results: the next question with its choices, and topics recognized."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext

from referral.desk.next_question import QuestionTopic, next_question
from referral.desk.records import RECOMMENDED_REFERRALS
from referral.directory.term_lookup import interpreted_topics
from referral.directory.view_models import ResultsPage
from referral.records.classification import TaxonomyTerm
from referral.web.current import current_directory
from referral.web.filter_labels import value_labels
from referral.web.formatting import format_language
from referral.web.search_links import Alternative, Link, search_url
from referral.web.search_params import SearchParams


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """What helps to talk about the present results.

    Attributes:
        question: words to say, "" where no question would help.
        is_zip: whether a ZIP code is asked for, which has no ways.
        is_few: fewer than the three that give a person a choice.
    """

    question: str
    is_zip: bool
    ways: tuple[Alternative, ...]
    topics: tuple[TaxonomyTerm, ...]
    is_few: bool


# The field of a search that a question narrows, and whether it takes several values.
_FIELDS: dict[QuestionTopic, tuple[str, bool]] = {
    QuestionTopic.AGE: ("ages", True),
    QuestionTopic.LANGUAGE: ("language", False),
    QuestionTopic.POPULATION: ("populations", True),
    QuestionTopic.COST: ("cost", True),
    QuestionTopic.DELIVERY: ("delivery", True),
    QuestionTopic.ACCESS: ("access", True),
    QuestionTopic.HEADING: ("headings", True),
}


def build_interview(results: ResultsPage, asked: SearchParams) -> Interview:
    """The help for these results."""
    directory = current_directory()
    query = asked.query(directory.settings.timezone)
    question = next_question(query, results.answer)
    ways: tuple[Alternative, ...] = ()
    if question is not None and question.asking is not QuestionTopic.ZIP:
        names = _names(results, question.asking)
        ways = tuple(
            Alternative(
                link=Link(
                    words=names.get(choice.value, choice.value),
                    address=search_url(_narrowed_search(asked, question.asking, choice.value)),
                ),
                total=choice.count,
            )
            for choice in question.choices
        )
    return Interview(
        question=_question_text(question.asking) if question else "",
        is_zip=question is not None and question.asking is QuestionTopic.ZIP,
        ways=ways,
        topics=interpreted_topics(directory, results.answer),
        is_few=0 < results.total < RECOMMENDED_REFERRALS,
    )


def _narrowed_search(asked: SearchParams, asking: QuestionTopic, value: str) -> SearchParams:
    name, is_many = _FIELDS[asking]
    changed: Any = (value,) if is_many else value
    return replace(asked, **{name: changed})


def _names(results: ResultsPage, asking: QuestionTopic) -> dict[str, str]:
    if asking is QuestionTopic.LANGUAGE:
        values = results.answer.facets.get("languages", ())
        return {each.value: format_language(each.value) for each in values}
    return dict(value_labels(results.headings))


def _question_text(asking: QuestionTopic) -> str:
    words = {
        QuestionTopic.ZIP: gettext("“What is the ZIP code where you stay?”"),
        QuestionTopic.AGE: gettext("“About how old is the person?”"),
        QuestionTopic.LANGUAGE: gettext("“Which language is best for you?”"),
        QuestionTopic.POPULATION: gettext("“Is one of these true for you?”"),
        QuestionTopic.COST: gettext("“Does it have to be free?”"),
        QuestionTopic.DELIVERY: gettext("“Do you want to go there, or call?”"),
        QuestionTopic.ACCESS: gettext("“Does the place need one of these?”"),
        QuestionTopic.HEADING: gettext("“Which kind of help is it?”"),
    }
    return str(words[asking])
