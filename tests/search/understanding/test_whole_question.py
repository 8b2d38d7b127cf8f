"""Topics of a question as a whole, its language, and words that are no slips."""

import numpy as np
import pytest

from referral.cli import search as command
from referral.fields.places.lookup import find_towns, find_zip
from referral.imports.seed_lists import load_base
from referral.search.query import SearchQuery, WordKind
from referral.search.understanding.knowledge import Knowledge
from referral.search.understanding.question import interpret_words
from referral.search.understanding.towns import Neighborhood
from tests.support.databases import database_filled

directory_url = database_filled(load_base)


def notices_of(instance, words):
    """Give the notices of a search by their kind."""
    answer = instance.index.search(SearchQuery(words=words))
    return {notice.kind: dict(notice.details) for notice in command.notices_of(answer)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("the boss didnt pay me for two weeks", "worker-rights"),
        ("my uncle passed and there is no money to bury him", "funeral-help"),
        ("mi tio tomo toda la vida y ahora quiere dejarlo", "addiction"),
    ],
)
def test_words_that_phrases_hardly_explain_are_guessed_as_a_whole(searchable, words, topic):
    nearest = notices_of(searchable, words)["nearest"]
    broader = {"addiction": {"rehab", "detox", "recovery-groups", "outpatient-treatment"}}
    assert {topic, *broader.get(topic, ())} & set(nearest["topics"].split("|"))


@pytest.mark.slow
def test_what_phrases_explain_is_not_guessed(searchable):
    assert "nearest" not in notices_of(searchable, "food pantry")
    assert "nearest" not in notices_of(searchable, "help with the light bill")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "topics"),
    [
        ("living in a van with my dog", "shelter|emergency-shelter"),
        ("we sleep in my truck", "shelter|emergency-shelter"),
        ("vivo en una van con mi perro", "shelter|emergency-shelter"),
        ("I want to give my time", "volunteering|volunteer-centers"),
        ("quiero donar mi tiempo", "volunteering|volunteer-centers"),
        ("papeles de inmigración", "immigration-legal"),
        ("papeles migratorios", "immigration-legal"),
        ("clothes for a job interview", "work-clothes"),
    ],
)
def test_a_need_in_a_few_words_is_understood(searchable, words, topics):
    answer = searchable.index.search(SearchQuery(words=words))
    understood = [notice for notice in command.notices_of(answer) if notice.kind == "understood"]
    assert understood[0].details["topics"].split("|") == topics.split("|")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "is_meant"),
    [
        ("a job after prison", True),
        ("un trabajo después de la cárcel", True),
        ("a job for my brother", False),
        ("food for a veteran", False),
    ],
)
def test_a_need_and_the_people_it_is_for_mean_the_topic_of_both(searchable, words, is_meant):
    answer = searchable.index.search(SearchQuery(words=words))
    topics = "|".join(
        notice.details.get("topics", "") for notice in command.notices_of(answer)
    ).split("|")
    assert ("second-chance-jobs" in topics) is is_meant


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("im 17 and need a place to sleep", "youth-shelter"),
        ("tengo 17 y no tengo donde dormir", "youth-shelter"),
        ("17 nowhere to sleep", "youth-shelter"),
        ("70 years old needs a ride", "senior-rides"),
    ],
)
def test_an_age_says_whom_a_need_is_for(searchable, words, topic):
    assert topic in notices_of(searchable, words)["understood"]["topics"].split("|")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("nothing in the fridge two kids", "food-pantries"),
        ("nada en la nevera", "food-pantries"),
        ("me cortaron la luz y no puedo pagar el recibo", "electric-help"),
        ("mi abuelita necesita que la lleven a sus citas", "medical-rides"),
        ("mis papas me hecharon de la casa", "youth-shelter"),
        ("a doctor who speaks spanish", "clinics"),
        ("flod damage help", "disaster"),
        ("boluntariado", "volunteering"),
        ("voluntering on saturdays", "volunteering"),
    ],
)
def test_needs_that_people_told_in_the_twelve_stories(searchable, words, topic):
    answer = searchable.index.search(SearchQuery(words=words))
    assert topic in {code for word in answer.question.words for code in word.topics}


@pytest.mark.slow
def test_children_left_alone_are_not_stalked(searchable):
    answer = searchable.index.search(SearchQuery(words="neighbor leaves her kids alone all night"))
    topics = [code for word in answer.question.words for code in word.topics]
    assert topics == ["child-abuse"]


@pytest.mark.slow
def test_who_names_a_need_and_asks_for_help_does_not_ask_for_a_help_line(searchable):
    understood = notices_of(searchable, "need help with the light bill").get("understood", {})
    assert "help-line-211" not in understood.get("topics", "")
    assert "help-line-211" in notices_of(searchable, "I need help")["understood"]["topics"]


@pytest.mark.slow
def test_how_many_people_there_are_is_no_need(searchable):
    found = notices_of(searchable, "food for me and my 2 kids")
    assert "nearest" not in found
    assert notices_of(searchable, "section 8")["understood"]["topics"]


@pytest.mark.slow
def test_everyday_words_are_no_slips(searchable):
    found = notices_of(searchable, "buenas tengo cinco meses de embarazo")
    assert found.get("corrected", {}).get("to") not in {"becas", "casco"}


@pytest.mark.slow
def test_the_stamps_of_food_stamps_are_no_town(searchable):
    searchable.index.search(SearchQuery(words="food"))
    [stamps, *_] = find_towns("stamps")
    knowledge = Knowledge(
        vocabulary=searchable.index._snapshots.latest().words.vocabulary,
        phrasebook=searchable.index._word_lists.get().phrasebook,
        neighborhood=Neighborhood.of_sites(
            np.array([stamps.latitude]), np.array([stamps.longitude])
        ),
    )
    assert interpret_words(("food", "stamps"), knowledge)[1] is None
    assert interpret_words(("pantry", "stamps"), knowledge)[1] is not None


@pytest.mark.slow
def test_lights_that_got_cut_off_are_in_no_town(searchable):
    searchable.index.search(SearchQuery(words="food"))
    [town, *_] = find_towns("cut off")
    knowledge = Knowledge(
        vocabulary=searchable.index._snapshots.latest().words.vocabulary,
        phrasebook=searchable.index._word_lists.get().phrasebook,
        neighborhood=Neighborhood.of_sites(np.array([town.latitude]), np.array([town.longitude])),
    )
    words = ("lights", "got", "cut", "off", "cant", "pay", "bill")
    assert interpret_words(words, knowledge)[1] is None


def test_a_town_near_the_zip_code_is_a_place_though_no_site_is_there(searchable):
    near = find_zip("93446")
    answer = searchable.index.search(SearchQuery(words="food paso robles", near=near))
    assert WordKind.PLACE in {word.kind for word in answer.question.words}
    assert answer.question.near == near
    passing = SearchQuery(words="three day notice", near=find_zip("32059"))
    notice = searchable.index.search(passing).question
    assert "eviction-prevention" in {code for word in notice.words for code in word.topics}, (
        "Day, FL"
    )
    far = searchable.index.search(SearchQuery(words="food paso robles", near=find_zip("16335")))
    assert WordKind.PLACE not in {word.kind for word in far.question.words}


@pytest.mark.slow
def test_a_guess_without_services_hides_nothing(searchable):
    """Topics without any service must not keep the words from being looked for."""
    plain = searchable.index.search(SearchQuery(words="suicide lifeline", exactly=True))
    assert plain.total
    odd = searchable.index.search(SearchQuery(words="lifeline zamboni"))
    assert odd.total
