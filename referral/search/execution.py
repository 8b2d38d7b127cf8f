"""From a question to an answer: understand, find, filter, put in order, explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search.clauses import ParsedQuery
from referral.search.matching.filters import (
    Filtered,
    FilterResult,
    apply_filters,
    look_at,
)
from referral.search.matching.match import MatchResult, find_matches
from referral.search.matching.opening_hours import holiday_notices
from referral.search.query import Answer, Hit, Notice, SearchQuery, Sort
from referral.search.ranking.bands import AHEAD, Bands, ranks_in_order
from referral.search.ranking.explain import explain
from referral.search.ranking.score import (
    drop_weak_volunteering,
    order_keys,
    score_docs,
    sort_of,
)
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Numbers
from referral.search.segments.sort_order import first_rows
from referral.search.snapshot import Snapshot
from referral.search.understanding.interpret import Knowledge, interpret_query
from referral.search.understanding.tokenize import tokenize_query
from referral.search.understanding.word_lists import WordLists

_MOST_HITS = 200


def answer(query: SearchQuery, view: Snapshot, spoken: WordLists) -> Answer:
    """Answer a question from one view; with a limit of 0 nothing is looked at one by one."""
    question = _understand(query, view, spoken)
    found = find_matches(question, view.columns, view.words)
    found = drop_weak_volunteering(found, question, view.standing)
    left = apply_filters(found.docs, query, question.near, view.columns, view.open_sites)
    ranked = _ranked(query, question, found, left, view) if query.limit else None
    start = max(query.offset, 0)
    end = start + min(max(query.limit, 1), _MOST_HITS)
    return Answer(
        total=left.total,
        hits=tuple(ranked.hits(start, end)) if ranked else (),
        facets=ranked.filtered.facets if ranked else left.facets,
        bands=ranked.bands.counts() if ranked else {},
        notices=(
            *spoken.crisis_notices(query.words),
            *question.notices,
            *_some_words(found),
            *holiday_notices(query.open_at, question.near, view.open_sites.zone),
        ),
        understood=question.understood,
        understood_words=question.words,
        near=question.near,
        generation=view.generation,
    )


def _understand(query: SearchQuery, view: Snapshot, spoken: WordLists) -> ParsedQuery:
    wording = tokenize_query(query.words, with_place=query.near is None and not query.exactly)
    knowledge = Knowledge(
        vocabulary=view.words.vocabulary,
        phrasebook=spoken.phrasebook,
        neighbourhood=view.neighbourhood if query.near is None else None,
    )
    return interpret_query(wording, query.near, knowledge, exactly=query.exactly)


def _ranked(
    query: SearchQuery,
    question: ParsedQuery,
    found: MatchResult,
    left: FilterResult,
    view: Snapshot,
) -> _Ranked:
    filtered = look_at(left, view.columns, view.open_sites)
    docs, miles, columns = filtered.docs, filtered.miles, view.columns
    bands = view.serving.bands(docs, miles, query, question.near)
    scores = score_docs(docs, miles, found, question, view.standing, says_who=query.says_who)
    tiers = found.tiers_of(docs)
    keys = order_keys(docs, sort_of(query, question), tiers, scores, miles, columns)
    ahead = 0
    if query.sort is Sort.BEST and question.near is not None:
        ranks = ranks_in_order(bands, scores, tiers, keys)
        ahead = int(np.count_nonzero(ranks == AHEAD))
        keys = [ranks, *keys]
    return _Ranked(filtered, found, columns, bands, scores, keys, ahead)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """What is known of the documents that the filters left.

    Attributes:
        keys: what their order goes by, weightiest first.
        ahead: how many come before their band.
    """

    filtered: Filtered
    found: MatchResult
    columns: Columns
    bands: Bands
    scores: Numbers
    keys: Sequence[NDArray[Any]]
    ahead: int

    def hits(self, start: int, end: int) -> Iterator[Hit]:
        """Those from one place in the order to another."""
        page = first_rows(self.keys, end)[start:]
        docs = self.filtered.docs.take(page)
        values = zip(
            page.tolist(),
            docs.tolist(),
            self.scores.take(page).tolist(),
            self.filtered.miles.take(page).tolist(),
            explain(docs, self.found.had),
            strict=True,
        )
        for place, (at, doc, score, miles, reason) in enumerate(values, start):
            site = None if isnan(miles) else self.filtered.asked_for.site_of(doc)
            yield Hit(
                service_id=self.columns.service_id(doc),
                score=round(score, 4),
                location_id="" if site is None else self.columns.location_id(site),
                distance_miles=None if site is None else round(miles, 2),
                band=self.bands.name_of(at),
                area=self.bands.area_of(at),
                is_ahead=place < self.ahead,
                why=reason.why,
                matched=reason.matched,
                reason=reason.text,
            )


def _some_words(found: MatchResult) -> Iterator[Notice]:
    if found.only_some:
        yield Notice(
            kind="some-words",
            text="Nothing has all of these words; what has most of them comes first.",
        )
