"""“I am not sure”: three plain questions that lead to a search without typing.

Every answer is a link, so it works without scripts, the back button works, and a terminal can seal
it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import request, url_for
from flask_babel import lazy_gettext

from referral.directory.search import count_services
from referral.records.facets import AgeGroup
from referral.search.query import SearchQuery
from referral.web.current import current_instance
from referral.web.search_form import search_url

WHO = {
    "adult": lazy_gettext("Me, or another grown-up"),
    "child": lazy_gettext("A child under 13"),
    "teen": lazy_gettext("A teenager"),
    "older": lazy_gettext("A person of 65 or older"),
}
_AGES = {"child": AgeGroup.CHILD, "teen": AgeGroup.TEEN, "older": AgeGroup.SENIOR}
# Topics of our own taxonomy; services of lists without it have them as suggested topics.
ABOUT = {
    "food": lazy_gettext("Food"),
    "shelter": lazy_gettext("A place to sleep"),
    "housing": lazy_gettext("Rent or a home"),
    "utilities": lazy_gettext("Light, gas or water bill"),
    "money": lazy_gettext("Money or benefits"),
    "health-care": lazy_gettext("A doctor or nurse"),
    "dental": lazy_gettext("Teeth"),
    "mental-health": lazy_gettext("Feeling low or afraid"),
    "addiction": lazy_gettext("Drinking or drugs"),
    "work": lazy_gettext("A job"),
    "children": lazy_gettext("Child care"),
    "legal": lazy_gettext("A lawyer, or my rights"),
    "transport": lazy_gettext("A ride"),
    "clothing-household": lazy_gettext("Clothes or things for the home"),
    "volunteering": lazy_gettext("I want to give time"),
}
SOON = {
    "now": lazy_gettext("Right now. Someone is in danger."),
    "today": lazy_gettext("Today. Show who is open now."),
    "later": lazy_gettext("It can wait a few days."),
}
_SKIPPED = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A possible answer to a question of "I am not sure", with its link.

    ``total`` counts the services found, None if not counted.
    """

    words: str
    address: str
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One of the three questions of "I am not sure".

    Attributes:
        number: 1 to 3.
        choices: the answers that have results.
        empty: the texts of the answers without results.
        skip: address of the next question without an answer.
        back: address of the previous question, "" at the first.
    """

    number: int
    choices: tuple[Choice, ...]
    empty: tuple[str, ...] = ()
    skip: str
    back: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers so far to the three questions of "I am not sure".

    They are codes, ``any`` for a skipped question, "" for none yet.
    """

    who: str = ""
    about: str = ""
    soon: str = ""

    @property
    def search(self) -> SearchQuery:
        """Return the search that the answers to "I am not sure" describe."""
        ages = (_AGES[self.who].value,) if self.who in _AGES else ()
        topic = self.about if self.about in ABOUT else ""
        return SearchQuery(topic=topic, ages=ages, open_now=self.soon == "today")

    @property
    def address(self) -> str:
        """Return the URL of the page that follows these answers to "I am not sure"."""
        return url_for(
            "patron.unsure", who=self.who or None, about=self.about or None, soon=self.soon or None
        )


def read_answers() -> Answers:
    """Read the answers to the questions of "I am not sure" from the URL.

    Unknown values count as missing.
    """
    codes_of_questions = ("who", WHO), ("about", ABOUT), ("soon", SOON)
    values = {name: request.args.get(name, "") for name, _ in codes_of_questions}
    return Answers(
        **{
            name: values[name] if values[name] in {*codes, _SKIPPED} else ""
            for name, codes in codes_of_questions
        }
    )


def next_question(answers: Answers) -> Question | None:
    """Return the first unanswered question of "I am not sure"; None if all have answers."""
    if answers.soon == "now":
        return None
    if not answers.who:
        return Question(
            number=1,
            choices=tuple(_choice(replace(answers, who=code), WHO[code]) for code in WHO),
            skip=replace(answers, who=_SKIPPED).address,
        )
    if not answers.about:
        return _topic_question(answers)
    return None if answers.soon else _urgency_question(answers)


def results_address(answers: Answers) -> str:
    """Return the URL of the results for the answers to "I am not sure"."""
    return search_url(answers.search)


def _topic_question(answers: Answers) -> Question:
    counted = [
        (code, _count_results(replace(answers, about=code)))
        for code in ABOUT
        if code != "volunteering" or answers.who in {"adult", _SKIPPED}
    ]
    return Question(
        number=2,
        choices=tuple(
            _choice(replace(answers, about=code), ABOUT[code]) for code, total in counted if total
        ),
        empty=tuple(str(ABOUT[code]) for code, total in counted if not total),
        skip=replace(answers, about=_SKIPPED).address,
        back=Answers().address,
    )


def _urgency_question(answers: Answers) -> Question:
    today = replace(answers, soon="today")
    later = replace(answers, soon="later")
    counted = ((today, _count_results(today)), (later, _count_results(later)))
    danger = Choice(words=str(SOON["now"]), address=replace(answers, soon="now").address)
    return Question(
        number=3,
        choices=(
            danger,
            *(
                Choice(words=str(SOON[answer.soon]), address=results_address(answer), total=total)
                for answer, total in counted
                if total
            ),
        ),
        empty=tuple(str(SOON[answer.soon]) for answer, total in counted if not total),
        skip=results_address(later),
        back=replace(answers, about="").address,
    )


def _choice(answers: Answers, words: object) -> Choice:
    return Choice(words=str(words), address=answers.address)


def _count_results(answers: Answers) -> int:
    return count_services(current_instance(), answers.search).total
