"""Stories of several needs: each is read by itself, and their results take turns."""

from __future__ import annotations

import pytest

from referral.fields.places.lookup import find_zip
from referral.search.query import PreferenceKind, SearchQuery, Sort
from referral.search.understanding.stories import parts_of_story

LAID_OFF = "I was laid off. We can't pay the rent and my son needs his inhaler."
LAID_OFF_NEEDS = ["unemployment-benefits", "rent-help", "prescriptions"]


def search(instance, words, **more):
    return instance.index.search(SearchQuery(words=words, **more))


def first_topics(answer):
    return [word.topics[0] for word in answer.question.words if word.topics]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We sleep in the car. My son is sick!", ["We sleep in the car", "My son is sick"]),
        ("no heat and my baby is cold", ["no heat", "my baby is cold"]),
        ("sin trabajo y mis hijos sin comida", ["sin trabajo", "mis hijos sin comida"]),
        ("food and clothes", []),
        ("a dentist. Please!", ["a dentist", "Please"]),
        ("...", []),
    ],
)
def test_a_text_is_split_where_something_else_begins(text, parts):
    assert list(parts_of_story(text)) == parts


@pytest.mark.parametrize(
    ("words", "topics"),
    [
        (LAID_OFF, LAID_OFF_NEEDS),
        (
            "Perdí mi trabajo. No puedo pagar la renta y mis hijos no tienen comida.",
            ["unemployment-benefits", "rent-help", "food"],
        ),
    ],
)
def test_each_need_of_a_story_is_understood(sample_instance, words, topics):
    answer = search(sample_instance, words)
    assert len(answer.question.needs) == len(topics)
    assert first_topics(answer) == topics
    assert answer.question.guess is None


@pytest.mark.parametrize(
    "words",
    [
        "I am a veteran. I need a dentist.",
        "My tooth hurts and I have no money.",
        "I need food. Where can I get food?",
        "My husband hits me. I have no job and the rent is due.",
    ],
)
def test_who_somebody_is_no_money_one_need_twice_and_danger_are_no_story(sample_instance, words):
    assert not search(sample_instance, words).question.needs


def test_results_take_turns_each_service_once_and_pages_go_on(sample_instance):
    answer = search(sample_instance, LAID_OFF, near=find_zip("16335"))
    alone = [
        search(sample_instance, word.text, near=find_zip("16335")).hits
        for word in answer.question.words
    ]
    found = [hit.service_id for hit in answer.hits]
    assert found[:3] == [hits[0].service_id for hits in alone]
    index = sample_instance.index
    query = SearchQuery(words=LAID_OFF, near=find_zip("16335"))
    pages = [index.search(query, limit=7, offset=offset).hits for offset in (0, 7, 14)]
    ids = [hit.service_id for page in pages for hit in page]
    assert len(set(ids)) == len(ids)
    assert ids == list(index.all_ids(query))[: len(ids)]
    assert len(index.all_ids(query)) == answer.total


def test_by_name_they_stand_as_names_do(sample_instance):
    titles = sample_instance.index.all_ids(SearchQuery(words=LAID_OFF, sort=Sort.NAME))
    order = sample_instance.index.all_ids(SearchQuery(sort=Sort.NAME))
    places = [order.index(each) for each in titles]
    assert places == sorted(places)


def test_place_and_preferences_are_of_the_whole(sample_instance):
    words = "I live in Titusville and I speak Spanish. We can't pay the rent and my son is sick."
    question = search(sample_instance, words).question
    assert question.place.city == "Titusville"
    kinds = {each.kind for need in question.needs for each in need.preferences}
    assert kinds == {PreferenceKind.LANGUAGE}
    assert {need.near.city for need in question.needs} == {"Titusville"}
