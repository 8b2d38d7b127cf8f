"""SVG maps from county outlines and points, without tiles.

``templates/macros/drawn_map.html`` draws one. Classes say how things look; the page has the
style sheet, and a table or list beside the map says the same in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sqrt

from referral.fields.places.county_outlines import BoundingBox, CountyOutline, counties_overlapping

WIDTH = 640
_TALLEST = 560
_LEAST_DEGREES = 0.2  # so that a single point does not make a map of a street
_LARGEST_DOT = 26.0
_SMALLEST_DOT = 5.0
_LETTER, _LINE = 8.0, 18.0  # of a label, in the map's units


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Something at a point.

    Attributes:
        share: its size as a share of the largest, from 0 to 1: the area of its dot.
        look: a class of the style sheet.
        title: what it is, in words.
        label: a short name to stand beside it where there is room; "" for none.
    """

    latitude: float
    longitude: float
    share: float = 0.0
    look: str = ""
    title: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A county as an SVG path."""

    path: str
    look: str
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A spot on the map, in its units."""

    x: float
    y: float
    radius: float
    look: str
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A name; ``is_place`` is a county's, which stands behind the others."""

    x: float
    y: float
    text: str
    is_county: bool = False


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map, ready for the template. The largest dots come first, so that none covers another."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]


class Frame:
    """Where degrees are on the map: north is up, and a mile is as long in both directions.

    That holds in the middle; for a few counties nobody sees the difference further out.
    """

    def __init__(self, box: BoundingBox) -> None:
        middle_lat, middle_lon = (box.south + box.north) / 2, (box.west + box.east) / 2
        self._shrink = cos(radians(middle_lat))
        wide = max((box.east - box.west) * self._shrink, _LEAST_DEGREES)
        tall = max(box.north - box.south, _LEAST_DEGREES)
        self._scale = min(WIDTH / wide, _TALLEST / tall)
        self.width, self.height = WIDTH, round(tall * self._scale)
        # A tall box leaves room at both sides.
        self._west = middle_lon - WIDTH / self._scale / self._shrink / 2
        self._north = middle_lat + tall / 2

    @property
    def box(self) -> BoundingBox:
        """The degrees at the edges."""
        east = self._west + self.width / self._scale / self._shrink
        return BoundingBox(self._west, self._north - self.height / self._scale, east, self._north)

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        """A place in units of the map, from the upper left corner."""
        x = (longitude - self._west) * self._shrink * self._scale
        return round(x, 1), round((self._north - latitude) * self._scale, 1)

    def path(self, county: CountyOutline) -> str:
        """The outline of a county as an SVG path."""
        return "".join(
            "M" + "L".join(f"{x:g} {y:g}" for x, y in map(self._of, ring)) + "Z"
            for ring in county.rings
        )

    def _of(self, point: tuple[float, float]) -> tuple[float, float]:
        return self.point(point[1], point[0])


def draw_map(
    box: BoundingBox,
    spots: Sequence[Spot] = (),
    counties: Mapping[str, tuple[str, str]] | None = None,
) -> DrawnMap:
    """A map of a box with the outlines of the counties in it.

    Args:
        counties: look and title of some of them, by label (``Crawford County, PA``).
    """
    frame, marked = Frame(box), counties or {}
    outlines = counties_overlapping(frame.box)
    shapes = tuple(
        Shape(frame.path(county), *marked.get(county.label, ("", ""))) for county in outlines
    )
    largest_first = sorted(spots, key=lambda spot: -spot.share)
    inside = [spot for spot in largest_first if frame.box.contains(spot.latitude, spot.longitude)]
    dots = tuple(_dot(frame, spot) for spot in inside)
    names = [
        *(_around(dot, spot.label) for dot, spot in zip(dots, inside, strict=True) if spot.label),
        *(_within(frame, county) for county in outlines),
    ]
    return DrawnMap(frame.width, frame.height, shapes, dots, tuple(_with_room(names, dots, frame)))


def _dot(frame: Frame, spot: Spot) -> Dot:
    x, y = frame.point(spot.latitude, spot.longitude)
    radius = max(_LARGEST_DOT * sqrt(spot.share), _SMALLEST_DOT)
    return Dot(x, y, round(radius, 1), spot.look, spot.title)


def _around(dot: Dot, text: str) -> list[Label]:
    """Where the name of a dot may stand: at its right, its left, above and below."""
    wide, away = len(text) * _LETTER, dot.radius + 3
    places = (
        (dot.x + away, dot.y + 5),
        (dot.x - away - wide, dot.y + 5),
        (dot.x - wide / 2, dot.y - away - 2),
        (dot.x - wide / 2, dot.y + away + _LINE - 4),
    )
    return [Label(round(x, 1), round(y, 1), text) for x, y in places]


def _within(frame: Frame, county: CountyOutline) -> list[Label]:
    """Where the name of a county may stand: near its top, else in its middle or further down."""
    west, south, east, north = county.box
    middle = (west + east) / 2
    latitudes = [south + (north - south) * part for part in (0.86, 0.5, 0.25)]
    points = [frame.point(each, middle) for each in latitudes if county.contains(each, middle)]
    half = len(county.name) * _LETTER / 2
    return [Label(round(x - half, 1), y, county.name, is_county=True) for x, y in points]


def _with_room(
    names: Iterable[Sequence[Label]], dots: Sequence[Dot], frame: Frame
) -> Iterator[Label]:
    """For each name the first of its places where it covers nothing; none where there is none."""
    placed: list[Label] = []
    for places in names:
        for label in places:
            if _is_free(label, placed, dots, frame):
                placed.append(label)
                yield label
                break


def _is_free(label: Label, placed: Iterable[Label], dots: Iterable[Dot], frame: Frame) -> bool:
    right = label.x + len(label.text) * _LETTER
    return (
        label.x >= 0
        and right <= frame.width
        and _LINE <= label.y <= frame.height - 4
        and not any(
            abs(label.y - other.y) < _LINE
            and label.x < other.x + len(other.text) * _LETTER
            and other.x < right
            for other in placed
        )
        and not any(
            label.x < dot.x + dot.radius
            and dot.x - dot.radius < right
            and abs(label.y - 5 - dot.y) < dot.radius + 5
            for dot in dots
        )
    )
