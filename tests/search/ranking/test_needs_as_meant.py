"""What a need in few words means first: near people, broader where it must be, not by its name."""

from __future__ import annotations

import pytest

from referral.fields.places.lookup import find_zip
from referral.records.classification import Attribute, TaxonomyTerm
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referral.search.query import SearchQuery

HERE = find_zip("16335")
BROADER = {"pantries": "food", "meals": "food", "classes": "food", "pets": "", "teeth": "health"}


def topics(first=""):
    """Yield topics; those below one in the order of what most people mean, or another one first."""
    order = [first, *BROADER]
    for code in ("food", "health", *BROADER):
        yield TaxonomyTerm(
            id=code,
            code=code,
            name=code.title(),
            parent_id=BROADER.get(code, ""),
            sort=order.index(code) if code in order else None,
        )


def service(key, name, *codes, text="", area="", zip_code=""):
    yield Service(id=key, organization_id="o", name=name, description=text)
    for code in codes:
        yield Attribute(
            id=f"{key}-{code}",
            link_entity="service",
            link_id=key,
            taxonomy_term_id=code,
        )
    if area:
        yield ServiceArea(id=key, service_id=key, area_kind="county", area_codes=area)
    if zip_code:
        yield Location(id=key, location_type="physical")
        yield Address(id=key, location_id=key, postal_code=zip_code)
        yield ServiceAtLocation(id=key, service_id=key, location_id=key)


@pytest.fixture
def found(indexed):
    """Give a function from services and words to the ids of what is found, best first."""

    def search(services, words, near=HERE, first=""):
        records = [record for each in services for record in each]
        index = indexed(Organization(id="o", name="Agency"), *topics(first), *records)
        return [hit.service_id for hit in index.search(SearchQuery(words=words, near=near)).hits]

    return search


def test_a_need_that_is_the_name_of_a_service_elsewhere_is_no_name(found):
    here = service("here", "Grange shelf", "pantries", zip_code="16335")
    far = service("far", "Pantries", area="Erie County, PA", zip_code="16501")
    assert found([far, here], "pantries") == ["here", "far"]


def test_the_broader_topic_is_found_where_nobody_who_may_serve_has_the_narrow_one(found):
    far = service("far", "Smile office", "teeth", area="Erie County, PA", zip_code="16501")
    here = service("here", "Grange clinic", "health", zip_code="16335")
    assert found([far, here], "teeth") == ["here", "far"]


def test_the_broader_topic_is_not_found_where_somebody_has_the_narrow_one(found):
    near = service("near", "Molar office", "teeth", zip_code="16335")
    wide = service("wide", "Grange clinic", "health", zip_code="16335")
    assert found([near, wide], "teeth") == ["near"]


def kinds():
    yield service("class", "Cooking class", "classes", text="Food and more food.")
    yield service("meals", "Noon table", "meals")
    yield service("shelf", "Grange shelf", "pantries")
    yield service("truck", "Food truck", "pantries")
    yield service("bowls", "Food for dogs", "meals", "pets", text="Food, brought to you.")
    yield service("story", "Story hour", text="We read of food, food, food.")


def test_one_plain_word_means_first_what_most_people_mean(found):
    order = found(kinds(), "food")
    assert order[0] == "truck"
    assert order[1] == "shelf"  # before those whose words say food more often
    assert order[-1] == "story"


@pytest.mark.parametrize(("first", "earlier"), [("pantries", "shelf"), ("meals", "meals")])
def test_the_order_of_its_kinds_says_what_one_plain_word_means_first(found, first, earlier):
    order = found(kinds(), "food", first=first)
    assert next(each for each in order if each in {"shelf", "meals"}) == earlier


def test_animals_are_found_where_they_are_asked_for(found):
    assert found(kinds(), "pets")[0] == "bowls"


def test_a_text_that_names_the_zip_code_typed_is_of_this_place(found):
    text = "We serve 16335 and 16433."
    named = service("named", "Grange shelf", "pantries", text=text, zip_code="16433")
    silent = service("silent", "Mill shelf", "pantries", zip_code="16433")
    assert found([silent, named], "shelf 16335", near=None)[0] == "named"


@pytest.mark.parametrize("text", ["Bilingual staff.", "Se habla español."])
def test_a_text_that_says_so_speaks_spanish(found, text):
    says = service("says", "Mill shelf", "pantries", text=text)
    other = service("other", "Acre shelf", "pantries")
    assert found([other, says], "pantries in spanish", near=None)[0] == "says"


def test_a_town_is_never_corrected(indexed):
    index = indexed(Organization(id="o", name="Agency"), *service("s", "Bostan food"))
    question = index.search(SearchQuery(words="boston food")).question
    assert not [notice for notice in question.notices if notice.kind == "corrected"]
    question = index.search(SearchQuery(words="bostann food")).question
    assert [notice.details["to"] for notice in question.notices] == ["bostan"]


@pytest.mark.parametrize("word", ["mountain", "próxima"])
def test_an_everyday_word_is_never_corrected(indexed, word):
    index = indexed(Organization(id="o", name="Agency"), *service("s", "Fountain propia"))
    question = index.search(SearchQuery(words=f"fountain {word}")).question
    assert not [notice for notice in question.notices if notice.kind == "corrected"]
