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
from referral.search.query import Answer, Fit, Hit, Notice, Question, SearchQuery, WordForm
from referral.search.schema import TEXT_FIELDS
from referral.search.segment_facts import DocNumbers
from referral.search.sites import holiday_notices
from referral.search.snapshot import Snapshot
from referral.search.turns import take_turns
from referral.search.understanding.knowledge import WordLists
from referral.search.understanding.question import read_question
from referral.search.words import FIELD_BITS, terms_of

_REASONS = tuple(dict.fromkeys(text.why for text in TEXT_FIELDS.values() if text.why))
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
        question = _read(query, snapshot, word_lists)
    if question.is_in_other_language:
        return Answer(question=question, generation=snapshot.generation)
    matches, filtered = _match_and_filter(query, question, snapshot, with_room)
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
        notices=(
            *([Notice(kind="some-words")] if any(each.only_some for each in matches) else ()),
            *chain.from_iterable(map(_broader_notices, matches)),
            *holiday_notices(query.open_at, question.near, snapshot.hours.zone),
        ),
        preferences=preferences,
        generation=snapshot.generation,
    )


def all_ids(query: SearchQuery, snapshot: Snapshot, word_lists: WordLists) -> tuple[str, ...]:
    """Return the ids of all services that match and pass the filters, in the order of results."""
    question = _read(query, snapshot, word_lists)
    if question.is_in_other_language:
        return ()
    matches, filtered = _match_and_filter(query, question, snapshot)
    orders, _ = _put_in_order(matches, filtered, query, question, snapshot)
    rows = [order.rows(len(order.docs)) for order in orders]
    turns = take_turns(orders, query.sort, range(filtered.total))
    docs = (orders[turn.need].docs[rows[turn.need][turn.place]] for turn in turns)
    return tuple(map(snapshot.columns.service_id, map(int, docs)))


def _read(query: SearchQuery, snapshot: Snapshot, word_lists: WordLists) -> Question:
    return read_question(query, word_lists, snapshot.words.vocabulary, snapshot.neighbourhood)


def _broader_notices(matches: Matches) -> Iterator[Notice]:
    """Yield a notice for topics without services here, where results have broader topics."""
    for match in matches.clauses:
        own = [topic.code for topic in match.clause.topics if not topic.is_broader]
        broader = dict.fromkeys(
            each.topic.code
            for each in match.topics
            if each.topic in match.broader and is_in_sorted(matches.docs, each.docs).any()
        )
        if broader:
            details = {"topics": "|".join(own), "broader": "|".join(broader)}
            yield Notice(kind="broader", details=details)


def _match_and_filter(
    query: SearchQuery,
    question: Question,
    snapshot: Snapshot,
    with_room: frozenset[str] = frozenset(),
) -> tuple[Sequence[Matches], FilterResult]:
    """Return the filtered matches of each need (one without a story), and the filter result."""
    found = [_find(need, snapshot) for need in question.needs or (question,)]
    docs = found[0].docs if len(found) == 1 else reduce(np.union1d, [one.docs for one in found])
    filtered = snapshot.filters.apply(docs, query, question.near, with_room)
    return [each.among(filtered.mask) for each in found], filtered


def _find(question: Question, snapshot: Snapshot) -> UnfilteredMatches:
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
    for need, found in zip(question.needs or (question,), matches, strict=True):
        miles, open_now = filtered.sites.measure(found.docs, now)
        scores = snapshot.ranking.scores(
            found, miles, need, describes_person=query.describes_person
        )
        orders.append(snapshot.orders.of(found, scores, miles, query, need, filtered))
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
    """Yield the results in some rows, each from the order of its need."""
    turns = take_turns(orders, query.sort, rows)
    hits = [
        _hits(order, [turn.place for turn in turns if turn.need == need], query, found, filtered)
        for need, (order, found) in enumerate(zip(orders, matches, strict=True))
    ]
    return (next(hits[turn.need]) for turn in turns)


def _hits(
    order: Order,
    places: Sequence[int],
    query: SearchQuery,
    matches: Matches,
    filtered: FilterResult,
) -> Iterator[Hit]:
    """Yield the results at some places of an order."""
    page = order.rows(max(places, default=-1) + 1).take(places)
    docs = order.docs.take(page)
    sites, service_id, location_id = (
        filtered.sites,
        order.columns.service_id,
        order.columns.location_id,
    )
    open_sites = replace(sites, is_open=order.fits.is_open) if order.fits.is_open else sites
    has_sites = sites.near is not None or sites.is_open is not None or open_sites is not sites
    values = zip(
        docs.tolist(),
        order.scores.take(page).tolist(),
        order.miles.take(page).tolist(),
        order.suggested.take(page).tolist(),
        order.bands.of(page),
        order.fits.of_rows(page),
        _explain(docs, matches.clauses),
        strict=True,
    )
    for place, (doc, score, miles, is_suggested, where, fits, reason) in zip(
        places, values, strict=True
    ):
        is_ahead = place < order.ahead
        fit = Fit.NOT_ASKED if is_ahead else fits
        site = (open_sites if fit is Fit.FITS else sites).site_of(doc) if has_sites else None
        yield Hit(
            service_id=service_id(doc),
            score=round(score, 4),
            location_id="" if site is None else location_id(site),
            distance_miles=None if isnan(miles) else round(miles, 2),
            band=where[0],
            area=where[1],
            is_ahead=is_ahead,
            fit=fit,
            why=reason.why,
            matched=reason.matched,
            reason=reason.text,
            suggested_topic=reason.suggested_topic or (query.topic if is_suggested else ""),
            is_suggested=is_suggested,
        )


class _Reason(NamedTuple):
    """Why a document matches a query: the values of ``Hit``."""

    why: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    text: str = ""
    suggested_topic: str = ""


class _FormReason(NamedTuple):
    """Reasons for a word form found in some fields: its text, kinds of fields, stems to mark."""

    text: str
    whys: tuple[str, ...]
    stems: dict[str, None]


def _make_reason(form_reasons: Iterable[_FormReason], topics: Iterable[TopicMatch]) -> _Reason:
    """Return the reasons of a result: ``Matches “rent” in the name; under Help paying rent``.

    A suggested topic is left to the page, which has its evidence (``directory.suggested_topics``).
    """
    words: dict[str, dict[str, None]] = {}
    stems: dict[str, None] = {}
    for text, whys, of_text in form_reasons:
        for why in whys:
            words.setdefault(why, {})[text] = None
        stems.update(of_text)
    tagged, suggested = dict[str, None](), ""
    for match in topics:
        if not match.is_suggested:
            tagged[match.topic.name] = None
        suggested = suggested or match.topic.code
    if tagged:
        suggested = ""
    by_topic = bool(tagged or suggested)
    matched = {word: None for found in words.values() for word in found} | stems
    return _Reason(
        tuple(why for why in _REASONS if why in words or (why == _TOPIC and by_topic)),
        tuple(matched),
        "; ".join(_reason_parts(words, list(tagged), is_suggested=bool(suggested))),
        suggested,
    )


def _reason_parts(
    words: Mapping[str, dict[str, None]], topics: Sequence[str], *, is_suggested: bool
) -> Iterator[str]:
    where = next((why for why in _REASON_PHRASES if why in words), "")
    in_names = where in {"name", "organization"}
    if where and (in_names or not (topics or is_suggested)):
        yield f"Matches {_quoted(words[where])} {_REASON_PHRASES[where]}"
    if topics:
        under = " and ".join(topics[:_MOST_TOPICS])
        yield f"{'under' if in_names else 'Under'} {under}"
    elif _TOPIC in words and where != "name" and not is_suggested:
        verb = "also matches" if where else "Matches"
        yield f"{verb} {_quoted(words[_TOPIC])} in its topics"


def _explain(page: DocNumbers, clauses: Sequence[ClauseMatch]) -> list[_Reason]:
    """Return the reasons for each document of a page, from the clauses that were looked up.

    Most documents match in the same fields and topics, so each distinct reason is made once.
    """
    forms = [form for one in clauses for form in one.forms]
    topics = [match for one in clauses for match in one.topics]
    fields = [match.fields(page).tolist() for _, match in forms]
    under = [is_in_sorted(match.docs, page).tolist() for match in topics]
    form_reasons = _FormReasons([form for form, _ in forms])
    made: dict[tuple[int, ...], _Reason] = {}
    reasons = []
    for found in zip(*fields, *under, strict=True) if fields or under else [()] * len(page):
        if found not in made:
            here = compress(topics, found[len(forms) :])
            made[found] = _make_reason(form_reasons.of(found), here)
        reasons.append(made[found])
    return reasons


class _FormReasons:
    """Cache of the reasons of each word form of a query, by the fields where it was found."""

    def __init__(self, forms: Sequence[WordForm]) -> None:
        self._forms = forms
        self._made: dict[tuple[int, int], _FormReason] = {}

    def of(self, found: Iterable[int]) -> Iterator[_FormReason]:
        """Yield the reasons for the fields in which each form was found, as ``FIELD_BITS``."""
        for number, bits in zip(range(len(self._forms)), found, strict=False):
            if bits:
                known = self._made.get((number, bits))
                yield known or self._made.setdefault((number, bits), self._make(number, bits))

    def _make(self, number: int, bits: int) -> _FormReason:
        form = self._forms[number]
        whys, languages = _reasons_of_fields(bits)
        stems = (stem for language in languages for stem in terms_of(form, language))
        return _FormReason(form.text, whys, dict.fromkeys(stems))


@lru_cache(maxsize=1 << 15)
def _reasons_of_fields(bits: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the kinds and the languages of fields that are shown as reasons."""
    fields = [TEXT_FIELDS[name] for name, bit in FIELD_BITS.items() if bits & bit]
    told = [field for field in fields if field.why]
    return (
        tuple(dict.fromkeys(field.why for field in told)),
        tuple(dict.fromkeys(field.language for field in told)),
    )


def _quoted(words: dict[str, None]) -> str:
    return ", ".join(f"“{word}”" for word in list(words)[:_MOST_WORDS])
