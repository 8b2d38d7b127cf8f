"""From a question to an answer: understand, find, filter, put in order, explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.searching import Searcher

from referral.records.search import Answer, Hit, Notice, SearchQuery, Sort
from referral.search.bands import AHEAD, Bands, bands_of, ranks_in_order
from referral.search.columns import Columns, Numbers
from referral.search.filters import apply_filters, nearest_sites
from referral.search.matching import Found, find
from referral.search.opening_hours import holiday_notices
from referral.search.query import Question, understand
from referral.search.schema import TEXT_FIELDS
from referral.search.views import View
from referral.search.wording import read_words

_MOST_HITS = 200
_SAME_SCORE = 9  # decimals: several segments add up in another order than one
_WHYS = tuple(dict.fromkeys(field.why for field in TEXT_FIELDS.values() if field.why))


def answer(query: SearchQuery, view: View, searcher: Searcher) -> Answer:
    """Answer a question from one view."""
    columns = view.columns
    wording = read_words(query.words, with_place=query.near is None)
    question = understand(wording, query.near, searcher.reader(), view.vocabulary)
    found = find(question, searcher, columns)
    filtered = apply_filters(found.docs, query, question.near, columns, view.open_sites)
    nearest, sites = nearest_sites(columns, filtered)
    bands = bands_of(columns, nearest, query, question.near)
    docs = np.flatnonzero(filtered.docs)
    is_banded = query.sort is Sort.BEST and question.near is not None
    docs, ahead = _order(
        docs, _sort_of(query, question), found, nearest, columns, bands if is_banded else None
    )
    start = max(query.offset, 0)
    page = docs[start : start + min(max(query.limit, 1), _MOST_HITS)]
    standing = _Standing(nearest, sites, bands, max(ahead - start, 0))
    return Answer(
        total=len(docs),
        hits=tuple(_hits(page, found, standing, columns)),
        facets=filtered.facets,
        bands=bands.counts(filtered.docs),
        notices=(
            *question.notices,
            *_some_words(found),
            *holiday_notices(query.open_at, question.near, view.open_sites.zone),
        ),
        understood=question.understood,
        near=question.near,
        generation=view.generation,
    )


def _sort_of(query: SearchQuery, question: Question) -> Sort:
    """Without words there is no best: then it is by distance, or else by name."""
    sort = query.sort
    if sort is Sort.BEST and not question.clauses:
        sort = Sort.NEAREST
    return Sort.NAME if sort is Sort.NEAREST and question.near is None else sort


def _order(
    docs: NDArray[np.intp],
    sort: Sort,
    found: Found,
    nearest: Numbers,
    columns: Columns,
    bands: Bands | None,
) -> tuple[NDArray[np.intp], int]:
    """The documents in order, by band first where bands are given, and how many are ahead of them.

    Ties go by name, then by id, so that everybody gets the same order.
    """
    docs = docs[np.argsort(columns.order_by_name[docs])]
    if sort is Sort.NAME and bands is None:
        return docs, 0
    scores, tiers = np.round(found.scores[docs], _SAME_SCORE), found.tiers[docs]
    keys: list[NDArray[Any]] = [-scores, -tiers]
    if sort is Sort.NEAREST:
        keys.append(nearest[docs])  # NaN, no known place, goes last
    ahead = 0
    if bands is not None:
        ranks = ranks_in_order(bands, docs, scores, tiers)
        keys.append(ranks)
        ahead = int((ranks == AHEAD).sum())
    return docs[np.lexsort(keys)], ahead


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where documents stand to the place asked about; ``ahead`` hits come before their band."""

    nearest: Numbers
    sites: Mapping[int, int]
    bands: Bands
    ahead: int


def _hits(
    page: NDArray[np.intp], found: Found, standing: _Standing, columns: Columns
) -> Iterator[Hit]:
    whys = _whys(page, found)
    for at, doc in enumerate(page.tolist()):
        facts = columns.facts[doc]
        site = standing.sites.get(doc)
        if facts is None:
            continue
        yield Hit(
            service_id=facts.service_id,
            score=round(float(found.scores[doc]), 4),
            location_id="" if site is None else columns.sites[site][0].location_id,
            distance_miles=None if site is None else round(float(standing.nearest[doc]), 2),
            band=standing.bands.name_of(doc),
            area=standing.bands.area_of(doc),
            is_ahead=at < standing.ahead,
            why=whys[at],
        )


def _whys(page: NDArray[np.intp], found: Found) -> list[tuple[str, ...]]:
    """For each document of the page the kinds of field its words are in, weightiest first."""
    held = {why: np.zeros(len(page), dtype=np.bool_) for why in _WHYS}
    for why, postings in found.reasons:
        if why:
            held[why] |= postings.hold(page)
    return [tuple(why for why in _WHYS if held[why][at]) for at in range(len(page))]


def _some_words(found: Found) -> Iterator[Notice]:
    if found.only_some:
        yield Notice(
            kind="some-words",
            text="Nothing has all of these words; what has most of them comes first.",
        )
