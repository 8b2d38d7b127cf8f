"""One way to find topics, for needs, for searches that found nothing and for services."""

import pytest

from referral.directory.search import count_services
from referral.directory.term_lookup import (
    find_terms,
    interpreted_topics,
    name_terms,
    searched_needs,
)
from referral.records.classification import TaxonomyTerm
from referral.records.headings import OWN_TAXONOMY
from referral.search.query import SearchQuery
from referral.store.conversion import row_from


def names(found):
    return [line.name for line in found]


@pytest.fixture
def topics(instance):
    """A directory of a few topics, one of them without a code, and no index yet."""
    with instance.store.write() as session:
        for key, code, name, words, parent in [
            ("f", "food", "Food", "groceries", ""),
            ("p", "BD-1800", "Food pantries", "canned goods|food bank", "f"),
            ("b", "", "Baby food", "", "f"),
            ("h", "heat", "Heating bills", "", ""),
        ]:
            session.add(row_from(TaxonomyTerm(
                id=key, code=code, name=name, use_references=words, parent_id=parent
            )))  # fmt: skip
    return instance


def test_what_search_understands_comes_first(sample_instance):
    answer = count_services(sample_instance, SearchQuery(words="light bill"))
    understood = [term.id for term in interpreted_topics(sample_instance, answer)]
    assert understood
    found = find_terms(sample_instance, "light bill")
    assert [line.id for line in found][: len(understood)] == understood
    assert find_terms(sample_instance, "qqqq") == find_terms(sample_instance, " - ") == ()


def test_a_category_of_another_list_does_not_take_the_place_of_our_topic(instance):
    with instance.store.write() as session:
        for key, code, name, taxonomy in [
            ("a", "", "Food", "DC"),
            ("b", "food", "Food", OWN_TAXONOMY),
            ("c", "", "Food", "SF"),
            ("d", "", "Youth", "DC"),
            ("e", "rent", "Rent", OWN_TAXONOMY),
        ]:
            term = TaxonomyTerm(id=key, code=code, name=name, taxonomy=taxonomy)
            session.add(row_from(term))
    instance.index.sync()
    answer = count_services(instance, SearchQuery(words="youth food rent"))
    assert [term.id for term in interpreted_topics(instance, answer)] == ["d", "b", "a", "c", "e"]
    assert [term.code for term in searched_needs(instance, answer)] == ["food", "rent"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("food", ["Food", "Baby food", "Food pantries"]),
        ("FOOD pantr", ["Food pantries"]),  # what has only one of them is left out
        ("canned", ["Food pantries"]),
        ("food bank", ["Food pantries"]),
        ("bd 1800", ["Food pantries"]),
        ("heating zebra", ["Heating bills"]),  # nothing has both
        ("hetaing bils", ["Heating bills"]),
    ],
)
def test_names_other_words_and_codes_without_an_index(topics, words, expected):
    assert names(find_terms(topics, words)) == expected


def test_only_what_has_a_code_and_only_so_many(topics):
    assert names(find_terms(topics, "food", coded=True)) == ["Food", "Food pantries"]
    assert names(find_terms(topics, "food", most=1)) == ["Food"]


def test_the_way_up_and_what_is_gone(topics):
    pantries, gone = name_terms(topics, ["p", "gone", "p"])
    assert (pantries.code, pantries.above) == ("BD-1800", ("Food",))
    assert (gone.id, gone.code, gone.name, gone.above) == ("gone", "", "gone", ())
