"""Directions to a place: an ordinary address of a route planner that the library chose.

Decision 21 says why it is not a ``geo:`` address, and what it gives away.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from flask import Flask

from referral.directory.view_models import Site
from referral.fields.places.lookup import is_position
from referral.web.current import current_settings


@dataclass(frozen=True, slots=True)
class Directions:
    """A route planner's page of the way to a place.

    Attributes:
        address: https, with the place in it.
        host: whose it is, ``www.openstreetmap.org`` without ``www.``.
    """

    address: str
    host: str


def init_app(app: Flask) -> None:
    """Offer ``site | directions`` to templates."""
    app.jinja_env.filters["directions"] = directions_to


def directions_to(site: Site) -> Directions | None:
    """The way to a public place; None where its place is not known, or none are offered.

    Its position is taken where it is that of the place, else its street address.
    """
    template, place = current_settings().directions_url, _place_of(site)
    if not (template and place):
        return None
    address = template.replace("{place}", quote(place, safe=","))
    return Directions(address, (urlsplit(template).hostname or "").removeprefix("www."))


def _place_of(site: Site) -> str:
    location, address = site.location, site.address
    if not site.is_approximate and is_position(location.latitude, location.longitude):
        return f"{location.latitude:.5f},{location.longitude:.5f}"
    if address is None or not address.address_1:
        return ""
    state = f"{address.state_province} {address.postal_code}".strip()
    return ", ".join(part for part in (address.address_1, address.city, state) if part)
