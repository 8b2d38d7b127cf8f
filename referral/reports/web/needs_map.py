"""SVG map of needs: dots for ZIP codes, tints for counties, labels, and its data as a file."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask_babel import gettext, lazy_gettext

from referral.fields.places.county_outlines import BoundingBox, bounding_box, find_county_by_label
from referral.formats.writing.sheets import Sheet
from referral.reports.needs_map import NeedsArea, NeedsMap
from referral.reports.records import Dimension
from referral.reports.web.figures import rounding_note, sheet_number
from referral.reports.web.labels import number_label
from referral.web.maps.svg_map import DrawnMap, Spot, draw_map

_MAIN_SHARE = 0.01
_MARGIN = 0.06
_STRETCHED_ABOVE, _THIN_ABOVE = 1, 3  # lower limits, in needs a month for each local service


class Coverage(StrEnum):
    """The level of local services relative to needs in an area of the map of needs."""

    ENOUGH = "enough"
    STRETCHED = "stretched"
    THIN = "thin"
    NONE = "none"
    OUTSIDE = "outside"


COVERAGE_LABELS: dict[Coverage, Any] = {
    Coverage.ENOUGH: lazy_gettext("Up to 1 need a month for each service"),
    Coverage.STRETCHED: lazy_gettext("Stretched: 1 to 3 needs a month for each service"),
    Coverage.THIN: lazy_gettext("Thin: more than 3 needs a month for each service"),
    Coverage.NONE: lazy_gettext("No service for just this place"),
    Coverage.OUTSIDE: lazy_gettext("Outside our area"),
}


def coverage_of(area: NeedsArea) -> Coverage:
    """Return the level of local services relative to the needs of an area."""
    if area.is_outside:
        return Coverage.OUTSIDE
    if area.needs_for_each is None:
        return Coverage.NONE
    if area.needs_for_each > _THIN_ABOVE:
        return Coverage.THIN
    return Coverage.STRETCHED if area.needs_for_each > _STRETCHED_ABOVE else Coverage.ENOUGH


def draw_needs_map(needs: NeedsMap) -> DrawnMap | None:
    """Draw the map of needs as SVG; return None if no place is known."""
    zip_codes = [area for area in needs.zip_codes if area.place]
    box = bounding_box(_main_boxes(needs, zip_codes))
    if box is None:
        return None
    largest = max((area.needs.number for area in zip_codes), default=0) or 1
    spots = [
        Spot(
            latitude=area.place.latitude,
            longitude=area.place.longitude,
            share=area.needs.number / largest,
            look=f"cover-{coverage_of(area)}",
            title=area_label(area, is_rounded=needs.is_rounded),
            label=area.place.city,
        )
        for area in zip_codes
        if area.place
    ]
    counties = {
        area.name: (f"cover-{coverage_of(area)}", area_label(area, is_rounded=needs.is_rounded))
        for area in needs.counties
    }
    return draw_map(box.expanded(_MARGIN), spots, counties, lambda label: _style_for(label, needs))


def _style_for(label: str, needs: NeedsMap) -> tuple[str, str]:
    """Return the style class and title of a county without a number on the map of needs."""
    if not needs.settings.is_outside(Dimension.COUNTY, label):
        return "", ""
    return f"cover-{Coverage.OUTSIDE}", str(COVERAGE_LABELS[Coverage.OUTSIDE])


def area_label(area: NeedsArea, *, is_rounded: bool) -> str:
    """Return the label of an area on the map of needs, with its needs and local services."""
    name = area.name
    if area.place and area.place.zip_code:
        name = f"{area.name} {area.place.city}"
    return str(
        gettext(
            "%(name)s: %(needs)s needs, %(services)s services for just this place",
            name=name,
            needs=number_label(area.needs.number, is_rounded=is_rounded),
            services=area.local,
        )
    )


def coverage_label(area: NeedsArea) -> str:
    """Return the label for the level of local services in an area of the map of needs."""
    return str(COVERAGE_LABELS[coverage_of(area)])


def map_sheet(needs: NeedsMap, period: str) -> Sheet:
    """Return the numbers of the map of needs as a sheet of a spreadsheet file."""
    county = str(gettext("County"))
    rows: list[tuple[str | float, ...]] = [
        (
            str(kind),
            area.name or str(gettext("Not said")),
            sheet_number(area.needs.number),
            area.local,
            area.wide,
            coverage_label(area),
        )
        for kind, areas in ((county, needs.counties), (gettext("ZIP code"), needs.zip_codes))
        for area in areas
    ]
    rows.append((county, str(gettext("All")), sheet_number(needs.total), "", "", ""))
    header = (
        gettext("Kind of place"),
        gettext("Place"),
        gettext("Needs"),
        gettext("Services for just this place"),
        gettext("Services for the whole state or country"),
        gettext("What it means"),
    )
    return Sheet(
        name="map",
        title=str(gettext("Needs and services by place")),
        notes=(period, rounding_note()),
        header=tuple(map(str, header)),
        rows=tuple(rows),
    )


def _main_boxes(needs: NeedsMap, zip_codes: Sequence[NeedsArea]) -> list[BoundingBox]:
    """Return the bounding boxes of areas with enough needs to be in view on the map.

    Areas outside the territory are left out, and can be found in the table. Counties of the
    territory are always shown.
    """
    counties = [area for area in needs.counties if not area.is_outside]
    outlines = [find_county_by_label(area.name) for area in _main_areas(counties)]
    outlines += [
        find_county_by_label(area.name)
        for area in needs.settings.territory
        if area.kind == "county"
    ]
    zip_codes = [area for area in zip_codes if not area.is_outside]
    points = [area.place for area in _main_areas(zip_codes) if area.place]
    return [
        *(county.box for county in outlines if county),
        *(
            BoundingBox(place.longitude, place.latitude, place.longitude, place.latitude)
            for place in points
        ),
    ]


def _main_areas(areas: Sequence[NeedsArea]) -> list[NeedsArea]:
    largest = max((area.needs.number for area in areas if area.place), default=0)
    return [area for area in areas if area.place and area.needs.number >= largest * _MAIN_SHARE]
