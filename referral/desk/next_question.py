"""Choice of the next interview question: from the topic's script, else the best facet to narrow by.

A question of a topic's script is skipped once it was answered or skipped, when the inquiry already
has its detail, or when the search already implies one of its answers.

A question about a facet has choices, each of which would leave some of the current results. The
likelihood of a choice is assumed to be proportional to its number of results. Where a person may
well answer "none of these", that is one more choice, as likely as all results together, which
leaves all of them. The expected number of results left is the sum of likelihood times results left,
and the question with the smallest is asked. With three results or fewer no question is asked:
people can choose among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from referral.desk.records import RECOMMENDED_REFERRALS, InquiryDetails
from referral.directory.instance import Instance
from referral.directory.term_lookup import codes_with_ancestors
from referral.directory.topic_questions import TopicAnswer, TopicQuestion, questions_of
from referral.records.facets import AgeGroup, Delivery
from referral.search.query import Answer, FacetValue, PreferenceKind, SearchQuery

MOST_CHOICES = 6
_LEAST_GAIN = 0.1  # a question that removes less than a tenth of the results is not asked
_SHARE_TOO_FAR = (
    0.5  # assumed share of in-person services too far away, while the ZIP code is unknown
)
_PREFERENCE_KINDS = {
    "ages": PreferenceKind.AGE,
    "cost": PreferenceKind.COST,
    "access": PreferenceKind.ACCESS,
    "how": PreferenceKind.DELIVERY,
    "open": PreferenceKind.OPEN_NOW,
}
SKIPPED = 99  # stands for the number of an answer in the key of a skipped question


class QuestionSubject(StrEnum):
    """The subject of an interview question, such as age or language."""

    ZIP = "zip"
    AGE = "age"
    LANGUAGE = "language"
    POPULATION = "population"
    COST = "cost"
    DELIVERY = "delivery"
    ACCESS = "access"
    HEADING = "heading"


_FACETS: Mapping[QuestionSubject, str] = {
    QuestionSubject.HEADING: "headings",
    QuestionSubject.POPULATION: "populations",
    QuestionSubject.LANGUAGE: "languages",
    QuestionSubject.COST: "cost",
    QuestionSubject.DELIVERY: "delivery",
    QuestionSubject.ACCESS: "access",
}
# Topics that may not apply to a person. Kind of help and way to get it apply to everybody.
_MAY_NOT_APPLY = frozenset(
    {
        QuestionSubject.POPULATION,
        QuestionSubject.LANGUAGE,
        QuestionSubject.COST,
        QuestionSubject.ACCESS,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An interview question that narrows search results, with its choices.

    Attributes:
        expected_results: the expected number of results after an answer.
    """

    subject: QuestionSubject
    choices: tuple[FacetValue, ...] = ()
    expected_results: float


def next_question(
    query: SearchQuery, answer: Answer, *, has_topic: bool = False
) -> Question | None:
    """Return the interview question that narrows the search results most, None if none would help.

    Args:
        has_topic: whether the query names a topic, so that the kind of help is not asked for.
    """
    if answer.total <= RECOMMENDED_REFERRALS:
        return None
    known = _known_subjects(query, answer)
    if has_topic:
        known.add(QuestionSubject.HEADING)
    candidates = [
        facet_question(subject, answer.facets.get(facet, ()), answer.total)
        for subject, facet in _FACETS.items()
        if subject not in known
    ]
    if QuestionSubject.ZIP not in known:
        candidates.append(_zip_question(answer))
    if QuestionSubject.AGE not in known:
        candidates.append(_age_question(answer))
    return best_question(candidates, answer.total)


def facet_question(subject: QuestionSubject, values: Iterable[FacetValue], total: int) -> Question:
    """Return an interview question whose choices are the values of a search facet."""
    choices = tuple(value for value in values if 0 < value.count <= total)
    weights = [value.count for value in choices]
    squares = sum(weight * weight for weight in weights)
    if subject in _MAY_NOT_APPLY:
        weights.append(total)
        squares += total * total
    expected = squares / sum(weights) if choices else float(total)
    return Question(subject=subject, choices=choices[:MOST_CHOICES], expected_results=expected)


def best_question(candidates: Iterable[Question], total: int) -> Question | None:
    """Return the interview question that leaves fewest results, None if it removes too few."""
    best = min(candidates, key=lambda question: question.expected_results, default=None)
    return best if best and best.expected_results <= total * (1 - _LEAST_GAIN) else None


def _known_subjects(query: SearchQuery, answer: Answer) -> set[QuestionSubject]:
    known = {
        QuestionSubject.ZIP: answer.question.near,
        QuestionSubject.AGE: query.ages or query.age is not None,
        QuestionSubject.LANGUAGE: query.language,
        QuestionSubject.POPULATION: query.populations,
        QuestionSubject.COST: query.cost,
        QuestionSubject.DELIVERY: query.delivery,
        QuestionSubject.ACCESS: query.access,
        QuestionSubject.HEADING: query.headings or query.topic,
    }
    return {subject for subject, value in known.items() if value}


def _zip_question(answer: Answer) -> Question:
    counts = {choice.value: choice.count for choice in answer.facets.get("delivery", ())}
    in_person = min(counts.get(Delivery.IN_PERSON, 0), answer.total)
    return Question(
        subject=QuestionSubject.ZIP, expected_results=answer.total - in_person * _SHARE_TOO_FAR
    )


def _age_question(answer: Answer) -> Question:
    """Return the interview question for the age group, with all choices equally likely.

    A person has one age but services accept several, so counts are no measure of likelihood.
    """
    by_group = {value.value: value for value in answer.facets.get("age", ())}
    choices = tuple(by_group[group] for group in AgeGroup if group in by_group)
    expected = (
        sum(value.count for value in choices) / len(choices) if choices else float(answer.total)
    )
    return Question(subject=QuestionSubject.AGE, choices=choices, expected_results=expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicScript:
    """The interview questions that the desk asks about a topic, in order.

    ``path`` has the code of the topic that was searched for and those of its broader topics.
    """

    topic: str
    path: tuple[str, ...]
    questions: tuple[TopicQuestion, ...]

    def key(self, question: int, answer: int = SKIPPED) -> str:
        """Return the URL key of an interview answer: topic, question number, answer number."""
        return f"{self.question_key(question)}/{answer}"

    def question_key(self, question: int) -> str:
        """Return the prefix that the URL keys of all answers to an interview question share."""
        return f"{self.topic}/{question}"


def find_script(instance: Instance, codes: Iterable[str], language: str) -> TopicScript | None:
    """Return the interview questions of the first topic, or of a topic above, that has any."""
    for code in codes:
        path = codes_with_ancestors(instance, code)
        for topic in path:
            questions = questions_of(instance, topic, language)
            if questions:
                return TopicScript(topic=topic, path=path, questions=questions)
    return None


def next_in_script(
    script: TopicScript,
    answered: Iterable[str],
    query: SearchQuery,
    answer: Answer,
    details: InquiryDetails | None,
) -> int | None:
    """Return the position of the next interview question about a topic, None if none is left."""
    answered_questions = {key.rpartition("/")[0] for key in answered}
    known = set(_stated_preferences(query, answer))
    for position, question in enumerate(script.questions):
        is_done = script.question_key(position) in answered_questions
        has_detail = bool(question.detail and details and getattr(details, question.detail))
        is_implied = any(_is_implied(given, script, query, known) for given in question.answers)
        if not (is_done or has_detail or is_implied):
            return position
    return None


def given_answers(
    instance: Instance, answered: Iterable[str], language: str
) -> tuple[tuple[TopicQuestion, TopicAnswer], ...]:
    """Return the interview questions and answers whose keys are in a URL, without unknown keys."""
    found = []
    for key in answered:
        topic, position, number = key.split("/")
        questions = questions_of(instance, topic, language)
        if int(position) < len(questions):
            answered_question = questions[int(position)]
            # The number of a skipped question selects no answer.
            answers = answered_question.answers[int(number) : int(number) + 1]
            found += [(answered_question, answer) for answer in answers]
    return tuple(found)


def _is_implied(
    answer: TopicAnswer, script: TopicScript, query: SearchQuery, known: set[str]
) -> bool:
    if answer.narrows == "topic":
        below = script.path[: script.path.index(script.topic)]
        return answer.value in below
    if answer.narrows == "for":
        return answer.value in query.populations
    return answer.narrows in known


def _stated_preferences(query: SearchQuery, answer: Answer) -> Iterator[str]:
    """Yield preferences that a search states in filters or words, or that the user dismissed."""
    stated = {preference.kind for preference in answer.preferences} | query.ignored_preferences
    for name, kind in _PREFERENCE_KINDS.items():
        if kind in stated:
            yield name
