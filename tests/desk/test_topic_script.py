"""The questions of a topic: each is asked once, never what was said, and an answer leads on."""

import re
from html import unescape

import pytest

from referral.app import create_app
from referral.desk.codes import Household
from referral.desk.next_question import (
    QuestionSubject,
    find_script,
    given_answers,
    next_in_script,
    next_question,
)
from referral.desk.records import InquiryDetails
from referral.directory.search import count_services
from referral.directory.topic_questions import shipped_questions
from referral.search.query import SearchQuery
from tests.support.desk import Desk


def position(instance, query, answered=(), details=None):
    script = find_script(instance, [query.topic], "en")
    return next_in_script(script, answered, query, count_services(instance, query), details)


def test_each_topic_of_ours_has_its_questions(sample_instance):
    for topic in shipped_questions():
        script = find_script(sample_instance, [topic], "es")
        assert script is not None
        assert script.topic == topic


def test_a_topic_without_questions_has_those_above_it(sample_instance):
    script = find_script(sample_instance, ["holiday-food"], "en")
    assert script is not None
    assert script.topic == "food"
    assert find_script(sample_instance, ["donating"], "en") is None
    assert find_script(sample_instance, ["no-such-topic"], "en") is None


def test_what_was_said_is_not_asked(sample_instance):
    food = SearchQuery(topic="food")
    assert position(sample_instance, food) == 0
    assert position(sample_instance, SearchQuery(topic="food", words="tonight")) == 1
    assert position(sample_instance, food, ["food/0/1"]) == 1
    assert position(sample_instance, food, ["food/0/99", "food/1/1"]) == 2
    known = InquiryDetails(household=Household.ALONE)
    assert position(sample_instance, food, ["food/0/0", "food/1/0"], known) is None
    # Who looks for a hot meal said that there is nowhere to cook.
    assert position(sample_instance, SearchQuery(topic="free-meals"), ["food/0/0"]) == 2


def test_an_answer_of_an_old_address_is_left_out(sample_instance):
    assert given_answers(sample_instance, ["food/9/0", "food/0/99", "gone/0/0"], "en") == ()
    [(question, answer)] = given_answers(sample_instance, ["food/1/1"], "en")
    assert question.words == "Do you have a place to cook?"
    assert answer.advice.startswith("Ask for food that needs no cooking")


def test_the_kind_of_help_is_not_asked_where_there_is_a_topic(sample_instance):
    query = SearchQuery(words="food")
    answer = count_services(sample_instance, query)
    asked = next_question(query, answer, has_topic=True)
    assert asked is None or asked.subject is not QuestionSubject.HEADING


@pytest.fixture
def desk(demo):
    return Desk(create_app(demo.settings, demo), demo, "zoe@example.org")


def question_on(text):
    part = re.search(r'<div class="desk-question">(.*?)</div>', text, re.DOTALL)
    return unescape(part[1]) if part else ""


def link_in(part, words):
    return re.search(rf'<a href="([^"]+)">{words}</a>', part)[1]


@pytest.mark.slow
def test_rent_asks_for_the_court_date_and_says_what_to_bring(desk):
    desk.press("/desk/inquiries")
    part = question_on(desk.client.get("/search?q=help+with+rent").text)
    assert "Is there a court date" in part
    text = desk.client.get(link_in(part, "Not yet")).text
    assert "Bring the lease and any letter from the landlord." in unescape(text)
    part = question_on(text)
    assert "How much of the rent can you pay?" in part
    text = desk.client.get(link_in(part, "Skip this question")).text
    assert "Is a child, an older adult or a veteran in the home?" in question_on(text)


@pytest.mark.slow
def test_an_answer_narrows_to_its_topic(desk):
    desk.press("/desk/inquiries")
    part = question_on(desk.client.get("/search?topic=rent-help").text)
    led = link_in(part, "Yes")
    assert "topic=eviction-prevention" in led
    assert "Go to court on that day, please." in unescape(desk.client.get(led).text)
    spanish = desk.client.get("/search?topic=rent-help&lang=es").text
    assert "¿Hay una fecha en la corte" in question_on(spanish)
