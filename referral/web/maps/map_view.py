"""The part of the Earth that an address asks for: ``map=yes``, ``all``, or ``12,41.637,-80.151``.

The last has zoom and middle of a map. They come from the places of the page, never from where the
person is, and the middle has three decimals (about 100 m).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import request

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
