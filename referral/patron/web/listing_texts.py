"""A service in a few plain lines, for messages, contacts and calendars on a person's device.

The lines have the service's name, contact, hours and a link to its page, nothing of the search, and
no withheld location.
"""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from referral.directory.listings import ChosenPlace
from referral.directory.search import find_place
from referral.directory.view_models import HoursBlock, ServiceCard, ServicePage, Site
from referral.web.current import current_instance, current_settings, public_address
from referral.web.formatting import format_date, format_phone
from referral.web.hours_labels import ask_first, hours_line, hours_not_known
from referral.web.listing_labels import address_lines, check_day
from referral.web.page_frame import library_day
from referral.web.terminal_device import is_terminal
from referral.web.translated_text import full_name_text, organization_beside

_LONGEST_HOURS = 150
_MOST_PLACES = 3


def service_link(listing: ServicePage) -> str:
    """Return the public URL of a service's page for other devices, never sealed."""
    place = f"?at={listing.sites[0].location.id}" if listing.is_place_chosen else ""
    return f"{public_address()}/services/{listing.service.id}{place}"


def name_lines(listing: ServicePage) -> list[str]:
    """Return the name of a service in lines, with its organization unless the name contains it."""
    return list(filter(None, [full_name_text(listing), organization_beside(listing)]))


def phone_text(listing: ServicePage) -> str:
    """Return the number to call for a service; "" if there is none."""
    phone = listing.phone
    return format_phone(phone) if phone else ""


def place_text(site: Site) -> str:
    """Return a location's address on one line; without a street, why it has none."""
    if site.address and site.address.address_1:
        return ", ".join(address_lines(site.address)).replace("\N{NO-BREAK SPACE}", " ")
    return ". ".join(filter(None, [site.location.name, street_text(site)]))


def street_text(site: Site) -> str:
    """Return why a location shows no street address; "" if it has one."""
    if site.address and site.address.address_1:
        return ""
    if site.location.location_type == "virtual":
        return str(gettext("By phone or online"))
    return address_not_listed(site.hours.has_phone)


def address_not_listed(has_phone: object) -> str:
    """Return the sentences that a location's street is not listed, and to ask when calling."""
    advice = [gettext("Ask when you call.")] if has_phone else []
    return " ".join((gettext("Address not listed."), *advice))


def private_address(has_phone: object) -> str:
    """Return the sentences that a location's address is withheld, and to call or ask for it."""
    advice = gettext("Call for the location.") if has_phone else gettext("Ask for the location.")
    return " ".join((gettext("The address is private."), advice))


def place_lines(listing: ServicePage) -> list[str]:
    """Return lines for up to three locations of a service, and one if an address is withheld."""
    lines = [place_text(site) for site in listing.sites[:_MOST_PLACES]]
    if listing.place_withheld:
        lines.append(private_address(listing.phone))
    return lines


def hours_lines(listing: ServicePage) -> list[str]:
    """Return a service's opening hours in one line, or one for each location if they differ."""
    if listing.service.status == "temporarily closed":
        return [str(gettext("Closed for now."))]
    if listing.has_same_hours:
        return [_hours_text(listing.hours)]
    sites = listing.sites[:_MOST_PLACES]
    return [f"{place_text(site)}: {_hours_text(site.hours)}" for site in sites]


def checked_line(listing: ServicePage) -> str:
    """Return when a listing was last checked, with the advice to ask first if in doubt."""
    day = check_day(listing)
    if not day:
        return " ".join(
            (ask_first(listing.phone), gettext("We have not checked this listing yet."))
        )
    if listing.call_first:
        return " ".join((ask_first(listing.phone), gettext("Last checked %(day)s.", day=day)))
    return str(gettext("Last checked %(day)s", day=day))


def source_line() -> str:
    """Return the line of a message or card that names the library and today's date."""
    library, day = current_settings().library_name, format_date(library_day())
    return str(gettext("From %(library)s, %(day)s.", library=library, day=day))


def _hours_text(hours: HoursBlock) -> str:
    line = hours_line(hours).replace("\N{NO-BREAK SPACE}", " ")
    if not line:
        return hours_not_known(hours.has_phone)
    if len(line) > _LONGEST_HOURS:
        changing = gettext("The hours change from day to day.")
        return f"{changing} {ask_first(hours.has_phone)}"
    of_building = gettext("(the building’s hours)")
    return f"{line} {of_building}" if hours.is_of_building else line


def chosen_place() -> ChosenPlace:
    """Return the location that the URL of the page chooses, and the place to measure from."""
    near = find_place(current_instance(), request.args.get("near", ""))
    return ChosenPlace(request.args.get("at", ""), near)


def place_values(listing: ServiceCard | ServicePage) -> dict[str, str]:
    """Return URL parameters that choose the location which a card or page shows first.

    They contain nothing of the search except at a terminal, where addresses are sealed: there they
    contain where the distance is measured from.
    """
    if isinstance(listing, ServiceCard):
        site, is_one_of_several = listing.site, bool(listing.more_places)
    else:
        site = next(iter(listing.sites), None)
        is_one_of_several = listing.is_place_chosen and len(listing.sites) > 1
    if site is None:
        return {}
    values = {"at": site.location.id} if is_one_of_several else {}
    has_distance = site.distance_miles is not None and is_terminal()
    return values | ({"near": site.measured_from} if has_distance else {})
