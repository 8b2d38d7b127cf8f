"""A missed crisis phrase fails here, and so does an ordinary one that raises a line."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.records.crisis import (
    CrisisMatch,
    CrisisPhrase,
    CrisisWords,
    check_crisis_words,
    is_pattern_too_costly,
)
from referral.resources import resource_path
from tests.support.calls import count_calls

SEED = resource_path("seed_data")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


PHRASES = _rows(SEED / "crisis_phrases.csv")
DANGERS = [row for row in PHRASES if row["expected"]]
LOOK_ALIKES = [row for row in PHRASES if not row["expected"]]
WORDS = _rows(SEED / "crisis_words.csv")
CRISIS = CrisisWords(WORDS)
KEYS = {row["key"] for row in _rows(SEED / "help_lines.csv")}
ORDINARY = ["library", "books", "parking", "hours", "near", "16335"]
VOCABULARY = sorted({word for row in PHRASES for word in row["phrase"].split()})


def test_every_danger_raises_its_line_first():
    wrong = {
        row["phrase"]: (row["expected"], lines[:1])
        for row in DANGERS
        if (lines := CRISIS.lines_for(row["phrase"]))[:1] != (row["expected"],)
    }
    assert not wrong


def test_no_look_alike_raises_a_line():
    wrong = {
        row["phrase"]: lines for row in LOOK_ALIKES if (lines := CRISIS.lines_for(row["phrase"]))
    }
    assert not wrong


def test_the_set_of_phrases_is_large_in_both_languages_and_halves():
    for rows in (DANGERS, LOOK_ALIKES):
        assert len(rows) >= 200
        assert sum(row["language"] == "es" for row in rows) >= 60
        assert sum(row["half"] == "report" for row in rows) >= 150
    assert {row["language"] for row in PHRASES} == {"en", "es"}
    assert {row["half"] for row in PHRASES} == {"tune", "report"}
    assert len({(row["phrase"], row["language"]) for row in PHRASES}) == len(PHRASES)


def test_every_help_line_can_be_reached_and_every_key_is_one():
    reached = {key for row in DANGERS for key in CRISIS.lines_for(row["phrase"])}
    assert reached == KEYS
    assert {row["expected"] for row in DANGERS} <= KEYS


def test_every_row_has_a_kind_and_says_something_new():
    assert {row["kind"] for row in WORDS} == {"danger", "safe", "set"}
    assert len({(row["kind"], row["words"]) for row in WORDS}) == len(WORDS)
    assert {key for row in WORDS for key in row["line"].split("|") if key} <= KEYS


@pytest.mark.parametrize(
    "text",
    [
        "I DON'T want to live",
        "i don’t want to live",
        "dont want   to live!!",
        "I donʼt want-to-live",
    ],
)
def test_case_apostrophes_and_marks_do_not_hide_a_danger(text):
    assert CRISIS.lines_for(text) == ("988",)


@pytest.mark.parametrize(
    "text", ["suícidio", "SUICIDIO", "suicidioooo", "sui\u00adcidio", "ｓｕｉｃｉｄｉｏ"]
)
def test_accents_and_odd_letters_do_not_hide_a_danger(text):
    assert CRISIS.lines_for(text) == ("988",)


@pytest.mark.parametrize("typo", ["overdse", "overdoes", "overdosse", "overdise", "overdsoe"])
def test_one_wrong_letter_in_a_marked_word_is_forgiven(typo):
    assert CRISIS.lines_for(typo)[:1] == ("911",)


def test_a_marked_word_does_not_take_in_its_neighbors():
    assert CRISIS.lines_for("overdue books, overdone steak, the runway") == ()
    rules = CrisisWords([_rule("danger", "overdose~", "911"), _rule("safe", "overdone steak")])
    assert rules.lines_for("overdone") == (), "which another row has as it is"
    assert rules.lines_for("overdse") == rules.lines_for("ovrdose") == ("911",)


def test_a_text_is_read_for_two_thousand_letters():
    assert CRISIS.lines_for("x " * 900 + "suicide") == ("988",)
    assert CRISIS.lines_for("x " * 1000 + "suicide") == ()


@pytest.mark.parametrize(
    ("expected", "before", "after", "found"),
    [
        ("988", "", "", None),  # it was missed before
        ("988", "", "911", None),
        ("988", "911", "988", None),
        ("988", "911", "911|211", None),
        ("988", "988", "988|911", None),
        ("988", "988|911", "911", "missed"),
        ("988", "988", "", "missed"),
        ("988", "911", "", "missed"),
        ("", "", "988", "alarm"),
        ("", "988", "911", None),
        ("", "988", "", None),
    ],
)
def test_a_change_of_the_words_that_makes_them_worse_is_told(expected, before, after, found):
    one, other = (
        CrisisWords(
            [
                _rule("danger", each, line)
                for each, line in (("alone", lines), ("kill", "911"))
                if line
            ]
        )
        for lines in (before, after)
    )
    phrases = [
        CrisisPhrase("bread", ""),
        CrisisPhrase("kill", "988"),
        CrisisPhrase("alone", expected),
    ]
    check = check_crisis_words(one, other, phrases)
    told = [("missed", each) for each in check.missed] + [("alarm", each) for each in check.alarms]
    assert told == ([(found, "alone")] if found else [])


@pytest.mark.parametrize(
    ("kind", "words", "too_costly"),
    [
        ("danger", "a" * 400, False),
        ("danger", "a" * 401, True),
        ("danger", " ".join("a" * 12), False),
        ("danger", " ".join("a" * 13), True),
        ("danger", "b " + "a? " * 5, False),
        ("danger", "b " + "a? " * 6, True),
        ("danger", "b ... b ... b ... b", False),
        ("danger", "b ... b ... b ... b ... b", True),
        ("set", "a" * 4000, False),
        ("set", "a" * 4001, True),
    ],
)
def test_a_pattern_that_would_keep_searches_waiting_is_too_costly(kind, words, too_costly):
    assert is_pattern_too_costly(kind, words) is too_costly


def test_lines_come_in_the_order_of_the_text_without_repeats():
    text = "my husband hits me and i want to die, my husband hits me"
    lines = CRISIS.lines_for(text)
    assert [key for key in lines if key in {"domestic-violence", "988"}] == [
        "domestic-violence",
        "988",
    ]
    assert len(set(lines)) == len(lines)


def test_of_overlapping_dangers_the_longer_goes_first():
    rules = CrisisWords(
        [
            _rule("danger", "want to die", "988"),
            _rule("danger", "die ... veteran", "911"),
            _rule("danger", "want ... die i am veteran", "veterans-crisis | 988| "),
        ]
    )
    assert rules.lines_for("want to die i am veteran") == ("veterans-crisis", "988", "911")
    as_long = CrisisWords([_rule("danger", "will die", "988"), _rule("danger", "will _", "911")])
    assert as_long.lines_for("will die") == ("988", "911"), "in the order of the rows"


def test_a_safe_run_takes_back_only_what_lies_inside_it():
    rules = CrisisWords([_rule("danger", "kill", "988"), _rule("safe", "kill time")])
    assert rules.match("kill time") == CrisisMatch(is_excused=True, is_ordinary=True)
    assert rules.match("we kill time") == CrisisMatch(is_excused=True)
    assert rules.match("we have time") == CrisisMatch()
    assert rules.match("kill time then kill") == CrisisMatch(lines=("988",))


def test_the_marks_of_a_pattern():
    rules = CrisisWords(
        [_rule("set", "us = me/him*"), _rule("danger", "hurt* _ a/@us ... now? end", "911")]
    )
    for text in ("hurts to me end", "hurting x himself one two three now end", "hurt x a end"):
        assert rules.lines_for(text) == ("911",)
    for text in ("hurts me end", "hurt x him one two three four end", "hur x a end"):
        assert rules.lines_for(text) == ()


@pytest.mark.parametrize(
    "row",
    [
        ("danger", "... die", "988"),
        ("danger", "_ die", "988"),
        ("danger", "die ...", "988"),
        ("danger", "", "988"),
        ("danger", "die", ""),
        ("safe", "die", "988"),
        ("other", "die", "988"),
        ("other", "die", ""),
        ("danger", "@nobody", "988"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(row):
    with pytest.raises(ValueError):
        CrisisWords([_rule(*row)])


@given(
    st.one_of(
        st.text(max_size=400), st.lists(st.sampled_from(VOCABULARY), max_size=40).map(" ".join)
    )
)
def test_any_text_has_an_answer(text):
    lines = CRISIS.lines_for(text)
    assert set(lines) <= KEYS
    assert len(set(lines)) == len(lines)


@given(st.sampled_from(DANGERS), st.lists(st.sampled_from(ORDINARY), max_size=5))
def test_ordinary_words_around_a_danger_do_not_hide_it(row, words):
    around = " ".join(words)
    assert CRISIS.lines_for(f"{around} | {row['phrase']} | {around}")


@pytest.mark.slow
def test_a_long_question_is_looked_through_once():
    """Not once for each of the thousands of patterns."""
    words = " ".join(row["phrase"] for row in PHRASES).split()
    questions = [" ".join(words[start : start + 32]) for start in range(0, 3200, 32)]
    assert max(count_calls(CRISIS.lines_for, question) for question in questions) < 30_000


def _rule(kind: str, words: str, line: str = "") -> dict[str, str]:
    return {"kind": kind, "words": words, "line": line, "note": ""}


@pytest.mark.parametrize(
    "text",
    [
        "dont want to live. near 16335",
        "near | dont want to live | near",
        "I want to die! of hunger they say",
    ],
)
def test_the_next_sentence_does_not_excuse_a_danger(text):
    assert "988" in CRISIS.lines_for(text)
