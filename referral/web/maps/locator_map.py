"""Locator maps: numbered locations with names of towns around them, for screens and paper.

``templates/macros/locator_map.html`` draws them. Their data are the points of the page, the
gazetteer and county outlines. A map is a picture in HTML, and each marker is a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import ceil, floor, log10, sqrt
from statistics import median

from flask_babel import format_decimal

from referral.fields.places.county_outlines import (
    BoundingBox,
    counties_overlapping,
)
from referral.fields.places.lookup import Place
from referral.web.maps.frame import Frame, fitting_frame
from referral.web.maps.map_names import (
    COUNTY_ZOOM,
    Label,
    Rectangle,
    abroad,
    fitting_labels,
    labels_around,
    map_names,
)
from referral.web.maps.map_view import CLOSEST, WIDEST, MapPoint, MapView
from referral.web.maps.tiles import TileImage, has_tiles, tile_images

_HERE_SIZE = 13.0
_SCALE_HEIGHT, _SCALE_MARGIN = 40, 10
_PIN_RADIUS, _PIN_HEIGHT = 8.0, 24.0
_ONE_SPOT = 0.01  # degrees; points in a box of this size count as a single one
_CLOSER_FOR_SEVERAL = 1.5  # zoom levels; a single point needs names of towns around it
_CLOSER_WITH_STREETS = 3.0  # zoom levels; tiles show streets and names
_FAR_AWAY = 3.0  # times the distance of most points, or the size of their box
_MOST = 0.75  # share of the points that counts as most of them
_LEAST_DEGREES = 0.4  # points as near as this are always shown


class MapSize(Enum):
    """Width, least and greatest height, margin (pixels), closest zoom for a single point."""

    WIDE = (808, 340, 520, 40, 11.5)
    NARROW = (356, 280, 400, 28, 11.0)
    PAPER = (640, 180, 220, 24, 11.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatorMap:
    """A locator map, ready for the template.

    Attributes:
        frame: the part of the Earth that is shown.
        outlines: of counties, as SVG paths.
        is_abroad: whether points are outside all county outlines; the ground is then drawn as land.
        has_borders: whether borders of counties are drawn.
        tiles: images behind everything; the map has no names of its own then.
        markers: of the points of the page.
        labels: names of towns, counties and ZIP codes.
        here: the tip of the pin at the place of the search, in pixels; None if it is not shown.
        here_label: its text, if there is room.
        missing: how many points are outside the map.
        scales: a bar in miles and one in kilometers.
        scale_corner: the left end of the bars, in pixels.
    """

    frame: Frame
    outlines: tuple[str, ...]
    is_abroad: bool
    has_borders: bool
    tiles: tuple[TileImage, ...]
    markers: tuple[Marker, ...]
    labels: tuple[Label, ...]
    here: tuple[float, float] | None
    here_label: Label | None
    missing: int
    scales: tuple[ScaleBar, ScaleBar]
    scale_corner: tuple[float, float]

    def view(self, steps: int) -> MapView | None:
        """Return the view that is ``steps`` zoom levels closer; None if there is no such view."""
        zoom = floor(self.frame.zoom * 2) / 2 + steps
        return MapView(zoom, self.frame.middle) if WIDEST <= zoom <= CLOSEST else None

    def moved(self, right: float, down: float) -> MapView:
        """Return the view moved by shares of the map's width and height."""
        x, y = self.frame.width * (0.5 + right), self.frame.height * (0.5 + down)
        return MapView(max(WIDEST, floor(self.frame.zoom * 10) / 10), self.frame.place_at(x, y))


def draw_locator_map(
    points: Sequence[MapPoint],
    size: MapSize,
    *,
    view: MapView | None = None,
    here: Place | None = None,
    here_text: str = "",
) -> LocatorMap | None:
    """Draw a map of points; None if there are none.

    Args:
        points: public locations only, since frame, markers and names depend on them.
        size: the screen or paper that it is for.
        view: the part to show.
        here: where distances are measured from; ``here_text`` is the text beside it.
    """
    if not points:
        return None
    frame = _frame(points, size, view or MapView(), here)
    markers = markers_of(points, frame)
    tiles = tile_images(frame) if size is not MapSize.PAPER else ()
    spot = _here_in(frame, here, markers)
    counties = counties_overlapping(frame.box)
    scale_area = _scale_area(frame, markers)
    taken = [scale_area, *(marker.rectangle for marker in markers)]
    if spot:
        taken.append(
            Rectangle(spot[0] - _PIN_RADIUS, spot[1] - _PIN_HEIGHT, spot[0] + _PIN_RADIUS, spot[1])
        )
    here_label = _here_label(frame, spot, here_text, taken)
    taken += [here_label.rectangle] if here_label else []
    names = () if tiles else map_names(frame, points, counties, here)
    return LocatorMap(
        frame=frame,
        outlines=tuple(filter(None, map(frame.path, counties))),
        is_abroad=bool(abroad(frame, points, counties)),
        has_borders=frame.zoom >= COUNTY_ZOOM,
        tiles=tiles,
        markers=markers,
        labels=tuple(fitting_labels(names, taken, frame.width, frame.height)),
        here=spot,
        here_label=here_label,
        missing=len(points) - sum(len(marker.cells) for marker in markers),
        scales=scale_bars(frame),
        scale_corner=(round(scale_area.left + _SCALE_MARGIN, 1), frame.height - 22),
    )


def _frame(points: Sequence[MapPoint], size: MapSize, view: MapView, here: Place | None) -> Frame:
    box = _box(points, here, is_whole=view.shows_all or size is MapSize.PAPER)
    width, least, most, margin, closest = size.value
    if _side(box) > _ONE_SPOT:
        closest += _CLOSER_FOR_SEVERAL
    if size is not MapSize.PAPER and has_tiles():
        closest += _CLOSER_WITH_STREETS
    frame = fitting_frame(box, width, (least, most), margin, closest)
    if view.zoom is not None and view.middle is not None:
        return Frame(view.zoom, view.middle, width, frame.height)
    return frame


def _around(points: Sequence[MapPoint]) -> BoundingBox:
    latitudes = [point.latitude for point in points]
    longitudes = [point.longitude for point in points]
    return BoundingBox(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def _box(points: Sequence[MapPoint], here: Place | None, *, is_whole: bool) -> BoundingBox:
    """Return the box of the points and of the place of the search, unless that is far away.

    Outliers are left out unless ``is_whole``: one office at the other end of a state would turn a
    town into a dot.
    """
    if is_whole:
        return _around(points)
    box = _box_without_outliers(points)
    if here is None:
        return box
    both = BoundingBox(
        min(box.west, here.longitude), min(box.south, here.latitude),
        max(box.east, here.longitude), max(box.north, here.latitude),
    )  # fmt: skip
    return both if _side(both) <= max(_LEAST_DEGREES, _FAR_AWAY * _side(box)) else box


def _box_without_outliers(points: Sequence[MapPoint]) -> BoundingBox:
    """Return the box of the points that are not much farther from the median than most."""
    latitude = median(point.latitude for point in points)
    longitude = median(point.longitude for point in points)
    away = {
        point: max(abs(point.latitude - latitude), abs(point.longitude - longitude))
        for point in points
    }
    most = sorted(away.values())[ceil(len(points) * _MOST) - 1]
    limit = max(_LEAST_DEGREES, _FAR_AWAY * most)
    return _around([point for point in points if away[point] <= limit])


def _side(box: BoundingBox) -> float:
    return max(box.east - box.west, box.north - box.south)


def _here_in(
    frame: Frame, here: Place | None, markers: Iterable[Marker]
) -> tuple[float, float] | None:
    """Return the pixel that the pin points at: the place, or just above a marker that covers it."""
    if here is None or not frame.box.contains(here.latitude, here.longitude):
        return None
    x, y = frame.point(here.latitude, here.longitude)
    pin = Rectangle(x - _PIN_RADIUS, y - _PIN_RADIUS, x + _PIN_RADIUS, y)
    tops = [each.rectangle.top for each in markers if each.rectangle.overlaps(pin)]
    return x, round(max(_PIN_HEIGHT + 2, min([y, *tops])), 1)


def _here_label(
    frame: Frame, spot: tuple[float, float] | None, text: str, taken: Sequence[Rectangle]
) -> Label | None:
    if spot is None:
        return None
    middle = spot[0], spot[1] - _PIN_HEIGHT + _PIN_RADIUS
    places = labels_around(middle, _PIN_RADIUS + 3, text, "is-here", _HERE_SIZE)
    return next(fitting_labels([places], taken, frame.width, frame.height), None)


def _scale_area(frame: Frame, markers: Sequence[Marker]) -> Rectangle:
    """Return the area of the scale: at the lower left, or at the right if a marker is there."""
    width = max(bar.pixels for bar in scale_bars(frame)) + _SCALE_MARGIN + 6
    top = frame.height - _SCALE_HEIGHT - _SCALE_MARGIN
    left = Rectangle(0, top, width, frame.height)
    if any(marker.rectangle.overlaps(left) for marker in markers):
        return Rectangle(frame.width - width, top, frame.width, frame.height)
    return left


MARKER_SIZE = 26.0  # pixels; a target needs 24 (WCAG 2.5.8)
_DIGIT = 10.0  # width of a bold digit
_EDGE = 2.0
_BETWEEN = 6.0  # pixels between two markers, so that they do not look like one
_ROW = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in a marker.

    Attributes:
        index: of its point among the points of the page.
        x: center of the number in pixels, as is ``y``.
    """

    index: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker with the number of its point, or of several points that would cover one another."""

    rectangle: Rectangle
    cells: tuple[Cell, ...]


def markers_of(points: Sequence[MapPoint], frame: Frame) -> tuple[Marker, ...]:
    """Return the markers in a frame; no marker covers another or the border."""
    markers: list[Marker] = []
    for index, point in enumerate(points):
        if not frame.box.contains(point.latitude, point.longitude):
            continue
        marker = _marker(points, frame, [index])
        while near := next(
            (each for each in markers if each.rectangle.overlaps(marker.rectangle, _BETWEEN)), None
        ):
            markers.remove(near)
            together = sorted(cell.index for cell in (*near.cells, *marker.cells))
            marker = _marker(points, frame, together)
        markers.append(marker)
    return tuple(sorted(markers, key=lambda each: each.cells[0].index))


def _marker(points: Sequence[MapPoint], frame: Frame, group: Sequence[int]) -> Marker:
    """Return the marker of a group: its numbers in rows around the mean of its points."""
    spots = [frame.point(points[index].latitude, points[index].longitude) for index in group]
    x, y = (sum(values) / len(group) for values in zip(*spots, strict=True))
    columns = len(group) if len(group) <= _ROW else max(_ROW, ceil(sqrt(len(group))))
    side = max(MARKER_SIZE, len(str(points[group[-1]].number)) * _DIGIT + 4)
    width, height = columns * side, ceil(len(group) / columns) * MARKER_SIZE
    left = max(_EDGE, min(frame.width - width - _EDGE, x - width / 2))
    top = max(_EDGE, min(frame.height - height - _EDGE, y - height / 2))
    cells = tuple(
        Cell(
            index,
            round(left + (at % columns + 0.5) * side, 1),
            round(top + (at // columns + 0.5) * MARKER_SIZE, 1),
        )
        for at, index in enumerate(group)
    )
    return Marker(Rectangle(left, top, left + width, top + height), cells)


_LONGEST = 0.28  # of the width of the map
_KM_OF_A_MILE = 1.609344
_STEPS = (5, 2, 1)


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A length on the map and its label.

    Attributes:
        pixels: length of the bar.
        text: ``5 mi`` or ``10 km``, with digits of the page's language.
    """

    pixels: float
    text: str


def scale_bars(frame: Frame) -> tuple[ScaleBar, ScaleBar]:
    """Return a bar in miles and one in kilometers, each of a round number."""
    miles = frame.miles_of_a_pixel
    most = frame.width * _LONGEST
    return _bar(miles, most, "mi"), _bar(miles * _KM_OF_A_MILE, most, "km")


def _bar(of_a_pixel: float, most: float, unit: str) -> ScaleBar:
    longest = of_a_pixel * most
    power = 10.0 ** floor(log10(longest))
    length = next(step * power for step in _STEPS if step * power <= longest)
    shown = format_decimal(length)
    return ScaleBar(round(length / of_a_pixel, 1), f"{shown} {unit}")
