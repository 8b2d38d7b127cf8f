"""Numbered markers of places; those that would cover one another stand side by side as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from referral.web.maps.frame import Frame
from referral.web.maps.labels import Rectangle
from referral.web.maps.map_point import MapPoint

MARKER_SIZE = 26.0  # pixels; a target needs 24 (WCAG 2.5.8)
_DIGIT = 10.0  # width of a bold digit
_EDGE = 2.0
_BETWEEN = 6.0  # two markers, so that nobody takes them for one
_ROW = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a marker.

    Attributes:
        index: of its place in the points of the page.
        x: the middle in pixels, as is ``y``.
    """

    index: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Marker:
    """A place, or several that would cover one another, with the number of each."""

    rectangle: Rectangle
    cells: tuple[Cell, ...]


def markers_of(points: Sequence[MapPoint], frame: Frame) -> tuple[Marker, ...]:
    """The markers of the places within a frame; none covers another or the border."""
    markers: list[Marker] = []
    for index, point in enumerate(points):
        if not frame.box.contains(point.latitude, point.longitude):
            continue
        marker = _marker(points, frame, [index])
        while near := next((each for each in markers if _is_near(each, marker)), None):
            markers.remove(near)
            together = sorted(cell.index for cell in (*near.cells, *marker.cells))
            marker = _marker(points, frame, together)
        markers.append(marker)
    return tuple(sorted(markers, key=lambda each: each.cells[0].index))


def _is_near(one: Marker, other: Marker) -> bool:
    return one.rectangle.overlaps(other.rectangle, _BETWEEN)


def _marker(points: Sequence[MapPoint], frame: Frame, group: Sequence[int]) -> Marker:
    """The numbers of a group in rows around the middle of its places, not cut by the border."""
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
