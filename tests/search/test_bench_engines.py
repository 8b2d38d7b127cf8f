"""All engines find the same for the same query. Measured numbers are never tested."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec

import pytest
from sqlalchemy import make_url

from bench.distance import bounding_box
from bench.engine import flat_documents
from bench.fts5 import Fts5, Fts5Choices, Fts5Top
from bench.measurements import build_own_index
from bench.plain_whoosh import PlainWhoosh
from bench.postgresql import Postgresql
from bench.queries import HEADLINE, make_queries
from bench.stores import fill_synthetic, stored_listings
from bench.tantivy_engine import Tantivy
from referral.directory.instance import opened_instance
from referral.directory.seed import load_headings
from referral.fields.places.lookup import miles_between
from referral.search import Index
from referral.search.indexing.sync_marks import Mark
from referral.search.query import SearchQuery
from referral.search.schema import schema_hash
from referral.store.change_log import store_state
from tests.conftest import settings_for

SERVICES = 200
ENGINES = ["whoosh", "fts5", "tantivy", "postgresql"]


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    """Give a directory of synthetic services, indexed from its store."""
    folder = tmp_path_factory.mktemp("synthetic")
    url = f"sqlite:///{(folder / 'synthetic.sqlite3').as_posix()}"
    with opened_instance(settings_for(folder, url)) as instance:
        load_headings(instance)
        fill_synthetic(url, SERVICES, lambda _done: None)
        instance.index.sync()
        yield instance


@pytest.fixture(scope="module")
def listings(synthetic):
    """Give what the store of that directory has."""
    return list(stored_listings(synthetic.store))


@pytest.fixture(scope="module")
def queries(listings):
    """Give queries about it."""
    return make_queries(listings, 60)


@pytest.fixture(scope="module")
def fts5(listings, tmp_path_factory):
    """Give the engine that the others are compared with, and its folder."""
    folder = tmp_path_factory.mktemp("compared")
    engine = Fts5(folder)
    engine.build(flat_documents(listings))
    yield engine, folder
    engine.close()


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, listings, tmp_path_factory):
    """Give each engine that is installed, filled."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "tantivy" and not find_spec("tantivy"):
        pytest.skip("tantivy is not installed")
    with ExitStack() as stack:
        match request.param:
            case "whoosh":
                engine = PlainWhoosh(folder)
            case "fts5":
                engine = Fts5(folder)
            case "tantivy":
                engine = Tantivy(folder)
            case _:
                databases = request.getfixturevalue("postgresql_databases")
                engine = Postgresql(make_url(databases.empty()))
        stack.callback(engine.close)
        engine.build(flat_documents(listings))
        yield engine


def is_near(engine, query, document):
    """Whether an engine must find this by its distance: in the circle, or in the box around it."""
    if document.placed == "no":
        return True
    if engine.distance == "box":
        south, north, west, east = bounding_box(query)
        return south <= document.latitude <= north and west <= document.longitude <= east
    near = query.near
    miles = miles_between(near.latitude, near.longitude, document.latitude, document.longitude)
    return miles <= query.within


def test_every_engine_has_all_services(engine):
    assert engine.search(SearchQuery(), facets=True) == SERVICES


def test_filters_alone_leave_the_same_in_every_engine(engine, synthetic, queries):
    for query in queries.by_kind["filters"]:
        asked = replace(query, words="")
        assert engine.search(asked, facets=True) == synthetic.index.search(asked).total > 0


def test_one_word_finds_the_same_in_every_engine(engine, synthetic, queries):
    single = [query for query in queries.by_kind["words"] if " " not in query.words]
    assert single
    for query in single:
        own = synthetic.index.search(replace(query, exactly=True)).total
        assert engine.search(query, facets=False) == own > 0, query.words


def test_several_words_find_the_same_in_every_other_engine(engine, fts5, queries):
    for kind in ("words", "filters"):
        for query in queries.by_kind[kind]:
            assert engine.search(query, facets=True) == fts5[0].search(query, facets=False), (
                query.words
            )


def test_distance_is_measured_or_boxed_as_the_engine_says(engine, listings, queries):
    documents = list(flat_documents(listings))
    for query in queries.by_kind["distance"][:30]:
        expected = sum(is_near(engine, query, document) for document in documents)
        assert engine.search(replace(query, words=""), facets=False) == expected


def test_our_own_looks_at_every_place_of_a_service_and_so_finds_no_less(fts5, synthetic, queries):
    for query in queries.by_kind[HEADLINE]:
        asked = replace(query, exactly=True)
        assert synthetic.index.search(asked).total >= fts5[0].search(query, facets=True)


def test_the_top_20_are_those_of_the_whole(fts5, queries):
    whole, folder = fts5
    top = Fts5Top(folder)
    for query in queries.by_kind["words"]:
        assert top.search(query, facets=False) == min(20, whole.search(query, facets=True))
    top.close()


def test_choices_are_counted_as_if_none_of_their_kind_were_made(fts5, listings, queries):
    whole, folder = fts5
    choosing = Fts5Choices(folder)
    for query in queries.by_kind[HEADLINE][:20]:
        near = 0
        for kind, choice, count in choosing.choices(query):
            match kind:
                case "total":
                    asked, expected = query, count
                case "heading":
                    asked, expected = replace(query, headings=(choice,)), count
                case "language":
                    asked, expected = replace(query, language=choice), count
                case "distance" if choice is not None:
                    near += count
                    asked, expected = replace(query, within=float(choice)), near
                case _:
                    continue
            assert whole.search(asked, facets=False) == expected
    choosing.close()


@pytest.mark.slow
def test_the_index_that_is_timed_is_the_one_that_a_sync_makes(
    synthetic, listings, queries, tmp_path
):
    with synthetic.store.read() as session:
        mark = Mark.at(store_state(session), schema_hash())
    build_own_index(tmp_path / "index", listings, mark)
    index = Index(tmp_path / "index", synthetic.store)
    assert not index.sync().rebuilt
    for query in queries.by_kind[HEADLINE]:
        timed, synced = index.search(query), synthetic.index.search(query)
        assert (timed.hits, timed.facets) == (synced.hits, synced.facets)
    index.close()
