"""Names of towns and ZIP codes within a bounding box, to label maps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from referral.fields.places.county_outlines import BoundingBox
from referral.fields.places.gazetteer import GAZETTEER, ZipCode

_LARGE = 4  # ZIP codes
_WITH_HOMES = "STANDARD"  # unlike codes of post office boxes, whose center is a post office


class NamedPoint(NamedTuple):
    """A name and the center of its place (WGS 84); ``zip_codes`` counts codes as town size."""

    name: str
    latitude: float
    longitude: float
    zip_codes: int = 1


@lru_cache(maxsize=64)
def towns_within(box: BoundingBox) -> tuple[NamedPoint, ...]:
    """Return the towns within a box, those with most ZIP codes first."""
    found: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for code in _codes_within(box):
        if code.center:
            found[code.city, code.state].append(code.center)
    towns = [_center_of(name, centers) for (name, _), centers in found.items()]
    return tuple(sorted(towns, key=lambda town: (-town.zip_codes, town.name)))


@lru_cache(maxsize=64)
def zip_codes_within(box: BoundingBox) -> tuple[NamedPoint, ...]:
    """Return the ZIP codes of the larger towns within a box, in order."""
    large = {town.name for town in towns_within(box) if town.zip_codes >= _LARGE}
    codes = [code for code in _codes_within(box) if code.city in large]
    return tuple(sorted(NamedPoint(code.zip_code, *code.center) for code in codes if code.center))


def _codes_within(box: BoundingBox) -> list[ZipCode]:
    codes = GAZETTEER.within_bounds(box.south, box.north, box.west, box.east)
    return [code for code in codes if code.is_active and code.kind == _WITH_HOMES]


def _center_of(name: str, centers: Sequence[tuple[float, float]]) -> NamedPoint:
    count = len(centers)
    latitude, longitude = (sum(values) / count for values in zip(*centers, strict=True))
    return NamedPoint(name, latitude, longitude, count)
