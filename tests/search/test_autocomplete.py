"""Suggestions while typing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from referral.fields.places.lookup import find_zip
from referral.search.query import CompletionKind
from referral.store.rows import ServiceRow
from tests.support.calls import count_calls


@pytest.fixture(scope="module")
def complete(sample_instance):
    """Suggest from the directory of the demo."""
    sample_instance.index.sync()

    def complete(text, limit=8):
        return [
            (found.kind.value, found.text, found.detail)
            for found in sample_instance.index.complete(text, limit)
        ]

    return complete


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo", ("term", "Food", "")),
        ("light b", ("term", "light bill", "Utility bills")),
        ("PAÑ", ("term", "pañales", "Diapers and wipes")),
        ("panal", ("term", "pañales", "Diapers and wipes")),
        ("titus", ("place", "Titusville, PA", "Crawford County")),
        ("rent re", ("service", "Rent Rescue", "Tamarack Opportunity Council")),
        ("rescue", ("service", "Rent Rescue", "Tamarack Opportunity Council")),
        ("tamarack county food", ("organization", "Tamarack County Food Bank", "")),
    ],
)
def test_what_begins_so_is_suggested_by_any_of_its_words(complete, text, expected):
    assert expected in complete(text)


def test_a_topic_is_suggested_only_where_it_has_services(complete, sample_instance):
    texts = {text for kind, text, _ in complete("f", 200) if kind == "term"}
    assert "Food" in texts
    assert complete("zzz") == complete("") == complete("  ") == complete("%*") == []


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_no_more_than_asked_for_none_twice_and_some_of_each_kind(complete, limit):
    found = complete("food", limit)
    assert len(found) == limit
    assert len(set(found)) == limit
    assert limit < 8 or {kind for kind, _, _ in found} >= {"term", "service"}


def test_it_looks_at_a_few_names_however_many_begin_so(complete):
    complete("f")
    assert count_calls(complete, "f") < 10_000
    assert count_calls(complete, "tamarack county food") < 2_000


def test_what_is_withdrawn_is_suggested_no_more(indexed, store):
    index = indexed()
    assert index.complete("serviceword3")[0].kind is CompletionKind.SERVICE
    with store.write() as session:
        session.get_one(ServiceRow, "service-3").retired_at = datetime(2026, 1, 1, tzinfo=UTC)
    index.sync()
    assert index.complete("serviceword3") == ()
    with store.write() as session:
        session.get_one(ServiceRow, "service-4").name = "renamed help"
    index.sync()
    assert index.complete("serviceword4") == ()
    assert index.complete("renamed")[0].text == "renamed help"


def test_what_serves_other_places_only_is_not_suggested(indexed, store):
    index = indexed()
    here, elsewhere = find_zip("16331"), find_zip("90001")
    assert index.complete("serviceword1", near=here) == index.complete("serviceword1")
    assert index.complete("serviceword1", near=elsewhere) == ()
