"""Suggested topics as pages show them: which, and why."""

from dataclasses import replace

import pytest

from referral.directory.suggested_topics import (
    narrowest_suggestions,
    suggestion_of,
    suggestion_reason,
)
from referral.records.classification import TaxonomyTerm
from referral.records.hsds import Organization, Service
from referral.records.listing import Listing
from referral.records.topic_suggestions import EvidencePlace, SuggestedTopic, topics_to_show
from referral.search.query import Hit

FOOD = TaxonomyTerm(id="1", name="Food", code="food")
PANTRY = TaxonomyTerm(id="2", name="Food pantries", code="pantry", parent_id="1")
GIVING = TaxonomyTerm(id="3", name="Give food", code="give")
MONEY = TaxonomyTerm(id="4", name="Money", code="money")


def topic(term, confidence, words="", place=EvidencePlace.NAME, *headings):
    path = (PANTRY, FOOD) if term is PANTRY else (term,)
    return SuggestedTopic(
        path=path, confidence=confidence, place=place, words=words, headings=headings
    )


def listing(*topics, name="Elm Food Pantry", description=""):
    service = Service(id="s", organization_id="o", name=name, description=description)
    return Listing(service=service, suggested_topics=topics)


@pytest.mark.parametrize(
    ("confidence", "place", "text"),
    [
        (0.5, EvidencePlace.NAME, "Looks like Food pantries: “Pantry” in its name."),
        (0.5, EvidencePlace.CATEGORY, "Looks like Food pantries: “Pantry” in its category."),
        (0.5, EvidencePlace.DESCRIPTION, "Looks like Food pantries: “Pantry” in its description."),
        (0.5, EvidencePlace.SIMILAR, "Looks like Food pantries, as others in its category do."),
        (0.5, EvidencePlace.TEXT, "Looks like Food pantries, from its text."),
        (0.4, EvidencePlace.NAME, "May be Food pantries: “Pantry” in its name."),
        (0.4, EvidencePlace.CATEGORY, "May be Food pantries: “Pantry” in its category."),
        (0.4, EvidencePlace.DESCRIPTION, "May be Food pantries: “Pantry” in its description."),
        (0.4, EvidencePlace.SIMILAR, "May be Food pantries, as others in its category may."),
        (0.4, EvidencePlace.TEXT, "May be Food pantries, from its text."),
    ],
)
def test_the_reason_says_how_sure_and_from_where(confidence, place, text):
    assert str(suggestion_reason(topic(PANTRY, confidence, "Pantry", place))) == text


@pytest.mark.parametrize(
    ("topics", "shown"),
    [
        ((), ()),
        (((FOOD, 0.29, ""),), ()),
        (((FOOD, 0.3, ""),), (FOOD,)),
        (((FOOD, 0.9, "a"), (MONEY, 0.73, "b"), (GIVING, 0.71, "c")), (FOOD, MONEY)),
        (((FOOD, 0.9, "food"), (GIVING, 0.88, "Food"), (MONEY, 0.8, "cash")), (FOOD, MONEY)),
        (((FOOD, 0.9, ""), (GIVING, 0.88, "")), (FOOD, GIVING)),
    ],
)
def test_browsing_goes_by_the_surest_and_once_for_the_same_words(topics, shown):
    found = topics_to_show([topic(*each) for each in topics])
    assert tuple(each.term for each in found) == shown


CATEGORY, NAME, TEXT = EvidencePlace.CATEGORY, EvidencePlace.NAME, EvidencePlace.DESCRIPTION


@pytest.mark.parametrize(
    ("surest", "other", "is_shown"),
    [
        ((FOOD, 0.9, "food", CATEGORY), (PANTRY, 0.3, "pantry", TEXT), True),
        ((FOOD, 0.9, "food", CATEGORY), (PANTRY, 0.29, "pantry", TEXT), False),
        ((FOOD, 0.9, "food", CATEGORY), (PANTRY, 0.6, "pantry", CATEGORY), False),
        ((FOOD, 0.9, "food", CATEGORY), (MONEY, 0.5, "cash", TEXT), True),
        ((FOOD, 0.9, "food", CATEGORY), (MONEY, 0.49, "cash", TEXT), False),
        ((FOOD, 0.9, "food", CATEGORY), (MONEY, 0.6, "Money Fund", NAME), True),
        ((FOOD, 0.9, "food", CATEGORY), (MONEY, 0.6, "Money", NAME), False),
        ((FOOD, 0.9, "food", NAME), (MONEY, 0.6, "cash", TEXT), False),
    ],
)
def test_its_own_words_add_narrower_topics_and_correct_categories(surest, other, is_shown):
    given = listing(topic(*surest), topic(*other))
    assert [each.term for each in given.topics_to_show] == [surest[0], *[other[0]][:is_shown]]
    service = replace(given.service, name="Elm Shelter")
    for_women = replace(service, description="For battered women.")
    agency = Organization(id="o", name="Way Out", description="Help after domestic violence.")
    for shelter in (
        replace(given, service=for_women),
        replace(given, service=service, organization=agency),
    ):
        assert [each.term for each in shelter.topics_to_show] == [surest[0]]


def test_a_page_names_the_narrowest():
    given = listing(topic(PANTRY, 0.9, "Food Pantry"), topic(FOOD, 0.88, "Food"))
    assert [each.term for each in narrowest_suggestions(given)] == [PANTRY]


def test_a_result_is_explained_by_the_surest_topic_asked_for_or_below_it():
    given = listing(topic(MONEY, 0.9), topic(PANTRY, 0.8), topic(FOOD, 0.7))
    assert suggestion_of(given, Hit(service_id="s", score=1, suggested_topic="food")).term is PANTRY
    assert suggestion_of(given, Hit(service_id="s", score=1, suggested_topic="x")) is None
    assert suggestion_of(given, Hit(service_id="s", score=1)) is None


def test_a_result_of_a_heading_is_explained_by_a_topic_under_it():
    given = listing(
        topic(MONEY, 0.9, "", EvidencePlace.TEXT, "legal"),
        topic(PANTRY, 0.8, "", EvidencePlace.TEXT, "basic-needs"),
    )
    hit = Hit(service_id="s", score=1, is_suggested=True)
    assert suggestion_of(given, hit, ("basic-needs",)).term is PANTRY
    assert suggestion_of(given, hit, ("health",)) is None


@pytest.mark.parametrize(
    ("place", "words", "kept"),
    [
        (EvidencePlace.NAME, "Food Pantry", "Food Pantry"),
        (EvidencePlace.NAME, "Soup kitchen", ""),
        (EvidencePlace.DESCRIPTION, "bags of bread", "bags of bread"),
        (EvidencePlace.DESCRIPTION, "12 Hidden Lane", ""),
        (EvidencePlace.CATEGORY, "Food Pantry", ""),
    ],
)
def test_words_that_are_not_in_the_listing_now_are_not_said(place, words, kept):
    given = listing(topic(PANTRY, 0.9, words, place), description="It gives\nbags of  bread.")
    found = suggestion_of(given, Hit(service_id="s", score=1, suggested_topic="pantry"))
    assert found.words == kept
    assert found.place is (place if kept else EvidencePlace.TEXT)
