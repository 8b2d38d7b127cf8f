"""The part of the Earth that an address asks for: ``map=yes``, ``all``, or ``12,41.637,-80.151``.

The last has zoom and middle of a map. They come from the places of the page, never from where the
person is, and the middle has three decimals (about 100 m). And a place on a map, with the number by
which list and map mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import request
from flask_babel import gettext
from markupsafe import Markup, escape

from referral.web.maps.directions import Directions


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """A public place of a card or a page.

    Attributes:
        latitude: WGS 84 degrees, as is ``longitude``.
        lang_attr: the attributes that say in which language its name is.
        anchor: of the page's element about it, ``place-3``.
        city: of its address.
        directions: to it, where they are offered.
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
        """What it is, for whoever cannot see where it is."""
        name = self.name
        if self.is_approximate:
            name = str(gettext("%(name)s (about here)", name=name))
        return f"{self.number}. {name}"

    @property
    def shown(self) -> Markup:
        """The same without its number for a page, where a name in another language is marked."""
        name = Markup("<span{}>{}</span>").format(self.lang_attr, self.name)
        if self.is_approximate:
            return escape(gettext("%(name)s (about here)")) % {"name": name}
        return name


WIDEST, CLOSEST = 4.0, 17.0
_VIEW = re.compile(r"(\d{1,2}(?:\.\d)?),(-?\d{1,2}\.\d{3}),(-?\d{1,3}\.\d{3})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class MapView:
    """Zoom and middle (latitude, longitude) of a map.

    Both are None for the one that shows the places; ``shows_all``: those far from the others too.
    """

    zoom: float | None = None
    middle: tuple[float, float] | None = None
    shows_all: bool = False

    @property
    def text(self) -> str:
        """As it stands in an address."""
        if self.zoom is None or self.middle is None:
            return "all" if self.shows_all else "yes"
        return f"{self.zoom:g},{self.middle[0]:.3f},{self.middle[1]:.3f}"


@dataclass(frozen=True, slots=True)
class MapRequest:
    """What the address of a page says of its map.

    Attributes:
        view: None where no map was asked for.
        address: of this page with a map, by the text of a view; "" for the page without one.
    """

    view: MapView | None
    address: Callable[[str], str]


def read_map_view(text: str) -> MapView | None:
    """The view that an address asks for; None where it asks for none, or for one there is not."""
    if text in {"yes", "all"}:
        return MapView(shows_all=text == "all")
    found = _VIEW.match(text)
    if not found:
        return None
    zoom, latitude, longitude = map(float, found.groups())
    if not (WIDEST <= zoom <= CLOSEST and abs(latitude) <= 85 and abs(longitude) <= 180):
        return None
    return MapView(zoom, (latitude, longitude))


def map_request(address: Callable[[str], str]) -> MapRequest:
    """The map that the present request asks for."""
    return MapRequest(read_map_view(request.args.get("map", "")), address)
