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
    fitting_labels,
    labels_around,
    map_names,
    points_abroad,
)
from referral.web.maps.map_view import CLOSEST, WIDEST, MapPoint, MapView
from referral.web.maps.tiles import TileImage, has_tiles, tile_images

_PIN_LABEL_SIZE = 13.0
_SCALE_HEIGHT, _SCALE_MARGIN = 40, 10
_PIN_RADIUS, _PIN_HEIGHT = 8.0, 24.0
_ONE_SPOT = 0.01  # degrees; points in a box of this size count as a single one
_CLOSER_FOR_SEVERAL_POINTS = 1.5  # zoom levels; a single point needs names of towns around it
_CLOSER_WITH_STREETS = 3.0  # zoom levels; tiles show streets and names
_FAR_AWAY = 3.0  # times the distance of most points, or the size of their box
_MOST_SHARE = 0.75  # share of the points that counts as most of them
_LEAST_DEGREES = 0.4  # points as near as this are always shown
MARKER_SIZE = 26.0  # pixels; a target needs 24 (WCAG 2.5.8)
_DIGIT_WIDTH = 10.0  # width of a bold digit
_BORDER_GAP = 2.0
_MARKER_GAP = 6.0  # pixels between two markers, so that they do not look like one
_ONE_ROW = 4  # so many numbers are in one row; more are in a square
_LONGEST_BAR = 0.28  # of the width of the map
_KILOMETERS_IN_A_MILE = 1.609344
_ROUND_NUMBERS = (5, 2, 1)


class MapSize(Enum):
    """A size of locator maps: width, heights, margin (pixels), closest zoom for one point."""

    WIDE = (808, 340, 520, 40, 11.5)
    NARROW = (356, 280, 400, 28, 11.0)
    PAPER = (640, 180, 220, 24, 11.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatorMap:
    """A locator map with numbered markers, ready for the template.

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
        """Return the view of a locator map after zooming in by ``steps``; None if impossible."""
        zoom = floor(self.frame.zoom * 2) / 2 + steps
        return MapView(zoom, self.frame.middle) if WIDEST <= zoom <= CLOSEST else None

    def moved(self, right: float, down: float) -> MapView:
        """Return the view of a locator map after moving it by shares of its width and height."""
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
    """Draw a locator map with a numbered marker for each point; None if there are no points.

    Args:
        points: public locations only, since frame, markers and names depend on them.
        size: the screen or paper that it is for.
        view: the part to show.
        here: where distances are measured from; ``here_text`` is the text beside it.
    """
    if not points:
        return None
    frame = _choose_frame(points, size, view or MapView(), here)
    markers = markers_of(points, frame)
    tiles = tile_images(frame) if size is not MapSize.PAPER else ()
    pin_tip = _pin_tip(frame, here, markers)
    counties = counties_overlapping(frame.box)
    scale_area = _scale_area(frame, markers)
    taken = [scale_area, *(marker.rectangle for marker in markers)]
    if pin_tip:
        x, y = pin_tip
        taken.append(Rectangle(x - _PIN_RADIUS, y - _PIN_HEIGHT, x + _PIN_RADIUS, y))
    here_label = _pin_label(frame, pin_tip, here_text, taken)
    taken += [here_label.rectangle] if here_label else []
    names = () if tiles else map_names(frame, points, counties, here)
    return LocatorMap(
        frame=frame,
        outlines=tuple(filter(None, map(frame.path, counties))),
        is_abroad=bool(points_abroad(frame, points, counties)),
        has_borders=frame.zoom >= COUNTY_ZOOM,
        tiles=tiles,
        markers=markers,
        labels=tuple(fitting_labels(names, taken, frame.width, frame.height)),
        here=pin_tip,
        here_label=here_label,
        missing=len(points) - sum(len(marker.cells) for marker in markers),
        scales=scale_bars(frame),
        scale_corner=(round(scale_area.left + _SCALE_MARGIN, 1), frame.height - 22),
    )


def _choose_frame(
    points: Sequence[MapPoint], size: MapSize, view: MapView, here: Place | None
) -> Frame:
    box = _box_to_show(points, here, is_whole=view.shows_all or size is MapSize.PAPER)
    width, least, most, margin, closest = size.value
    if _longest_side(box) > _ONE_SPOT:
        closest += _CLOSER_FOR_SEVERAL_POINTS
    if size is not MapSize.PAPER and has_tiles():
        closest += _CLOSER_WITH_STREETS
    frame = fitting_frame(box, width, (least, most), margin, closest)
    if view.zoom is not None and view.middle is not None:
        return Frame(view.zoom, view.middle, width, frame.height)
    return frame


def _bounding_box(points: Sequence[MapPoint]) -> BoundingBox:
    latitudes = [point.latitude for point in points]
    longitudes = [point.longitude for point in points]
    return BoundingBox(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def _box_to_show(points: Sequence[MapPoint], here: Place | None, *, is_whole: bool) -> BoundingBox:
    """Return the box that a locator map shows: its points, and the searched place if near.

    Outliers are left out unless ``is_whole``: one office at the other end of a state would turn a
    town into a dot.
    """
    if is_whole:
        return _bounding_box(points)
    box = _box_without_outliers(points)
    if here is None:
        return box
    both = BoundingBox(
        min(box.west, here.longitude), min(box.south, here.latitude),
        max(box.east, here.longitude), max(box.north, here.latitude),
    )  # fmt: skip
    limit = max(_LEAST_DEGREES, _FAR_AWAY * _longest_side(box))
    return both if _longest_side(both) <= limit else box


def _box_without_outliers(points: Sequence[MapPoint]) -> BoundingBox:
    """Return the box of a map's points, without those much farther from the median than most."""
    latitude = median(point.latitude for point in points)
    longitude = median(point.longitude for point in points)
    distances = {
        point: max(abs(point.latitude - latitude), abs(point.longitude - longitude))
        for point in points
    }
    most = sorted(distances.values())[ceil(len(points) * _MOST_SHARE) - 1]
    limit = max(_LEAST_DEGREES, _FAR_AWAY * most)
    return _bounding_box([point for point in points if distances[point] <= limit])


def _longest_side(box: BoundingBox) -> float:
    return max(box.east - box.west, box.north - box.south)


def _pin_tip(
    frame: Frame, here: Place | None, markers: Iterable[Marker]
) -> tuple[float, float] | None:
    """Return the pixel on a map for the searched place's pin.

    A marker that covers the place moves the pin up.
    """
    if here is None or not frame.box.contains(here.latitude, here.longitude):
        return None
    x, y = frame.point(here.latitude, here.longitude)
    covered = Rectangle(x - _PIN_RADIUS, y - _PIN_RADIUS, x + _PIN_RADIUS, y)
    marker_tops = [marker.rectangle.top for marker in markers if marker.rectangle.overlaps(covered)]
    return x, round(max(_PIN_HEIGHT + 2, min([y, *marker_tops])), 1)


def _pin_label(
    frame: Frame, tip: tuple[float, float] | None, text: str, taken: Sequence[Rectangle]
) -> Label | None:
    if tip is None:
        return None
    middle = tip[0], tip[1] - _PIN_HEIGHT + _PIN_RADIUS
    candidates = labels_around(middle, _PIN_RADIUS + 3, text, "is-here", _PIN_LABEL_SIZE)
    return next(fitting_labels([candidates], taken, frame.width, frame.height), None)


def _scale_area(frame: Frame, markers: Sequence[Marker]) -> Rectangle:
    """Return where a map's scale bar goes: lower left, or right if a marker is there."""
    width = max(bar.pixels for bar in scale_bars(frame)) + _SCALE_MARGIN + 6
    top = frame.height - _SCALE_HEIGHT - _SCALE_MARGIN
    left = Rectangle(0, top, width, frame.height)
    if any(marker.rectangle.overlaps(left) for marker in markers):
        return Rectangle(frame.width - width, top, frame.width, frame.height)
    return left


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in a marker of a locator map, with its position.

    Attributes:
        index: of its point among the points of the page.
        x: center of the number in pixels, as is ``y``.
    """

    index: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker of a locator map, with the number of one point or of several close ones."""

    rectangle: Rectangle
    cells: tuple[Cell, ...]


def markers_of(points: Sequence[MapPoint], frame: Frame) -> tuple[Marker, ...]:
    """Return the markers of a locator map, grouped so that none covers another or the border."""
    markers: list[Marker] = []
    for index, point in enumerate(points):
        if not frame.box.contains(point.latitude, point.longitude):
            continue
        marker = _group_marker(points, frame, [index])
        while neighbor := _neighbor(marker, markers):
            markers.remove(neighbor)
            together = sorted(cell.index for cell in (*neighbor.cells, *marker.cells))
            marker = _group_marker(points, frame, together)
        markers.append(marker)
    return tuple(sorted(markers, key=lambda marker: marker.cells[0].index))


def _neighbor(marker: Marker, others: Iterable[Marker]) -> Marker | None:
    """Return the first marker that a marker of a locator map overlaps or is too close to."""
    close = (other for other in others if other.rectangle.overlaps(marker.rectangle, _MARKER_GAP))
    return next(close, None)


def _group_marker(points: Sequence[MapPoint], frame: Frame, indexes: Sequence[int]) -> Marker:
    """Return one map marker for several points, with their numbers in rows around their mean."""
    pixels = [frame.point(points[index].latitude, points[index].longitude) for index in indexes]
    x, y = (sum(values) / len(pixels) for values in zip(*pixels, strict=True))
    count = len(indexes)
    columns = count if count <= _ONE_ROW else max(_ONE_ROW, ceil(sqrt(count)))
    side = max(MARKER_SIZE, len(str(points[indexes[-1]].number)) * _DIGIT_WIDTH + 4)
    width, height = columns * side, ceil(count / columns) * MARKER_SIZE
    left = max(_BORDER_GAP, min(frame.width - width - _BORDER_GAP, x - width / 2))
    top = max(_BORDER_GAP, min(frame.height - height - _BORDER_GAP, y - height / 2))
    cells = tuple(
        Cell(
            index,
            round(left + (position % columns + 0.5) * side, 1),
            round(top + (position // columns + 0.5) * MARKER_SIZE, 1),
        )
        for position, index in enumerate(indexes)
    )
    return Marker(Rectangle(left, top, left + width, top + height), cells)


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A scale bar of a map: its length in pixels and its label.

    Attributes:
        pixels: length of the bar.
        text: ``5 mi`` or ``10 km``, with digits of the page's language.
    """

    pixels: float
    text: str


def scale_bars(frame: Frame) -> tuple[ScaleBar, ScaleBar]:
    """Return a map's scale bars, one in miles and one in kilometers, of round numbers."""
    miles = frame.miles_per_pixel
    most = frame.width * _LONGEST_BAR
    return _scale_bar(miles, most, "mi"), _scale_bar(miles * _KILOMETERS_IN_A_MILE, most, "km")


def _scale_bar(units_per_pixel: float, most: float, unit: str) -> ScaleBar:
    longest = units_per_pixel * most
    power = 10.0 ** floor(log10(longest))
    length = next(step * power for step in _ROUND_NUMBERS if step * power <= longest)
    number = format_decimal(length)
    return ScaleBar(round(length / units_per_pixel, 1), f"{number} {unit}")
