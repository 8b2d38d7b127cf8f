"""Points of a page, and locator maps with numbered locations beside a list.

Points come from the locations that a page shows, so a withheld location is neither on a map nor
part of its frame, markers, names and directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from flask import Flask, g
from flask_babel import gettext, ngettext

from referral.directory.view_models import ServiceCard, ServicePage, Site
from referral.fields.places.lookup import Place, is_position
from referral.web.current import current_settings
from referral.web.i18n.page_language import page_language
from referral.web.maps.directions import directions_to
from referral.web.maps.locator_map import LocatorMap, MapSize, draw_locator_map
from referral.web.maps.map_view import MapPoint, MapRequest, MapView
from referral.web.maps.tiles import has_tiles
from referral.web.translated_text import TranslatedText, full_name_text, translated

_MOVE_SHARE = 0.4  # share of a map's width or height by which an arrow moves it


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesMap:
    """A locator map for one width of screen, with the URLs of its links to zoom and move.

    Attributes:
        look: a class of the style sheet, ``is-wide``.
        closer: address of the map one zoom level closer, "" if there is none.
        wider: address of the map one zoom level farther away, "" if there is none.
        moves: icon, label and address of the maps beside this one.
        missing: how many points are outside, in words; "" for none.
    """

    look: str
    drawn: LocatorMap
    closer: str
    wider: str
    moves: tuple[tuple[str, str, str], ...]
    missing: str


def init_app(app: Flask) -> None:
    """Register the template filters and globals for numbered locations and their maps."""
    app.jinja_env.filters.update(
        card_points=card_points,
        listing_points=listing_points,
        paper_map=paper_map,
        places_maps=places_maps,
        site_points=site_points,
    )
    app.jinja_env.globals.update(
        map_number=map_number, place_number=place_number, tile_credit=tile_credit
    )


def place_number(service_id: str) -> int:
    """Return the number of a service on the current page, in the order of calls.

    It is used in fragments: one with the id of the service would stay in the browser's history.
    """
    numbers: dict[str, int] = g.setdefault("place_numbers", {})
    return numbers.setdefault(service_id, len(numbers) + 1)


def map_number(service_id: str) -> int | None:
    """Return the number of a service on the current page's map; None if it is not on the map."""
    numbers: dict[str, int] = g.get("map_numbers", {})
    return numbers.get(_service_anchor(service_id))


def card_points(cards: Iterable[ServiceCard], start: int = 1) -> tuple[MapPoint, ...]:
    """Return the map points of the result cards of a page, numbered in order from ``start`` on."""
    return _numbered_points(
        ((_service_name(card), card.site, _service_anchor(card.service.id)) for card in cards),
        start,
    )


def listing_points(listings: Iterable[ServicePage]) -> tuple[MapPoint, ...]:
    """Return map points for the first location of each service in a list, numbered in order."""
    return _numbered_points(
        (
            _service_name(listing),
            next(iter(listing.sites), None),
            _service_anchor(listing.service.id),
        )
        for listing in listings
    )


def site_points(sites: Iterable[Site]) -> tuple[MapPoint, ...]:
    """Return map points for the locations of one service, numbered in order."""
    return _numbered_points(
        (_site_name(site), site, f"site-{number}") for number, site in enumerate(sites, start=1)
    )


def places_maps(
    points: Sequence[MapPoint], map_request: MapRequest, here: Place | None = None
) -> tuple[PlacesMap, ...]:
    """Return a page's locator map for wide and for narrow screens; empty if none was requested."""
    if map_request.view is None:
        return ()
    g.map_numbers = {point.anchor: point.number for point in points}
    maps = []
    for look, size in (("is-wide", MapSize.WIDE), ("is-narrow", MapSize.NARROW)):
        text = str(gettext("You are near here")) if here else ""
        drawn = draw_locator_map(points, size, view=map_request.view, here=here, here_text=text)
        if drawn:
            maps.append(_add_links(look, drawn, map_request))
    return tuple(maps)


def paper_map(points: Sequence[MapPoint]) -> LocatorMap | None:
    """Return a locator map for a printed page; None if there are no points."""
    return draw_locator_map(points, MapSize.PAPER)


def tile_credit() -> str:
    """Return the attribution of the map tiles; "" without tiles."""
    return current_settings().tile_attribution if has_tiles() else ""


def _add_links(look: str, drawn: LocatorMap, map_request: MapRequest) -> PlacesMap:
    def address(view: MapView | None) -> str:
        return map_request.address(view.text) if view else ""

    moves = (
        ("arrow-left", gettext("Move the map left"), drawn.moved(-_MOVE_SHARE, 0)),
        ("arrow-up", gettext("Move the map up"), drawn.moved(0, -_MOVE_SHARE)),
        ("arrow-down", gettext("Move the map down"), drawn.moved(0, _MOVE_SHARE)),
        ("arrow-right", gettext("Move the map right"), drawn.moved(_MOVE_SHARE, 0)),
    )
    return PlacesMap(
        look=look,
        drawn=drawn,
        closer=address(drawn.view(1)),
        wider=address(drawn.view(-1)),
        moves=tuple((icon, str(label), address(view)) for icon, label, view in moves),
        missing=str(
            ngettext(
                "%(num)s place is outside this map.",
                "%(num)s places are outside this map.",
                drawn.missing,
            )
        )
        if drawn.missing
        else "",
    )


def _numbered_points(
    named_sites: Iterable[tuple[TranslatedText, Site | None, str]], start: int = 1
) -> tuple[MapPoint, ...]:
    return tuple(
        MapPoint(
            number=number,
            name=name.text,
            lang_attr=name.lang_attr,
            latitude=site.location.latitude or 0,
            longitude=site.location.longitude or 0,
            anchor=anchor,
            city=site.address.city if site.address else "",
            directions=directions_to(site),
            is_approximate=site.is_approximate,
        )
        for number, (name, site, anchor) in enumerate(named_sites, start=start)
        if site and is_position(site.location.latitude, site.location.longitude)
    )


def _service_anchor(service_id: str) -> str:
    return f"place-{place_number(service_id)}"


def _service_name(listing: ServiceCard | ServicePage) -> TranslatedText:
    return replace(translated(listing, "name"), text=full_name_text(listing))


def _site_name(site: Site) -> TranslatedText:
    street = site.address.address_1 if site.address else ""
    name = site.location.name or street
    return TranslatedText(name) if name else TranslatedText(str(gettext("Place")), page_language())
