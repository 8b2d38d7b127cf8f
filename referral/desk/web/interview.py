"""Interview aid beside search results: the next question with its choices, recognized topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext

from referral.desk.next_question import (
    Question,
    QuestionTopic,
    TopicScript,
    find_script,
    given_answers,
    next_in_script,
    next_question,
)
from referral.desk.records import RECOMMENDED_REFERRALS, InquiryDetails
from referral.directory.search import count_services
from referral.directory.term_lookup import interpreted_topics
from referral.directory.topic_questions import TopicAnswer, TopicQuestion
from referral.directory.view_models import ResultsPage
from referral.fields.places.lookup import Place, parse_place
from referral.records.classification import TaxonomyTerm
from referral.search.query import SearchQuery
from referral.web.current import current_instance
from referral.web.formatting import format_language
from referral.web.i18n.page_language import page_language
from referral.web.search_form import (
    FILTERS,
    MOST_VALUES,
    Link,
    answered_in_address,
    next_search_url,
    search_url,
    value_labels,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An answer to an interview question, with a link to the narrowed search.

    ``total`` is the number of results after it; None if it does not narrow the search.
    """

    link: Link
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """The interview aid for the current results: next question, earlier answers and topics.

    Attributes:
        question: the text of the question, "" if no question would help.
        is_zip: whether the question asks for a ZIP code. Such a question has no ``ways``.
        ways: the answers to choose from.
        skip_url: URL for skipping the question, "" if it cannot be skipped.
        given: earlier questions with their answers.
        is_few: whether there are some results, but fewer than ``RECOMMENDED_REFERRALS``.
    """

    question: str
    is_zip: bool = False
    ways: tuple[Choice, ...] = ()
    skip_url: str = ""
    given: tuple[tuple[TopicQuestion, TopicAnswer], ...] = ()
    topics: tuple[TaxonomyTerm, ...]
    is_few: bool


# The field of ``SearchQuery`` that a question narrows, and whether it takes several values.
_FIELDS: dict[QuestionTopic, tuple[str, bool]] = {
    QuestionTopic.AGE: ("ages", True),
    QuestionTopic.LANGUAGE: ("language", False),
    QuestionTopic.POPULATION: ("populations", True),
    QuestionTopic.COST: ("cost", True),
    QuestionTopic.DELIVERY: ("delivery", True),
    QuestionTopic.ACCESS: ("access", True),
    QuestionTopic.HEADING: ("headings", True),
}


def build_interview(
    results: ResultsPage, asked: SearchQuery, details: InquiryDetails | None = None
) -> Interview:
    """Return the interview aid for results: next a question of the topic, else the best facet."""
    instance = current_instance()
    topics, answered = interpreted_topics(instance, results.answer), answered_in_address()
    interview = Interview(
        question="",
        given=given_answers(instance, answered, page_language()),
        topics=topics,
        is_few=0 < results.total < RECOMMENDED_REFERRALS,
    )
    codes = [asked.topic] if asked.topic else [topic.code for topic in topics if topic.code]
    script = find_script(instance, codes, page_language())
    position = next_in_script(script, answered, asked, results.answer, details) if script else None
    if script is not None and position is not None:
        return _ask_of_topic(interview, script, position, results, asked)
    question = next_question(asked, results.answer, has_topic=bool(codes))
    noted = parse_place(details.zip_code) if details else None
    if question and question.asking is QuestionTopic.ZIP and noted:
        return _near_what_was_noted(interview, asked, noted)
    return _ask_of_results(interview, question, results, asked) if question else interview


def _near_what_was_noted(interview: Interview, asked: SearchQuery, noted: Place) -> Interview:
    near = Link(
        words=gettext("Search near %(place)s", place=noted.typed),
        address=next_search_url(replace(asked, near=noted)),
    )
    question = gettext("The inquiry has a ZIP code.")
    return replace(interview, question=question, ways=(Choice(link=near),))


def _ask_of_topic(
    interview: Interview,
    script: TopicScript,
    position: int,
    results: ResultsPage,
    asked: SearchQuery,
) -> Interview:
    question = script.questions[position]
    return replace(
        interview,
        question=f"“{question.words}”",
        ways=tuple(
            _choice(answer, script.key(position, number), results, asked)
            for number, answer in enumerate(question.answers)
        ),
        skip_url=search_url(asked, answered=_with(script.key(position))),
    )


def _choice(answer: TopicAnswer, key: str, results: ResultsPage, asked: SearchQuery) -> Choice:
    """Return an answer with its link, which narrows the search unless that leaves no results."""
    answered = _with(key)
    for search in _searches_after(answer, asked, results):
        if total := count_services(current_instance(), search).total:
            address = search_url(search, answered=answered)
            return Choice(link=Link(words=answer.words, address=address), total=total)
    return Choice(link=Link(words=answer.words, address=search_url(asked, answered=answered)))


def _searches_after(
    answer: TopicAnswer, asked: SearchQuery, results: ResultsPage
) -> Iterator[SearchQuery]:
    if answer.narrows == "topic":
        narrowed = replace(asked, topic=answer.value)
        yield narrowed
        yield replace(narrowed, words="", near=results.answer.question.near)
    elif answer.narrows == "open":
        said = gettext("tonight") if answer.value == "tonight" else gettext("open now")
        yield replace(asked, words=f"{asked.words} {said}".strip())
    elif answer.narrows:
        name = FILTERS[answer.narrows]
        chosen: Any = (*getattr(asked, name), answer.value)
        yield replace(asked, **{name: chosen})


def _with(key: str) -> tuple[str, ...]:
    """Return the keys of earlier answers and one more."""
    return (*answered_in_address(), key)[-MOST_VALUES:]


def _ask_of_results(
    interview: Interview, question: Question, results: ResultsPage, asked: SearchQuery
) -> Interview:
    if question.asking is QuestionTopic.ZIP:
        return replace(interview, question=_question_text(question.asking), is_zip=True)
    if question.asking is QuestionTopic.LANGUAGE:
        names = {each.value: format_language(each.value) for each in question.choices}
    else:
        names = dict(value_labels(results.headings))
    name, is_many = _FIELDS[question.asking]
    ways = []
    for choice in question.choices:
        narrowed: Any = (choice.value,) if is_many else choice.value
        address = next_search_url(replace(asked, **{name: narrowed}))
        link = Link(words=names.get(choice.value, choice.value), address=address)
        ways.append(Choice(link=link, total=choice.count))
    return replace(interview, question=_question_text(question.asking), ways=tuple(ways))


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
