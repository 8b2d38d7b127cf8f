"""Choice of the next interview question: from the topic's script, else the best facet to narrow by.

A question of a topic's script is skipped once it was answered or skipped, when the inquiry already
has its detail, or when the search already implies one of its answers.

A question about a facet has choices, each of which would leave some of the current results. The
likelihood of a choice is assumed to be proportional to its number of results. Where a person may
well answer "none of these", that is one more choice, as likely as all results together, which
leaves all of them. The expected number of results left is the sum of likelihood times results left,
and the question with the smallest is asked. With three results or fewer no question is asked:
people can choose among them.

A question about a facet has choices; each would leave some of the present results. How likely a
choice is, is taken to be in proportion to how many results are for it; where a person may well say
"none of these", that is one more choice, as likely as all results together, which leaves all of
them.
What a question leaves on average is then the sum of (likelihood times what is left), and the
question that leaves least is asked. Where three results or fewer are left, none is: people choose.
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
_TOO_FAR = 0.5  # assumed share of in-person services too far away, while the ZIP code is unknown


class QuestionTopic(StrEnum):
    """The subject of an interview question, such as age or language."""

    ZIP = "zip"
    AGE = "age"
    LANGUAGE = "language"
    POPULATION = "population"
    COST = "cost"
    DELIVERY = "delivery"
    ACCESS = "access"
    HEADING = "heading"


_FACETS: Mapping[QuestionTopic, str] = {
    QuestionTopic.HEADING: "headings",
    QuestionTopic.POPULATION: "populations",
    QuestionTopic.LANGUAGE: "languages",
    QuestionTopic.COST: "cost",
    QuestionTopic.DELIVERY: "delivery",
    QuestionTopic.ACCESS: "access",
}
# Topics that may not apply to a person. Kind of help and way to get it apply to everybody.
_NONE_OF_THESE = frozenset(
    {QuestionTopic.POPULATION, QuestionTopic.LANGUAGE, QuestionTopic.COST, QuestionTopic.ACCESS}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An interview question with its choices, those with most results first.

    Attributes:
        left: the expected number of results after an answer.
    """

    asking: QuestionTopic
    choices: tuple[FacetValue, ...] = ()
    left: float


def next_question(
    query: SearchQuery, answer: Answer, *, has_topic: bool = False
) -> Question | None:
    """Return the question that narrows the results most, None if none would help.

    Args:
        has_topic: whether the query names a topic, so that the kind of help is not asked for.
    """
    if answer.total <= RECOMMENDED_REFERRALS:
        return None
    asked = _known_topics(query, answer)
    if has_topic:
        asked.add(QuestionTopic.HEADING)
    candidates = [
        facet_question(asking, answer.facets.get(facet, ()), answer.total)
        for asking, facet in _FACETS.items()
        if asking not in asked
    ]
    if QuestionTopic.ZIP not in asked:
        candidates.append(_zip_question(answer))
    if QuestionTopic.AGE not in asked:
        candidates.append(_age_question(answer))
    return best_question(candidates, answer.total)


def facet_question(asking: QuestionTopic, values: Iterable[FacetValue], total: int) -> Question:
    """Return a question whose choices are the values of a facet, with the expected results left."""
    choices = tuple(value for value in values if 0 < value.count <= total)
    weights = [value.count for value in choices]
    squares = sum(weight * weight for weight in weights)
    if asking in _NONE_OF_THESE:
        weights.append(total)
        squares += total * total
    left = squares / sum(weights) if choices else float(total)
    return Question(asking=asking, choices=choices[:MOST_CHOICES], left=left)


def best_question(candidates: Iterable[Question], total: int) -> Question | None:
    """Return the question that leaves fewest results, None if it removes less than a tenth."""
    best = min(candidates, key=lambda question: question.left, default=None)
    return best if best and best.left <= total * (1 - _LEAST_GAIN) else None


def _known_topics(query: SearchQuery, answer: Answer) -> set[QuestionTopic]:
    known = {
        QuestionTopic.ZIP: answer.question.near,
        QuestionTopic.AGE: query.ages or query.age is not None,
        QuestionTopic.LANGUAGE: query.language,
        QuestionTopic.POPULATION: query.populations,
        QuestionTopic.COST: query.cost,
        QuestionTopic.DELIVERY: query.delivery,
        QuestionTopic.ACCESS: query.access,
        QuestionTopic.HEADING: query.headings or query.topic,
    }
    return {asking for asking, value in known.items() if value}


def _zip_question(answer: Answer) -> Question:
    counts = {value.value: value.count for value in answer.facets.get("delivery", ())}
    to_go_to = min(counts.get(Delivery.IN_PERSON, 0), answer.total)
    return Question(asking=QuestionTopic.ZIP, left=answer.total - to_go_to * _TOO_FAR)


def _age_question(answer: Answer) -> Question:
    """Return the question for the age group, with all choices equally likely.

    A person has one age but services accept several, so counts are no measure of likelihood.
    """
    counts = {value.value: value for value in answer.facets.get("age", ())}
    choices = tuple(counts[group] for group in AgeGroup if group in counts)
    left = sum(value.count for value in choices) / len(choices) if choices else float(answer.total)
    return Question(asking=QuestionTopic.AGE, choices=choices, left=left)


_KINDS = {
    "ages": PreferenceKind.AGE,
    "cost": PreferenceKind.COST,
    "access": PreferenceKind.ACCESS,
    "how": PreferenceKind.DELIVERY,
    "open": PreferenceKind.OPEN_NOW,
}
SKIPPED = 99  # stands for the number of an answer in the key of a skipped question


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicScript:
    """The interview questions of a topic.

    ``path`` has the code of the topic that was searched for and those of its broader topics.
    """

    topic: str
    path: tuple[str, ...]
    questions: tuple[TopicQuestion, ...]

    def key(self, question: int, answer: int = SKIPPED) -> str:
        """Return the key of an answer in a URL: topic, question number and answer number."""
        return f"{self.topic}/{question}/{answer}"


def find_script(instance: Instance, codes: Iterable[str], language: str) -> TopicScript | None:
    """Return the questions of the first topic with any, its own or those of a broader topic."""
    for code in codes:
        path = codes_with_ancestors(instance, code)
        for each in path:
            questions = questions_of(instance, each, language)
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
    """Return the position of the next question in a script, None if none is left to ask."""
    done = {each.rpartition("/")[0] for each in answered}
    known = set(_kinds_said(query, answer))
    for position, question in enumerate(script.questions):
        is_done = script.key(position).rpartition("/")[0] in done
        has_detail = bool(question.detail and details and getattr(details, question.detail))
        says = any(_says(each, script, query, known) for each in question.answers)
        if not (is_done or has_detail or says):
            return position
    return None


def given_answers(
    instance: Instance, answered: Iterable[str], language: str
) -> tuple[tuple[TopicQuestion, TopicAnswer], ...]:
    """Return the questions and answers for the keys in a URL, without unknown ones."""
    found = []
    for key in answered:
        topic, question, number = key.split("/")
        questions = questions_of(instance, topic, language)
        if int(question) < len(questions):
            asked = questions[int(question)]
            found += [(asked, each) for each in asked.answers[int(number) : int(number) + 1]]
    return tuple(found)


def _says(answer: TopicAnswer, script: TopicScript, query: SearchQuery, known: set[str]) -> bool:
    if answer.narrows == "topic":
        below = script.path[: script.path.index(script.topic)]
        return answer.value in below
    if answer.narrows == "for":
        return answer.value in query.populations
    return answer.narrows in known


def _kinds_said(query: SearchQuery, answer: Answer) -> Iterator[str]:
    """Yield the names of preferences stated by filters or query words, or dismissed by the user."""
    said = {preference.kind for preference in answer.preferences} | query.ignored_preferences
    for name, kind in _KINDS.items():
        if kind in said:
            yield name
