"""Maps of numbers: dots by size and tinted counties, drawn as SVG.

``templates/macros/drawn_map.html`` draws them. Colors are in the style sheet of the page, and a
table beside the map has the same data in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from referral.fields.places.county_outlines import BoundingBox, counties_overlapping
from referral.web.maps.frame import Frame, fitting_frame
from referral.web.maps.map_names import (
    Label,
    Rectangle,
    county_labels,
    fitting_labels,
    labels_around,
)

WIDTH = 640
_HEIGHTS = (200, 560)
_CLOSEST = 11.0  # so that a single point does not make a map of a street
_LARGEST_DOT = 26.0
_SMALLEST_DOT = 5.0
_NAME_SIZE, _COUNTY_SIZE = 15.0, 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A number at a geographic position, to be drawn as a dot on a map of numbers.

    Attributes:
        share: area of its dot as a share of the largest, from 0 to 1.
        look: a class of the style sheet.
        title: text that describes it.
        label: a short name beside it if there is room; "" for none.
    """

    latitude: float
    longitude: float
    share: float = 0.0
    look: str = ""
    title: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A county on a map of numbers, as an SVG path with its tint."""

    path: str
    look: str
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot of a map of numbers, with position and radius in pixels."""

    x: float
    y: float
    radius: float
    look: str
    title: str

    @property
    def rectangle(self) -> Rectangle:
        """Return the area of the map that a dot covers."""
        x, y, radius = self.x, self.y, self.radius
        return Rectangle(x - radius, y - radius, x + radius, y + radius)


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map of numbers, ready for the template.

    The largest dots come first, so that none covers another.
    """

    width: int
    height: int
    shapes: tuple[Shape, ...]
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]


def draw_map(
    box: BoundingBox,
    spots: Sequence[Spot] = (),
    counties: Mapping[str, tuple[str, str]] | None = None,
    other_county: Callable[[str], tuple[str, str]] = lambda _: ("", ""),
) -> DrawnMap:
    """Draw a map of numbers in a geographic box: dots by size, and the outlines of its counties.

    Args:
        counties: look and title of some counties, by label (``Crawford County, PA``).
        other_county: function from the label of any other county to its look and title.
    """
    frame, own_styles = fitting_frame(box, WIDTH, _HEIGHTS, 0, _CLOSEST), counties or {}
    outlines = counties_overlapping(frame.box)
    shapes = tuple(
        Shape(path, *(own_styles.get(county.label) or other_county(county.label)))
        for county in outlines
        if (path := frame.path(county))
    )
    largest_first = sorted(spots, key=lambda spot: -spot.share)
    shown = [spot for spot in largest_first if frame.box.contains(spot.latitude, spot.longitude)]
    dots = tuple(_dot(frame, spot) for spot in shown)
    names = [
        *(
            labels_around((dot.x, dot.y), dot.radius + 3, spot.label, "is-town", _NAME_SIZE)
            for dot, spot in zip(dots, shown, strict=True)
            if spot.label
        ),
        *(county_labels(frame, county, _COUNTY_SIZE) for county in outlines),
    ]
    covered = [dot.rectangle for dot in dots]
    labels = tuple(fitting_labels(names, covered, frame.width, frame.height))
    return DrawnMap(frame.width, frame.height, shapes, dots, labels)


def _dot(frame: Frame, spot: Spot) -> Dot:
    x, y = frame.point(spot.latitude, spot.longitude)
    radius = max(_LARGEST_DOT * sqrt(spot.share), _SMALLEST_DOT)
    return Dot(x, y, round(radius, 1), spot.look, spot.title)
