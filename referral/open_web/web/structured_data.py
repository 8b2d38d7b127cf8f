"""What a page says of a service or organization by the words of schema.org, as JSON-LD.

It is made from what the page itself shows, so nothing stands in it that the page withholds. What a
publisher does not let us hand on is not in it, neither a page nor a place of a service of ours. A
place whose position is only the middle of its ZIP code has no position, and hours are those of the
usual week: what a week cannot say is left to the page.
"""

from __future__ import annotations

from typing import Any

from referral.directory.view_models import HoursBlock, OrganizationPage, ServicePage, Site
from referral.fields.weekdays import WEEKDAY_NAMES
from referral.records.hsds import Address, Organization, Phone, ServiceArea
from referral.records.listing import Credit
from referral.web.current import current_settings, public_address
from referral.web.listing_labels import area_label, language_label, web_link
from referral.web.terminal_device import is_terminal

_CONTEXT = "https://schema.org"
_AREAS = {
    "city": "City",
    "county": "AdministrativeArea",
    "state": "State",
    "nation": "Country",
}
Thing = dict[str, Any]


def service_data(listing: ServicePage) -> Thing | None:
    """A ``Service`` with its provider, places, phones, hours and area; None where switched off."""
    if not _is_wanted(listing.credit):
        return None
    service = listing.service
    sites = [site for site in listing.sites if site.is_handed_on]
    address = f"{public_address()}/services/{service.id}"
    agency = listing.organization
    ages = {"suggestedMinAge": service.minimum_age, "suggestedMaxAge": service.maximum_age}
    return {"@context": _CONTEXT} | _said(
        "Service",
        {
            "@id": address,
            "url": address,
            "name": service.name,
            "alternateName": service.alternate_name,
            "description": service.description,
            "serviceType": [term.name for term in listing.terms],
            "category": [heading.name for heading in listing.headings],
            "provider": _agency(agency) if agency else None,
            "areaServed": [_area(area) for area in listing.areas],
            "audience": _said("PeopleAudience", ages),
            "hoursAvailable": [] if listing.sites else _hours(listing.hours),
            "availableChannel": [_channel(listing, site) for site in sites or (None,)],
        },
    )


def organization_data(listing: OrganizationPage) -> Thing | None:
    """An ``Organization`` with its places and phones; None where that is switched off."""
    if not _is_wanted(listing.credit):
        return None
    agency = listing.organization
    more = {
        "alternateName": agency.alternate_name,
        "description": agency.description,
        "email": agency.email if "@" in agency.email else "",
        "sameAs": [web_link(each.url) for each in listing.urls],
        "contactPoint": [_contact(phone) for phone in listing.phones],
        "location": [_place(site) for site in listing.sites if site.is_handed_on],
    }
    return {"@context": _CONTEXT} | _agency(agency) | _said("Organization", more)


def _is_wanted(credit: Credit | None) -> bool:
    if credit and not credit.is_handed_on:
        return False
    settings = current_settings()
    return settings.search_engines and not (settings.sample_data or is_terminal())


def _said(kind: str, values: Thing) -> Thing:
    """A thing of schema.org without what is not known; empty where nothing is."""
    known = {}
    for name, value in values.items():
        kept = [each for each in value if each] if isinstance(value, list) else value
        if kept not in (None, "", [], {}):
            known[name] = kept
    return {"@type": kind} | known if known else {}


def _agency(agency: Organization) -> Thing:
    address = f"{public_address()}/organizations/{agency.id}"
    website = web_link(agency.website) if agency.website else ""
    return _said("Organization", {"@id": address, "name": agency.name, "url": website or address})


def _channel(listing: ServicePage, site: Site | None) -> Thing:
    """A way to get the service: at a place, or by phone and web where it has none."""
    phones = (site.phones if site else ()) or listing.phones
    website = web_link(listing.service.url) if listing.service.url else ""
    return _said(
        "ServiceChannel",
        {
            "serviceLocation": _place(site) if site else None,
            "servicePhone": [_contact(phone) for phone in phones],
            "serviceUrl": website,
            "availableLanguage": [language_label(each) for each in listing.languages],
        },
    )


def _place(site: Site) -> Thing:
    """A place with its address and hours; one that is only reached by phone or web is none."""
    if site.location.location_type == "virtual":
        return {}
    position = {} if site.is_approximate else {
        "latitude": site.location.latitude,
        "longitude": site.location.longitude,
    }  # fmt: skip
    return _said(
        "Place",
        {
            "name": site.location.name,
            "address": _address(site.address) if site.address else None,
            "geo": _said("GeoCoordinates", position),
            "telephone": [phone.tel or phone.number for phone in site.phones],
            "openingHoursSpecification": _hours(site.hours),
        },
    )


def _address(address: Address) -> Thing:
    street = ", ".join(filter(None, (address.address_1, address.address_2)))
    return _said(
        "PostalAddress",
        {
            "streetAddress": street,
            "addressLocality": address.city,
            "addressRegion": address.state_province,
            "postalCode": address.postal_code,
            "addressCountry": address.country,
        },
    )


def _contact(phone: Phone) -> Thing:
    number = phone.tel or phone.number
    if not number:
        return {}
    said = f"{number};ext={phone.extension}" if phone.tel and phone.extension else number
    return _said("ContactPoint", {"telephone": said, "contactType": phone.description})


def _hours(hours: HoursBlock) -> list[Thing]:
    """The usual week, a specification for each span of the same times."""
    if hours.always:
        return [_opening(list(WEEKDAY_NAMES), "00:00", "23:59")]
    by_span: dict[tuple[str, str], list[str]] = {}
    for day in hours.week:
        for span in day.spans:
            by_span.setdefault(span, []).append(WEEKDAY_NAMES[day.weekday])
    return [_opening(days, *span) for span, days in by_span.items()]


def _opening(days: list[str], opens: str, closes: str) -> Thing:
    values = {"dayOfWeek": days, "opens": opens, "closes": closes}
    return _said("OpeningHoursSpecification", values)


def _area(area: ServiceArea) -> Thing:
    codes = [code for code in area.area_codes.split("|") if code]
    if area.area_kind == "zip" and codes:
        return _said("DefinedRegion", {"addressCountry": "US", "postalCode": codes})
    return _said(_AREAS.get(area.area_kind, "Place"), {"name": area_label(area)})
