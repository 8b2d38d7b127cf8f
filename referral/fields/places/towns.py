"""Names of towns and ZIP codes within a bounding box, to label maps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from referral.fields.places.county_outlines import BoundingBox
from referral.fields.places.gazetteer import GAZETTEER, ZipCode

_ZIP_CODES_OF_LARGE_TOWN = 4
_KIND_WITH_HOMES = "STANDARD"  # unlike codes of post office boxes, whose center is a post office


class NamedPoint(NamedTuple):
    """A name and the center of its place (WGS 84); ``zip_codes`` counts codes as town size."""

    name: str
    latitude: float
    longitude: float
    zip_codes: int = 1


@lru_cache(maxsize=64)
def towns_within(box: BoundingBox) -> tuple[NamedPoint, ...]:
    """Return the towns within a box, those with most ZIP codes first."""
    centers_by_town: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for zip_code in _zip_codes_of_homes(box):
        if zip_code.center:
            centers_by_town[zip_code.city, zip_code.state].append(zip_code.center)
    towns = [_point_at_center(name, centers) for (name, _), centers in centers_by_town.items()]
    return tuple(sorted(towns, key=lambda town: (-town.zip_codes, town.name)))


@lru_cache(maxsize=64)
def zip_codes_within(box: BoundingBox) -> tuple[NamedPoint, ...]:
    """Return the ZIP codes of the larger towns within a box, in order."""
    large_towns = {
        town.name for town in towns_within(box) if town.zip_codes >= _ZIP_CODES_OF_LARGE_TOWN
    }
    zip_codes = [zip_code for zip_code in _zip_codes_of_homes(box) if zip_code.city in large_towns]
    return tuple(
        sorted(
            NamedPoint(zip_code.zip_code, *zip_code.center)
            for zip_code in zip_codes
            if zip_code.center
        )
    )


def _zip_codes_of_homes(box: BoundingBox) -> list[ZipCode]:
    zip_codes = GAZETTEER.within_bounds(box.south, box.north, box.west, box.east)
    return [
        zip_code
        for zip_code in zip_codes
        if zip_code.is_active and zip_code.kind == _KIND_WITH_HOMES
    ]


def _point_at_center(name: str, centers: Sequence[tuple[float, float]]) -> NamedPoint:
    count = len(centers)
    latitude, longitude = (sum(values) / count for values in zip(*centers, strict=True))
    return NamedPoint(name, latitude, longitude, count)
