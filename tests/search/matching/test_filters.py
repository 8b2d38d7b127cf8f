"""Filters, their counts, bands and orders, each against a count by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from referral.fields.places.lookup import Place, miles_between
from referral.records.classification import Attribute, ServiceHeading, TaxonomyTerm
from referral.records.hsds import (
    CostOption,
    Language,
    Location,
    Organization,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.search import Index
from referral.search.query import SearchQuery, Sort
from referral.store import Store
from tests.search.small_directory import fill

HERE = Place(latitude=41.5, longitude=-80.0)
MONDAY_NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 12:00 in New York
MONDAY_NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # Monday 22:00


def _instance():
    """Yield services a to f: north of HERE by 0, 7, 35 and 140 miles; unknown; by telephone."""
    yield Organization(id="o", name="Agency")
    yield TaxonomyTerm(id="t", code="top", name="Top")
    yield TaxonomyTerm(id="u", code="under", name="Under", parent_id="t")
    for key, name, heading, language, free, term in [
        ("a", "Zebra", "basic-needs", "en", True, "u"),
        ("b", "Yak", "basic-needs", "es", False, "t"),
        ("c", "Xenops", "health", "es", True, ""),
        ("d", "Walrus", "health", "en", False, ""),
        ("e", "Vole", "legal", "en", True, ""),
        ("f", "Urchin", "legal", "es", False, "u"),
    ]:
        yield Service(id=key, organization_id="o", name=f"{name} animal")
        yield ServiceHeading(id=key, service_id=key, heading=heading, set_by="staff")
        yield Language(id=key, service_id=key, code=language)
        if free:
            yield CostOption(id=key, service_id=key, amount=0.0)
        if term:
            yield Attribute(id=key, link_entity="service", link_id=key, taxonomy_term_id=term)
    for key, degrees in [("a", 0.0), ("b", 0.1), ("c", 0.5), ("d", 2.0)]:
        yield Location(id=f"{key}1", latitude=HERE.latitude + degrees, longitude=-80.0)
        yield ServiceAtLocation(id=f"{key}1", service_id=key, location_id=f"{key}1")
    yield Location(id="a2", latitude=HERE.latitude + 0.2, longitude=-80.0)
    yield ServiceAtLocation(id="a2", service_id="a", location_id="a2")
    yield Location(id="e1")
    yield ServiceAtLocation(id="e1", service_id="e", location_id="e1")
    yield Location(id="f1", location_type="virtual", latitude=1.0, longitude=1.0)
    yield ServiceAtLocation(id="f1", service_id="f", location_id="f1")
    # a: closed here, open 14 miles away at night; b: by its own hours; f: day and night.
    yield _hours("a1", "09:00", "17:00", service_at_location_id="a1")
    yield _hours("a2", "20:00", "23:00", service_at_location_id="a2")
    yield _hours("b1", "08:00", "16:00", service_id="b")
    yield _hours("f1", "00:00", "23:59", service_id="f")


def _hours(key, opens, closes, **parents):
    return Schedule(id=key, freq="WEEKLY", byday="MO", opens_at=opens, closes_at=closes, **parents)


@pytest.fixture(scope="module")
def index(sqlite_databases, tmp_path_factory):
    """Give an index of that directory."""
    store = Store(sqlite_databases.migrated())
    fill(store, *_instance())
    index = Index(tmp_path_factory.mktemp("filters"), store, lambda: "America/New_York")
    index.sync()
    yield index
    index.close()
    store.close()


def found(answer):
    return "".join(hit.service_id for hit in answer.hits)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (SearchQuery(), "abcdef"),
        (SearchQuery(headings=("health",)), "cd"),
        (SearchQuery(headings=("health", "legal")), "cdef"),
        (SearchQuery(headings=("nothing",)), ""),
        (SearchQuery(language="es"), "bcf"),
        (SearchQuery(cost=("free",)), "ace"),
        (SearchQuery(topic="under"), "af"),
        (SearchQuery(topic="top"), "abf"),
        (SearchQuery(near=HERE, within=5), "aef"),
        (SearchQuery(near=HERE, within=10), "abef"),
        (SearchQuery(near=HERE, within=50), "abcef"),
        (SearchQuery(within=5), "abcdef"),
        (SearchQuery(open_at=MONDAY_NOON), "abf"),
        (SearchQuery(open_at=MONDAY_NIGHT), "af"),
        (SearchQuery(open_at=MONDAY_NIGHT, near=HERE, within=5), "f"),
        (SearchQuery(open_at=MONDAY_NIGHT, near=HERE, within=20), "af"),
        (SearchQuery(open_at=MONDAY_NOON, near=HERE, within=5, cost=("free",)), "a"),
        (SearchQuery(words="animal", language="es", headings=("legal",)), "f"),
        (SearchQuery(words="zebra", language="es"), ""),
    ],
)
def test_filters_leave(index, query, ids):
    answer = index.search(query)
    assert sorted(found(answer)) == list(ids)
    assert answer.total == len(ids)


def facet(answer, name):
    return {value.value: value.count for value in answer.facets[name]}


def test_facets_count_what_a_click_would_leave(index):
    answer = index.search(SearchQuery())
    assert facet(answer, "headings") == {"basic-needs": 2, "health": 2, "legal": 2}
    assert facet(answer, "languages") == {"en": 3, "es": 3}
    assert facet(answer, "free") == {"free": 3}
    answer = index.search(SearchQuery(headings=("health",), language="es"))
    assert facet(answer, "headings") == {"basic-needs": 1, "health": 1, "legal": 1}
    assert facet(answer, "languages") == {"en": 1, "es": 1}
    assert facet(answer, "free") == {"free": 1}


@pytest.mark.parametrize("words", ["", "animal", "zebra"])
@pytest.mark.parametrize("language", ["", "es"])
def test_every_count_is_what_the_filter_then_leaves(index, words, language):
    query = SearchQuery(words=words, language=language, near=HERE, within=50)
    for value in index.search(query).facets["headings"]:
        filtered = SearchQuery(
            words=words, language=language, near=HERE, within=50, headings=(value.value,)
        )
        assert index.search(filtered).total == value.count


def test_distance_is_to_the_nearest_place_that_was_asked_for(index):
    hits = {hit.service_id: hit for hit in index.search(SearchQuery(near=HERE)).hits}
    assert (hits["a"].location_id, hits["a"].distance_miles) == ("a1", 0.0)
    assert hits["b"].distance_miles == pytest.approx(miles_between(41.5, -80, 41.6, -80), abs=0.01)
    assert (hits["e"].location_id, hits["e"].distance_miles) == ("", None)
    assert (hits["f"].location_id, hits["f"].distance_miles) == ("", None)
    [a, _] = index.search(SearchQuery(near=HERE, open_at=MONDAY_NIGHT)).hits
    assert (a.location_id, a.distance_miles) == ("a2", pytest.approx(13.82, abs=0.01))


def test_bands_are_near_serves_and_remote(index):
    answer = index.search(SearchQuery(near=HERE))
    assert answer.bands == {"near": 2, "serves": 3, "remote": 1, "elsewhere": 0}
    assert {hit.service_id: hit.band for hit in answer.hits} == {
        "a": "near", "b": "near", "c": "serves", "d": "serves", "e": "serves", "f": "remote",
    }  # fmt: skip
    within = index.search(SearchQuery(near=HERE, within=5))
    assert within.bands == {"near": 1, "serves": 1, "remote": 1, "elsewhere": 0}
    nowhere = index.search(SearchQuery())
    assert nowhere.bands == {}
    assert {hit.band for hit in nowhere.hits} == {"", "remote"}


@pytest.mark.parametrize(
    ("query", "order"),
    [
        (SearchQuery(), "fedcba"),
        (SearchQuery(sort=Sort.NAME), "fedcba"),
        (SearchQuery(sort=Sort.NAME, near=HERE), "fedcba"),
        (SearchQuery(sort=Sort.NEAREST), "fedcba"),
        (SearchQuery(near=HERE), "abcdef"),
        (SearchQuery(near=HERE, sort=Sort.NEAREST), "abcdfe"),
        (SearchQuery(sort=Sort.NEAREST, near=HERE, words="animal"), "abcd"),
        (SearchQuery(words="animal zebra yak"), "ba"),
    ],
)
def test_order(index, query, order):
    assert found(index.search(query))[: len(order)] == order


def test_pages_follow_one_another(index):
    whole = found(index.search(SearchQuery(words="animal")))
    pages = [index.search(SearchQuery(words="animal"), limit=2, offset=at) for at in (0, 2, 4, 6)]
    assert "".join(map(found, pages)) == whole
    assert {page.total for page in pages} == {6}
