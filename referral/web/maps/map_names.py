"""Names on a locator map: towns, counties and ZIP codes, from the gazetteer and from outlines.

In other countries, where both know nothing, towns are those of the places on the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from referral.fields.places.county_outlines import CountyOutline
from referral.fields.places.lookup import Place
from referral.fields.places.towns import NamedPoint, towns_within, zip_codes_within
from referral.web.maps.frame import Frame
from referral.web.maps.labels import Label, labels_around
from referral.web.maps.map_point import MapPoint

_TOWN_SIZE, _ZIP_SIZE = 13.0, 11.5
_AREA_OF_A_NAME = 13_000  # square pixels for each town at most, so that a map stays calm
_ZIP_ZOOM = 10.5  # ZIP codes are named from here on
COUNTY_ZOOM = 7.0  # borders of counties are drawn from here on
_BESIDE = (18.0, 48.0)  # pixels from the middle of a town to its name, past its markers


def map_names(
    frame: Frame,
    points: Sequence[MapPoint],
    counties: Sequence[CountyOutline],
    here: Place | None,
) -> Iterator[list[Label]]:
    """The places where each name may stand, the most important name first.

    Args:
        points: on the page; their towns come first.
        counties: in the frame.
        here: the place of the search, whose town comes first too.
    """
    for town in _towns(frame, points, abroad(frame, points, counties), here):
        yield _town_labels(frame, town)
    if frame.zoom >= COUNTY_ZOOM:
        for county in counties:
            yield county_labels(frame, county, _TOWN_SIZE)
    if frame.zoom >= _ZIP_ZOOM:
        for code in zip_codes_within(frame.box)[: _most_names(frame)]:
            x, y = frame.point(code.latitude, code.longitude)
            yield [Label(x, y, code.name, "is-zip", _ZIP_SIZE)]


def abroad(
    frame: Frame, points: Iterable[MapPoint], counties: Sequence[CountyOutline]
) -> list[MapPoint]:
    """Places within a frame and in no county that we know, as in other countries."""
    return [
        point
        for point in points
        if frame.box.contains(point.latitude, point.longitude)
        and not any(county.contains(point.latitude, point.longitude) for county in counties)
    ]


def _most_names(frame: Frame) -> int:
    return max(4, frame.width * frame.height // _AREA_OF_A_NAME)


def _towns(
    frame: Frame, points: Sequence[MapPoint], far: Sequence[MapPoint], here: Place | None
) -> Sequence[NamedPoint]:
    """Towns worth a name: those with places first, then the larger ones."""
    own = {point.city.casefold() for point in points if point.city}
    if here and here.city:
        own.add(here.city.casefold())
    towns = {town.name: town for town in (*towns_within(frame.box), *_towns_of(far))}.values()
    ordered = sorted(towns, key=lambda town: town.name.casefold() not in own)
    return ordered[: _most_names(frame)]


def _town_labels(frame: Frame, town: NamedPoint) -> list[Label]:
    """Where the name of a town may stand: in its middle, or beside it."""
    x, y = spot = frame.point(town.latitude, town.longitude)
    middle = Label(x, round(y + _TOWN_SIZE * 0.35, 1), town.name, "is-town", _TOWN_SIZE)
    beside = [labels_around(spot, away, town.name, "is-town", _TOWN_SIZE) for away in _BESIDE]
    return [middle, *beside[0], *beside[1]]


def _towns_of(points: Iterable[MapPoint]) -> list[NamedPoint]:
    found: defaultdict[str, list[MapPoint]] = defaultdict(list)
    for point in points:
        if point.city:
            found[point.city].append(point)
    return [
        NamedPoint(
            name,
            sum(point.latitude for point in some) / len(some),
            sum(point.longitude for point in some) / len(some),
        )
        for name, some in sorted(found.items(), key=lambda item: -len(item[1]))
    ]


def county_labels(frame: Frame, county: CountyOutline, size: float) -> list[Label]:
    """Where the name of a county may stand: near its top, else in its middle or further down."""
    west, south, east, north = (
        max(county.box.west, frame.box.west), max(county.box.south, frame.box.south),
        min(county.box.east, frame.box.east), min(county.box.north, frame.box.north),
    )  # fmt: skip
    spots = [(south + (north - south) * up, (west + east) / 2) for up in (0.86, 0.5, 0.2)]
    return [
        Label(*frame.point(*spot), county.name, "is-county", size)
        for spot in spots
        if county.contains(*spot)
    ]
