"""Questions about topics as data: each line is read, in both languages alike, and stays short."""

import csv
import re

import pytest

from referral.directory.topic_questions import OddLineError, parse_questions, shipped_questions
from referral.records.facets import load_populations
from referral.resources import resource_path

MOST_WORDS = 15


def test_a_text_is_read():
    [asked] = parse_questions(
        "Is there a court date? [tried]\n- Yes: Bring it. [topic=legal-aid]\n- No"
    )
    assert (asked.words, asked.detail) == ("Is there a court date?", "tried")
    yes, no = asked.answers
    assert (yes.words, yes.advice, yes.narrows, yes.value) == (
        "Yes", "Bring it.", "topic", "legal-aid",
    )  # fmt: skip
    assert (no.words, no.advice, no.narrows) == ("No", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "- Yes", "Is it?", "Is it? [mood]\n- Yes", "Is it?\n- Yes [open=never]",
        "Is it?\n- Yes [topic]", "Is it?\n- Yes [password=1]", "Is it?\n- Yes [",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(text):
    with pytest.raises(OddLineError):
        parse_questions(text)


def test_ours_name_our_topics_and_say_the_same_in_both_languages():
    with (resource_path("seed_data") / "taxonomy" / "taxonomy_terms.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    groups = {each.slug for each in load_populations()}
    shipped = shipped_questions()
    assert len(shipped) >= 40
    assert set(shipped) <= codes
    for topic, text in shipped.items():
        english, spanish = parse_questions(text.english), parse_questions(text.spanish)
        shapes = [
            [
                (one.detail, [(a.narrows, a.value, bool(a.advice)) for a in one.answers])
                for one in each
            ]
            for each in (english, spanish)
        ]
        assert shapes[0] == shapes[1], topic
        for answer in (answer for question in english for answer in question.answers):
            known = {"topic": codes, "for": groups}.get(answer.narrows, {answer.value})
            assert answer.value in known, (topic, answer)


def test_ours_are_short_sentences():
    for text in shipped_questions().values():
        for language in (text.english, text.spanish):
            for sentence in re.split(r"[.?!:\n]+", re.sub(r"\[[^\]]*\]", "", language)):
                assert len(sentence.split()) <= MOST_WORDS, sentence
