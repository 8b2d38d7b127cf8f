"""The rectangle around a place, for engines that cannot look up by miles."""

from __future__ import annotations

from math import cos, radians

from referral.records.places import EARTH_RADIUS_MILES
from referral.records.search import SearchQuery

_MILES_PER_DEGREE = radians(1) * EARTH_RADIUS_MILES
# The same in SQL, as miles_between measures it.
SQL_MILES = f"""
{2 * EARTH_RADIUS_MILES} * asin(sqrt(power(sin(radians(latitude - :latitude) / 2), 2)
+ cos(radians(:latitude)) * cos(radians(latitude))
* power(sin(radians(longitude - :longitude) / 2), 2)))
"""


def box_of(query: SearchQuery) -> tuple[float, float, float, float]:
    """South, north, west and east of what is near enough; only for questions with a place."""
    if query.near is None or query.within_miles is None:
        raise ValueError("The question has no place.")
    latitude, longitude = query.near.latitude, query.near.longitude
    high = query.within_miles / _MILES_PER_DEGREE
    wide = high / cos(radians(abs(latitude) + high))  # a circle is widest towards the pole
    return latitude - high, latitude + high, longitude - wide, longitude + wide


def sql_distance(query: SearchQuery) -> tuple[str, dict[str, float]]:
    """A condition and its values: within so many miles, or without a place; "" when not asked."""
    if query.near is None or query.within_miles is None:
        return "", {}
    names = ("south", "north", "west", "east")
    values = {
        **dict(zip(names, box_of(query), strict=True)),
        "latitude": query.near.latitude,
        "longitude": query.near.longitude,
        "miles": query.within_miles,
    }
    return (
        "AND (placed = 'no' OR (latitude BETWEEN :south AND :north AND longitude BETWEEN"
        f" :west AND :east AND {SQL_MILES} <= :miles))"
    ), values
