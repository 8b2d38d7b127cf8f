"""Building of result cards, sites and hours blocks from listings."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from referral.directory.suggested_topics import suggestion_of
from referral.directory.view_models import HoursBlock, ServiceCard, Site
from referral.fields.places.lookup import Place, find_zip, is_position, miles_between
from referral.records.current_capacity import CurrentCapacity, current_capacities
from referral.records.facets import Delivery, delivery_of, is_explicitly_remote
from referral.records.headings import Heading
from referral.records.hsds import Schedule, Service
from referral.records.listing import Listing, ListingSite
from referral.records.phone_choice import phone_to_call
from referral.records.schedules.events import upcoming_events
from referral.records.schedules.hour_groups import schedules_by_label
from referral.records.schedules.hours_in_effect import HoursInEffect
from referral.records.schedules.opening_hours import (
    first_day_in_doubt,
    is_always_open,
    is_closed_by_exception,
    is_open_all_day,
    may_differ_on,
    opening_state,
    other_rules,
    usual_week,
)
from referral.search.query import Area, Fit, Hit
from referral.settings import Settings
from referral.store.listed_services import RepeatedNames


def hours_block(
    hours: HoursInEffect, moment: datetime, zone: str, own_holidays: Container[date] = ()
) -> HoursBlock:
    """Build the view model of opening hours at a moment.

    Args:
        moment: aware.
        zone: IANA name of the time zone.
        own_holidays: holidays of the library in addition to the federal ones.
    """
    schedules = hours.schedules
    if not schedules and not hours.events:
        return HoursBlock()
    today = moment.astimezone(ZoneInfo(zone)).date()
    is_open, next_opening = opening_state(schedules, moment, zone)
    is_always = is_always_open(schedules, today) and is_open_all_day(schedules, today)
    opens_at = next_opening[0] if next_opening else None
    block = HoursBlock(
        week=usual_week(schedules, today),
        others=_other_schedules(schedules, hours.events, today),
        is_open=is_open,
        next_opening=next_opening,
        always=is_always,
        is_of_building=hours.is_of_building,
        is_holiday=opens_at is not None
        and not is_always
        and may_differ_on(schedules, opens_at.date(), own_holidays),
        closed_today=is_closed_by_exception(schedules, today),
        doubt_on=first_day_in_doubt(schedules, moment, zone, opens_at),
        schedules=schedules,
        zone=zone,
    )
    return replace(block, groups=tuple(_iter_groups(block, hours.events, today)))


def _other_schedules(
    schedules: Sequence[Schedule], events: Iterable[Schedule], today: date
) -> tuple[Schedule, ...]:
    return (*other_rules(schedules, today), *upcoming_events(events, today))


def _iter_groups(
    whole: HoursBlock, events: Iterable[Schedule], today: date
) -> Iterator[HoursBlock]:
    """Yield the hours of each label that has a usual week, other rules or events to come.

    Nothing is yielded where no schedule has a label.
    """
    by_label = schedules_by_label((*whole.schedules, *events))
    for label, group in by_label.items() if any(by_label) else ():
        hours = tuple(schedule for schedule in group if not schedule.is_event)
        week = usual_week(hours, today)
        others = _other_schedules(
            hours, (schedule for schedule in group if schedule.is_event), today
        )
        if others or any(day.spans for day in week):
            yield replace(whole, label=label, week=week, others=others, schedules=hours)


def zone_of(site: ListingSite | None, default: str) -> str:
    """Return the time zone of a site by its ZIP code, else the default."""
    place = find_zip(site.zip_code) if site else None
    return (place.timezone if place else "") or default


class CardBuilder:
    """Builder of cards and sites from listings, with hours and capacities at one moment."""

    def __init__(
        self,
        settings: Settings,
        headings: Iterable[Heading],
        now: datetime,
        repeated_names: RepeatedNames,
    ) -> None:
        self._settings = settings
        self._headings = {heading.slug: heading for heading in headings}
        self._now = now
        self._repeated_names = repeated_names

    def card(
        self,
        listing: Listing,
        hit: Hit | None = None,
        near: Place | None = None,
        headings: Collection[str] = (),
    ) -> ServiceCard:
        """Build the result card of a service, for the location of its search hit.

        Args:
            hit: None where the card is not a search result; the first location is used then.
            near: position from which the distance is measured.
            headings: slugs of the headings in the query.
        """
        hit_site = _chosen_site(listing, hit)
        site = self.site(hit_site, listing.hours_at(hit_site), near) if hit_site else None
        phone = phone_to_call(listing, hit_site)
        hours = site.hours if site else self.hours_without_place(listing)
        return ServiceCard(
            service=listing.service,
            organization=listing.organization,
            name_additions=self.name_additions(listing, hit_site),
            headings=self.headings(listing),
            terms=listing.named_terms,
            phone=phone,
            site=site,
            more_places=max(0, len(listing.sites) - 1),
            place_withheld=listing.place_withheld,
            hours=replace(hours, has_phone=phone is not None),
            is_free=listing.is_free,
            documents=listing.documents,
            capacities=self.capacities(listing),
            call_first=self.call_first(listing.service),
            credit=listing.credit,
            band=hit.band if hit else "",
            area=hit.area if hit else Area.NOT_ASKED,
            is_ahead=bool(hit and hit.is_ahead),
            fit=hit.fit if hit else Fit.NOT_ASKED,
            comes_to_you=site is None and Delivery.HOME in delivery_of(listing),
            is_explicitly_remote=site is None and is_explicitly_remote(listing),
            why=hit.why if hit else (),
            reason=hit.reason if hit else "",
            suggestion=suggestion_of(listing, hit, headings) if hit else None,
            is_suggested=bool(hit and hit.is_suggested),
            translations=listing.translations,
            translation_states=listing.translation_states,
        )

    def name_additions(self, listing: Listing, site: ListingSite | None) -> tuple[str, ...]:
        """Return additions that distinguish a service from others with its name, if there are any.

        They are the organization and, where that is not enough, street and town of the site.
        """
        service, organization = listing.service, listing.organization
        if service.id not in self._repeated_names.services:
            return ()
        operator = organization.name if organization and organization.name != service.name else ""
        is_unique = bool(operator) and service.id not in self._repeated_names.within_organization
        return tuple(filter(None, [operator, *(() if is_unique else _street_and_town(site))]))

    def headings(self, listing: Listing) -> tuple[Heading, ...]:
        """Return the headings of a service, in their order."""
        known = (self._headings[slug] for slug in listing.headings if slug in self._headings)
        return tuple(sorted(known, key=lambda heading: heading.sort))

    def site(self, site: ListingSite, hours: HoursInEffect, near: Place | None = None) -> Site:
        """Build the view model of a site, with the distance from ``near`` if given."""
        return Site(
            location=site.location,
            description_here=site.link.description if site.link else "",
            address=site.address,
            phones=site.phones,
            hours=self.hours(hours, site),
            languages=site.languages,
            accessibility=site.accessibility,
            distance_miles=_distance(site, near),
            measured_from=_place_parameter(near),
            is_handed_on=site.is_handed_on,
        )

    def hours(self, hours: HoursInEffect, site: ListingSite | None = None) -> HoursBlock:
        """Build an hours block in the time zone of a site, else in that of the library."""
        zone = zone_of(site, self._settings.timezone)
        return hours_block(hours, self._now, zone, self._settings.holidays)

    def hours_without_place(self, listing: Listing) -> HoursBlock:
        """Build the hours block of a service without a location, or with withheld ones only.

        Overlapping hours of a day belong to several withheld locations. The week is left out then,
        since it would be unclear which hours apply where.
        """
        block = self.hours(listing.hours_at(None))
        if listing.place_withheld and any(_overlap(day.spans) for day in block.week):
            return replace(block, week=(), groups=(), differ=True, always=False, schedules=())
        return block

    def capacities(self, listing: Listing) -> tuple[CurrentCapacity, ...]:
        """Return the capacities of a service that are recent enough to be shown."""
        return current_capacities(listing.capacities, self._now, self._settings.timezone)

    def call_first(self, service: Service) -> bool:
        """Return whether a service was last checked too long ago, or never."""
        since = (self._now - timedelta(days=self._settings.call_first_days)).date()
        return service.assured_date is None or service.assured_date < since


def _chosen_site(listing: Listing, hit: Hit | None) -> ListingSite | None:
    for site in listing.sites:
        if hit and site.location.id == hit.location_id:
            return site
    return listing.sites[0] if listing.sites else None


def _overlap(spans: Iterable[tuple[str, str]]) -> bool:
    """Return whether an opening of a day begins before another one ends."""
    return any(begins < ends for (_, ends), (begins, _) in pairwise(sorted(spans)))


def _street_and_town(site: ListingSite | None) -> tuple[str, ...]:
    if site is None:
        return ()
    if site.address is None:
        return (site.location.name,)
    return (site.address.address_1 or site.location.name, site.address.city)


def _place_parameter(place: Place | None) -> str:
    """Format a place so that ``parse_place`` reads it: ZIP code, or position to about 1 km."""
    if place is None:
        return ""
    return place.zip_code or f"{place.latitude:.2f},{place.longitude:.2f}"


def _distance(site: ListingSite, near: Place | None) -> float | None:
    latitude, longitude = site.location.latitude, site.location.longitude
    if near is None or latitude is None or longitude is None:
        return None
    if not is_position(latitude, longitude):
        return None
    return miles_between(near.latitude, near.longitude, latitude, longitude)
