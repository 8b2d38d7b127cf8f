"""Terms as a tree: paths, what is below, words of other languages, and codes without a name."""

from dataclasses import replace

import pytest

from referral.records.classification import TaxonomyTerm, Translation
from referral.records.headings import OWN_TAXONOMY
from referral.records.visibility import Visibility
from referral.store.conversion import row_from
from referral.store.rows import HeadingRow
from referral.store.terms import load_terms, read_headings

STAFF = Visibility.STAFF
FOOD = TaxonomyTerm(id="food", code="BD-1800", name="Food", taxonomy="2-1-1")
MEALS = replace(FOOD, id="meals", code="BD-1800.2000", name="Meals", parent_id="food")
BARE = TaxonomyTerm(id="bare", code="BD-1800", name="BD-1800", taxonomy="County")
WORDS = Translation(id="w", link_entity="taxonomy_term", link_id="food", language="es",
                    field="name", text="Comida|Alimentos")  # fmt: skip


def tree(session, *records):
    for record in records:
        session.merge(row_from(record))
        session.flush()
    return load_terms(session)


def ids(terms):
    return [each.id for each in terms]


def test_a_path_leads_to_the_top_and_a_loop_ends(session):
    found = tree(session, FOOD, MEALS, replace(FOOD, id="x", code="x", parent_id="y"),
                 replace(FOOD, id="y", code="y", parent_id="x"))  # fmt: skip
    assert ids(found.path("meals")) == ["meals", "food"]
    assert ids(found.path("x")) == ["x", "y"]
    assert found.path("none") == ()
    assert found.with_descendants(["food"]) == {"food", "meals"}
    assert found.with_descendants(["x"]) == {"x", "y"}
    assert found.heading_path("meals").steps == (("BD-1800.2000", "Meals"), ("BD-1800", "Food"))


def test_only_public_terms_and_texts_are_there(session):
    found = tree(session, replace(FOOD, use_references="Groceries||Bread"),
                 replace(MEALS, visibility=STAFF), WORDS,
                 replace(WORDS, id="v", text="Secreto", visibility=STAFF),
                 replace(WORDS, id="u", text="Otro", link_entity="service"),
                 replace(WORDS, id="t", text="Largo", field="description"),
                 replace(WORDS, id="r", text="Pan|", field="use_references"))  # fmt: skip
    assert found.terms.keys() == {"food"}
    references, others = found.words("food")[:2], found.words("food")[2:]
    assert references == ("Groceries", "Bread")
    assert sorted(others) == ["Alimentos", "Comida", "Pan"]


@pytest.mark.parametrize(
    ("bare", "others", "is_same"),
    [
        (BARE, [FOOD], True),  # a code of the 2-1-1 taxonomy means the same everywhere
        (BARE, [replace(BARE, id="a")], True),
        (replace(BARE, code="17", name="17"), [replace(FOOD, code="17")], False),
        (replace(BARE, code="17", name="17", taxonomy="2-1-1"), [replace(FOOD, code="17")], True),
        (BARE, [replace(FOOD, code="BD-1900")], False),
    ],
)
def test_a_term_that_has_only_a_code_is_the_one_that_another_list_names(
    session, bare, others, is_same
):
    found = tree(session, *others, bare, replace(MEALS, id="below", parent_id="bare"))
    other = others[0].id
    assert found.get("bare").id == (other if is_same else "bare")
    assert ("bare" in found.terms) is not is_same
    assert ids(found.path("below")) == ["below", other if is_same else "bare"]
    start = other if is_same else "bare"
    assert found.with_descendants([start]) == {start, "bare", "below"}


def test_a_code_of_two_taxonomies_means_our_own_term_and_then_one_with_a_name(session):
    code = {"code": "17"}
    ours = replace(FOOD, id="z", taxonomy=OWN_TAXONOMY, **code)
    found = tree(session, replace(FOOD, id="a", **code), ours, replace(BARE, name="17", **code))
    assert found.ids[ours.key] == "z"
    assert found.get("17").id == "z"


def test_headings_come_in_their_order(session):
    session.add_all(
        [HeadingRow(slug="a", name="A", sort=2), HeadingRow(slug="b", name="B", sort=1)]
    )
    session.flush()
    assert [each.slug for each in read_headings(session)] == ["b", "a"]
