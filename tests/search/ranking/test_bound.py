"""What saves the adding up of all documents says what adding up says."""

from __future__ import annotations

import random
from functools import reduce
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.records.directory import Organization, Service
from referral.search import Index
from referral.search.indexing.generations import Generations
from referral.search.matches import _are_best, coverage, match_clauses
from referral.search.snapshot import Snapshots
from referral.search.understanding.knowledge import Knowledge
from referral.search.understanding.phrases import Phrasebook
from referral.search.understanding.question import interpret_query, tokenize_query
from referral.search.weights import COVERAGE_POWER
from referral.store import Store
from tests.search.small_directory import fill

WORDS = ("amber", "birch", "cedar", "dahlia", "ember", "fennel", "garnet", "hazel")


def _directory(chance: random.Random):
    """Yield services with common words and rare ones, in names and deep in long texts."""
    yield Organization(id="o", name="Agency")
    for number in range(60):
        some = chance.choices(WORDS, weights=[2**rank for rank in range(len(WORDS))], k=3)
        text = chance.choices(WORDS + ("filler",) * 20, k=chance.choice([0, 5, 60]))
        yield Service(
            id=f"s{number}",
            organization_id="o",
            name=" ".join(some[: chance.choice([1, 1, 3])]),
            keywords=some[0] if chance.random() < 0.3 else "",
            description=" ".join(text),
        )


@pytest.fixture(scope="module", params=[1, 2, 3])
def view(request, sqlite_databases, tmp_path_factory):
    """Give a view of the index of such a directory."""
    path = tmp_path_factory.mktemp("bound")
    store = Store(sqlite_databases.migrated())
    fill(store, *_directory(random.Random(request.param)))
    index = Index(path, store)
    index.sync()
    views = Snapshots(Generations(path), lambda: "America/New_York")
    yield views.latest()
    views.close()
    index.close()
    store.close()


def told_and_truth(view, words) -> tuple[bool, bool] | None:
    """Whether what has all words is said to be best, and whether adding up all documents says so.

    None where nothing has them all.
    """
    knowledge = Knowledge(vocabulary=view.words.vocabulary, phrasebook=Phrasebook())
    question = interpret_query(tokenize_query(" ".join(words), with_place=False), None, knowledge)
    had = match_clauses(question.clauses, view.columns, view.words)
    required = [match for match in had if match.clause.is_required]  # words beside a name are not
    has_all = reduce(np.logical_and, (one.all for one in required))
    if not has_all.any():
        return None
    docs = np.flatnonzero(view.columns.live)
    worth = sum(one.scores(docs) for one in had) * coverage(required, docs) ** COVERAGE_POWER
    return _are_best(has_all, had), bool(worth[has_all[docs]].max() >= worth.max())


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True))
def test_what_is_said_is_so(view, words):
    """So the answers with the bound are those without it."""
    told = told_and_truth(view, words)
    if told is not None:
        assert told[0] == told[1]


def test_there_is_something_to_say(view):
    """There are questions to which it must say yes, and some to which it must say no."""
    told = {
        told_and_truth(view, words) for count in (2, 3, 4) for words in combinations(WORDS, count)
    }
    assert {(True, True), (False, False)} <= told
