"""Names on a locator map: towns, counties and ZIP codes, from the gazetteer and outlines.

Outside the county outlines, as in other countries, the cities of the page's addresses are used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from referral.fields.places.county_outlines import CountyOutline
from referral.fields.places.lookup import Place
from referral.fields.places.towns import NamedPoint, towns_within, zip_codes_within
from referral.web.maps.frame import Frame
from referral.web.maps.map_view import MapPoint

_LETTER_WIDTH = 0.62  # width of a letter as a share of the font size
_ASCENT, _DESCENT = 0.8, 0.25  # of the font size, above and below the base line
_BORDER_GAP = 3.0  # pixels between a name and the border
_LABEL_GAP = 2.0  # pixels between a name and anything else
_AREA_OF_A_NAME = 13_000  # square pixels for each town at most, so that a map stays calm
_ZIP_ZOOM = 10.5  # ZIP codes are named from here on
COUNTY_ZOOM = 7.0  # borders of counties are drawn from here on
_BESIDE_TOWN = (18.0, 48.0)  # pixels from the middle of a town to its name, past its markers


class Rectangle(NamedTuple):
    """A rectangle on a map, in pixels from the map's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rectangle, apart: float = 0.0) -> bool:
        """Return whether two map rectangles are closer than ``apart`` in both directions."""
        return (
            self.left < other.right + apart
            and other.left < self.right + apart
            and self.top < other.bottom + apart
            and other.top < self.bottom + apart
        )

    def is_within(self, width: float, height: float) -> bool:
        """Return whether a rectangle is inside a map of a given size and off its border."""
        return (
            self.left >= _BORDER_GAP
            and self.top >= _BORDER_GAP
            and self.right <= width - _BORDER_GAP
            and self.bottom <= height - _BORDER_GAP
        )


@dataclass(frozen=True, slots=True)
class Label:
    """A name of a town, county or ZIP code, with its position on a map.

    Attributes:
        x: center of the base line, in pixels, as is ``y``.
        look: a class of the style sheet: ``is-town``, ``is-county``, ``is-zip``, ``is-here``.
        size: of the font, in pixels.
    """

    x: float
    y: float
    text: str
    look: str
    size: float

    @property
    def rectangle(self) -> Rectangle:
        """Return the area of a map that a name covers, estimated from its number of letters."""
        half = len(self.text) * self.size * _LETTER_WIDTH / 2
        top, bottom = self.y - _ASCENT * self.size, self.y + _DESCENT * self.size
        return Rectangle(self.x - half, top, self.x + half, bottom)


def labels_around(
    spot: tuple[float, float], distance: float, text: str, look: str, size: float
) -> list[Label]:
    """Return map labels at the right, left, above and below a spot, ``away`` pixels from it."""
    x, y = spot
    side, base = distance + len(text) * size * _LETTER_WIDTH / 2, y + size * 0.35
    positions = (
        (x + side, base),
        (x - side, base),
        (x, base - distance - size),
        (x, base + distance + size),
    )
    return [
        Label(round(label_x, 1), round(label_y, 1), text, look, size)
        for label_x, label_y in positions
    ]


def fitting_labels(
    names: Iterable[Sequence[Label]],
    obstacles: Iterable[Rectangle],
    width: float,
    height: float,
) -> Iterator[Label]:
    """Yield for each name on a map its first label that covers nothing.

    Names without room are left out.

    Args:
        names: the possible labels of each name, the most important name first.
        obstacles: areas that must stay free.
        width: of the map in pixels, as is ``height``; no name is cut by the border.
    """
    taken = list(obstacles)
    for candidates in names:
        for label in candidates:
            covered = label.rectangle
            if covered.is_within(width, height) and not any(
                covered.overlaps(other, _LABEL_GAP) for other in taken
            ):
                taken.append(covered)
                yield label
                break


_TOWN_SIZE, _ZIP_SIZE = 13.0, 11.5


def map_names(
    frame: Frame,
    points: Sequence[MapPoint],
    counties: Sequence[CountyOutline],
    here: Place | None,
) -> Iterator[list[Label]]:
    """Yield possible labels of towns, counties and ZIP codes on a map, by importance.

    Args:
        points: on the page; their towns come first.
        counties: in the frame.
        here: the place of the search, whose town comes first too.
    """
    for town in _towns_to_name(frame, points, points_abroad(frame, points, counties), here):
        yield _town_labels(frame, town)
    if frame.zoom >= COUNTY_ZOOM:
        for county in counties:
            yield county_labels(frame, county, _TOWN_SIZE)
    if frame.zoom >= _ZIP_ZOOM:
        for code in zip_codes_within(frame.box)[: _name_limit(frame)]:
            x, y = frame.point(code.latitude, code.longitude)
            yield [Label(x, y, code.name, "is-zip", _ZIP_SIZE)]


def points_abroad(
    frame: Frame, points: Iterable[MapPoint], counties: Sequence[CountyOutline]
) -> list[MapPoint]:
    """Return the points on a map that are in no known county, such as those in other countries."""
    return [
        point
        for point in points
        if frame.box.contains(point.latitude, point.longitude)
        and not any(county.contains(point.latitude, point.longitude) for county in counties)
    ]


def _name_limit(frame: Frame) -> int:
    return max(4, frame.width * frame.height // _AREA_OF_A_NAME)


def _towns_to_name(
    frame: Frame, points: Sequence[MapPoint], abroad: Sequence[MapPoint], here: Place | None
) -> Sequence[NamedPoint]:
    """Return the towns to label on a map: those of points and search, then larger towns."""
    preferred = {point.city.casefold() for point in points if point.city}
    if here and here.city:
        preferred.add(here.city.casefold())
    towns = {
        town.name: town for town in (*towns_within(frame.box), *_cities_of_addresses(abroad))
    }.values()
    ordered = sorted(towns, key=lambda town: town.name.casefold() not in preferred)
    return ordered[: _name_limit(frame)]


def _town_labels(frame: Frame, town: NamedPoint) -> list[Label]:
    """Return the possible map labels of a town: in its middle or beside it."""
    x, y = spot = frame.point(town.latitude, town.longitude)
    centered = Label(x, round(y + _TOWN_SIZE * 0.35, 1), town.name, "is-town", _TOWN_SIZE)
    beside = [
        labels_around(spot, distance, town.name, "is-town", _TOWN_SIZE) for distance in _BESIDE_TOWN
    ]
    return [centered, *beside[0], *beside[1]]


def _cities_of_addresses(points: Iterable[MapPoint]) -> list[NamedPoint]:
    points_of_city: defaultdict[str, list[MapPoint]] = defaultdict(list)
    for point in points:
        if point.city:
            points_of_city[point.city].append(point)
    most_points_first = sorted(points_of_city.items(), key=lambda item: -len(item[1]))
    return [
        NamedPoint(
            name,
            sum(point.latitude for point in city_points) / len(city_points),
            sum(point.longitude for point in city_points) / len(city_points),
        )
        for name, city_points in most_points_first
    ]


def county_labels(frame: Frame, county: CountyOutline, size: float) -> list[Label]:
    """Return the possible map labels of a county: near its top, in its middle, or further down."""
    west, south, east, north = (
        max(county.box.west, frame.box.west), max(county.box.south, frame.box.south),
        min(county.box.east, frame.box.east), min(county.box.north, frame.box.north),
    )  # fmt: skip
    spots = [(south + (north - south) * height, (west + east) / 2) for height in (0.86, 0.5, 0.2)]
    return [
        Label(*frame.point(*spot), county.name, "is-county", size)
        for spot in spots
        if county.contains(*spot)
    ]
