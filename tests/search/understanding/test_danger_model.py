"""Nearness to known phrases of danger: what it raises, what stays quiet, and what it costs."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import zipcodes
from hypothesis import given
from hypothesis import strategies as st

from bench.danger_model import Example, fit_danger_model, write_shipped_model
from bench.exam_files import SAMPLE_PHRASES
from referral.records.crisis import CrisisWords
from referral.resources import resource_path
from referral.search.query import Danger, Degree
from referral.search.understanding.danger import (
    MODEL_FILE,
    DangerModel,
    FeatureExtractor,
    WordClasses,
    read_weights,
    shipped_danger_model,
    sound_key,
    word_hash,
    write_weights,
)
from referral.search.understanding.knowledge import WordLists
from referral.search.understanding.phrases import Phrasebook
from tests.support.calls import count_calls

SEED = resource_path("seed_data")
MODEL = shipped_danger_model()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PHRASES = _rows(SEED / "crisis_phrases.csv")
EXAMPLES = _rows(SEED / "crisis_examples.csv")
KEYS = {row["key"] for row in _rows(SEED / "help_lines.csv")}
SHIPPED_ROWS = _rows(SEED / "crisis_words.csv")
# Written by people who knew neither patterns nor phrases. On the day it was new (2026-11-26), 3 of
# its 160 dangers raised nothing, and 9 of 130 look-alikes the panel (4 by a pattern); the patterns
# alone missed 94. Its failures were read then, and known
# phrases and safe patterns were written in their manner: a guard, not a measurement any more.
KNOWN = {row["phrase"].casefold() for row in [*PHRASES, *EXAMPLES]}
HELD_OUT = [
    row
    for row in _rows(Path(__file__).with_name("danger_set_3.csv"))
    if row["phrase"].casefold() not in KNOWN  # eight look-alikes, by chance
]


def word_lists(rows: list[dict[str, str]]) -> WordLists:
    return WordLists(Phrasebook([], [], {}, {}), CrisisWords(rows))


LISTS = word_lists(SHIPPED_ROWS)


def degrees(texts: list[str]) -> Counter[Degree]:
    return Counter(LISTS.danger_in(text).degree for text in texts)


def share(degree: Degree, texts: list[str]) -> float:
    return degrees(texts)[degree] / len(texts)


def test_known_dangers_raise_a_line():
    dangers = [row["phrase"] for row in [*PHRASES, *EXAMPLES] if row["expected"]]
    assert len(dangers) > 3000
    assert share(Degree.NONE, dangers) <= 0.005


@pytest.mark.slow
def test_known_look_alikes_raise_no_panel_and_hardly_a_line():
    look_alikes = [row["phrase"] for row in [*PHRASES, *EXAMPLES] if not row["expected"]]
    assert len(look_alikes) > 2500
    found = degrees(look_alikes)
    assert found[Degree.SURE] <= 0.01 * len(look_alikes)
    assert found[Degree.PERHAPS] <= 0.01 * len(look_alikes)
    assert not degrees([row["phrase"] for row in PHRASES if not row["expected"]])[Degree.SURE]


def test_known_phrases_stand_once_in_both_languages():
    phrases = Counter(row["phrase"].casefold() for row in [*PHRASES, *EXAMPLES])
    assert max(Counter(row["phrase"].casefold() for row in EXAMPLES).values()) == 1
    assert not {row["phrase"].casefold() for row in PHRASES} & {
        row["phrase"].casefold() for row in EXAMPLES
    }
    assert len(phrases) > 5000
    assert {row["language"] for row in EXAMPLES} == {"en", "es"}
    assert {row["expected"] for row in EXAMPLES} <= KEYS | {""}


def test_phrasings_that_nobody_wrote_down_raise_a_line():
    dangers = [row for row in HELD_OUT if row["kind"] == "danger"]
    found = [LISTS.danger_in(row["phrase"]) for row in dangers]
    missed = sum(each.degree is Degree.NONE for each in found)
    right = sum(
        not set(row["expected"].split("|")).isdisjoint(each.lines)
        for row, each in zip(dangers, found, strict=True)
    )
    assert missed / len(dangers) <= 1 / 30
    assert right / len(dangers) >= 0.88


def test_look_alikes_that_nobody_wrote_down_stay_quiet():
    look_alikes = [row["phrase"] for row in HELD_OUT if row["kind"] == "lookalike"]
    assert share(Degree.SURE, look_alikes) <= 1 / 30
    assert share(Degree.PERHAPS, look_alikes) <= 1 / 6


def test_ordinary_searches_are_not_disturbed():
    exam = [row["phrase"] for row in _rows(SAMPLE_PHRASES)]
    near = {
        text: MODEL.nearness(text).degree for text in exam if not LISTS.crisis_words.lines_for(text)
    }
    assert Degree.SURE not in near.values()
    assert sum(degree is Degree.PERHAPS for degree in near.values()) <= 0.02 * len(exam)


@pytest.mark.slow
def test_names_of_places_raise_no_panel_and_hardly_a_line():
    towns = sorted({place["city"] for place in zipcodes.list_all()})
    found = Counter(MODEL.nearness(town).degree for town in towns[::7])
    assert not found[Degree.SURE]
    assert found[Degree.PERHAPS] <= 0.01 * len(towns[::7])


def test_names_of_services_and_organizations_raise_no_panel():
    names = [
        row["name"]
        for file in ("organizations.csv", "services.csv")
        for row in _rows(SEED / "county" / file)
    ]
    found = Counter(
        MODEL.nearness(name).degree for name in names if not LISTS.crisis_words.lines_for(name)
    )
    assert not found[Degree.SURE]
    assert found[Degree.PERHAPS] <= 0.035 * len(names)


def test_a_letter_left_out_hides_no_danger():
    dangers = [row["phrase"] for row in PHRASES if row["expected"]]
    slips = []
    for phrase in dangers:
        longest = max(phrase.split(), key=len)
        at = len(longest) // 2
        slips.append(phrase.replace(longest, longest[:at] + longest[at + 1 :], 1))
    assert share(Degree.NONE, slips) <= 0.08


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("kill time at the library", Degree.NONE),
        ("", Degree.NONE),
        ("?!", Degree.NONE),
        ("Man", Degree.PERHAPS),
    ],
)
def test_few_words_never_make_a_panel(text, degree):
    assert MODEL.nearness(text).degree <= degree


def test_ordinary_words_of_the_library_quiet_a_panel_but_only_a_whole_text():
    text = "he twists my arm and hides my keys"
    assert word_lists([]).danger_in(text).degree is Degree.SURE
    danger = {"kind": "danger", "words": "twists my arm", "line": "988"}
    safe = {"kind": "safe", "words": "he twists my arm", "line": ""}
    assert word_lists([danger, safe]).danger_in(text).degree is Degree.PERHAPS
    assert word_lists([safe]).danger_in(text).degree is Degree.SURE
    whole = {"kind": "safe", "words": text, "line": ""}
    assert word_lists([whole]).danger_in(text) == Danger()


def test_a_danger_in_one_sentence_is_not_thinned_out_by_the_others():
    text = "hello i need help with rent and diapers. he twists my arm and hides my keys. near 16335"
    assert LISTS.danger_in(text).degree is Degree.SURE


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text):
    found = MODEL.nearness(text)
    assert bool(found.lines) == (found.degree is not Degree.NONE)
    assert set(found.lines) <= KEYS


def test_a_long_question_is_looked_at_once():
    question = " ".join(row["phrase"] for row in HELD_OUT[:8])[:200]
    assert count_calls(MODEL.nearness, question) < 6_000


def test_classes_are_of_words_beginnings_and_for_unknown_words_of_sounds():
    classes = WordClasses([{"name": "threat", "words": "amenazo threat*"}])
    assert classes.of_word("threatened") == ("threat",)
    assert classes.of_word("amenaso") == ()
    assert classes.of_sound(sound_key("amenaso")) == ("threat",)
    unknown = FeatureExtractor(classes, frozenset())
    known = FeatureExtractor(classes, frozenset({word_hash("amenaso")}))
    assert len(unknown.buckets([["amenaso"]])) == len(known.buckets([["amenaso"]])) + 1


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ("bleading", "bleeding"),
        ("kuchiyo", "cuchillo"),
        ("fotograph", "photograph"),
        ("nite", "night"),
    ],
)
def test_words_that_sound_alike_share_a_key(slip, word):
    assert sound_key(slip) == sound_key(word)


@pytest.mark.slow
def test_a_model_is_fitted_written_and_read_again(tmp_path):
    examples = [
        Example("he hits me", "domestic-violence"),
        Example("she hits me", "domestic-violence"),
        Example("i want to die", "988"),
        Example("i want to be dead", "988"),
        *(Example(text, "") for text in ("food near me", "i want a job", "rent help", "bus pass")),
    ]
    fitted, again = fit_danger_model(examples), fit_danger_model(examples)
    assert np.array_equal(fitted.danger, again.danger)
    write_weights(tmp_path / "model.npz", fitted)
    model = DangerModel(read_weights(tmp_path / "model.npz"))
    assert model.log_odds("he hits me") > 0 > model.log_odds("bus pass")
    assert model.nearness("he hits me").lines[0] == "domestic-violence"


@pytest.mark.release
@pytest.mark.xfail(
    strict=True, reason="8 phrases came after the fit; a new one was worse, see decision 17"
)
def test_the_shipped_model_is_that_of_the_known_phrases(tmp_path):
    """Phrases were changed: run ``python -m bench.danger_model``."""
    write_shipped_model(tmp_path)
    made = DangerModel(read_weights(tmp_path / MODEL_FILE))
    texts = [row["phrase"] for row in HELD_OUT]
    differ = sum(made.nearness(text).degree is not MODEL.nearness(text).degree for text in texts)
    assert differ <= 0.01 * len(texts)
