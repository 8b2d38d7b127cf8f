"""The interview helped: the next question, topics understood, and steps when there is danger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext

from referral.desk.next_question import Asking, next_question
from referral.desk.records import ENOUGH_TO_CHOOSE_FROM
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
_FIELDS: dict[Asking, tuple[str, bool]] = {
    Asking.AGE: ("ages", True),
    Asking.LANGUAGE: ("language", False),
    Asking.POPULATION: ("populations", True),
    Asking.COST: ("cost", True),
    Asking.DELIVERY: ("delivery", True),
    Asking.ACCESS: ("access", True),
    Asking.HEADING: ("headings", True),
}


def interview_of(results: ResultsPage, asked: SearchParams) -> Interview:
    """The help for these results."""
    directory = current_directory()
    query = asked.query(directory.settings.timezone)
    question = next_question(query, results.answer)
    ways: tuple[Alternative, ...] = ()
    if question is not None and question.asking is not Asking.ZIP:
        names = _names(results, question.asking)
        ways = tuple(
            Alternative(
                link=Link(
                    words=names.get(choice.value, choice.value),
                    address=search_url(_narrowed(asked, question.asking, choice.value)),
                ),
                total=choice.count,
            )
            for choice in question.choices
        )
    return Interview(
        question=_question_words(question.asking) if question else "",
        is_zip=question is not None and question.asking is Asking.ZIP,
        ways=ways,
        topics=interpreted_topics(directory, results.answer),
        is_few=0 < results.total < ENOUGH_TO_CHOOSE_FROM,
    )


def _narrowed(asked: SearchParams, asking: Asking, value: str) -> SearchParams:
    name, is_many = _FIELDS[asking]
    changed: Any = (value,) if is_many else value
    return replace(asked, **{name: changed})


def _names(results: ResultsPage, asking: Asking) -> dict[str, str]:
    if asking is Asking.LANGUAGE:
        values = results.answer.facets.get("languages", ())
        return {each.value: format_language(each.value) for each in values}
    return dict(value_labels(results.headings))


def _question_words(asking: Asking) -> str:
    words = {
        Asking.ZIP: gettext("“What is the ZIP code where you stay?”"),
        Asking.AGE: gettext("“About how old is the person?”"),
        Asking.LANGUAGE: gettext("“Which language is best for you?”"),
        Asking.POPULATION: gettext("“Is one of these true for you?”"),
        Asking.COST: gettext("“Does it have to be free?”"),
        Asking.DELIVERY: gettext("“Do you want to go there, or call?”"),
        Asking.ACCESS: gettext("“Does the place need one of these?”"),
        Asking.HEADING: gettext("“Which kind of help is it?”"),
    }
    return str(words[asking])
