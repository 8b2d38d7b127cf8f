"""Booklets to print: the public services of a heading or a town, numbered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.cards import CardBuilder
from referral.directory.instance import Instance
from referral.directory.view_models import ServiceCard
from referral.errors import NotFoundError
from referral.records.classification import TaxonomyTerm
from referral.records.headings import Heading
from referral.records.listing import Listing
from referral.records.visibility import Audience
from referral.store.listings import load_listings
from referral.store.rows import ServiceHeadingRow, ServiceRow
from referral.store.terms import load_terms
from referral.store.visibility import shown, shown_services

MOST_ENTRIES = 3000  # of a synthetic list, 2,400 are 1,242 sheets; nobody staples more
_LISTINGS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class BookletEntry:
    """A service in a booklet, and the number by which contents and index refer to it."""

    number: int
    card: ServiceCard


@dataclass(frozen=True, slots=True)
class BookletGroup:
    """Services of one topic, or of one heading in a booklet of all services.

    ``about`` is None for services without a topic or heading.
    """

    about: TaxonomyTerm | Heading | None
    entries: tuple[BookletEntry, ...]


@dataclass(frozen=True, slots=True)
class Booklet:
    """Contents of a booklet; ``left_out`` counts services beyond ``MOST_ENTRIES``."""

    heading: Heading | None
    town: str
    groups: tuple[BookletGroup, ...]
    total: int
    left_out: int = 0


def read_booklet(instance: Instance, slug: str = "", town: str = "") -> Booklet:
    """Return a booklet of public services, grouped by topic or heading and sorted by name.

    Args:
        slug: of the heading that services must be filed under; "" for all services.
        town: in which services must have a location with a public address; "" for anywhere.

    Raises:
        NotFoundError: there is no such heading.
    """
    with instance.store.read() as session:
        headings = {heading.slug: heading for heading in instance.listings.headings(session)}
        if slug and slug not in headings:
            raise NotFoundError("There is no such heading.")
        repeated = instance.listings.repeated_names(session)
        builder = CardBuilder(instance.settings, headings.values(), instance.now(), repeated)
        cards = [builder.card(listing) for listing in _iter_listings(session, slug, town)]
    chosen = headings.get(slug)
    return Booklet(
        heading=chosen,
        town=town,
        groups=tuple(_iter_groups(cards[:MOST_ENTRIES], chosen)),
        total=min(len(cards), MOST_ENTRIES),
        left_out=max(len(cards) - MOST_ENTRIES, 0),
    )


def _iter_listings(session: Session, slug: str, town: str) -> Iterator[Listing]:
    statement = select(ServiceRow.id).where(shown_services(Audience.PUBLIC))
    if slug:
        services_under = select(ServiceHeadingRow.service_id).where(
            ServiceHeadingRow.heading == slug, shown(ServiceHeadingRow, Audience.PUBLIC)
        )
        statement = statement.where(ServiceRow.id.in_(services_under))
    ids = session.scalars(statement.order_by(ServiceRow.name, ServiceRow.id)).all()
    terms = load_terms(session)
    for start in range(0, len(ids), _LISTINGS_AT_A_TIME):
        batch = ids[start : start + _LISTINGS_AT_A_TIME]
        for listing in load_listings(session, batch, Audience.PUBLIC, terms):
            in_town = _in_town(listing, town) if town else listing
            if in_town is not None:
                yield in_town


def _in_town(listing: Listing, town: str) -> Listing | None:
    """Return a listing with only its locations in a town; None if it has none there."""
    wanted = town.casefold()
    sites = tuple(
        site for site in listing.sites if site.address and site.address.city.casefold() == wanted
    )
    return replace(listing, sites=sites) if sites else None


def _iter_groups(cards: Sequence[ServiceCard], heading: Heading | None) -> Iterator[BookletGroup]:
    """Yield groups with each service once, under its largest topic or heading; the rest last."""
    abouts = [card.terms if heading else card.headings for card in cards]
    sizes = Counter(about for candidates in abouts for about in candidates)
    found: dict[TaxonomyTerm | Heading | None, list[ServiceCard]] = defaultdict(list)
    for card, candidates in zip(cards, abouts, strict=True):
        found[max(candidates, key=sizes.__getitem__, default=None)].append(card)
    numbers = count(1)
    for about in sorted(found, key=_group_sort_key):
        group = sorted(found[about], key=lambda card: card.service.name.casefold())
        yield BookletGroup(about, tuple(BookletEntry(next(numbers), card) for card in group))


def _group_sort_key(about: TaxonomyTerm | Heading | None) -> tuple[int, int, str]:
    if about is None:
        return 2, 0, ""
    return (0, about.sort, "") if isinstance(about, Heading) else (1, 0, about.name.casefold())
