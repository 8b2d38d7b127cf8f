"""Frames: which part of the Earth a map shows, in Web Mercator (EPSG:3857), as map tiles have it.

A zoom of z makes the whole Earth ``256 * 2**z`` pixels wide, as with tiles; it may have a fraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asinh, atan, cos, degrees, log2, pi, radians, sinh, tan

from referral.fields.places.county_outlines import BoundingBox, CountyOutline, Point

TILE = 256
_MILES_AROUND = 24_901.46  # along the equator
_NORTHERNMOST = 85.0  # Mercator has no poles
_BEYOND = 6.0  # pixels outside the frame, so that a line along its edge is not seen
_FINEST = 0.8  # pixels; points of an outline that are closer are one


def world_point(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place is on the map of the Earth, from its upper left corner, as shares of one."""
    bounded = radians(max(-_NORTHERNMOST, min(_NORTHERNMOST, latitude)))
    return longitude / 360 + 0.5, 0.5 - asinh(tan(bounded)) / (2 * pi)


def latitude_of(y: float) -> float:
    """The latitude of such a share, in degrees."""
    return degrees(atan(sinh(pi * (1 - 2 * y))))


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of the Earth as a picture: north is up.

    Attributes:
        zoom: as tiles have it.
        middle: latitude and longitude, WGS 84 degrees.
        width: in pixels, as is ``height``.
    """

    zoom: float
    middle: tuple[float, float]
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels of the whole Earth."""
        return float(TILE * 2**self.zoom)

    @property
    def corner(self) -> tuple[float, float]:
        """The upper left corner in pixels of the whole Earth."""
        x, y = world_point(*self.middle)
        return x * self.scale - self.width / 2, y * self.scale - self.height / 2

    @property
    def box(self) -> BoundingBox:
        """The degrees at the edges."""
        north, west = self.place_at(0, 0)
        south, east = self.place_at(self.width, self.height)
        return BoundingBox(west, south, east, north)

    @property
    def miles_of_a_pixel(self) -> float:
        """In the middle of the frame."""
        return _MILES_AROUND * cos(radians(self.middle[0])) / self.scale

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        """A place in pixels from the upper left corner."""
        x, y = world_point(latitude, longitude)
        left, top = self.corner
        return round(x * self.scale - left, 1), round(y * self.scale - top, 1)

    def place_at(self, x: float, y: float) -> tuple[float, float]:
        """Latitude and longitude of a point in pixels from the upper left corner."""
        left, top = self.corner
        return latitude_of((top + y) / self.scale), ((left + x) / self.scale - 0.5) * 360

    def path(self, county: CountyOutline) -> str:
        """The outline of a county as an SVG path, cut off outside the frame; "" where none is."""
        left, top = self.corner
        drawn = []
        for ring in _world_rings(county):
            points = [(x * self.scale - left, y * self.scale - top) for x, y in ring]
            kept = _thinned(self._clipped(points))
            if len(kept) > 2:
                drawn.append("M" + " ".join(f"{x:g} {y:g}" for x, y in kept) + "Z")
        return "".join(drawn)

    def _clipped(self, points: Sequence[Point]) -> Sequence[Point]:
        """A closed line cut at the frame (Sutherland and Hodgman)."""
        for axis, bound, sign in (
            (0, -_BEYOND, 1), (0, self.width + _BEYOND, -1),
            (1, -_BEYOND, 1), (1, self.height + _BEYOND, -1),
        ):  # fmt: skip
            points = _cut(points, axis, bound, sign)
        return points


def fitting_frame(
    box: BoundingBox, width: int, heights: tuple[int, int], margin: float, closest: float
) -> Frame:
    """The closest frame that shows a box.

    Args:
        box: what must be seen.
        width: of the frame in pixels.
        heights: the least and the most that its height may be.
        margin: pixels that stay free around the box.
        closest: the zoom that a small box does not exceed.
    """
    (west, north), (east, south) = (
        world_point(box.north, box.west),
        world_point(box.south, box.east),
    )
    least, most = heights
    zoom = min(
        _zoom_for(width - 2 * margin, east - west),
        _zoom_for(most - 2 * margin, south - north),
        closest,
    )
    height = round((south - north) * TILE * 2**zoom + 2 * margin)
    middle = latitude_of((north + south) / 2), (box.west + box.east) / 2
    return Frame(zoom, middle, width, max(least, min(most, height)))


def _zoom_for(pixels: float, share: float) -> float:
    return log2(pixels / TILE / max(share, 1e-9))


@lru_cache(maxsize=512)
def _world_rings(county: CountyOutline) -> tuple[tuple[Point, ...], ...]:
    return tuple(
        tuple(world_point(latitude, longitude) for longitude, latitude in ring)
        for ring in county.rings
    )


def _cut(points: Sequence[Point], axis: int, bound: float, sign: int) -> list[Point]:
    kept: list[Point] = []
    before = points[-1] if points else None
    for point in points:
        is_in = (point[axis] - bound) * sign >= 0
        if before is not None and ((before[axis] - bound) * sign >= 0) != is_in:
            kept.append(_crossing(before, point, axis, bound))
        if is_in:
            kept.append(point)
        before = point
    return kept


def _crossing(one: Point, other: Point, axis: int, bound: float) -> Point:
    share = (bound - one[axis]) / (other[axis] - one[axis])
    x, y = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return x, y


def _thinned(points: Iterable[Point]) -> list[Point]:
    kept: list[Point] = []
    for x, y in points:
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= _FINEST:
            kept.append((round(x, 1), round(y, 1)))
    return kept
