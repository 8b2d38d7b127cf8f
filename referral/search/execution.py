"""Query execution: interpret, match, filter, rank, explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.search.matching.danger_matches import find_danger_matches
from referral.search.matching.filters import FilterResult, apply_filters
from referral.search.matching.match import MatchResult, find_matches
from referral.search.matching.opening_hours import holiday_notices
from referral.search.query import Answer, Fit, Hit, Notice, Question, SearchQuery, Sort
from referral.search.ranking.bands import AHEAD, Bands, ranks_in_order
from referral.search.ranking.explain import explain
from referral.search.ranking.preference_fit import DocFits
from referral.search.ranking.score import (
    drop_lines_off_topic,
    drop_weak_volunteering,
    order_keys,
    score_docs,
    sort_of,
    spread_same_names,
    tagged_before_suggested,
)
from referral.search.segments.bitmaps import unpack_mask
from referral.search.segments.columns import Columns
from referral.search.segments.doc_values import Mask, Numbers
from referral.search.segments.sort_order import first_rows
from referral.search.snapshot import Snapshot
from referral.search.understanding.knowledge import WordLists
from referral.search.understanding.question import read_question

_SPREAD = 40  # results among which rows of the same name are spread


def answer(
    query: SearchQuery,
    snapshot: Snapshot,
    word_lists: WordLists,
    question: Question | None,
    rows: range,
    with_room: frozenset[str],
) -> Answer:
    """Answer a question from one snapshot; without rows nothing is looked at one by one.

    Args:
        query: its ``open_at`` is aware.
        question: what was understood, where the words were read before.
        rows: the results to give.
        with_room: services that have room now.
    """
    if question is None:
        question = read_question(
            query, word_lists, snapshot.terms.vocabulary, snapshot.neighbourhood
        )
    if question.is_in_other_language:
        return Answer(question=question, generation=snapshot.generation)
    found = _find(question, snapshot)
    left = apply_filters(
        found.docs, query, question.near, snapshot.columns, snapshot.open_sites, with_room
    )
    ranked = _ranked(query, question, found, left, snapshot) if rows else None
    return Answer(
        question=question,
        total=left.total,
        hits=tuple(ranked.hits(rows.start, rows.stop)) if ranked else (),
        suggested=left.suggested_total,
        suggested_last=_suggested_last(question, left),
        facets=ranked.filtered.facets if ranked else left.facets,
        bands=ranked.band_counts() if ranked else {},
        notices=(
            *([Notice(kind="some-words")] if found.only_some else ()),
            *holiday_notices(query.open_at, question.near, snapshot.open_sites.zone),
        ),
        preferences=ranked.fits.preferences if ranked else question.preferences,
        generation=snapshot.generation,
    )


def all_ids(query: SearchQuery, snapshot: Snapshot, word_lists: WordLists) -> tuple[str, ...]:
    """The ids of all services found, in the order in which pages have them."""
    question = read_question(query, word_lists, snapshot.terms.vocabulary, snapshot.neighbourhood)
    if question.is_in_other_language:
        return ()
    found = _find(question, snapshot)
    left = apply_filters(found.docs, query, question.near, snapshot.columns, snapshot.open_sites)
    return _ranked(query, question, found, left, snapshot).ids()


def _find(question: Question, snapshot: Snapshot) -> MatchResult:
    columns, terms, static_score = snapshot.columns, snapshot.terms, snapshot.static_score
    if question.is_danger_search:
        return find_danger_matches(question, columns, terms, static_score.only_giving)
    found = find_matches(question, columns, terms)
    found = drop_lines_off_topic(found, question, static_score)
    return drop_weak_volunteering(found, question, static_score)


def _ranked(
    query: SearchQuery,
    question: Question,
    found: MatchResult,
    left: FilterResult,
    snapshot: Snapshot,
) -> _Ranked:
    filtered = left.measured(snapshot.columns, snapshot.open_sites)
    docs, miles, columns = filtered.docs, filtered.miles, snapshot.columns
    bands = snapshot.service_areas.bands(docs, miles, query, question.near)
    scores = score_docs(
        docs, miles, found, question, snapshot.static_score, describes_person=query.describes_person
    )
    tiers = found.name_tiers(docs)
    sort = sort_of(query, question)
    fits = snapshot.preference_fits.of(docs, question)
    if sort is Sort.BEST:
        fits = fits.with_weak(scores, tiers, bands.ranks if bands.has_place else None)
    keys = [*fits.keys, *order_keys(docs, sort, tiers, scores, miles, columns)]
    ahead = 0
    if query.sort is Sort.BEST and question.near is not None:
        ranks = ranks_in_order(bands, scores, tiers, keys)
        ahead = int(np.count_nonzero(ranks == AHEAD))
        keys = [ranks, *keys]
    suggested = unpack_mask(left.suggested, columns.size).take(docs) if left.any_suggested else None
    is_last = _suggested_last(question, left)
    if suggested is not None and is_last:
        confidences = columns.suggested_confidence.take(docs)
        keys = [*tagged_before_suggested(suggested, confidences), *keys]
    ranked = _Ranked(filtered, found, columns, bands, fits, scores, keys, sort is Sort.BEST, ahead)
    return replace(ranked, suggested=suggested, suggested_last=is_last, topic=query.topic)


def _suggested_last(question: Question, left: FilterResult) -> bool:
    """Without words nothing else says what is best."""
    return left.any_suggested and not question.has_best


@dataclass(frozen=True, slots=True)
class _Ranked:
    """What is known of the documents that the filters left.

    Attributes:
        keys: what their order goes by, weightiest first.
        by_score: they are in order by score, the last key but one.
        ahead: how many come before their band.
        suggested: those that pass the filters by suggested topics only; None without any.
        suggested_last: these come after all others.
        topic: code of the topic that was asked for.
    """

    filtered: FilterResult
    found: MatchResult
    columns: Columns
    bands: Bands
    fits: DocFits
    scores: Numbers
    keys: Sequence[NDArray[Any]]
    by_score: bool
    ahead: int
    suggested: Mask | None = None
    suggested_last: bool = False
    topic: str = ""

    def band_counts(self) -> Mapping[str, int]:
        """How many are in each band, without those that come after all others."""
        return self.bands.counts(self.suggested if self.suggested_last else None)

    def ids(self) -> tuple[str, ...]:
        """The services in order."""
        docs = self.filtered.docs.take(self._rows(self.filtered.docs.size))
        return tuple(self.columns.service_id(doc) for doc in docs.tolist())

    def hits(self, start: int, end: int) -> Iterator[Hit]:
        """Those from one place in the order to another."""
        page = self._rows(end)[start:end]
        docs = self.filtered.docs.take(page)
        sites = open_sites = self.filtered.sites
        if self.fits.is_open is not None:
            open_sites = replace(sites, is_open=self.fits.is_open)
        values = zip(
            page.tolist(),
            docs.tolist(),
            self.scores.take(page).tolist(),
            self.filtered.miles.take(page).tolist(),
            explain(docs, self.found.clauses),
            strict=True,
        )
        for place, (at, doc, score, miles, reason) in enumerate(values, start):
            is_suggested = self.suggested is not None and bool(self.suggested[at])
            fit = Fit.NOT_ASKED if place < self.ahead else self.fits.fit_of(at)
            site = (open_sites if fit is Fit.FITS else sites).site_of(doc)
            yield Hit(
                service_id=self.columns.service_id(doc),
                score=round(score, 4),
                location_id="" if site is None else self.columns.location_id(site),
                distance_miles=None if isnan(miles) else round(miles, 2),
                band=self.bands.name_of(at),
                area=self.bands.area_of(at),
                is_ahead=place < self.ahead,
                fit=fit,
                why=reason.why,
                matched=reason.matched,
                reason=reason.text,
                suggested_topic=reason.suggested_topic or (self.topic if is_suggested else ""),
                is_suggested=is_suggested,
            )

    def _rows(self, end: int) -> NDArray[np.intp]:
        """The first rows in order; the same ones whichever page they are asked for."""
        if not self.by_score:
            return first_rows(self.keys, end)
        rows = first_rows(self.keys, max(end, _SPREAD))
        titles = self.columns.title_hashes.take(self.filtered.docs.take(rows[:_SPREAD]))
        spread = spread_same_names(rows[:_SPREAD], self.keys, titles)
        return np.concatenate([spread, rows[_SPREAD:]])
