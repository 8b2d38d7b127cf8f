"""Public services that people cannot come upon: by a heading, a topic, or their own names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from referral.curation.findability import names_of, rank_of, search_first
from referral.directory.context import Directory
from referral.records.directory import Service
from referral.records.listing import Listing
from referral.records.page import Page
from referral.records.visibility import Audience
from referral.search import Index
from referral.store.listings import load_listings
from referral.store.rows import ServiceRow
from referral.store.visibility import shown_services

SERVICES_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """A public service that something does not reach.

    Attributes:
        reasons: ``no-heading``, ``no-topic``, ``not-by-name``; all three: nothing reaches it.
    """

    service: Service
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachedPage:
    """What was found among the services of a page, given by their ids."""

    found: tuple[Unreached, ...]
    checked: Page[str]


def list_unreached(directory: Directory, page: int = 1) -> UnreachedPage:
    """Public services under no heading, with no topic, or not found by their own names.

    A page looks at some of the services, in the order of their names, since each is searched for.

    Raises:
        IndexUnavailableError: the index is being made anew.
    """
    with directory.store.read() as session:
        ids = session.scalars(
            select(ServiceRow.id)
            .where(shown_services(Audience.PUBLIC))
            .order_by(ServiceRow.name, ServiceRow.id)
        ).all()
        checked = Page.of(ids, page, SERVICES_ON_A_PAGE)
        listings = load_listings(session, checked, Audience.PUBLIC)
    found = [
        Unreached(service=listing.service, reasons=reasons)
        for listing in listings
        if (reasons := tuple(_reasons(directory.index, listing)))
    ]
    found.sort(key=lambda each: -len(each.reasons))
    return UnreachedPage(found=tuple(found), checked=checked)


def _reasons(index: Index, listing: Listing) -> Iterator[str]:
    if not listing.headings:
        yield "no-heading"
    if not listing.terms:
        yield "no-topic"
    wanted = {listing.service.id}
    if not any(rank_of(search_first(index, words), wanted) for words in names_of(listing)):
        yield "not-by-name"
