"""Putting together who has enough, by combinations, says what adding up each document says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from referral.search.matches import (
    ClauseMatch,
    TopicMatch,
    _coverage_one_by_one,
    best_coverage,
)
from referral.search.query import Clause, Topic, WordForm
from referral.search.words import FormMatch

_SIZE = 12


def _form(docs):
    held = np.array(sorted(docs), dtype=np.int32)
    scores, fields = np.ones(len(held), dtype=np.float32), np.ones(len(held), dtype=np.uint16)
    return WordForm(("word",)), FormMatch(held, scores, fields)


@st.composite
def clauses(draw):
    """Draw how documents have a clause of one to three parts, perhaps with a topic."""
    some = st.sets(st.integers(0, _SIZE - 1))
    parts = [_form(draw(some)) for _ in range(draw(st.integers(1, 3)))]
    topics = []
    if draw(st.booleans()):
        under = np.array(sorted(draw(some)), dtype=np.int32)
        topics = [TopicMatch(Topic("t", "T", 1.0), under, np.ones(len(under)), len(under))]
    clause = Clause(
        tuple(form for form, _ in parts),
        topics=tuple(match.topic for match in topics),
    )
    match = ClauseMatch(clause, parts, [], topics, _SIZE)
    match.weight = draw(st.sampled_from([0.5, 1.0, 3.0])) if match.matches_any.any() else 0.0
    return match


@given(required=st.lists(clauses(), min_size=1, max_size=3), share=st.sampled_from([0.45, 0.9]))
def test_both_ways_say_the_same(required, share):
    every = np.ones(_SIZE, dtype=np.bool_)
    highest, covered_at_least = best_coverage(required, every)
    expected_highest, expected = _coverage_one_by_one(required, every)
    assert abs(highest - expected_highest) < 1e-9
    # A hair's breadth away from the share, where sums of fractions may differ.
    for near in (share * highest * (1 - 1e-9), share * highest * (1 + 1e-9)):
        assert covered_at_least(near).tolist() == expected(near).tolist()
