"""Questions that the desk asks about a topic: the library's own wording or the shipped one."""

from __future__ import annotations

from dataclasses import dataclass

from referral.directory.instance import Instance
from referral.directory.site_texts import QUESTIONS, SiteText
from referral.directory.term_lookup import TermEntry, name_codes
from referral.directory.topic_questions import (
    OddLineError,
    own_questions,
    parse_questions,
    shipped_questions,
)
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.records.facets import load_populations
from referral.vocabulary.edit_history import save_vocabulary
from referral.vocabulary.notice_policy import KIND, tidy_text
from referral.vocabulary.records import RowValues, VocabularyRefusal, VocabularyRefusedError

LONGEST_QUESTIONS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicQuestions:
    """The interview questions about a topic, the library's own or the shipped ones.

    ``is_own`` if the library wrote them.
    """

    topic: TermEntry
    text: SiteText
    is_own: bool


def list_topic_questions(instance: Instance) -> tuple[TopicQuestions, ...]:
    """Return the interview questions of all topics that have any, by name of the topic."""
    instance.texts.refresh()
    own_texts, shipped = own_questions(instance), shipped_questions()
    topics = name_codes(instance, {**shipped, **own_texts})
    return tuple(
        TopicQuestions(
            topic=topic,
            text=own_texts.get(topic.code) or shipped.get(topic.code, SiteText()),
            is_own=topic.code in own_texts,
        )
        for topic in sorted(topics, key=lambda topic: topic.name.casefold())
    )


def read_topic_questions(instance: Instance, code: str) -> TopicQuestions:
    """Return the interview questions about a topic, which may have none yet.

    Raises:
        NotFoundError: there is no such topic.
    """
    instance.texts.refresh()
    own_texts, shipped = own_questions(instance), shipped_questions()
    [topic] = name_codes(instance, [code])
    if topic.id == code and code not in own_texts:  # an unknown code is its own id
        raise NotFoundError("There is no such topic.")
    text = own_texts.get(code) or shipped.get(code, SiteText())
    return TopicQuestions(topic=topic, text=text, is_own=code in own_texts)


def save_topic_questions(
    instance: Instance, actor: Actor, code: str, english: str, spanish: str
) -> str:
    """Save the library's own interview questions about a topic, in both languages.

    If they are empty, no questions are asked.

    Raises:
        NotFoundError: there is no such topic.
        VocabularyRefusedError: a line cannot be parsed, or the languages differ in structure.
    """
    stored = read_topic_questions(instance, code)
    texts = [tidy_text(english), tidy_text(spanish)]
    if max(map(len, texts)) > LONGEST_QUESTIONS:
        raise VocabularyRefusedError(VocabularyRefusal.TOO_LONG)
    structures = [_check_questions(instance, text) for text in texts]
    if all(texts) and structures[0] != structures[1]:
        raise VocabularyRefusedError(VocabularyRefusal.LANGUAGES_DIFFER)
    values = {"text_en": texts[0], "text_es": texts[1], "until": ""}
    if not stored.is_own and texts == [stored.text.english, stored.text.spanish]:
        return ""
    return save_vocabulary(
        instance, actor, "questions-changed", [RowValues(KIND, f"{QUESTIONS}{code}", values)]
    )


def restore_topic_questions(instance: Instance, actor: Actor, code: str) -> str:
    """Delete the library's own interview questions about a topic; the shipped ones return."""
    return save_vocabulary(
        instance, actor, "questions-restored", [RowValues(KIND, f"{QUESTIONS}{code}", None)]
    )


def _check_questions(instance: Instance, text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Check a topic's interview questions in one language, and return their structure."""
    try:
        questions = parse_questions(text)
    except OddLineError as error:
        raise VocabularyRefusedError(VocabularyRefusal.ODD_LINE, (str(error),)) from error
    answers = [answer for question in questions for answer in question.answers]
    codes = [answer.value for answer in answers if answer.narrows == "topic"]
    groups = {population.slug for population in load_populations()}
    unknown = [topic.code for topic in name_codes(instance, codes) if topic.id == topic.code]
    unknown += [
        answer.value for answer in answers if answer.narrows == "for" and answer.value not in groups
    ]
    if unknown:
        raise VocabularyRefusedError(VocabularyRefusal.ODD_LINE, tuple(unknown))
    return [
        (question.detail, tuple(f"{answer.narrows}={answer.value}" for answer in question.answers))
        for question in questions
    ]
