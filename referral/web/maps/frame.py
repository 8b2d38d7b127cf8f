"""Frames: the part of the Earth that a map shows, in Web Mercator (EPSG:3857).

At zoom z the whole Earth is ``256 * 2**z`` pixels wide, as with map tiles; z may be a fraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asinh, atan, cos, degrees, log2, pi, radians, sinh, tan

from referral.fields.places.county_outlines import BoundingBox, CountyOutline, Point

TILE = 256
_EQUATOR_MILES = 24_901.46  # along the equator
_NORTHERNMOST = 85.0  # Mercator has no poles
_CLIP_MARGIN = 6.0  # pixels outside the frame, so that a line along its edge is not seen
_LEAST_DISTANCE = 0.8  # pixels; points of an outline that are closer are merged


def world_point(latitude: float, longitude: float) -> tuple[float, float]:
    """Project a position onto the Web Mercator map, from its upper left corner, as shares of 1."""
    bounded = radians(max(-_NORTHERNMOST, min(_NORTHERNMOST, latitude)))
    return longitude / 360 + 0.5, 0.5 - asinh(tan(bounded)) / (2 * pi)


def latitude_of(y: float) -> float:
    """Return the latitude in degrees of a vertical Web Mercator coordinate from 0 to 1."""
    return degrees(atan(sinh(pi * (1 - 2 * y))))


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangular part of the Earth that a map shows, north up, with its size in pixels.

    Attributes:
        zoom: as with map tiles.
        middle: latitude and longitude, WGS 84 degrees.
        width: in pixels, as is ``height``.
    """

    zoom: float
    middle: tuple[float, float]
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Return the width of the whole Earth in pixels, at the zoom of the map frame."""
        return float(TILE * 2**self.zoom)

    @property
    def corner(self) -> tuple[float, float]:
        """Return the upper left corner of the map frame, in pixels of the whole Earth."""
        x, y = world_point(*self.middle)
        return x * self.scale - self.width / 2, y * self.scale - self.height / 2

    @property
    def box(self) -> BoundingBox:
        """Return the edges of the map frame in degrees of latitude and longitude."""
        north, west = self.place_at(0, 0)
        south, east = self.place_at(self.width, self.height)
        return BoundingBox(west, south, east, north)

    @property
    def miles_per_pixel(self) -> float:
        """Return the miles that a pixel covers in the middle of the map."""
        return _EQUATOR_MILES * cos(radians(self.middle[0])) / self.scale

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Project a latitude and longitude to pixels from the upper left corner of the map."""
        x, y = world_point(latitude, longitude)
        left, top = self.corner
        return round(x * self.scale - left, 1), round(y * self.scale - top, 1)

    def place_at(self, x: float, y: float) -> tuple[float, float]:
        """Return the latitude and longitude of a pixel of the map."""
        left, top = self.corner
        return latitude_of((top + y) / self.scale), ((left + x) / self.scale - 0.5) * 360

    def path(self, county: CountyOutline) -> str:
        """Return a county's outline as an SVG path, clipped to the map; "" if outside."""
        left, top = self.corner
        drawn = []
        for ring in _world_rings(county):
            points = [(x * self.scale - left, y * self.scale - top) for x, y in ring]
            visible = _without_close_points(self._clipped(points))
            if len(visible) > 2:
                drawn.append("M" + " ".join(f"{x:g} {y:g}" for x, y in visible) + "Z")
        return "".join(drawn)

    def _clipped(self, points: Sequence[Point]) -> Sequence[Point]:
        """Clip a polygon to the edges of the map (Sutherland and Hodgman)."""
        for axis, bound, sign in (
            (0, -_CLIP_MARGIN, 1), (0, self.width + _CLIP_MARGIN, -1),
            (1, -_CLIP_MARGIN, 1), (1, self.height + _CLIP_MARGIN, -1),
        ):  # fmt: skip
            points = _clip_to_edge(points, axis, bound, sign)
        return points


def fitting_frame(
    box: BoundingBox, width: int, heights: tuple[int, int], margin: float, closest: float
) -> Frame:
    """Return the map frame with the highest zoom that shows a box of latitudes and longitudes.

    Args:
        box: the degrees that must be visible.
        width: of the frame in pixels.
        heights: the least and greatest height of the frame.
        margin: free pixels around the box.
        closest: the greatest zoom, for small boxes.
    """
    (west, north), (east, south) = (
        world_point(box.north, box.west),
        world_point(box.south, box.east),
    )
    least, most = heights
    zoom = min(
        _zoom_to_fit(width - 2 * margin, east - west),
        _zoom_to_fit(most - 2 * margin, south - north),
        closest,
    )
    height = round((south - north) * TILE * 2**zoom + 2 * margin)
    middle = latitude_of((north + south) / 2), (box.west + box.east) / 2
    return Frame(zoom, middle, width, max(least, min(most, height)))


def _zoom_to_fit(pixels: float, share: float) -> float:
    return log2(pixels / TILE / max(share, 1e-9))


@lru_cache(maxsize=512)
def _world_rings(county: CountyOutline) -> tuple[tuple[Point, ...], ...]:
    return tuple(
        tuple(world_point(latitude, longitude) for longitude, latitude in ring)
        for ring in county.rings
    )


def _clip_to_edge(points: Sequence[Point], axis: int, bound: float, sign: int) -> list[Point]:
    clipped: list[Point] = []
    previous = points[-1] if points else None
    for point in points:
        is_inside = (point[axis] - bound) * sign >= 0
        if previous is not None and ((previous[axis] - bound) * sign >= 0) != is_inside:
            clipped.append(_crossing_point(previous, point, axis, bound))
        if is_inside:
            clipped.append(point)
        previous = point
    return clipped


def _crossing_point(start: Point, end: Point, axis: int, bound: float) -> Point:
    share = (bound - start[axis]) / (end[axis] - start[axis])
    x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
    return x, y


def _without_close_points(points: Iterable[Point]) -> list[Point]:
    distinct: list[Point] = []
    for x, y in points:
        if not distinct or abs(x - distinct[-1][0]) + abs(y - distinct[-1][1]) >= _LEAST_DISTANCE:
            distinct.append((round(x, 1), round(y, 1)))
    return distinct
