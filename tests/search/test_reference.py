"""The same documents and scores as plain Whoosh finds with limit=None, over many segments."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import query as whoosh_query
from whoosh.searching import Searcher

from bench.plain_schema import with_words
from referral.search import schema
from referral.search.indexing.generations import Generations
from referral.search.indexing.stored_documents import public_service_ids, stored_documents
from referral.search.indexing.writer import open_index
from referral.search.matches import find_matches
from referral.search.snapshot import Snapshots
from referral.search.understanding.knowledge import Knowledge
from referral.search.understanding.phrases import Phrasebook
from referral.search.understanding.question import interpret_query, tokenize_query
from referral.search.words import lookups_of
from referral.store.rows import ServiceRow
from tests.search.contents import contents_of
from tests.search.plain_whoosh import plain_index

WORDS = ["help", "people", "other", "keyword1", "describes2", "orgword1", "agency",
         "program", "progword0", "termword0", "useword1", "palabra0", "descripcion3", "crawford",
         "renamed", "16335"]  # fmt: skip


@pytest.fixture
def views(indexed, store, tmp_path):
    """Give a view of an index of many segments, with deleted documents in the first.

    And two of Whoosh's: of our files, and with the same documents on its own codec.
    """
    index = indexed()
    with store.read() as session:
        plain = plain_index([list(stored_documents(session, public_service_ids(session)))])
    for number in (0, 3, 5):
        with store.write() as session:
            session.get_one(ServiceRow, f"service-{number}").name = f"renamed{number} help renamed"
        index.sync()
        _replace(plain, store, f"service-{number}")
    with store.write() as session:
        session.get_one(ServiceRow, "service-7").retired_at = datetime(2026, 1, 1, tzinfo=UTC)
    index.sync()
    _replace(plain, store, "service-7")
    generations = Generations(tmp_path / "index")
    views = Snapshots(generations, lambda: "America/New_York")
    yield views.latest(), open_index(generations.folder(generations.current_name())), plain
    views.close()


def _replace(plain, store, service_id):
    writer = plain.writer(compound=False)
    writer.delete_by_term(schema.KEY, service_id)
    with store.read() as session:
        for document in stored_documents(session, [service_id]):
            writer.add_document(**with_words(document))
    writer.commit(merge=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    phrase=st.sampled_from(["", "what people", "people get", "help renamed", "lay useword1"]),
)
def test_documents_and_scores_are_those_of_plain_whoosh(views, words, phrase):
    """Whoosh searches in our files, and in its own: the same documents in the same segments."""
    text = " ".join(words) + (f' "{phrase}"' if phrase else "")
    view, *indexes = views
    assert len(view.segments) > 3
    question = interpret_query(
        tokenize_query(text, with_place=False),
        None,
        Knowledge(vocabulary=view.words.vocabulary, phrasebook=Phrasebook()),
    )
    found = find_matches(question, view.columns, view.words).among(view.columns.live)
    docs = found.docs.tolist()
    ours = dict(zip(docs, found.word_scores.tolist(), strict=True))
    looked_up = [match.clause for match in found.clauses]
    required = _queries(clause for clause in question.clauses if clause.is_required)
    for index in indexes:
        with index.searcher(weighting=schema.WEIGHTING) as searcher:
            expected = _plain(searcher, whoosh_query.Or(_queries(looked_up)))
            with_all = _plain(searcher, whoosh_query.And(required))
        assert with_all.keys() <= ours.keys() <= expected.keys()
        assert ours == pytest.approx({doc: expected[doc] for doc in ours})
        assert found.only_some == (bool(expected) and not with_all)
        coverage = np.ones(len(docs)) if found.coverage is None else found.coverage
        shares = [share for doc, share in zip(docs, coverage, strict=True) if doc in with_all]
        assert shares == pytest.approx([1.0] * len(shares)) or looked_up != list(question.clauses)


def _queries(clauses):
    return [
        whoosh_query.Or([
            whoosh_query.Term(at.field, at.terms[0], boost=at.weight)
            if len(at.terms) == 1
            else whoosh_query.Phrase(at.field, list(at.terms), boost=at.weight)
            for form in clause.forms
            for at in lookups_of(form)
        ])
        for clause in clauses
    ]  # fmt: skip


def _plain(searcher: Searcher, query) -> dict[int, float]:
    results = searcher.search(query, limit=None)
    return {docnum: score for score, docnum in results.top_n}


@pytest.mark.slow
def test_scores_do_not_depend_on_how_many_segments_there_are(indexed, store, tmp_path):
    """One rebuild has one segment; it finds the same with the same scores once nothing is deleted."""
    from referral.search.query import SearchQuery
    from referral.store.conversion import row_from
    from tests.search.small_directory import service

    index = indexed()
    for number in (20, 21, 22):
        with store.write() as session:
            session.add_all([row_from(record) for record in service(number, 1, 1, 1)])
        index.sync()
    queries = [SearchQuery(words=words) for words in WORDS]
    segments = [index.search(query).hits for query in queries]
    index.rebuild()
    assert [index.search(query).hits for query in queries] == segments
    assert len(contents_of(tmp_path / "index")) == 11
    assert schema.WEIGHTING.supports_block_quality()
