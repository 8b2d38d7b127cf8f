"""Ways to say a topic: which words of people and listings may name it."""

import pytest

from referral.imports.seed_lists import load_base
from referral.store.terms import load_terms
from referral.store.word_lists import load_thesaurus
from referral.topic_suggestions.phrase_evidence import PhraseMatcher
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.topic_phrases import topic_phrases, whole_phrases
from tests.support.databases import database_filled

directory_url = database_filled(load_base)


@pytest.fixture
def score(instance):
    """Give the score of a topic for a service of this name."""
    with instance.store.read() as session:
        terms, thesaurus = load_terms(session), list(load_thesaurus(session))
    matcher = PhraseMatcher([*topic_phrases(terms, thesaurus), *whole_phrases(terms, thesaurus)])

    def score_of(name, code):
        found = matcher.find(ServiceText(service_id="s", name=name))
        return max(
            (one.score for term_id, one in found.items() if terms.terms[term_id].code == code),
            default=0.0,
        )

    return score_of


@pytest.mark.parametrize(
    ("whole", "other", "topic"),
    [
        ("Elm Senior Centers", "Elm Senior Law", "senior-centers"),
        ("Community Meals", "Meals", "free-meals"),
    ],
)
def test_words_of_a_place_count_where_they_all_stand(score, whole, other, topic):
    assert score(whole, topic) > 0.8
    assert score(other, topic) < 0.6


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("Early Childhood Education", "adult-education"),
        ("Emergency Rental Assistance", "emergency-help"),
        ("AIDS Drug Assistance", "addiction"),
        ("Camp Bennet", "street-outreach"),
    ],
)
def test_one_word_that_is_said_of_many_kinds_names_none(score, name, topic):
    assert score(name, topic) == 0.0


def test_what_helpers_do_does_not_make_a_service_one_for_helpers(instance):
    with instance.store.read() as session:
        terms = load_terms(session)
        matcher = PhraseMatcher(topic_phrases(terms, load_thesaurus(session)))

    def topics(name):
        found = matcher.find(ServiceText(service_id="s", name=name))
        return {terms.terms[term_id].code for term_id in found}

    assert "home-delivered-meals" in topics("Home-Delivered Meals")
    assert "food-pantries" in topics("Food Bank")
    for name in ("Home-Delivered Meals", "Food Bank", "Food", "Day Care"):
        assert not [code for code in topics(name) if code.startswith(("volunteer", "donat"))], name
    assert "food" in topics("Food and Nutrition")
    assert "food-pantries" not in topics("Food and Nutrition")
    assert "volunteer-food" in topics("Food Bank Volunteers")
    assert "donate-food" in topics("Donate Food")
