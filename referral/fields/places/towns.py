"""Towns and ZIP codes within a box, for the names on a map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from referral.fields.places.county_outlines import BoundingBox
from referral.fields.places.gazetteer import GAZETTEER, ZipCode

_LARGE = 4  # ZIP codes
_OF_HOMES = "STANDARD"  # and no post office boxes, whose middle is a post office


class NamedPoint(NamedTuple):
    """A name and where its middle is (WGS 84 degrees); a larger town has more ZIP codes."""

    name: str
    latitude: float
    longitude: float
    zip_codes: int = 1


@lru_cache(maxsize=64)
def towns_within(box: BoundingBox) -> tuple[NamedPoint, ...]:
    """The towns of a box, those with most ZIP codes first."""
    found: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for code in _codes_within(box):
        if code.middle:
            found[code.city, code.state].append(code.middle)
    towns = [_middle(name, middles) for (name, _), middles in found.items()]
    return tuple(sorted(towns, key=lambda town: (-town.zip_codes, town.name)))


@lru_cache(maxsize=64)
def zip_codes_within(box: BoundingBox) -> tuple[NamedPoint, ...]:
    """The ZIP codes of the larger towns of a box, rising."""
    large = {town.name for town in towns_within(box) if town.zip_codes >= _LARGE}
    codes = [code for code in _codes_within(box) if code.city in large]
    return tuple(sorted(NamedPoint(code.zip_code, *code.middle) for code in codes if code.middle))


def _codes_within(box: BoundingBox) -> list[ZipCode]:
    codes = GAZETTEER.within_bounds(box.south, box.north, box.west, box.east)
    return [code for code in codes if code.is_active and code.kind == _OF_HOMES]


def _middle(name: str, middles: Sequence[tuple[float, float]]) -> NamedPoint:
    count = len(middles)
    latitude, longitude = (sum(values) / count for values in zip(*middles, strict=True))
    return NamedPoint(name, latitude, longitude, count)
