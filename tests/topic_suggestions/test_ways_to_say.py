"""Ways to say a topic: which words of people and listings may name it."""

from referral.imports.seed_lists import load_base
from referral.store.terms import load_terms
from referral.store.word_lists import load_thesaurus
from referral.topic_suggestions.phrase_evidence import PhraseMatcher
from referral.topic_suggestions.service_texts import ServiceText
from referral.topic_suggestions.ways_to_say import ways_to_say
from tests.support.databases import database_filled

directory_url = database_filled(load_base)


def test_what_helpers_do_does_not_make_a_service_one_for_helpers(directory):
    with directory.store.read() as session:
        terms = load_terms(session)
        matcher = PhraseMatcher(ways_to_say(terms, load_thesaurus(session)))

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
