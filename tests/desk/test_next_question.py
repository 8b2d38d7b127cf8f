"""The next question is the one that leaves least; the numbers here can be checked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.desk.next_question import (
    QuestionSubject,
    best_question,
    facet_question,
    next_question,
)
from referral.desk.records import RECOMMENDED_REFERRALS
from referral.directory.search import count_services
from referral.directory.term_lookup import interpreted_topics
from referral.search.query import FacetValue, SearchQuery

COUNTS = st.lists(st.integers(1, 500), min_size=1, max_size=8)


def values(*counts):
    return [FacetValue(value=str(number), count=count) for number, count in enumerate(counts)]


def test_what_is_left_by_hand():
    assert facet_question(QuestionSubject.DELIVERY, values(50, 50), 100).expected_results == 50
    assert facet_question(
        QuestionSubject.DELIVERY, values(90, 10), 100
    ).expected_results == pytest.approx(82)
    # Free or not: one in five is free, and most may not mind: (20² + 100²) / 120.
    assert facet_question(QuestionSubject.COST, values(20), 100).expected_results == pytest.approx(
        86.67, abs=0.01
    )
    assert facet_question(QuestionSubject.COST, (), 100).expected_results == 100


def test_the_best_is_chosen_and_a_weak_one_is_not_asked():
    halves = facet_question(QuestionSubject.DELIVERY, values(50, 50), 100)
    uneven = facet_question(QuestionSubject.HEADING, values(90, 10), 100)
    assert best_question([uneven, halves], 100) is halves
    assert best_question([facet_question(QuestionSubject.COST, values(99), 100)], 100) is None
    assert best_question([], 100) is None


@given(COUNTS, st.sampled_from(QuestionSubject))
def test_no_question_is_said_to_leave_more_than_there_is(counts, subject):
    total = max(counts)
    left = facet_question(subject, values(*counts), total).expected_results
    assert min(counts) <= left <= total


def test_on_the_sample_each_answer_narrows_and_what_is_known_is_not_asked(sample_instance):
    query = SearchQuery(words="food")
    asked = set()
    for _ in range(8):
        answer = count_services(sample_instance, query)
        question = next_question(query, answer)
        if question is None or not question.choices:
            break
        assert question.subject not in asked
        asked.add(question.subject)
        choice = question.choices[0]
        assert choice.count <= answer.total
        if question.subject is not QuestionSubject.AGE:
            break
        query = SearchQuery(words="food", ages=(choice.value,))
    answer = count_services(sample_instance, SearchQuery(words="food"))
    assert answer.total > RECOMMENDED_REFERRALS


def test_topics_come_from_the_words(sample_instance):
    answer = count_services(sample_instance, SearchQuery(words="light bill"))
    understood = interpreted_topics(sample_instance, answer)
    assert understood
