"""What is like words that no phrase matches; and that danger, names and quotes are left alone."""

from __future__ import annotations

import csv
from collections import Counter
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.cli.search import notice_text, notices_of
from referral.resources import resource_path
from referral.search.analysis import stem
from referral.search.query import SearchQuery
from referral.search.understanding.nearest import NearestPhrases

PHRASES = {
    ("talking", "late"): {"early-intervention": 1.0},
    ("citizenship",): {"citizenship": 1.0},
    ("actividades", "abuelos"): {"senior-centers": 1.0, "older-adults": 0.5},
    ("canned", "food"): {"donate-food": 1.0, "food-pantries": 0.5},
    ("despensa",): {"food-pantries": 1.0},
    ("night", "shelter"): {"shelter": 1.0},
}
NEAREST = NearestPhrases(PHRASES)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("toddler talking", "early-intervention"),
        ("citizenry", "citizenship"),  # a word of the same family
        ("sitizenship", "citizenship"),  # a slip
        ("actividad abuelitos", "senior-centers"),
        ("despensas", "food-pantries"),
        ("zebra", None),
        ("x", None),
        ("日本", None),
    ],
)
def test_the_nearest_phrase_gives_its_topics(words, expected):
    assert next(iter(NEAREST.nearest_terms(words.split())), None) == expected


def test_the_phrase_itself_is_worth_less_than_a_match():
    assert NEAREST.nearest_terms(["actividades", "abuelos"]) == pytest.approx(
        {"senior-centers": 0.8, "older-adults": 0.4}
    )


def test_at_most_three_topics_and_none_that_is_not_wanted():
    many = NearestPhrases({("night", str(number)): {f"t{number}": 1.0} for number in range(9)})
    assert list(many.nearest_terms(["night"])) == ["t0", "t1", "t2"]
    assert list(many.nearest_terms(["night"], without={"t1"})) == ["t0", "t2", "t3"]


def test_without_phrases_or_words_nothing_is_near():
    assert NearestPhrases({}).nearest_terms(["food"]) == {}
    assert NEAREST.nearest_terms([]) == {}


_texts = st.lists(st.text("abcdeñ1", min_size=1, max_size=6), min_size=1, max_size=4).map(tuple)


@settings(max_examples=50)
@given(phrases=st.lists(_texts, min_size=1, max_size=6, unique=True), words=_texts)
def test_likeness_is_that_of_plain_tf_idf(phrases, words):
    found = NearestPhrases({phrase: {} for phrase in phrases})._similarities(words)
    plain = [
        sum(
            share * _cosine(features(words), features(phrase), [*map(features, phrases)])
            for share, features in ((0.4, _stems), (0.6, _ngrams))
        )
        for phrase in phrases
    ]
    assert np.allclose(found, plain, atol=1e-6)


def _stems(words):
    return Counter((name, stem(word, name)) for word in words for name in ("english", "spanish"))


def _ngrams(words):
    text = f" {' '.join(words)} "
    return Counter(text[at : at + n] for n in (3, 4, 5) for at in range(len(text) - n + 1))


def _cosine(one, other, texts):
    def vector(text):
        known = {key: sum(key in each for each in texts) for key in text}
        return {
            key: count * (1 + log((1 + len(texts)) / (1 + known[key])))
            for key, count in text.items()
        }

    one, other = vector(one), vector(other)
    product = sum(value * other.get(key, 0) for key, value in one.items())
    return product / sqrt(sum(v * v for v in one.values()) * sum(v * v for v in other.values()))


def _nearest(instance, words, **more):
    answer = instance.index.search(SearchQuery(words=words, **more), limit=5)
    return [notice for notice in notices_of(answer) if notice.kind == "nearest"], answer


def test_words_that_nothing_matches_find_services_of_the_nearest_topics(sample_instance):
    [notice], answer = _nearest(sample_instance, "swear in as an american")
    assert notice.details["topics"].split("|")[0] == "citizenship"
    assert notice_text(notice).endswith("Is that what you meant?")
    assert answer.total


@pytest.mark.parametrize(
    "words",
    [
        "food",  # understood
        '"swear in as an american"',  # quoted
        "help please",  # nothing is said
        "tamarack",  # of the name of an organization
        "zzzzqqq",
        "",
    ],
)
def test_what_is_understood_quoted_or_a_name_is_not_guessed(sample_instance, words):
    assert _nearest(sample_instance, words)[0] == []


def test_exact_words_are_not_guessed(sample_instance):
    assert _nearest(sample_instance, "swear in as an american", exactly=True)[0] == []


def _crisis_phrases():
    path = resource_path("seed_data") / "crisis_phrases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row["phrase"] for row in csv.DictReader(file) if row["expected"]]


@pytest.mark.slow
def test_in_danger_no_topic_is_guessed(sample_instance):
    guessed = [words for words in _crisis_phrases() if _nearest(sample_instance, words)[0]]
    assert guessed == []


def test_nobody_is_asked_to_give_who_does_not_ask(sample_instance):
    phrasebook = sample_instance.index._word_lists.get().phrasebook
    assert {"donate-food", "volunteer-food", "donating"} <= phrasebook.giving_terms
    [notice], _ = _nearest(sample_instance, "yesterday i got canned")
    assert "donate-food" not in notice.details["topics"].split("|")
