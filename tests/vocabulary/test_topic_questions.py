"""Staff change what the desk asks about a topic, and can put ours back."""

import pytest

from referral.directory.topic_questions import questions_of, shipped_questions
from referral.errors import NotFoundError
from referral.records.accounts import Actor
from referral.vocabulary.edit_history import list_vocabulary_edits, undo_vocabulary_edit
from referral.vocabulary.records import VocabularyRefusal, VocabularyRefusedError
from referral.vocabulary.topic_questions import (
    list_topic_questions,
    read_topic_questions,
    restore_topic_questions,
    save_topic_questions,
)

PAT = Actor("", "Pat")
OWN = "Is it urgent?\n- Yes: Call now. [topic=crisis-lines]\n- No"
OWN_ES = "¿Es urgente?\n- Sí: Llame ya. [topic=crisis-lines]\n- No"


def first_question(instance, language="en"):
    return next(iter(questions_of(instance, "pets", language)), None)


def test_own_questions_ours_again_and_none(demo):
    ours = first_question(demo)
    assert save_topic_questions(demo, PAT, "pets", OWN, OWN_ES)
    assert first_question(demo).words == "Is it urgent?"
    assert first_question(demo, "es").words == "¿Es urgente?"
    assert next(each for each in list_topic_questions(demo) if each.topic.code == "pets").is_own
    restore_topic_questions(demo, PAT, "pets")
    assert first_question(demo) == ours
    save_topic_questions(demo, PAT, "pets", "", "")
    assert first_question(demo) is None
    undo_vocabulary_edit(demo, PAT, list_vocabulary_edits(demo)[0].id)
    assert first_question(demo) == ours


def test_nothing_is_kept_where_nothing_differs(demo):
    text = shipped_questions()["pets"]
    assert save_topic_questions(demo, PAT, "pets", text.english, text.spanish) == ""
    assert not read_topic_questions(demo, "pets").is_own


def test_a_topic_that_had_none_can_have_some(demo):
    save_topic_questions(demo, PAT, "donating", OWN, "")
    assert questions_of(demo, "donating", "es")[0].words == "Is it urgent?"
    with pytest.raises(NotFoundError):
        save_topic_questions(demo, PAT, "no-such-topic", OWN, "")


@pytest.mark.parametrize(
    ("english", "spanish", "refusal"),
    [
        ("Is it?", "", VocabularyRefusal.ODD_LINE),
        ("Is it?\n- Yes [topic=no-such-topic]", "", VocabularyRefusal.ODD_LINE),
        ("Is it?\n- Yes [for=nobody]", "", VocabularyRefusal.ODD_LINE),
        (OWN, "¿Es?\n- Sí", VocabularyRefusal.LANGUAGES_DIFFER),
        ("x" * 5000, "", VocabularyRefusal.TOO_LONG),
    ],
)
def test_what_cannot_be_asked_is_refused(demo, english, spanish, refusal):
    with pytest.raises(VocabularyRefusedError) as refused:
        save_topic_questions(demo, PAT, "pets", english, spanish)
    assert refused.value.refusal is refusal
    assert not read_topic_questions(demo, "pets").is_own
