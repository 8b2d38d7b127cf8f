"""Clusters: markers that would cover one another are drawn as one that opens.

Up to three places, and those that no zoom takes apart, show all their numbers side by side; a
larger cluster shows how many there are, and leads to a closer map.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil, sqrt
from typing import Protocol

from flask_babel import ngettext

from referral.web.maps.frame import Frame
from referral.web.maps.label_placement import Rectangle
from referral.web.maps.text_width import text_width

MARKER_SIZE = 26.0  # pixels; a target needs 24 (WCAG 2.5.8)
TEXT_SIZE = 13.0
CLOSEST = 17.0  # no map zooms in further
_APART = 2.0
_BETWEEN = 6.0  # two markers, so that nobody takes them for one
_MOST_SHOWN = 3  # numbers of places that are near one another, not at one point
_ROW = 4


class Numbered(Protocol):
    """What a marker needs of a place."""

    @property
    def number(self) -> int: ...  # noqa: D102  # the protocol's docstring says it
    @property
    def latitude(self) -> float: ...  # noqa: D102
    @property
    def longitude(self) -> float: ...  # noqa: D102


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
    """A place, or several that would cover one another.

    Attributes:
        indexes: of its places in the points of the page, by number.
        rectangle: what it covers, in pixels.
        cells: its numbers; none where it shows a count and leads closer.
        text: that count, ``8 places``.
    """

    indexes: tuple[int, ...]
    rectangle: Rectangle
    cells: tuple[Cell, ...] = ()
    text: str = ""

    @property
    def middle(self) -> tuple[float, float]:
        """Of what it covers."""
        left, top, right, bottom = self.rectangle
        return round((left + right) / 2, 1), round((top + bottom) / 2, 1)


def markers_of(
    points: Sequence[Numbered], frame: Frame, *, can_open: bool = True
) -> tuple[Marker, ...]:
    """The markers of the places within a frame; none covers another or the border.

    Where clusters cannot be opened, as on paper, all show their numbers.
    """
    at_a_point: defaultdict[tuple[float, float], list[int]] = defaultdict(list)
    for index, point in enumerate(points):
        if frame.box.contains(point.latitude, point.longitude):
            at_a_point[round(point.latitude, 5), round(point.longitude, 5)].append(index)
    layout = _Layout(points, frame, can_open)
    groups = list(at_a_point.values())
    while pairs := layout.overlaps(groups):
        groups = _merged(groups, pairs)
    return tuple(layout.marker(group) for group in sorted(groups))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where groups of places stand in a frame."""

    points: Sequence[Numbered]
    frame: Frame
    can_open: bool
    _made: dict[tuple[int, ...], Marker] = field(default_factory=dict)

    def overlaps(self, groups: Sequence[list[int]]) -> list[tuple[int, int]]:
        """Pairs of groups, by position, whose markers would cover one another; closest first."""
        markers = [self.marker(group) for group in groups]
        pairs = [
            (_distance(markers[one], markers[other]), one, other)
            for one, other in combinations(range(len(groups)), 2)
            if markers[one].rectangle.overlaps(markers[other].rectangle, _BETWEEN)
        ]
        return [(one, other) for _, one, other in sorted(pairs)]

    def marker(self, group: Sequence[int]) -> Marker:
        key = tuple(group)
        if key not in self._made:
            self._made[key] = self._new_marker(key)
        return self._made[key]

    def _new_marker(self, group: tuple[int, ...]) -> Marker:
        spots = [
            self.frame.point(self.points[index].latitude, self.points[index].longitude)
            for index in group
        ]
        x, y = (sum(values) / len(group) for values in zip(*spots, strict=True))
        if self.can_open and len(group) > _MOST_SHOWN and self._can_be_taken_apart(spots):
            text = ngettext("%(num)s place", "%(num)s places", len(group))
            width = text_width(text, TEXT_SIZE, is_bold=True) + 20
            return Marker(group, self._rectangle(x, y, width, MARKER_SIZE), text=text)
        columns = len(group) if len(group) <= _ROW else max(_ROW, ceil(sqrt(len(group))))
        side = max(self._cell_width(index) for index in group)
        rows = ceil(len(group) / columns)
        area = self._rectangle(x, y, columns * side, rows * MARKER_SIZE)
        cells = tuple(
            Cell(
                index,
                round(area.left + (at % columns + 0.5) * side, 1),
                round(area.top + (at // columns + 0.5) * MARKER_SIZE, 1),
            )
            for at, index in enumerate(group)
        )
        return Marker(group, area, cells)

    def _cell_width(self, index: int) -> float:
        text = str(self.points[index].number)
        return max(MARKER_SIZE, text_width(text, TEXT_SIZE, is_bold=True) + 6)

    def _can_be_taken_apart(self, spots: Sequence[tuple[float, float]]) -> bool:
        """Whether a closer map may show them at two points."""
        if self.frame.zoom >= CLOSEST:
            return False
        growth = 2 ** (CLOSEST - self.frame.zoom)
        xs, ys = zip(*spots, strict=True)
        return bool(max(max(xs) - min(xs), max(ys) - min(ys)) * growth > MARKER_SIZE + _BETWEEN)

    def _rectangle(self, x: float, y: float, width: float, height: float) -> Rectangle:
        """Around a point, moved so far that the border does not cut it."""
        left = max(_APART, min(self.frame.width - width - _APART, x - width / 2))
        top = max(_APART, min(self.frame.height - height - _APART, y - height / 2))
        return Rectangle(left, top, left + width, top + height)


def _merged(groups: Sequence[list[int]], pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The groups after one pass, in which each is merged with its closest at most."""
    done: set[int] = set()
    merged = []
    for one, other in pairs:
        if not {one, other} & done:
            done |= {one, other}
            merged.append(sorted(groups[one] + groups[other]))
    return [*merged, *(group for at, group in enumerate(groups) if at not in done)]


def _distance(one: Marker, other: Marker) -> float:
    (x, y), (a, b) = one.middle, other.middle
    return float((x - a) ** 2 + (y - b) ** 2)
