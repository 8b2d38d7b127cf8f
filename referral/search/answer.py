"""Answering a query: understand, match, filter, rank, order, and give reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, reduce
from itertools import chain, compress
from math import isnan
from typing import NamedTuple

import numpy as np

from referral.search.columns import docs_in, is_in_sorted
from referral.search.danger_matches import find_danger_matches
from referral.search.filters import FilterResult, most_first
from referral.search.matches import (
    ClauseMatch,
    Matches,
    TopicMatch,
    UnfilteredMatches,
    find_matches,
)
from referral.search.order import Order, comes_suggested_last
from referral.search.query import Answer, Fit, Hit, Notice, Question, SearchQuery
from referral.search.schema import TEXT_FIELDS
from referral.search.segment_facts import DocNumbers
from referral.search.sites import holiday_notices
from referral.search.snapshot import Snapshot
from referral.search.turns import take_turns
from referral.search.understanding.knowledge import WordLists
from referral.search.understanding.question import read_question
from referral.search.words import FIELD_BITS

_REASON_KINDS = tuple(dict.fromkeys(field.why for field in TEXT_FIELDS.values() if field.why))
_TOPIC = "topic"
_REASON_PHRASES = {
    "name": "in the name",
    "organization": "in the name of the organization",
    "program": "in the name of the program",
    "keyword": "in the keywords",
    "description": "in the description",
    "eligibility": "in who it is for or how to apply",
    "place": "in the place",
}
_MOST_TOPICS = 2
_MOST_WORDS = 4


def answer(
    query: SearchQuery,
    snapshot: Snapshot,
    word_lists: WordLists,
    question: Question | None,
    rows: range,
    with_room: frozenset[str],
) -> Answer:
    """Answer a query from one snapshot; without ``rows``, only total and facets are computed.

    Args:
        query: its ``open_at`` is aware.
        question: the query as understood, where its words were read before.
        rows: the results to return.
        with_room: services that have room now.
    """
    if question is None:
        question = _understand(query, snapshot, word_lists)
    if question.is_in_other_language:
        return Answer(question=question, generation=snapshot.generation)
    matches, filtered = _match_and_filter(query, question, snapshot, with_room)
    notices = (
        *([Notice(kind="some-words")] if any(match.only_some for match in matches) else ()),
        *chain.from_iterable(map(_iter_broader_notices, matches)),
        *holiday_notices(query.open_at, question.near, snapshot.hours.zone),
    )
    hits, facets, preferences = tuple[Hit, ...](), filtered.facets, question.preferences
    bands: Mapping[str, int] = {}
    if rows:
        orders, open_now = _put_in_order(matches, filtered, query, question, snapshot)
        hits = tuple(_iter_hits(orders, rows, query, matches, filtered))
        facets = {**facets, "open_now": most_first({"open": open_now})}
        if not question.needs:
            (order,) = orders
            preferences = order.fits.preferences
            bands = {} if question.is_danger_search else order.band_counts()
    return Answer(
        question=question,
        total=filtered.total,
        hits=hits,
        suggested=filtered.suggested_total,
        suggested_last=comes_suggested_last(question, filtered),
        facets=facets,
        bands=bands,
        notices=notices,
        preferences=preferences,
        generation=snapshot.generation,
    )


def all_ids(query: SearchQuery, snapshot: Snapshot, word_lists: WordLists) -> tuple[str, ...]:
    """Return the ids of all services that match and pass the filters, in the order of results."""
    question = _understand(query, snapshot, word_lists)
    if question.is_in_other_language:
        return ()
    matches, filtered = _match_and_filter(query, question, snapshot)
    orders, _ = _put_in_order(matches, filtered, query, question, snapshot)
    rows = [order.rows(len(order.docs)) for order in orders]
    turns = take_turns(orders, query.sort, range(filtered.total))
    docs = (orders[turn.need].docs[rows[turn.need][turn.rank]] for turn in turns)
    return tuple(map(snapshot.columns.service_id, map(int, docs)))


def _understand(query: SearchQuery, snapshot: Snapshot, word_lists: WordLists) -> Question:
    return read_question(query, word_lists, snapshot.words.vocabulary, snapshot.neighborhood)


def _iter_broader_notices(matches: Matches) -> Iterator[Notice]:
    """Yield a notice for topics without services here, where results have broader topics."""
    for clause_match in matches.clauses:
        meant = [topic.code for topic in clause_match.clause.topics if not topic.is_broader]
        broader = dict.fromkeys(
            match.topic.code
            for match in clause_match.topics
            if match.topic in clause_match.broader and is_in_sorted(matches.docs, match.docs).any()
        )
        if broader:
            details = {"topics": "|".join(meant), "broader": "|".join(broader)}
            yield Notice(kind="broader", details=details)


def _match_and_filter(
    query: SearchQuery,
    question: Question,
    snapshot: Snapshot,
    with_room: frozenset[str] = frozenset(),
) -> tuple[Sequence[Matches], FilterResult]:
    """Return the filtered matches of each need (one without a story), and the filter result."""
    by_need = [_find_matches(need, snapshot) for need in question.needs or (question,)]
    docs = reduce(np.union1d, [matches.docs for matches in by_need])
    filtered = snapshot.filters.apply(docs, query, question.near, with_room)
    return [matches.among(filtered.mask) for matches in by_need], filtered


def _find_matches(question: Question, snapshot: Snapshot) -> UnfilteredMatches:
    columns, words = snapshot.columns, snapshot.words
    if question.is_danger_search:
        return find_danger_matches(question, columns, words)
    near, areas = question.near, snapshot.orders.areas
    may_serve = None if near is None else areas.may_serve(near)
    return find_matches(question, columns, words, may_serve)


def _put_in_order(
    matches: Sequence[Matches],
    filtered: FilterResult,
    query: SearchQuery,
    question: Question,
    snapshot: Snapshot,
) -> tuple[Sequence[Order], int]:
    """Return the order of the matches of each need, and how many services of all are open."""
    now = snapshot.hours.at(datetime.now(UTC))
    orders, open_now = [], 0
    for need, need_matches in zip(question.needs or (question,), matches, strict=True):
        miles, open_now = filtered.sites.measure(need_matches.docs, now)
        scores = snapshot.ranking.scores(
            need_matches, miles, need, describes_person=query.describes_person
        )
        orders.append(snapshot.orders.of(need_matches, scores, miles, query, need, filtered))
    if question.needs:
        _, open_now = filtered.sites.measure(docs_in(filtered.mask), now)
    return orders, open_now


def _iter_hits(
    orders: Sequence[Order],
    rows: range,
    query: SearchQuery,
    matches: Sequence[Matches],
    filtered: FilterResult,
) -> Iterator[Hit]:
    """Yield the search results of some rows; results of several needs alternate."""
    turns = take_turns(orders, query.sort, rows)
    hits_by_need = []
    for need, (order, need_matches) in enumerate(zip(orders, matches, strict=True)):
        ranks = [turn.rank for turn in turns if turn.need == need]
        hits_by_need.append(_iter_hits_at(order, ranks, query, need_matches, filtered))
    return (next(hits_by_need[turn.need]) for turn in turns)


def _iter_hits_at(
    order: Order,
    ranks: Sequence[int],
    query: SearchQuery,
    matches: Matches,
    filtered: FilterResult,
) -> Iterator[Hit]:
    """Yield the search results at some ranks of the order of results."""
    rows = order.rows(max(ranks, default=-1) + 1).take(ranks)
    docs, columns = order.docs.take(rows), order.columns
    sites = filtered.sites
    open_sites = replace(sites, is_open=order.fits.is_open) if order.fits.is_open else sites
    has_sites = sites.near is not None or sites.is_open is not None or open_sites is not sites
    for rank, doc, score, miles, is_suggested, (band, area), doc_fit, reason in zip(
        ranks,
        docs.tolist(),
        order.scores.take(rows).tolist(),
        order.miles.take(rows).tolist(),
        order.suggested.take(rows).tolist(),
        order.bands.names_and_areas(rows),
        order.fits.of_rows(rows),
        _explain(docs, matches.clauses),
        strict=True,
    ):
        is_ahead = rank < order.ahead
        fit = Fit.NOT_ASKED if is_ahead else doc_fit
        site = (open_sites if fit is Fit.FITS else sites).site_of(doc) if has_sites else None
        yield Hit(
            service_id=columns.service_id(doc),
            score=round(score, 4),
            location_id="" if site is None else columns.location_id(site),
            distance_miles=None if isnan(miles) else round(miles, 2),
            band=band,
            area=area,
            is_ahead=is_ahead,
            fit=fit,
            why=reason.why,
            reason=reason.text,
            suggested_topic=reason.suggested_topic or (query.topic if is_suggested else ""),
            is_suggested=is_suggested,
        )


class _Reason(NamedTuple):
    """The reason why an indexed service matches a search query, as ``Hit`` contains it."""

    why: tuple[str, ...] = ()
    text: str = ""
    suggested_topic: str = ""


class _FormReason(NamedTuple):
    """A word form found in some fields: its text and the kinds of the fields."""

    text: str
    kinds: tuple[str, ...]


def _make_reason(form_reasons: Iterable[_FormReason], topics: Iterable[TopicMatch]) -> _Reason:
    """Return the reasons of a result: ``Matches “rent” in the name; under Help paying rent``.

    A suggested topic is left to the page, which has its evidence (``directory.suggested_topics``).
    """
    words_by_kind: dict[str, dict[str, None]] = {}
    for form in form_reasons:
        for kind in form.kinds:
            words_by_kind.setdefault(kind, {})[form.text] = None
    tagged, suggested = dict[str, None](), ""
    for match in topics:
        if not match.is_suggested:
            tagged[match.topic.name] = None
        suggested = suggested or match.topic.code
    if tagged:
        suggested = ""
    all_kinds = {*words_by_kind, *([_TOPIC] if tagged or suggested else [])}
    return _Reason(
        tuple(kind for kind in _REASON_KINDS if kind in all_kinds),
        "; ".join(_reason_parts(words_by_kind, list(tagged), is_suggested=bool(suggested))),
        suggested,
    )


def _reason_parts(
    words_by_kind: Mapping[str, dict[str, None]], topics: Sequence[str], *, is_suggested: bool
) -> Iterator[str]:
    """Yield the parts of the sentence that says why a search result matches."""
    best = next((kind for kind in _REASON_PHRASES if kind in words_by_kind), "")
    in_names = best in {"name", "organization"}
    if best and (in_names or not (topics or is_suggested)):
        yield f"Matches {_quoted(words_by_kind[best])} {_REASON_PHRASES[best]}"
    if topics:
        under = " and ".join(topics[:_MOST_TOPICS])
        yield f"{'under' if in_names else 'Under'} {under}"
    elif _TOPIC in words_by_kind and best != "name" and not is_suggested:
        verb = "also matches" if best else "Matches"
        yield f"{verb} {_quoted(words_by_kind[_TOPIC])} in its topics"


def _explain(page: DocNumbers, clauses: Sequence[ClauseMatch]) -> list[_Reason]:
    """Return the reasons for each document of a page, from the clauses that were looked up.

    Most documents match in the same fields and topics, so each distinct reason is made once.
    """
    forms = [form for clause in clauses for form in clause.forms]
    topics = [topic for clause in clauses for topic in clause.topics]
    fields = [match.fields(page).tolist() for _, match in forms]
    has_topic = [is_in_sorted(match.docs, page).tolist() for match in topics]
    reason_by_matches: dict[tuple[int, ...], _Reason] = {}
    reasons = []
    # For each document: the fields that have each form, then whether it has each topic.
    by_doc = zip(*fields, *has_topic, strict=True) if forms or topics else [()] * len(page)
    for doc_matches in by_doc:
        if doc_matches not in reason_by_matches:
            doc_fields, doc_has_topic = doc_matches[: len(forms)], doc_matches[len(forms) :]
            form_reasons = [
                _FormReason(form.text, _kinds_of_fields(bits))
                for (form, _), bits in zip(forms, doc_fields, strict=True)
                if bits
            ]
            reason_by_matches[doc_matches] = _make_reason(
                form_reasons, compress(topics, doc_has_topic)
            )
        reasons.append(reason_by_matches[doc_matches])
    return reasons


@lru_cache(maxsize=1 << 15)
def _kinds_of_fields(bits: int) -> tuple[str, ...]:
    """Return the kinds of the fields of a bit mask that are shown as reasons."""
    fields = (TEXT_FIELDS[name] for name, bit in FIELD_BITS.items() if bits & bit)
    return tuple(dict.fromkeys(field.why for field in fields if field.why))


def _quoted(words: dict[str, None]) -> str:
    return ", ".join(f"“{word}”" for word in list(words)[:_MOST_WORDS])
