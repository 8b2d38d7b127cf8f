"""Structured data about services and organizations for pages: JSON-LD with terms of schema.org.

The data are made from the page's own view model, so they contain nothing that the page withholds.
Listings and locations are left out if their publisher forbids redistribution, and so is a position
that is only the middle of a ZIP code. Hours are those of the usual week, without exceptions.
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
_AREA_TYPES = {
    "city": "City",
    "county": "AdministrativeArea",
    "state": "State",
    "nation": "Country",
}
Thing = dict[str, Any]
"""A schema.org object in the form of JSON."""


def service_data(listing: ServicePage) -> Thing | None:
    """Return a service as schema.org JSON-LD, None if search engines must not read it."""
    if not _is_published(listing.credit):
        return None
    service = listing.service
    sites = [site for site in listing.sites if site.is_handed_on]
    page_url = f"{public_address()}/services/{service.id}"
    provider = listing.organization
    ages = {"suggestedMinAge": service.minimum_age, "suggestedMaxAge": service.maximum_age}
    return {"@context": _CONTEXT} | _thing(
        "Service",
        {
            "@id": page_url,
            "url": page_url,
            "name": service.name,
            "alternateName": service.alternate_name,
            "description": service.description,
            "serviceType": [term.name for term in listing.terms],
            "category": [heading.name for heading in listing.headings],
            "provider": _organization(provider) if provider else None,
            "areaServed": [_area(area) for area in listing.areas],
            "audience": _thing("PeopleAudience", ages),
            "hoursAvailable": [] if listing.sites else _hours(listing.hours),
            "availableChannel": [_channel(listing, site) for site in sites or (None,)],
        },
    )


def organization_data(listing: OrganizationPage) -> Thing | None:
    """Return an organization as schema.org JSON-LD, None if search engines must not read it."""
    if not _is_published(listing.credit):
        return None
    organization = listing.organization
    details = {
        "alternateName": organization.alternate_name,
        "description": organization.description,
        "email": organization.email if "@" in organization.email else "",
        "sameAs": [web_link(each.url) for each in listing.urls],
        "contactPoint": [_contact_point(phone) for phone in listing.phones],
        "location": [_place(site) for site in listing.sites if site.is_handed_on],
    }
    return {"@context": _CONTEXT} | _organization(organization) | _thing("Organization", details)


def _is_published(credit: Credit | None) -> bool:
    """Return whether search engines may read a listing, by its publisher and the settings."""
    if credit and not credit.is_handed_on:
        return False
    settings = current_settings()
    return settings.search_engines and not (settings.sample_data or is_terminal())


def _thing(kind: str, properties: Thing) -> Thing:
    """Return a schema.org object without empty properties, {} if all are empty."""
    known = {}
    for name, value in properties.items():
        cleaned = [each for each in value if each] if isinstance(value, list) else value
        if cleaned not in (None, "", [], {}):
            known[name] = cleaned
    return {"@type": kind} | known if known else {}


def _organization(organization: Organization) -> Thing:
    page_url = f"{public_address()}/organizations/{organization.id}"
    website = web_link(organization.website) if organization.website else ""
    return _thing(
        "Organization", {"@id": page_url, "name": organization.name, "url": website or page_url}
    )


def _channel(listing: ServicePage, site: Site | None) -> Thing:
    """Return a service's ``ServiceChannel``: a location, or phone and web if it has none."""
    phones = (site.phones if site else ()) or listing.phones
    website = web_link(listing.service.url) if listing.service.url else ""
    return _thing(
        "ServiceChannel",
        {
            "serviceLocation": _place(site) if site else None,
            "servicePhone": [_contact_point(phone) for phone in phones],
            "serviceUrl": website,
            "availableLanguage": [language_label(each) for each in listing.languages],
        },
    )


def _place(site: Site) -> Thing:
    """Return a location as a schema.org ``Place`` with address, phones and hours.

    It is {} for a virtual location.
    """
    if site.location.location_type == "virtual":
        return {}
    position = {} if site.is_approximate else {
        "latitude": site.location.latitude,
        "longitude": site.location.longitude,
    }  # fmt: skip
    return _thing(
        "Place",
        {
            "name": site.location.name,
            "address": _address(site.address) if site.address else None,
            "geo": _thing("GeoCoordinates", position),
            "telephone": [phone.tel or phone.number for phone in site.phones],
            "openingHoursSpecification": _hours(site.hours),
        },
    )


def _address(address: Address) -> Thing:
    street = ", ".join(filter(None, (address.address_1, address.address_2)))
    return _thing(
        "PostalAddress",
        {
            "streetAddress": street,
            "addressLocality": address.city,
            "addressRegion": address.state_province,
            "postalCode": address.postal_code,
            "addressCountry": address.country,
        },
    )


def _contact_point(phone: Phone) -> Thing:
    number = phone.tel or phone.number
    if not number:
        return {}
    if phone.tel and phone.extension:
        number = f"{number};ext={phone.extension}"
    return _thing("ContactPoint", {"telephone": number, "contactType": phone.description})


def _hours(hours: HoursBlock) -> list[Thing]:
    """Return schema.org specifications of a week's opening hours.

    Days with the same times share one.
    """
    if hours.always:
        return [_hours_specification(list(WEEKDAY_NAMES), "00:00", "23:59")]
    days_by_span: dict[tuple[str, str], list[str]] = {}
    for day in hours.week:
        for span in day.spans:
            days_by_span.setdefault(span, []).append(WEEKDAY_NAMES[day.weekday])
    return [
        _hours_specification(days, opens, closes) for (opens, closes), days in days_by_span.items()
    ]


def _hours_specification(days: list[str], opens: str, closes: str) -> Thing:
    properties = {"dayOfWeek": days, "opens": opens, "closes": closes}
    return _thing("OpeningHoursSpecification", properties)


def _area(area: ServiceArea) -> Thing:
    zip_codes = [code for code in area.area_codes.split("|") if code]
    if area.area_kind == "zip" and zip_codes:
        return _thing("DefinedRegion", {"addressCountry": "US", "postalCode": zip_codes})
    return _thing(_AREA_TYPES.get(area.area_kind, "Place"), {"name": area_label(area)})
