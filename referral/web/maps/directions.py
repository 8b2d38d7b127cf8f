"""Links to directions to a location, at the route planner that the library chose.

Decision 21 explains why they are not ``geo:`` addresses, and what they reveal.
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
    """A link to a route planner's page for a location.

    Attributes:
        address: https address with the location in it.
        host: host name of the route planner without ``www.``, such as ``openstreetmap.org``.
    """

    address: str
    host: str


def init_app(app: Flask) -> None:
    """Register the template filter ``site | directions``, which links to a route planner."""
    app.jinja_env.filters["directions"] = directions_to


def directions_to(site: Site) -> Directions | None:
    """Return a link to a route planner's directions to a public location.

    None if its position is unknown or the library offers no directions.

    The link has the exact position if it is known, else the street address.
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
