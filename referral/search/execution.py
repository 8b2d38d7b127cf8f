"""From a question to an answer: understand, find, filter, put in order, explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from whoosh.searching import Searcher

from referral.records.search import Answer, Hit, Notice, SearchQuery, Sort
from referral.search.columns import Columns, Mask, Numbers
from referral.search.filters import apply_filters, bands_of, nearest_sites
from referral.search.matching import Found, find
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
    bands = bands_of(columns, nearest, query)
    docs = np.flatnonzero(filtered.docs)
    docs = docs[_order(docs, _sort_of(query, question), found, nearest, columns)]
    start = max(query.offset, 0)
    page = docs[start : start + min(max(query.limit, 1), _MOST_HITS)]
    return Answer(
        total=len(docs),
        hits=tuple(_hits(page, found, nearest, sites, _band_names(bands, question), columns)),
        facets=filtered.facets,
        bands=_band_counts(bands, filtered.docs, question),
        notices=(*question.notices, *_some_words(found)),
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
    docs: NDArray[np.intp], sort: Sort, found: Found, nearest: Numbers, columns: Columns
) -> NDArray[np.intp]:
    """Ties go by name, then by id, so that everybody gets the same order."""
    by_name = columns.order_by_name[docs]
    if sort is Sort.NAME:
        return np.argsort(by_name)
    best = (-np.round(found.scores[docs], _SAME_SCORE), -found.tiers[docs])
    if sort is Sort.NEAREST:
        return np.lexsort((by_name, *best, nearest[docs]))  # NaN, no known place, goes last
    return np.lexsort((by_name, *best))


def _hits(
    page: NDArray[np.intp],
    found: Found,
    nearest: Numbers,
    sites: Mapping[int, int],
    bands: Mapping[str, Mask],
    columns: Columns,
) -> Iterator[Hit]:
    whys = _whys(page, found)
    for at, doc in enumerate(page.tolist()):
        facts = columns.facts[doc]
        site = sites.get(doc)
        if facts is None:
            continue
        yield Hit(
            service_id=facts.service_id,
            score=round(float(found.scores[doc]), 4),
            location_id="" if site is None else columns.sites[site][0].location_id,
            distance_miles=None if site is None else round(float(nearest[doc]), 2),
            band=next((name for name, mask in bands.items() if mask[doc]), ""),
            why=whys[at],
        )


def _whys(page: NDArray[np.intp], found: Found) -> list[tuple[str, ...]]:
    """For each document of the page the kinds of field its words are in, weightiest first."""
    held = {why: np.zeros(len(page), dtype=np.bool_) for why in _WHYS}
    for why, postings in found.reasons:
        if why:
            held[why] |= postings.hold(page)
    return [tuple(why for why in _WHYS if held[why][at]) for at in range(len(page))]


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
