"""Pages of one service, one organization, and the A to Z of organizations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from unicodedata import normalize

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.cards import CardBuilder
from referral.directory.context import Directory
from referral.directory.suggested_topics import narrowest_suggestions
from referral.directory.view_models import OrganizationList, OrganizationPage, ServicePage
from referral.errors import NotFoundError
from referral.fields.places.lookup import Place
from referral.records.directory import Organization, Phone
from referral.records.facets import is_explicitly_remote
from referral.records.listing import Listing
from referral.records.phone_choice import dialed_number, phone_to_call, phones_at
from referral.records.schedules.hours_in_effect import hours_in_effect
from referral.records.visibility import Audience
from referral.store.conversion import record_from
from referral.store.listings import ChildReader, load_listings, read_organization_sites
from referral.store.rows import ContactRow, OrganizationRow, PhoneRow, ServiceRow, UrlRow
from referral.store.source_credits import credits_of
from referral.store.visibility import shown, shown_services
from referral.store.withheld_keys import read_withheld_keys
from referral.store.withheld_texts import (
    RecordT,
    site_without_streets,
    streets_shown,
    without_streets,
)

_OTHER = "#"


@dataclass(frozen=True, slots=True)
class ChosenPlace:
    """Which of its places a service was chosen at, and from where distances are measured.

    Attributes:
        location_id: "" where none was chosen; one that the service does not have counts as none.
    """

    location_id: str = ""
    near: Place | None = None


ANY_PLACE = ChosenPlace()
LoadListings = Callable[[Session, Sequence[str], Audience], list[Listing]]


def read_service(
    directory: Directory, service_id: str, audience: Audience, chosen: ChosenPlace = ANY_PLACE
) -> ServicePage:
    """Everything the audience may know about a service.

    Raises:
        NotFoundError: there is none, or the audience may not see it.
    """
    with directory.store.read() as session:
        return service_page(
            directory, session, service_id, audience, directory.listings.read, chosen
        )


def service_page(
    directory: Directory,
    session: Session,
    service_id: str,
    audience: Audience,
    load: LoadListings = load_listings,
    chosen: ChosenPlace = ANY_PLACE,
) -> ServicePage:
    """The same as one session sees it, which may have written what is not committed.

    Args:
        load: the cache's way of loading, where the session has written nothing.
    """
    listings = load(session, [service_id], audience)
    if not listings:
        raise NotFoundError("There is no such service.")
    return _service_page(listings[0], _maker(directory, session), chosen)


def read_services(
    directory: Directory,
    service_ids: Sequence[str],
    audience: Audience,
    places: Mapping[str, str] | None = None,
) -> tuple[ServicePage, ...]:
    """Services in the order asked for; those that the audience may not see are left out.

    Args:
        places: id of a service → id of its place that was chosen, or "".
    """
    with directory.store.read() as session:
        listings = directory.listings.read(session, service_ids, audience)
        maker = _maker(directory, session)
    at = places or {}
    return tuple(
        _service_page(listing, maker, ChosenPlace(at.get(listing.service.id, "")))
        for listing in listings
    )


def open_service(
    directory: Directory, service_id: str, chosen: ChosenPlace = ANY_PLACE
) -> ServicePage:
    """What the public may know about a service, counted as opened in this month.

    Raises:
        NotFoundError: there is none, or the public may not see it.
    """
    page = read_service(directory, service_id, Audience.PUBLIC, chosen)
    directory.view_counts.note(service_id, directory.now())
    return page


def _service_page(listing: Listing, maker: CardBuilder, chosen: ChosenPlace) -> ServicePage:
    """The page, which begins with the place that was chosen; hours and phone are those there."""
    is_other = [site.location.id != chosen.location_id for site in listing.sites]
    if not all(is_other):
        first = is_other.index(False)
        own = listing.sites[first]
        listing = replace(listing, sites=(own, *listing.sites[:first], *listing.sites[first + 1 :]))
    sites = tuple(maker.site(site, listing.hours_at(site), chosen.near) for site in listing.sites)
    phone = phone_to_call(listing, next(iter(listing.sites), None))
    hours = sites[0].hours if sites else maker.hours_without_place(listing)
    if phone is None:
        hours = replace(hours, has_phone=False)
        sites = tuple(replace(each, hours=replace(each.hours, has_phone=False)) for each in sites)
    return ServicePage(
        service=listing.service,
        organization=listing.organization,
        name_additions=maker.name_additions(listing, listing.sites[0] if listing.sites else None),
        program=listing.program,
        headings=maker.headings(listing),
        terms=listing.named_terms,
        suggested_topics=narrowest_suggestions(listing),
        phone=phone,
        phones=_phones_of(listing, phone),
        contacts=listing.contacts,
        hours=hours,
        sites=sites,
        is_place_chosen=not all(is_other),
        place_withheld=listing.place_withheld,
        is_explicitly_remote=is_explicitly_remote(listing),
        languages=listing.languages,
        areas=listing.areas,
        costs=listing.costs,
        documents=listing.documents,
        local_note=listing.local_note,
        local_note_in=listing.local_note_in,
        has_local_hours=listing.has_local_hours,
        capacities=maker.capacities(listing),
        maximums=tuple(each for each in listing.capacities if each.maximum is not None),
        urls=listing.urls,
        translations=listing.translations,
        translation_states=listing.translation_states,
        is_free=listing.is_free,
        call_first=maker.call_first(listing.service),
        credit=listing.credit,
    )


def _phones_of(listing: Listing, first: Phone | None) -> tuple[Phone, ...]:
    """The one to call, then others of the service, else of the organization."""
    own = listing.phones or listing.organization_phones
    rest = (each for each in phones_at(listing, None) if each in own)
    if first is None:
        return tuple(rest)
    return (first, *(each for each in rest if dialed_number(each) != dialed_number(first)))


def read_organization(
    directory: Directory, organization_id: str, audience: Audience
) -> OrganizationPage:
    """An organization and its services.

    Raises:
        NotFoundError: there is none, or the audience may not see it.
    """
    with directory.store.read() as session:
        return organization_page(
            directory, session, organization_id, audience, directory.listings.read
        )


def organization_page(
    directory: Directory,
    session: Session,
    organization_id: str,
    audience: Audience,
    load: LoadListings = load_listings,
) -> OrganizationPage:
    """The same as one session sees it; ``load`` as for ``service_page``."""
    row = session.scalars(
        select(OrganizationRow).where(
            OrganizationRow.id == organization_id, shown(OrganizationRow, audience)
        )
    ).first()
    if row is None:
        raise NotFoundError("There is no such organization.")
    service_ids = _services_of(session, organization_id, audience)
    listings = load(session, service_ids, audience)
    maker, reader = _maker(directory, session), ChildReader.of(session, audience)
    reader.visible.know("organization", {organization_id: True})
    contacts, phones, urls = (
        reader.by(row, "organization_id", [organization_id]).get(organization_id, ())
        for row in (ContactRow, PhoneRow, UrlRow)
    )
    sites, phones_left = read_organization_sites(session, organization_id, audience)
    shown_streets = streets_shown(sites)

    def clean(record: RecordT) -> RecordT:
        return without_streets(record, reader.keys, shown_streets)

    sites = tuple(site_without_streets(site, reader.keys, shown_streets) for site in sites)
    of_the_whole = filter(_is_of_the_whole, phones)
    return OrganizationPage(
        organization=clean(record_from(row, Organization)),
        phones=tuple(map(clean, (*of_the_whole, *phones_left))),
        contacts=tuple(map(clean, contacts)),
        urls=tuple(map(clean, urls)),
        sites=tuple(
            maker.site(site, hours_in_effect(site.location_schedules, (), ())) for site in sites
        ),
        services=tuple(maker.card(listing) for listing in listings),
        credit=credits_of(session, OrganizationRow, [organization_id]).get(organization_id),
    )


def _services_of(session: Session, organization_id: str, audience: Audience) -> Sequence[str]:
    return session.scalars(
        select(ServiceRow.id)
        .where(ServiceRow.organization_id == organization_id, shown_services(audience))
        .order_by(ServiceRow.name, ServiceRow.id)
    ).all()


def list_organizations(directory: Directory, letter: str, audience: Audience) -> OrganizationList:
    """Organizations whose name starts with this letter; the first letter there is by default."""
    with directory.store.read() as session:
        rows = session.scalars(select(OrganizationRow).where(shown(OrganizationRow, audience)))
        keys = read_withheld_keys(session, audience)
        organizations = [without_streets(record_from(row, Organization), keys) for row in rows]
    organizations.sort(key=lambda organization: (organization.name.casefold(), organization.id))
    letters = tuple(sorted({letter_of(organization) for organization in organizations}))
    wanted = letter.upper() if letter.upper() in letters else next(iter(letters), "")
    return OrganizationList(
        letters=letters,
        letter=wanted,
        organizations=tuple(one for one in organizations if letter_of(one) == wanted),
    )


def letter_of(organization: Organization) -> str:
    """Where the organization stands in the A to Z: A to Z without accents, # for the rest."""
    first = _plain(organization.name.strip()[:1])
    return first if "A" <= first <= "Z" else _OTHER


def _plain(letter: str) -> str:
    return normalize("NFD", letter)[:1].upper()


def _is_of_the_whole(phone: Phone) -> bool:
    return not (phone.service_id or phone.location_id or phone.contact_id)


def _maker(directory: Directory, session: Session) -> CardBuilder:
    cache = directory.listings
    return CardBuilder(
        directory.settings,
        cache.headings(session),
        directory.now(),
        cache.repeated_names(session),
    )
