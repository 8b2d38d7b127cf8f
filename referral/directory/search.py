"""Answers a search: the index says which and why, the database says what."""

from __future__ import annotations

from dataclasses import replace

from referral.directory.cards import CardMaker
from referral.directory.directory import Directory
from referral.directory.pages import ResultsPage
from referral.records.page import Page
from referral.records.visibility import Audience
from referral.search.query import Answer, SearchQuery


def find_services(
    directory: Directory, query: SearchQuery, audience: Audience, page: int = 1
) -> ResultsPage:
    """One page of results; ``page`` counts from 1 and replaces the query's offset.

    A service that was withdrawn since the index was last brought up to date is left out.

    Raises:
        IndexUnavailableError: the index is being made anew.
    """
    page = max(1, page)
    query = replace(query, offset=(page - 1) * query.limit)
    answer = directory.index.search(query)
    hits = {hit.service_id: hit for hit in answer.hits}
    with directory.store.read() as session:
        moment = directory.listings.catch_up(session)
        headings = directory.listings.headings(session, moment)
        listings = directory.listings.read(session, list(hits), audience, moment)
    maker = CardMaker(directory.settings, headings, directory.now())
    near = query.near or answer.near
    return ResultsPage(
        answer=answer,
        cards=Page(
            items=tuple(maker.card(each, hits[each.service.id], near) for each in listings),
            number=page,
            size=query.limit,
            total=answer.total,
        ),
        total=answer.total - (len(hits) - len(listings)),
        headings=headings,
    )


def count_services(directory: Directory, query: SearchQuery) -> Answer:
    """How many results a query has, in all and by filter, without reading them.

    Raises:
        IndexUnavailableError: the index is being made anew.
    """
    return directory.index.search(replace(query, limit=0, offset=0))
