"""Map points: numbered places beside a list, for the SVG map or the interactive one.

Points come from what a page shows anyway, so a withheld place is on no map.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from flask import Flask, g, url_for
from flask_babel import gettext
from markupsafe import Markup, escape

from referral.directory.view_models import ServiceCard, ServicePage, Site
from referral.fields.places.county_outlines import BoundingBox, bounding_box, counties_overlapping
from referral.fields.places.lookup import is_position
from referral.web.current import current_settings
from referral.web.i18n.page_language import page_language
from referral.web.maps.svg_map import DrawnMap, Spot, draw_map
from referral.web.translated_text import TranslatedText, full_name_text, translated

_MARGIN = 0.15  # of the larger side, so that no point is at the edge
_WIDEST_DEGREES = 12  # of outlines that are handed out in one go
_BOX = re.compile(r"(-?\d{1,3}\.\d),(-?\d{1,3}\.\d),(-?\d{1,3}\.\d),(-?\d{1,3}\.\d)\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """A place with the number by which list and map mean the same.

    Attributes:
        lang_attr: the attributes that say in which language its name is.
        service_id: of the service it belongs to, "" where the page is about that one.
        is_approximate: only the middle of its ZIP code is known.
    """

    number: int
    name: str
    latitude: float
    longitude: float
    lang_attr: Markup
    service_id: str = ""
    is_approximate: bool = False

    @property
    def words(self) -> str:
        """What it is, for whoever cannot see where it is."""
        if self.is_approximate:
            return str(gettext("%(name)s (about here)", name=self.name))
        return self.name

    @property
    def shown(self) -> Markup:
        """The same for a page, where a name in another language is marked."""
        name = Markup("<span{}>{}</span>").format(self.lang_attr, self.name)
        if self.is_approximate:
            return escape(gettext("%(name)s (about here)")) % {"name": name}
        return name


def init_app(app: Flask) -> None:
    """Offer points and drawn maps to templates."""
    app.jinja_env.filters.update(
        card_points=card_points,
        drawn=drawn,
        listing_points=listing_points,
        outlines_address=outlines_address,
        site_points=site_points,
    )
    app.jinja_env.globals.update(tiles=_tiles, place_number=place_number)


def place_number(service_id: str) -> int:
    """The number of a service on this page, for fragments: one with its id would stay in history.

    Given in the order in which the page asks.
    """
    numbers: dict[str, int] = g.setdefault("place_numbers", {})
    return numbers.setdefault(service_id, len(numbers) + 1)


def card_points(cards: Iterable[ServiceCard]) -> tuple[MapPoint, ...]:
    """The places of cards, numbered as the cards come."""
    return _points((_service_name(card), card.site, card.service.id) for card in cards)


def listing_points(listings: Iterable[ServicePage]) -> tuple[MapPoint, ...]:
    """The first place of each service, numbered as the services come."""
    return _points(
        (_service_name(each), next(iter(each.sites), None), each.service.id) for each in listings
    )


def site_points(sites: Iterable[Site]) -> tuple[MapPoint, ...]:
    """The places of one service, numbered as they come."""
    return _points((_site_name(site), site, "") for site in sites)


def drawn(points: Sequence[MapPoint]) -> DrawnMap | None:
    """A map drawn here; None where no place is known."""
    box = _box(points)
    if box is None:
        return None
    spots = [
        Spot(
            latitude=point.latitude,
            longitude=point.longitude,
            look="is-about" if point.is_approximate else "is-place",
            title=f"{point.number}. {point.words}",
            label=str(point.number),
        )
        for point in points
    ]
    return draw_map(box, spots)


def outlines_address(points: Sequence[MapPoint]) -> str:
    """Where the outlines around these points are, in tenths of a degree."""
    box = _box(points)
    if box is None:
        return ""
    sides = (
        math.floor(box.west * 10), math.floor(box.south * 10),
        math.ceil(box.east * 10), math.ceil(box.north * 10),
    )  # fmt: skip
    return url_for("patron.outlines", box=",".join(f"{side / 10:.1f}" for side in sides))


def read_box(text: str) -> BoundingBox | None:
    """The box of such an address; None when it is none, or too large to hand out."""
    found = _BOX.match(text)
    if not found:
        return None
    west, south, east, north = map(float, found.groups())
    is_sound = 0 < east - west <= _WIDEST_DEGREES and 0 < north - south <= _WIDEST_DEGREES
    return BoundingBox(west, south, east, north) if is_sound else None


def outlines_in(box: BoundingBox) -> dict[str, object]:
    """The counties that a box touches, as GeoJSON; each ring by itself, lines are all we need."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": {
                    "type": "MultiLineString",
                    "coordinates": [
                        [[round(x, 4), round(y, 4)] for x, y in ring] for ring in county.rings
                    ],
                },
            }
            for county in counties_overlapping(box)
        ],
    }


def _points(found: Iterable[tuple[TranslatedText, Site | None, str]]) -> tuple[MapPoint, ...]:
    return tuple(
        MapPoint(
            number=number,
            name=name.text,
            lang_attr=name.lang_attr,
            latitude=site.location.latitude or 0,
            longitude=site.location.longitude or 0,
            service_id=service_id,
            is_approximate=site.is_approximate,
        )
        for number, (name, site, service_id) in enumerate(found, start=1)
        if site and is_position(site.location.latitude, site.location.longitude)
    )


def _box(points: Sequence[MapPoint]) -> BoundingBox | None:
    around = bounding_box(
        BoundingBox(each.longitude, each.latitude, each.longitude, each.latitude) for each in points
    )
    return around.expanded(_MARGIN) if around else None


def _service_name(listing: ServiceCard | ServicePage) -> TranslatedText:
    return replace(translated(listing, "name"), text=full_name_text(listing))


def _site_name(site: Site) -> TranslatedText:
    street = site.address.address_1 if site.address else ""
    given = site.location.name or street
    return (
        TranslatedText(given) if given else TranslatedText(str(gettext("Place")), page_language())
    )


def _tiles() -> tuple[str, str]:
    """The address of map pictures that the library named, and whose they are; empty for none."""
    settings = current_settings()
    return settings.tile_url, settings.tile_attribution
