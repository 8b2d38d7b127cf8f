"""Map on which curators set the position of a location, by script or by typing.

A withheld location has no map, so that no curator marks a secret address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import request
from markupsafe import Markup

from referral.curation.drafts import Draft
from referral.fields.places.lookup import is_position
from referral.records.hsds import Location
from referral.web.maps.locator_map import LocatorMap, MapSize, draw_locator_map
from referral.web.maps.map_view import CLOSEST, WIDEST, MapPoint, MapView

_FIRST_ZOOM = 12.0
_STEP = 1.5  # zoom levels for each press
_ZOOM = re.compile(r"\d{1,2}(?:\.\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PinMap:
    """A map in the record form around the pin of a location.

    Attributes:
        pin: position of the pin in pixels.
        zoom: tile zoom level, which the form sends back.
        is_approximate: the pin is at the middle of the ZIP code.
    """

    drawn: LocatorMap
    pin: tuple[float, float]
    zoom: float
    is_approximate: bool

    @property
    def can_open(self) -> bool:
        """Return whether the record form's map can zoom in."""
        return self.zoom < CLOSEST

    @property
    def can_widen(self) -> bool:
        """Return whether the record form's map can zoom out."""
        return self.zoom > WIDEST


def pin_map(draft: Draft) -> PinMap | None:
    """Return the map for a draft of a location; None if it has no position or is withheld."""
    place = draft.record
    if not isinstance(place, Location) or draft.is_secret_place:
        return None
    latitude, longitude = place.latitude, place.longitude
    if latitude is None or longitude is None or not is_position(latitude, longitude):
        return None
    zoom = _zoom(request.form.get("pin_zoom", ""), request.form.get("do", ""))
    point = MapPoint(
        number=1, name=place.name, latitude=latitude, longitude=longitude,
        lang_attr=Markup(""), anchor="",
    )  # fmt: skip
    view = MapView(zoom, (latitude, longitude))
    drawn = draw_locator_map([point], MapSize.NARROW, view=view)
    if drawn is None:
        return None
    pin = drawn.frame.point(latitude, longitude)
    return PinMap(drawn, pin, zoom, place.position_source == "zip")


def _zoom(text: str, pressed: str) -> float:
    """Return the zoom level of the record form's map, changed by the pressed zoom button."""
    zoom = float(text) if _ZOOM.fullmatch(text) else _FIRST_ZOOM
    step = {"find:closer": _STEP, "find:wider": -_STEP}.get(pressed, 0.0)
    return max(WIDEST, min(CLOSEST, zoom + step))
