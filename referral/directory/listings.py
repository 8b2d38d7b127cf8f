"""View models of services and organizations, and the A to Z of organizations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from unicodedata import normalize

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.cards import CardBuilder
from referral.directory.instance import Instance
from referral.directory.suggested_topics import narrowest_suggestions
from referral.directory.view_models import OrganizationList, OrganizationPage, ServicePage
from referral.errors import NotFoundError
from referral.fields.places.lookup import Place
from referral.records.facets import is_explicitly_remote
from referral.records.hsds import Organization, Phone
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
_ORGANIZATIONS_ON_A_PAGE = 500
LoadListings = Callable[[Session, Sequence[str], Audience], list[Listing]]


@dataclass(frozen=True, slots=True)
class ChosenPlace:
    """The location at which a user chose a service, and the position distances are measured from.

    Attributes:
        location_id: "" where none was chosen; a location that the service does not have is ignored.
    """

    location_id: str = ""
    near: Place | None = None


ANY_PLACE = ChosenPlace()


def read_service(
    instance: Instance, service_id: str, audience: Audience, chosen: ChosenPlace = ANY_PLACE
) -> ServicePage:
    """Return the page of a service as an audience may see it.

    Raises:
        NotFoundError: there is no such service, or the audience may not see it.
    """
    with instance.store.read() as session:
        return service_page(instance, session, service_id, audience, instance.listings.read, chosen)


def service_page(
    instance: Instance,
    session: Session,
    service_id: str,
    audience: Audience,
    load: LoadListings = load_listings,
    chosen: ChosenPlace = ANY_PLACE,
) -> ServicePage:
    """Return the page of a service as a session sees it, with its uncommitted changes.

    Args:
        load: ``ListingCache.read`` may be used if the session has written nothing.

    Raises:
        NotFoundError: there is no such service, or the audience may not see it.
    """
    listings = load(session, [service_id], audience)
    if not listings:
        raise NotFoundError("There is no such service.")
    return _service_page(listings[0], _card_builder(instance, session), chosen)


def read_services(
    instance: Instance,
    service_ids: Sequence[str],
    audience: Audience,
    places: Mapping[str, str] | None = None,
) -> tuple[ServicePage, ...]:
    """Return the pages of the services that an audience may see, in the order of the ids.

    Args:
        places: id of the chosen location, or "", by service id.
    """
    with instance.store.read() as session:
        listings = instance.listings.read(session, service_ids, audience)
        builder = _card_builder(instance, session)
    location_ids = places or {}
    return tuple(
        _service_page(listing, builder, ChosenPlace(location_ids.get(listing.service.id, "")))
        for listing in listings
    )


def open_service(
    instance: Instance, service_id: str, chosen: ChosenPlace = ANY_PLACE
) -> ServicePage:
    """Return the public page of a service, and count a view of it in this month.

    Raises:
        NotFoundError: there is no such service, or the public may not see it.
    """
    page = read_service(instance, service_id, Audience.PUBLIC, chosen)
    instance.view_counts.note(service_id, instance.now())
    return page


def _service_page(listing: Listing, builder: CardBuilder, chosen: ChosenPlace) -> ServicePage:
    """Build the page of a service, with the chosen location first and its hours and phone."""
    is_other_site = [site.location.id != chosen.location_id for site in listing.sites]
    if not all(is_other_site):
        index = is_other_site.index(False)
        other_sites = listing.sites[:index] + listing.sites[index + 1 :]
        listing = replace(listing, sites=(listing.sites[index], *other_sites))
    sites = tuple(builder.site(site, listing.hours_at(site), chosen.near) for site in listing.sites)
    phone = phone_to_call(listing, next(iter(listing.sites), None))
    hours = sites[0].hours if sites else builder.hours_without_place(listing)
    if phone is None:
        hours = replace(hours, has_phone=False)
        sites = tuple(replace(site, hours=replace(site.hours, has_phone=False)) for site in sites)
    return ServicePage(
        service=listing.service,
        organization=listing.organization,
        name_additions=builder.name_additions(listing, listing.sites[0] if listing.sites else None),
        program=listing.program,
        headings=builder.headings(listing),
        terms=listing.named_terms,
        suggested_topics=narrowest_suggestions(listing),
        phone=phone,
        phones=_phones_in_order(listing, phone),
        contacts=listing.contacts,
        hours=hours,
        sites=sites,
        is_place_chosen=not all(is_other_site),
        place_withheld=listing.place_withheld,
        is_explicitly_remote=is_explicitly_remote(listing),
        languages=listing.languages,
        areas=listing.areas,
        costs=listing.costs,
        documents=listing.documents,
        local_note=listing.local_note,
        local_note_in=listing.local_note_in,
        has_local_hours=listing.has_local_hours,
        capacities=builder.capacities(listing),
        maximums=tuple(capacity for capacity in listing.capacities if capacity.maximum is not None),
        urls=listing.urls,
        translations=listing.translations,
        translation_states=listing.translation_states,
        is_free=listing.is_free,
        call_first=builder.call_first(listing.service),
        credit=listing.credit,
    )


def _phones_in_order(listing: Listing, first: Phone | None) -> tuple[Phone, ...]:
    """Return the phone to call, then the others of the service, or of the organization if none."""
    of_service = listing.phones or listing.organization_phones
    rest = (phone for phone in phones_at(listing, None) if phone in of_service)
    if first is None:
        return tuple(rest)
    return (first, *(phone for phone in rest if dialed_number(phone) != dialed_number(first)))


def read_organization(
    instance: Instance, organization_id: str, audience: Audience
) -> OrganizationPage:
    """Return the page of an organization and its services as an audience may see them.

    Raises:
        NotFoundError: there is no such organization, or the audience may not see it.
    """
    with instance.store.read() as session:
        return organization_page(
            instance, session, organization_id, audience, instance.listings.read
        )


def organization_page(
    instance: Instance,
    session: Session,
    organization_id: str,
    audience: Audience,
    load: LoadListings = load_listings,
) -> OrganizationPage:
    """Return the page of an organization as a session sees it, with its uncommitted changes.

    Args:
        load: as for ``service_page``.

    Raises:
        NotFoundError: there is no such organization, or the audience may not see it.
    """
    organization_row = session.scalars(
        select(OrganizationRow).where(
            OrganizationRow.id == organization_id, shown(OrganizationRow, audience)
        )
    ).first()
    if organization_row is None:
        raise NotFoundError("There is no such organization.")
    service_ids = _service_ids_of(session, organization_id, audience)
    listings = load(session, service_ids, audience)
    builder, reader = _card_builder(instance, session), ChildReader.of(session, audience)
    reader.visible.remember("organization", {organization_id: True})
    contacts, phones, urls = (
        reader.parts_by(row_class, "organization_id", [organization_id]).get(organization_id, ())
        for row_class in (ContactRow, PhoneRow, UrlRow)
    )
    sites, site_phones = read_organization_sites(session, organization_id, audience)
    shown_streets = streets_shown(sites)

    def clean(record: RecordT) -> RecordT:
        return without_streets(record, reader.keys, shown_streets)

    sites = tuple(site_without_streets(site, reader.keys, shown_streets) for site in sites)
    own_phones = filter(_is_own_phone, phones)
    return OrganizationPage(
        organization=clean(record_from(organization_row, Organization)),
        phones=tuple(map(clean, (*own_phones, *site_phones))),
        contacts=tuple(map(clean, contacts)),
        urls=tuple(map(clean, urls)),
        sites=tuple(
            builder.site(site, hours_in_effect(site.location_schedules, (), ())) for site in sites
        ),
        services=tuple(builder.card(listing) for listing in listings),
        credit=credits_of(session, OrganizationRow, [organization_id]).get(organization_id),
    )


def _service_ids_of(session: Session, organization_id: str, audience: Audience) -> Sequence[str]:
    return session.scalars(
        select(ServiceRow.id)
        .where(ServiceRow.organization_id == organization_id, shown_services(audience))
        .order_by(ServiceRow.name, ServiceRow.id)
    ).all()


def list_organizations(instance: Instance, letter: str, audience: Audience) -> OrganizationList:
    """Return all organizations from A to Z, or those of one letter if there are more than 500.

    Args:
        letter: used if there are many; without organizations, the first letter is taken instead.
    """
    with instance.store.read() as session:
        rows = session.scalars(select(OrganizationRow).where(shown(OrganizationRow, audience)))
        keys = read_withheld_keys(session, audience)
        organizations = [without_streets(record_from(row, Organization), keys) for row in rows]
    organizations.sort(key=lambda organization: (organization.name.casefold(), organization.id))
    sections: dict[str, list[Organization]] = {}
    for organization in organizations:
        sections.setdefault(letter_of(organization), []).append(organization)
    letters = tuple(sorted(sections, key=lambda each: (each == _OTHER, each)))
    is_whole = len(organizations) <= _ORGANIZATIONS_ON_A_PAGE
    chosen = letter if letter in sections else next(iter(letters), "")
    on_page = letters if is_whole else (chosen,)
    return OrganizationList(
        letters=letters,
        sections={each: sections[each] for each in on_page},
        is_whole=is_whole,
    )


def letter_of(organization: Organization) -> str:
    """Return the letter of an organization in the A to Z, without accents; # for others."""
    first = _first_letter(organization.name.strip()[:1])
    return first if "A" <= first <= "Z" else _OTHER


def _first_letter(text: str) -> str:
    return normalize("NFD", text)[:1].upper()


def _is_own_phone(phone: Phone) -> bool:
    return not (phone.service_id or phone.location_id or phone.contact_id)


def _card_builder(instance: Instance, session: Session) -> CardBuilder:
    cache = instance.listings
    return CardBuilder(
        instance.settings,
        cache.headings(session),
        instance.now(),
        cache.repeated_names(session),
    )
