"""Filters, bands and counts worked out listing by listing, without an index, to compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from referral.fields.places.lookup import find_zip, is_position, miles_between
from referral.records.coverage import area_keys, place_keys
from referral.records.facets import access_of, delivery_of, is_remote
from referral.records.hsds import Service
from referral.records.listing import Listing, ListingSite
from referral.records.schedules.opening_hours import opening_state
from referral.search.query import SearchQuery

AGES = {
    "0-12": range(13),
    "13-17": range(13, 18),
    "18-24": range(18, 25),
    "25-64": range(25, 65),
    "65+": range(65, 126),
}
MANY = ("headings", "populations", "cost", "access", "delivery")


def passes(listing: Listing, query: SearchQuery, zone: str, populations) -> bool:
    """Whether the listing is among the results of a query without words."""
    service = listing.service
    has_age = query.age is None or takes_age(service, query.age)
    if not has_age or (query.ages and not set(query.ages) & set(ages_of(service))):
        return False
    held = {name: set(values_of(listing, name, populations)) for name in (*MANY, "languages")}
    if query.language and query.language not in held["languages"]:
        return False
    if not set(query.access) <= held["access"]:
        return False
    for name in ("headings", "populations", "cost", "delivery"):
        if getattr(query, name) and not held[name] & set(getattr(query, name)):
            return False
    return any(
        (query.within is None or query.near is None or fits_distance(listing, site, query))
        and (query.open_at is None or fits_hours(listing, site, query.open_at, zone))
        for site in listing.sites or (None,)
    )


def takes_age(service: Service, age: int) -> bool:
    """Somebody of this age in whole years is not known to be too young or too old."""
    low, high = service.minimum_age, service.maximum_age
    return not (low and low >= age + 1) and (high is None or high >= age)


def ages_of(service: Service) -> list[str]:
    """The groups with an age, of all ages there are, that is taken."""
    return [name for name, ages in AGES.items() if any(takes_age(service, age) for age in ages)]


def fits_distance(listing: Listing, site: ListingSite | None, query: SearchQuery) -> bool:
    """Near enough, or of a service with no known place at all."""
    if not has_position(listing):
        return True
    miles = miles_to(site, query)
    return miles is not None and miles <= query.within


def fits_hours(listing: Listing, site: ListingSite | None, at: datetime, zone: str) -> bool:
    """Known to be open there."""
    place = find_zip(site.zip_code) if site else None
    here, building = (site.schedules, site.location_schedules) if site else ((), ())
    schedules = here or listing.schedules or building
    return opening_state(schedules, at, place.timezone if place else zone)[0] is True


def has_position(listing: Listing) -> bool:
    return any(position_of(each) is not None for each in listing.sites)


def position_of(site: ListingSite) -> tuple[float, float] | None:
    if site.location.location_type != "physical":
        return None
    if is_position(site.location.latitude, site.location.longitude):
        return site.location.latitude, site.location.longitude
    place = find_zip(site.zip_code)
    return (place.latitude, place.longitude) if place else None


def miles_to(site: ListingSite | None, query: SearchQuery) -> float | None:
    position = position_of(site) if site else None
    if position is None or query.near is None:
        return None
    return miles_between(query.near.latitude, query.near.longitude, *position)


def values_of(listing: Listing, name: str, populations) -> Sequence[str]:  # noqa: PLR0911
    """The values of a facet that a listing has."""
    if name == "headings":
        return listing.headings
    if name == "languages":
        return [spoken.code for spoken in listing.languages]
    if name == "populations":
        return populations.slugs_of(listing)
    if name == "cost":
        return [listing.cost]
    if name == "age":
        return ages_of(listing.service)
    if name == "access":
        said = [has.description for site in listing.sites for has in site.accessibility]
        return access_of(said, [spoken.code for spoken in listing.languages])
    return delivery_of(listing)


def facet_of(listings, name: str, query: SearchQuery, zone: str, populations, now) -> dict:
    """For each value how many results a query would have with this value alone, or with it too."""
    if name == "distance":
        listings = list(filter(has_position, listings))
        choices = {str(miles): replace(query, within=miles) for miles in (5, 10, 25, 50, 100)}
    elif name == "open_now":
        choices = {"open": replace(query, open_at=query.open_at or now)}
    elif name == "free":
        listings = [each for each in listings if each.is_free]
        choices = {"free": query}
    else:
        found = {str(value) for each in listings for value in values_of(each, name, populations)}
        choices = {value: _with(query, name, value) for value in found}
    counts = {
        value: sum(passes(each, chosen, zone, populations) for each in listings)
        for value, chosen in choices.items()
    }
    return {value: count for value, count in counts.items() if count}


def _with(query: SearchQuery, name: str, value: str) -> SearchQuery:
    if name == "languages":
        return replace(query, language=value)
    if name == "age":
        return replace(query, ages=(value,))
    if name == "access":
        return replace(query, access=(*query.access, value))
    return replace(query, **{name: (value,)})


def band_of(listing: Listing, query: SearchQuery, zone: str) -> tuple[str, str]:
    """The band of a listing and whether its area covers the place."""
    keys = {
        key
        for areas in (listing.areas, *(site.areas for site in listing.sites))
        for area in areas
        for key in area_keys(area.area_kind, area.area_codes)
    }
    covered = bool(keys & set(place_keys(query.near)))
    area = "covered" if covered else ("other" if keys else "unknown")
    near = [
        site
        for site in listing.sites
        if (miles := miles_to(site, query)) is not None
        and miles <= (query.within or 25)
        and (query.open_at is None or fits_hours(listing, site, query.open_at, zone))
    ]
    if area == "other":
        return "elsewhere", area
    if near:
        return "near", area
    return ("remote" if is_remote(listing) else "serves"), area


def bands_of(listings, query: SearchQuery, zone: str, populations) -> Counter:
    return Counter(
        band_of(each, query, zone)[0] for each in listings if passes(each, query, zone, populations)
    )
