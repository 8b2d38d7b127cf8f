"""The map of needs: a dot for each ZIP code, a tint for each county, and the words for both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.fields.places.county_outlines import BoundingBox, bounding_box, find_county_by_label
from referral.formats.writing.sheets import Sheet
from referral.reports.needs_map import NeedsArea, NeedsMap
from referral.reports.web.figures import count_in_file, hiding_words
from referral.reports.web.labels import cell_words
from referral.web.maps.svg_map import DrawnMap, Spot, draw_map

_MAIN_SHARE = 0.01
_MARGIN = 0.06
_STRETCHED, _THIN = 1, 3  # needs a month for each local service, from which on


class Cover(StrEnum):
    """How services here stand against needs here; also a class of the style sheet."""

    ENOUGH = "enough"
    STRETCHED = "stretched"
    THIN = "thin"
    NONE = "none"
    UNTOLD = "untold"


COVER_WORDS: dict[Cover, Any] = {
    Cover.ENOUGH: lazy_gettext("Up to 1 need a month for each service"),
    Cover.STRETCHED: lazy_gettext("Stretched: 1 to 3 needs a month for each service"),
    Cover.THIN: lazy_gettext("Thin: more than 3 needs a month for each service"),
    Cover.NONE: lazy_gettext("No service for just this place"),
    Cover.UNTOLD: lazy_gettext("The number is not told"),
}


def cover_of(area: NeedsArea) -> Cover:
    """How services in an area stand against its needs."""
    if area.needs.number is None:
        return Cover.UNTOLD
    if area.needs_for_each is None:
        return Cover.NONE
    if area.needs_for_each > _THIN:
        return Cover.THIN
    return Cover.STRETCHED if area.needs_for_each > _STRETCHED else Cover.ENOUGH


def draw_needs(found: NeedsMap) -> DrawnMap | None:
    """The map; None where no place is known."""
    zip_codes = [area for area in found.zip_codes if area.place]
    box = bounding_box(_boxes(found.counties, zip_codes))
    if box is None:
        return None
    largest = max((area.needs.number or 0 for area in zip_codes), default=0) or 1
    spots = [
        Spot(
            latitude=area.place.latitude,
            longitude=area.place.longitude,
            share=(area.needs.number or 0) / largest,
            look=f"cover-{cover_of(area)}",
            title=area_words(area),
            label=area.place.city,
        )
        for area in zip_codes
        if area.place
    ]
    counties = {area.name: (f"cover-{cover_of(area)}", area_words(area)) for area in found.counties}
    return draw_map(box.expanded(_MARGIN), spots, counties)


def area_words(area: NeedsArea) -> str:
    """``16335 Meadville: 611 needs, 332 services``."""
    name = area.name
    if area.place and area.place.zip_code:
        name = f"{area.name} {area.place.city}"
    return str(
        gettext(
            "%(name)s: %(needs)s needs, %(services)s services for just this place",
            name=name,
            needs=cell_words(area.needs),
            services=area.local,
        )
    )


def cover_words(area: NeedsArea) -> str:
    """How services here stand against needs here, in words."""
    return str(COVER_WORDS[cover_of(area)])


def needs_sheet(found: NeedsMap, period: str) -> Sheet:
    """The numbers of the map as a file has them."""
    rows = [
        (
            kind,
            area.name or str(gettext("Not said")),
            count_in_file(area.needs),
            "" if area.needs_a_month is None else round(area.needs_a_month, 1),
            area.local,
            area.wide,
            cover_words(area),
        )
        for kind, areas in _kinds(found)
        for area in areas
    ]
    header = (
        gettext("Kind of place"),
        gettext("Place"),
        gettext("Needs"),
        gettext("Needs a month"),
        gettext("Services for just this place"),
        gettext("Services for the whole state or country"),
        gettext("What it means"),
    )
    return Sheet(
        name="map",
        title=str(gettext("Needs and services by place")),
        notes=(period, hiding_words()),
        header=tuple(map(str, header)),
        rows=tuple(rows),
    )


def _kinds(found: NeedsMap) -> Iterable[tuple[str, Sequence[NeedsArea]]]:
    yield str(gettext("County")), found.counties
    yield str(gettext("ZIP code")), found.zip_codes


def _boxes(counties: Sequence[NeedsArea], zip_codes: Sequence[NeedsArea]) -> list[BoundingBox]:
    """What the map should show: places with a share of the needs; one far away is in the table."""
    outlines = [find_county_by_label(area.name) for area in _main(counties)]
    points = [area.place for area in _main(zip_codes) if area.place]
    return [
        *(county.box for county in outlines if county),
        *(BoundingBox(at.longitude, at.latitude, at.longitude, at.latitude) for at in points),
    ]


def _main(areas: Sequence[NeedsArea]) -> list[NeedsArea]:
    largest = max((area.needs.number or 0 for area in areas if area.place), default=0)
    return [
        area
        for area in areas
        if area.place and area.needs.number and area.needs.number >= largest * _MAIN_SHARE
    ]
