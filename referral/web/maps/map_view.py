"""Points on a map, and the part of a map that an address requests.

The parameter ``map`` is ``yes``, ``all``, or zoom and middle: ``12,41.637,-80.151``. The middle has
three decimals (about 100 m). It depends on the points of the page and the place of the search, not
on the patron's position.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import request
from flask_babel import gettext
from markupsafe import Markup, escape

from referral.web.maps.directions import Directions

_VIEW = re.compile(r"(\d{1,2}(?:\.\d)?),(-?\d{1,2}\.\d{3}),(-?\d{1,3}\.\d{3})\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """A numbered point on a map: a public location of a service.

    Attributes:
        number: the same in the list and on the map.
        lang_attr: ``lang`` attribute of its name.
        latitude: WGS 84 degrees, as is ``longitude``.
        anchor: id of the page's element about it, ``place-3``.
        city: of its address.
        directions: link to directions, if they are offered.
        is_approximate: only the middle of its ZIP code is known.
    """

    number: int
    name: str
    latitude: float
    longitude: float
    lang_attr: Markup
    anchor: str
    city: str = ""
    directions: Directions | None = None
    is_approximate: bool = False

    @property
    def words(self) -> str:
        """Return number and name of a point on a map, for screen readers."""
        name = self.name
        if self.is_approximate:
            name = str(gettext("%(name)s (about here)", name=name))
        return f"{self.number}. {name}"

    @property
    def shown(self) -> Markup:
        """Return the name of a map point as HTML, with ``lang`` if in another language."""
        name = Markup("<span{}>{}</span>").format(self.lang_attr, self.name)
        if self.is_approximate:
            return escape(gettext("%(name)s (about here)")) % {"name": name}
        return name


WIDEST, CLOSEST = 4.0, 17.0


@dataclass(frozen=True, slots=True)
class MapView:
    """A visitor's view of a map: zoom, and latitude and longitude of the middle.

    Without them the map shows the points of the page; all of them, also outliers, if ``shows_all``.
    """

    zoom: float | None = None
    middle: tuple[float, float] | None = None
    shows_all: bool = False

    @property
    def text(self) -> str:
        """Return a map view as the value of the URL parameter ``map``."""
        if self.zoom is None or self.middle is None:
            return "all" if self.shows_all else "yes"
        return f"{self.zoom:g},{self.middle[0]:.3f},{self.middle[1]:.3f}"


@dataclass(frozen=True, slots=True)
class MapRequest:
    """The map view that the URL of a page requests, and the URLs of the page's other views.

    Attributes:
        view: None if no map was requested.
        address: address of this page by the text of a view; "" for the page without a map.
    """

    view: MapView | None
    address: Callable[[str], str]


def read_map_view(text: str) -> MapView | None:
    """Parse the URL parameter ``map`` (zoom and middle of a map); None if invalid."""
    if text in {"yes", "all"}:
        return MapView(shows_all=text == "all")
    match = _VIEW.match(text)
    if not match:
        return None
    zoom, latitude, longitude = map(float, match.groups())
    if not (WIDEST <= zoom <= CLOSEST and abs(latitude) <= 85 and abs(longitude) <= 180):
        return None
    return MapView(zoom, (latitude, longitude))


def map_request(address: Callable[[str], str]) -> MapRequest:
    """Return the map view that the URL of the current page requests."""
    return MapRequest(read_map_view(request.args.get("map", "")), address)
