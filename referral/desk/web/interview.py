"""Interview aid beside search results: the next question with its choices, recognized topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext

from referral.desk.next_question import (
    Question,
    QuestionSubject,
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

# The field of ``SearchQuery`` that a question narrows, and whether it takes several values.
_NARROWED_FIELDS: dict[QuestionSubject, tuple[str, bool]] = {
    QuestionSubject.AGE: ("ages", True),
    QuestionSubject.LANGUAGE: ("language", False),
    QuestionSubject.POPULATION: ("populations", True),
    QuestionSubject.COST: ("cost", True),
    QuestionSubject.DELIVERY: ("delivery", True),
    QuestionSubject.ACCESS: ("access", True),
    QuestionSubject.HEADING: ("headings", True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An answer to an interview question, with a link to the search that it narrows.

    ``total`` is the number of results after it; None if it does not narrow the search.
    """

    link: Link
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """The interview aid beside search results: next question, earlier answers and topics.

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


def build_interview(
    results: ResultsPage, query: SearchQuery, details: InquiryDetails | None = None
) -> Interview:
    """Build the interview aid for search results, with the question that staff should ask next."""
    instance = current_instance()
    topics, answered = interpreted_topics(instance, results.answer), answered_in_address()
    interview = Interview(
        question="",
        given=given_answers(instance, answered, page_language()),
        topics=topics,
        is_few=0 < results.total < RECOMMENDED_REFERRALS,
    )
    codes = [query.topic] if query.topic else [topic.code for topic in topics if topic.code]
    script = find_script(instance, codes, page_language())
    position = next_in_script(script, answered, query, results.answer, details) if script else None
    if script is not None and position is not None:
        return _with_topic_question(interview, script, position, results, query)
    question = next_question(query, results.answer, has_topic=bool(codes))
    noted = parse_place(details.zip_code) if details else None
    if question and question.subject is QuestionSubject.ZIP and noted:
        return _with_noted_place(interview, query, noted)
    return _with_facet_question(interview, question, results, query) if question else interview


def _with_noted_place(interview: Interview, query: SearchQuery, noted: Place) -> Interview:
    near = Link(
        words=gettext("Search near %(place)s", place=noted.typed),
        address=next_search_url(replace(query, near=noted)),
    )
    question = gettext("The inquiry has a ZIP code.")
    return replace(interview, question=question, ways=(Choice(link=near),))


def _with_topic_question(
    interview: Interview,
    script: TopicScript,
    position: int,
    results: ResultsPage,
    query: SearchQuery,
) -> Interview:
    question = script.questions[position]
    return replace(
        interview,
        question=f"“{question.words}”",
        ways=tuple(
            _build_choice(answer, script.key(position, number), results, query)
            for number, answer in enumerate(question.answers)
        ),
        skip_url=search_url(query, answered=_answered_with(script.key(position))),
    )


def _build_choice(
    answer: TopicAnswer, key: str, results: ResultsPage, query: SearchQuery
) -> Choice:
    """Return an answer to an interview question, with a link to the search that it narrows.

    The link keeps the current search if a narrowed one would find nothing.
    """
    answered = _answered_with(key)
    for search in _searches_after(answer, query, results):
        if total := count_services(current_instance(), search).total:
            address = search_url(search, answered=answered)
            return Choice(link=Link(words=answer.words, address=address), total=total)
    return Choice(link=Link(words=answer.words, address=search_url(query, answered=answered)))


def _searches_after(
    answer: TopicAnswer, query: SearchQuery, results: ResultsPage
) -> Iterator[SearchQuery]:
    if answer.narrows == "topic":
        narrowed = replace(query, topic=answer.value)
        yield narrowed
        yield replace(narrowed, words="", near=results.answer.question.near)
    elif answer.narrows == "open":
        time_words = gettext("tonight") if answer.value == "tonight" else gettext("open now")
        yield replace(query, words=f"{query.words} {time_words}".strip())
    elif answer.narrows:
        name = FILTERS[answer.narrows]
        chosen: Any = (*getattr(query, name), answer.value)
        yield replace(query, **{name: chosen})


def _answered_with(key: str) -> tuple[str, ...]:
    """Return the keys of the interview answers given so far, and one more."""
    return (*answered_in_address(), key)[-MOST_VALUES:]


def _with_facet_question(
    interview: Interview, question: Question, results: ResultsPage, query: SearchQuery
) -> Interview:
    if question.subject is QuestionSubject.ZIP:
        return replace(interview, question=_question_text(question.subject), is_zip=True)
    if question.subject is QuestionSubject.LANGUAGE:
        names = {value.value: format_language(value.value) for value in question.choices}
    else:
        names = dict(value_labels(results.headings))
    name, is_many = _NARROWED_FIELDS[question.subject]
    ways = []
    for choice in question.choices:
        narrowed: Any = (choice.value,) if is_many else choice.value
        address = next_search_url(replace(query, **{name: narrowed}))
        link = Link(words=names.get(choice.value, choice.value), address=address)
        ways.append(Choice(link=link, total=choice.count))
    return replace(interview, question=_question_text(question.subject), ways=tuple(ways))


def _question_text(subject: QuestionSubject) -> str:
    words = {
        QuestionSubject.ZIP: gettext("“What is the ZIP code where you stay?”"),
        QuestionSubject.AGE: gettext("“About how old is the person?”"),
        QuestionSubject.LANGUAGE: gettext("“Which language is best for you?”"),
        QuestionSubject.POPULATION: gettext("“Is one of these true for you?”"),
        QuestionSubject.COST: gettext("“Does it have to be free?”"),
        QuestionSubject.DELIVERY: gettext("“Do you want to go there, or call?”"),
        QuestionSubject.ACCESS: gettext("“Does the place need one of these?”"),
        QuestionSubject.HEADING: gettext("“Which kind of help is it?”"),
    }
    return str(words[subject])
