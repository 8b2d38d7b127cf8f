"""Services that staff choose for a guide: their cards, their states, and a search by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from referral.directory.cards import CardBuilder
from referral.directory.instance import Instance
from referral.directory.redirects import surviving_id
from referral.directory.view_models import ServiceCard
from referral.records.accounts import printable_line
from referral.records.visibility import Audience
from referral.store.rows import OrganizationRow, ServiceRow
from referral.store.visibility import shown_services

MOST_FOUND = 12


class ChosenState(StrEnum):
    """The public visibility of a service that is chosen for a guide."""

    SHOWN = "shown"
    MERGED = "merged"  # the service that it was merged into is shown
    HIDDEN = "hidden"  # retired, hidden or withheld; shown again when it is public
    GONE = "gone"  # the record does not exist


@dataclass(frozen=True, slots=True)
class ChosenService:
    """A service that is chosen for a guide.

    ``by`` is its organization, or the service that it was merged into.
    """

    id: str
    name: str
    by: str
    state: ChosenState = ChosenState.SHOWN

    @property
    def is_left_out(self) -> bool:
        """Return whether a guide shows neither a chosen service nor the one it was merged into."""
        return self.state in {ChosenState.HIDDEN, ChosenState.GONE}


def public_cards(
    instance: Instance, session: Session, service_ids: Sequence[str]
) -> dict[str, ServiceCard]:
    """Return the cards of a guide's chosen services by chosen id.

    A merged service is replaced by its survivor.

    Services that the public may not see are left out.
    """
    cache = instance.listings
    found = cache.read(session, service_ids, Audience.PUBLIC)
    listings = {listing.service.id: listing for listing in found}
    survivors = {
        service_id: surviving_id(session, "service", service_id)
        for service_id in service_ids
        if service_id not in listings
    }
    survivor_ids = list(filter(None, dict.fromkeys(survivors.values())))
    found = cache.read(session, survivor_ids, Audience.PUBLIC)
    survivor_listings = {listing.service.id: listing for listing in found}
    for service_id, survivor_id in survivors.items():
        if survivor_id in survivor_listings:
            listings[service_id] = survivor_listings[survivor_id]
    builder = CardBuilder(
        instance.settings,
        cache.headings(session),
        instance.now(),
        cache.repeated_names(session),
    )
    return {service_id: builder.card(listing) for service_id, listing in listings.items()}


def read_chosen(instance: Instance, service_ids: Sequence[str]) -> dict[str, ChosenService]:
    """Return a guide's chosen services by id, each with whether the public sees it."""
    with instance.store.read() as session:
        cards = public_cards(instance, session, service_ids)
        missing_ids = set(service_ids) - {card.service.id for card in cards.values()}
        statement = select(ServiceRow.id, ServiceRow.name).where(ServiceRow.id.in_(missing_ids))
        names = {row.id: row.name for row in session.execute(statement)}
    chosen = {}
    for service_id in service_ids:
        card, name = cards.get(service_id), names.get(service_id, "")
        if card is None:
            state = ChosenState.HIDDEN if service_id in names else ChosenState.GONE
            chosen[service_id] = ChosenService(service_id, name, "", state)
        elif service_id != card.service.id:
            survivor = card.service.name
            chosen[service_id] = ChosenService(service_id, name, survivor, ChosenState.MERGED)
        else:
            organization = card.organization.name if card.organization else ""
            chosen[service_id] = ChosenService(service_id, card.service.name, organization)
    return chosen


def find_services(instance: Instance, words: str) -> tuple[ChosenService, ...]:
    """Return public services to choose for a guide, by words in their name or organization.

    There are at most ``MOST_FOUND``, and none without words.
    """
    folded_words = printable_line(words).casefold().split()
    if not folded_words:
        return ()
    names = [func.lower(ServiceRow.name), func.lower(func.coalesce(OrganizationRow.name, ""))]
    has_all = (
        or_(*(name.contains(word, autoescape=True) for name in names)) for word in folded_words
    )
    statement = (
        select(ServiceRow.id, ServiceRow.name, OrganizationRow.name)
        .outerjoin(OrganizationRow, ServiceRow.organization_id == OrganizationRow.id)
        .where(shown_services(Audience.PUBLIC), *has_all)
        .order_by(names[0], ServiceRow.id)
        .limit(MOST_FOUND)
    )
    with instance.store.read() as session:
        return tuple(ChosenService(*row) for row in session.execute(statement))
