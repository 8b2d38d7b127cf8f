"""Choice of the next interview question: of the topic, then the facet that leaves fewest results.

A question of a topic is left out when it was answered or skipped, when the inquiry has the detail
it asks for, and when the search says already what one of its answers would say.

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
from referral.directory.context import Directory
from referral.directory.term_lookup import codes_with_ancestors
from referral.directory.topic_questions import TopicAnswer, TopicQuestion, questions_of
from referral.records.facets import AgeGroup, Delivery
from referral.search.query import Answer, FacetValue, PreferenceKind, SearchQuery

MOST_CHOICES = 6
_LEAST_GAIN = 0.1  # a question that takes away less than a tenth is not worth a breath
_TOO_FAR = 0.5  # of the places to go to: an assumption, for until a ZIP code is known


class QuestionTopic(StrEnum):
    """What a question is about."""

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
# Everybody has a way to get help and a kind of help; not everybody belongs to a group.
_NONE_OF_THESE = frozenset(
    {QuestionTopic.POPULATION, QuestionTopic.LANGUAGE, QuestionTopic.COST, QuestionTopic.ACCESS}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its choices, those that leave most first.

    Attributes:
        left: how many results it leaves on average.
    """

    asking: QuestionTopic
    choices: tuple[FacetValue, ...] = ()
    left: float


def next_question(
    query: SearchQuery, answer: Answer, *, has_topic: bool = False
) -> Question | None:
    """The question to ask about the results of a query; None where none would help.

    Args:
        has_topic: the words stand for a topic, so that nobody asks for the kind of help.
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
    """A question whose choices are the values of a facet, with what it leaves on average."""
    choices = tuple(value for value in values if 0 < value.count <= total)
    weights = [value.count for value in choices]
    squares = sum(weight * weight for weight in weights)
    if asking in _NONE_OF_THESE:
        weights.append(total)
        squares += total * total
    left = squares / sum(weights) if choices else float(total)
    return Question(asking=asking, choices=choices[:MOST_CHOICES], left=left)


def best_question(candidates: Iterable[Question], total: int) -> Question | None:
    """The one that leaves least; None where none takes away a tenth."""
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
    """Everybody has one age, and services take several: each choice is as likely as the others."""
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
        path = codes_with_ancestors(directory, code)
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
    known = set(_kinds_said(query, answer))
    for position, question in enumerate(script.questions):
        is_done = script.key(position).rpartition("/")[0] in done
        has_detail = bool(question.detail and details and getattr(details, question.detail))
        says = any(_says(each, script, query, known) for each in question.answers)
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


def _says(answer: TopicAnswer, script: TopicScript, query: SearchQuery, known: set[str]) -> bool:
    if answer.narrows == "topic":
        below = script.path[: script.path.index(script.topic)]
        return answer.value in below
    if answer.narrows == "for":
        return answer.value in query.populations
    return answer.narrows in known


def _kinds_said(query: SearchQuery, answer: Answer) -> Iterator[str]:
    """What filters, or the words, say besides the need."""
    said = {preference.kind for preference in answer.preferences} | query.ignored_preferences
    for name, kind in _KINDS.items():
        if kind in said:
            yield name
