"""The place of a service that was chosen, in the addresses of pages about the service."""

from __future__ import annotations

from flask import request

from referral.directory.listings import ChosenPlace
from referral.directory.view_models import ServiceCard, ServicePage
from referral.fields.places.lookup import parse_place
from referral.web.terminal_device import is_terminal


def chosen_place() -> ChosenPlace:
    """The place that the address of the present request names, and from where it was measured."""
    return ChosenPlace(request.args.get("at", ""), parse_place(request.args.get("near", "")))


def place_values(listing: ServiceCard | ServicePage) -> dict[str, str]:
    """What an address carries of the place that a card or a page shows first.

    It has nothing of the search, but at a shared computer, where addresses are sealed: there it has
    from where the distance was measured.
    """
    if isinstance(listing, ServiceCard):
        site, is_one_of_several = listing.site, bool(listing.more_places)
    else:
        site = next(iter(listing.sites), None)
        is_one_of_several = listing.is_place_chosen and len(listing.sites) > 1
    if site is None:
        return {}
    found = {"at": site.location.id} if is_one_of_several else {}
    has_distance = site.distance_miles is not None and is_terminal()
    return found | ({"near": site.measured_from} if has_distance else {})
