"""What is said besides the need: phrases in both languages, and what only looks like them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.sample_exam import load_phrases
from referral.cli.search import notices_of
from referral.search.query import Preference, PreferenceKind, SearchQuery, WordKind
from referral.search.understanding.preferences import (
    Mention,
    PreferencePhrases,
    load_preference_phrases,
    merge_mentions,
    parted_years,
)

# Written before the patterns; the notes and what follows from them since.
PHRASES = Path(__file__).with_name("preference_phrases.csv")
WITHOUT = tuple(kind for kind in PreferenceKind if kind is not PreferenceKind.PLACE)

_WORDS = ["my", "mother", "is", "80", "for", "kids", "no", "money", "in", "spanish", "tonight"]
ROWS = [
    {"kind": "set", "values": "", "words": "who = mother/father", "in_topic": ""},
    {"kind": "language", "values": "zh", "words": "chinese/mandarin chinese", "in_topic": ""},
    {"kind": "language", "values": "@", "words": "speaks @language", "in_topic": "yes"},
    {"kind": "age", "values": "@", "words": "@who is? @age years? old?", "in_topic": "yes"},
    {"kind": "age", "values": "@", "words": "im @adult", "in_topic": "yes"},
    {"kind": "age", "values": "0-12", "words": "^ kids _ $", "in_topic": ""},
    {"kind": "open_now", "values": "now", "words": "(doctor/dentist) now", "in_topic": ""},
    {"kind": "cost", "values": "free|low-cost", "words": "no money", "in_topic": ""},
    {"kind": "none", "values": "", "words": "no money for", "in_topic": ""},
    {"kind": "none", "values": "", "words": "@who is @age feet", "in_topic": ""},
]


def written(preferences: Iterable[Preference]) -> str:
    return ";".join(sorted(f"{each.kind}={'|'.join(each.values)}" for each in preferences))


def table() -> list[dict[str, str]]:
    with PHRASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def index(sample_instance):
    """Give the index of the sample county."""
    sample_instance.index.sync()
    return sample_instance.index


@pytest.mark.parametrize("number", range(157))
def test_what_is_read_from_a_phrase(index, number):
    row = table()[number]
    answer = index.search(SearchQuery(words=row["phrase"]))
    assert written(answer.preferences) == row["read"]


@pytest.mark.slow
def test_few_phrases_of_the_exam_say_one_and_none_changes_how_much_is_found(index):
    read = {}
    for phrase in load_phrases():
        query = SearchQuery(words=phrase.words)
        answer = index.search(query)
        taken_off = index.search(SearchQuery(words=phrase.words, unread=WITHOUT))
        assert (answer.total, taken_off.preferences) == (taken_off.total, ())
        if answer.preferences:
            read[phrase.words] = written(answer.preferences)
    # Each was looked at: that is what the person says.
    assert read == {
        "ayuda en español": "language=es",
        "christmas presents for my kids": "age=0-12",
        "cuidado de ancianos en casa": "delivery=home",
        "doctor sin seguro": "cost=free|low-cost",
        "free government phone": "cost=free",
        "free laptop for school": "cost=free",
        "free meals meadville": "cost=free",
        "free preschool for my 4 year old": "age=4",
        "free rides for seniors": "cost=free",
        "fresh vegetables for free": "cost=free",
        "necesito comida para mis hijos": "age=0-12",
        "no insurance and i need a doctor": "cost=free|low-cost",
        "out of propane and no money": "cost=free|low-cost",
        "my kid gets no lunch on weekends": "day=SA|SU",
        "school supplies for my kids": "age=0-12",
        "somewhere to eat on sunday": "day=SU",
        "summer job for my 16 year old": "age=16",
        "turning 65 and don't understand medicare": "age=65",
        "we need beds for the kids": "age=0-12",
    }


@pytest.mark.parametrize(
    "words",
    ["food tonight", "food now please", "comida esta noche", "food for my kids", "food no money"],
)
def test_its_words_need_not_be_found(index, words):
    need = "comida" if words.startswith("comida") else "food"
    assert (
        index.search(SearchQuery(words=words)).total >= index.search(SearchQuery(words=need)).total
    )
    kinds = {word.kind for word in index.search(SearchQuery(words=words)).question.words}
    assert WordKind.PREFERENCE in kinds


@pytest.mark.parametrize("words", ["gratis", "tonight", "que hable español", "en silla de ruedas"])
def test_where_nothing_else_is_said_the_words_are_looked_for(index, words):
    kinds = {word.kind for word in index.search(SearchQuery(words=words)).question.words}
    assert WordKind.PREFERENCE not in kinds


@pytest.mark.parametrize("words", ["i want to die tonight", "my husband hits me right now"])
def test_danger_leaves_none(index, words):
    answer = index.search(SearchQuery(words=words))
    assert next(notices_of(answer)).kind == "crisis"
    assert answer.preferences == ()


def test_the_very_words_leave_none(index):
    assert index.search(SearchQuery(words="food tonight", exactly=True)).preferences == ()


def test_a_filter_that_was_chosen_wins(index):
    words = "doctor que hable español para mi mamá de 80 años gratis"
    kinds = [each.kind for each in index.search(SearchQuery(words=words)).preferences]
    assert kinds == [PreferenceKind.AGE, PreferenceKind.LANGUAGE, PreferenceKind.COST]
    chosen = SearchQuery(words=words, language="en", age=30, cost=("fee",))
    assert index.search(chosen).preferences == ()


def test_a_town_can_be_taken_off(index):
    found = index.search(SearchQuery(words="food in titusville"))
    without = index.search(SearchQuery(words="food in titusville", unread=(PreferenceKind.PLACE,)))
    assert found.question.near is not None
    assert without.question.near is None
    assert not [notice for notice in notices_of(without) if notice.kind == "place"]
    assert without.total == found.total
    assert (
        index.search(SearchQuery(words="food 16354", unread=(PreferenceKind.PLACE,))).question.near
        is None
    )


def test_a_town_is_no_language(index):
    """The words of a place are not taken for anything else."""
    answer = index.search(SearchQuery(words="food in spanish fork utah"))
    assert answer.question.near is not None
    assert answer.preferences == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my mother is 80 years old", [("age", "80")]),
        ("father 80", [("age", "80")]),
        ("mother is 6 feet tall", []),
        ("im 9", []),
        ("im 16", [("age", "16")]),
        ("mother is 120", []),
        ("speaks mandarin chinese", [("language", "zh")]),
        ("speaks klingon", []),
        ("kids shoes", [("age", "0-12")]),
        ("red kids shoes", []),
        ("no money", [("cost", "free|low-cost")]),
        ("no money for rent", []),
        ("", []),
    ],
)
def test_patterns(text, found):
    mentions = PreferencePhrases(ROWS).find(text.split())
    assert [(each.kind.value, "|".join(each.values)) for each in mentions] == found


def test_context_is_no_part_of_a_preference():
    phrases = PreferencePhrases(ROWS)
    assert phrases.find(["kids", "shoes"])[0].words == (0,)
    assert phrases.find(["a", "doctor", "now"])[0].words == (2,)


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "hue", "values": "red", "words": "red", "in_topic": ""},
        {"kind": "age", "values": "@", "words": "@nobody is @age", "in_topic": ""},
    ],
)
def test_a_row_that_cannot_be_read_is_refused(row):
    with pytest.raises(ValueError, match=r"hue|@nobody"):
        PreferencePhrases([row])


@given(st.lists(st.sampled_from(_WORDS)))
def test_any_words_can_be_read(words):
    phrases = load_preference_phrases()
    mentions = phrases.find(words)
    said = [at for mention in mentions for at in mention.words]
    assert len(said) == len(set(said))
    assert set(said) <= set(range(len(words)))
    kinds = [each.kind for each in merge_mentions(mentions, words)]
    assert len(kinds) == len(set(kinds))


def test_ages_in_years_come_before_groups():
    def age(value: str, at: int) -> Mention:
        return Mention(PreferenceKind.AGE, (value,), (at,), in_topic=False)

    (merged,) = merge_mentions([age("0-12", 0), age("6", 1)], ["kids", "6"])
    assert merged.values == ("6",)


def test_years_are_parted_from_their_number():
    assert parted_years("7yo") == ("7", "yo")
    assert parted_years("70") == ("70",)
    assert parted_years("yo") == ("yo",)
