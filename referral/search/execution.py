"""From a question to an answer: understand, find, filter, put in order, explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from whoosh.searching import Searcher

from referral.records.search import Answer, Hit, Notice, SearchQuery
from referral.search.columns import Columns, Mask, Numbers
from referral.search.filters import apply_filters, bands_of, nearest_sites
from referral.search.matching import Found, find
from referral.search.query import Question
from referral.search.ranking import in_order, scores_of, sort_of
from referral.search.reading import Knowledge
from referral.search.reasons import explain
from referral.search.spoken import Spoken
from referral.search.understanding import understand
from referral.search.views import View
from referral.search.wording import read_words

_MOST_HITS = 200


def answer(query: SearchQuery, view: View, searcher: Searcher, spoken: Spoken) -> Answer:
    """Answer a question from one view."""
    columns = view.columns
    question = _understand(query, view, searcher, spoken)
    found = find(question, searcher, columns)
    filtered = apply_filters(found.docs, query, question.near, columns, view.open_sites)
    nearest, sites = nearest_sites(columns, filtered)
    bands = bands_of(columns, nearest, query)
    docs = np.flatnonzero(filtered.docs)
    scores = scores_of(found, question, view.standing, nearest)
    sort = sort_of(query, question)
    docs = in_order(docs, sort, found.tiers, scores, nearest, columns)
    start = max(query.offset, 0)
    page = docs[start : start + min(max(query.limit, 1), _MOST_HITS)]
    return Answer(
        total=len(docs),
        hits=tuple(
            _hits(
                page,
                _Placed(nearest, sites, _band_names(bands, question)),
                scores,
                found,
                columns,
            )
        ),
        facets=filtered.facets,
        bands=_band_counts(bands, filtered.docs, question),
        notices=(
            *spoken.crisis_notices(query.words),
            *question.notices,
            *_some_words(found),
        ),
        understood=question.understood,
        understood_words=question.words,
        near=question.near,
        generation=view.generation,
    )


def _understand(query: SearchQuery, view: View, searcher: Searcher, spoken: Spoken) -> Question:
    wording = read_words(query.words, with_place=query.near is None and not query.exactly)
    knowledge = Knowledge(
        vocabulary=view.vocabulary,
        phrasebook=spoken.phrasebook,
        neighbourhood=view.neighbourhood if query.near is None else None,
    )
    return understand(wording, query.near, searcher.reader(), knowledge, exactly=query.exactly)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where documents are: miles to the nearest site, that site, and the bands."""

    nearest: Numbers
    sites: Mapping[int, int]
    bands: Mapping[str, Mask]


def _hits(
    page: NDArray[np.intp], placed: _Placed, scores: Numbers, found: Found, columns: Columns
) -> Iterator[Hit]:
    explanations = explain(page, found)
    for doc, explanation in zip(page.tolist(), explanations, strict=True):
        facts = columns.facts[doc]
        site = placed.sites.get(doc)
        if facts is None:
            continue
        yield Hit(
            service_id=facts.service_id,
            score=round(float(scores[doc]), 4),
            location_id="" if site is None else columns.sites[site][0].location_id,
            distance_miles=None if site is None else round(float(placed.nearest[doc]), 2),
            band=next((name for name, mask in placed.bands.items() if mask[doc]), ""),
            why=explanation.why,
            matched=explanation.matched,
            reason=explanation.reason,
        )


def _band_names(bands: Mapping[str, Mask], question: Question) -> Mapping[str, Mask]:
    """Without a place to measure from, only what has no place of its own is told apart."""
    return bands if question.near else {"remote": bands["remote"]}


def _band_counts(bands: Mapping[str, Mask], docs: Mask, question: Question) -> Mapping[str, int]:
    if question.near is None:
        return {}
    return {name: int((mask & docs).sum()) for name, mask in bands.items()}


def _some_words(found: Found) -> Iterator[Notice]:
    if found.only_some:
        yield Notice(
            kind="some-words",
            text="Nothing has all of these words; what has most of them comes first.",
        )
