"""County outlines, offline: shapes, bounding boxes, and point-in-county tests.

``seed_data/outlines.zip`` contains one TopoJSON file for each state, read on first use;
``seed_data/SOURCES.md`` names the sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple
from zipfile import ZipFile

from referral.fields.places.gazetteer import GAZETTEER, place_key
from referral.resources import resource_path

Point = tuple[float, float]
"""Longitude and latitude, WGS 84 degrees."""
_COUNTY_SUFFIXES = (
    " county", " parish", " city and borough", " borough", " census area", " municipality",
    " municipio",
)  # fmt: skip


class BoundingBox(NamedTuple):
    """A bounding box in WGS 84 degrees."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, latitude: float, longitude: float) -> bool:
        """Return whether a point is in the box."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north

    def overlaps(self, other: BoundingBox) -> bool:
        """Return whether two boxes have a point in common."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )

    def expanded(self, share: float) -> BoundingBox:
        """Return the box with a share of its longer side added on every side."""
        margin = share * max(self.east - self.west, self.north - self.south)
        return BoundingBox(
            self.west - margin, self.south - margin, self.east + margin, self.north + margin
        )


@dataclass(frozen=True, slots=True)
class CountyOutline:
    """A county, or its equivalent such as a parish, a borough or an independent city.

    Attributes:
        fips: the five-digit FIPS code of the Census Bureau.
        name: as in the gazetteer (``Crawford County``).
        rings: closed lines, those of lakes and enclaves included.
        box: the bounding box of all rings.
    """

    fips: str
    name: str
    state: str
    rings: tuple[tuple[Point, ...], ...]
    box: BoundingBox

    @property
    def label(self) -> str:
        """The county with its state as inquiries store it: ``Crawford County, PA``."""
        return f"{self.name}, {self.state}"

    def contains(self, latitude: float, longitude: float) -> bool:
        """Return whether a point is in the county, by the even-odd rule of its rings."""
        if not self.box.contains(latitude, longitude):
            return False
        crossings = sum(
            (south > latitude) != (north > latitude)
            and longitude < (east - west) * (latitude - south) / (north - south) + west
            for ring in self.rings
            for (west, south), (east, north) in pairwise(ring)
        )
        return crossings % 2 == 1


@cache
def counties_of(state: str) -> tuple[CountyOutline, ...]:
    """Load the counties of a state (two letters), in order of FIPS code; () without outlines."""
    with ZipFile(resource_path("seed_data") / "outlines.zip") as archive:
        name = f"{state}.json"
        if name not in archive.namelist():
            return ()
        topology: Mapping[str, Any] = json.loads(archive.read(name))
    arcs = _decode_arcs(topology)
    shapes = topology["objects"]["counties"]["geometries"]
    return tuple(_build_outline(shape, state, arcs) for shape in shapes)


def find_county(name: str, state: str) -> CountyOutline | None:
    """Find a county by its name, with or without ``County``; None when there is no outline."""
    wanted_key = county_key(name)
    return next(
        (county for county in counties_of(state) if county_key(county.name) == wanted_key), None
    )


def find_county_by_label(label: str) -> CountyOutline | None:
    """Find a county by a label such as ``Crawford County, PA``; None when there is no outline."""
    name, _, state = label.rpartition(", ")
    return find_county(name, state) if name else None


@lru_cache(maxsize=64)
def counties_overlapping(box: BoundingBox) -> tuple[CountyOutline, ...]:
    """Return the counties whose boxes overlap a box, of all states with a ZIP code in it."""
    states = {
        code.state for code in GAZETTEER.within_bounds(box.south, box.north, box.west, box.east)
    }
    return tuple(
        county
        for state in sorted(states)
        for county in counties_of(state)
        if county.box.overlaps(box)
    )


def bounding_box(boxes: Iterable[BoundingBox]) -> BoundingBox | None:
    """Return the bounding box of several boxes; None when there are none."""
    sides = list(zip(*boxes, strict=True))
    return (
        BoundingBox(min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])) if sides else None
    )


def county_key(name: str) -> str:
    """Return a key that is equal for all spellings of a county's name."""
    key = place_key(name)
    key = next(
        (key.removesuffix(suffix) for suffix in _COUNTY_SUFFIXES if key.endswith(suffix)), key
    )
    return key.replace(" ", "")  # La Porte is LaPorte elsewhere


def _decode_arcs(topology: Mapping[str, Any]) -> list[list[Point]]:
    """Decode the delta-encoded arcs of a quantized TopoJSON topology into degrees."""
    (x_scale, y_scale), (x_zero, y_zero) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    lines = []
    for arc in topology["arcs"]:
        xs = accumulate(step[0] for step in arc)
        ys = accumulate(step[1] for step in arc)
        lines.append(
            [(x * x_scale + x_zero, y * y_scale + y_zero) for x, y in zip(xs, ys, strict=True)]
        )
    return lines


def _build_outline(
    shape: Mapping[str, Any], state: str, arcs: Sequence[list[Point]]
) -> CountyOutline:
    polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
    rings = tuple(_join_arcs(arc_numbers, arcs) for polygon in polygons for arc_numbers in polygon)
    longitudes = [x for ring in rings for x, _ in ring]
    latitudes = [y for ring in rings for _, y in ring]
    box = BoundingBox(min(longitudes), min(latitudes), max(longitudes), max(latitudes))
    return CountyOutline(shape["id"], shape["properties"]["name"], state, rings, box)


def _join_arcs(arc_numbers: Sequence[int], arcs: Sequence[list[Point]]) -> tuple[Point, ...]:
    """Join the arcs of a ring; a number ``~n`` means arc n reversed."""
    points: list[Point] = []
    for number in arc_numbers:
        line = arcs[number] if number >= 0 else arcs[~number][::-1]
        points.extend(line[1:] if points else line)
    return tuple(points)
