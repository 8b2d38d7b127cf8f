"""From a question to an answer: understand, find, filter, put in order, explain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from whoosh.searching import Searcher

from referral.records.search import Answer, Hit, Notice, SearchQuery, Sort
from referral.search.bands import AHEAD, Bands, bands_of, ranks_in_order
from referral.search.columns import Columns
from referral.search.facts_file import Numbers
from referral.search.filters import NearestSites, apply_filters, nearest_sites
from referral.search.matching import Found, find
from referral.search.opening_hours import holiday_notices
from referral.search.query import Question
from referral.search.ranking import in_order, scores_of, sort_of, without_stray_giving
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
    found = without_stray_giving(find(question, searcher, columns), question, view.standing)
    filtered = apply_filters(found.docs, query, question.near, columns, view.open_sites)
    nearest, sites = nearest_sites(columns, filtered)
    bands = bands_of(columns, nearest, query, question.near)
    docs = np.flatnonzero(filtered.docs)
    scores = scores_of(found, question, view.standing, nearest)
    docs = in_order(docs, sort_of(query, question), found.tiers, scores, nearest, columns)
    ahead = 0
    if query.sort is Sort.BEST and question.near is not None:
        docs, ahead = _by_band(docs, bands, scores, found)
    start = max(query.offset, 0)
    page = docs[start : start + min(max(query.limit, 1), _MOST_HITS)]
    standing = _Standing(nearest, sites, bands, max(ahead - start, 0))
    return Answer(
        total=len(docs),
        hits=tuple(_hits(page, standing, scores, found, columns)),
        facets=filtered.facets,
        bands=bands.counts(filtered.docs),
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


def _understand(query: SearchQuery, view: View, searcher: Searcher, spoken: Spoken) -> Question:
    wording = read_words(query.words, with_place=query.near is None and not query.exactly)
    knowledge = Knowledge(
        vocabulary=view.vocabulary,
        phrasebook=spoken.phrasebook,
        neighbourhood=view.neighbourhood if query.near is None else None,
    )
    return understand(wording, query.near, searcher.reader(), knowledge, exactly=query.exactly)


def _by_band(
    docs: NDArray[np.intp], bands: Bands, scores: Numbers, found: Found
) -> tuple[NDArray[np.intp], int]:
    """The documents in the same order within each band, and how many come before all bands."""
    ranks = ranks_in_order(bands, docs, scores[docs], found.tiers[docs])
    return docs[np.argsort(ranks, kind="stable")], int((ranks == AHEAD).sum())


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where documents stand to the place asked about; ``ahead`` hits come before their band."""

    nearest: Numbers
    sites: NearestSites
    bands: Bands
    ahead: int


def _hits(
    page: NDArray[np.intp], standing: _Standing, scores: Numbers, found: Found, columns: Columns
) -> Iterator[Hit]:
    explanations = explain(page, found)
    for at, (doc, explanation) in enumerate(zip(page.tolist(), explanations, strict=True)):
        site = standing.sites.get(doc)
        yield Hit(
            service_id=columns.service_id(doc),
            score=round(float(scores[doc]), 4),
            location_id="" if site is None else columns.location_id(site),
            distance_miles=None if site is None else round(float(standing.nearest[doc]), 2),
            band=standing.bands.name_of(doc),
            area=standing.bands.area_of(doc),
            is_ahead=at < standing.ahead,
            why=explanation.why,
            matched=explanation.matched,
            reason=explanation.reason,
        )


def _some_words(found: Found) -> Iterator[Notice]:
    if found.only_some:
        yield Notice(
            kind="some-words",
            text="Nothing has all of these words; what has most of them comes first.",
        )
