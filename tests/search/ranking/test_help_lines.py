"""National help lines among results: by their topics, not by words of their descriptions."""

from __future__ import annotations

import pytest

from referral.directory.search import find_services
from referral.imports.seed_lists import load_base
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from tests.support.databases import database_filled

directory_url = database_filled(load_base)


@pytest.fixture
def found(instance):
    """Give a function from words to the names of what is found."""
    instance.index.sync()

    def names(words: str) -> set[str]:
        found = find_services(instance, SearchQuery(words=words), Audience.PUBLIC)
        return {card.service.name for card in found.cards.items}

    return names


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    ["un trabajo", "ride to the doctor", "a doctor without insurance", "ayuda con mis deudas"],
)
def test_a_line_for_another_need_is_no_answer(found, words):
    assert found(words) <= {"2-1-1 local help line"}


@pytest.mark.slow
def test_the_line_for_any_need_stays(found):
    assert found("food") == {"2-1-1 local help line"}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("poison help", "Poison Help"),  # by its name
        ("my child drank bleach", "Poison Help"),  # by its topic
        ("trevor project", "The Trevor Project (LGBTQ+ youth)"),
    ],
)
def test_a_line_is_found_by_its_name_and_by_its_topics(found, words, name):
    assert name in found(words)
