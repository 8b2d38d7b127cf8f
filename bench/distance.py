"""Distance filters for engines without them: bounding boxes, and great-circle miles in SQL."""

from __future__ import annotations

from math import cos, radians

from referral.fields.places.lookup import EARTH_RADIUS_MILES
from referral.search.query import SearchQuery

_MILES_PER_DEGREE = radians(1) * EARTH_RADIUS_MILES
# The haversine formula, as in ``miles_between``.
SQL_MILES = f"""
{2 * EARTH_RADIUS_MILES} * asin(sqrt(power(sin(radians(latitude - :latitude) / 2), 2)
+ cos(radians(:latitude)) * cos(radians(latitude))
* power(sin(radians(longitude - :longitude) / 2), 2)))
"""


def bounding_box(query: SearchQuery) -> tuple[float, float, float, float]:
    """Return the south, north, west and east edges of the circle of a query with a place."""
    if query.near is None or query.within is None:
        raise ValueError("The query has no place.")
    latitude, longitude = query.near.latitude, query.near.longitude
    height = query.within / _MILES_PER_DEGREE
    width = height / cos(radians(abs(latitude) + height))  # a circle is widest near the pole
    return latitude - height, latitude + height, longitude - width, longitude + width


def distance_condition(query: SearchQuery) -> tuple[str, dict[str, float]]:
    """Return a SQL condition and its values: within the distance of a query, or without a location.

    The condition is empty for a query without a distance.
    """
    if query.near is None or query.within is None:
        return "", {}
    names = ("south", "north", "west", "east")
    values = {
        **dict(zip(names, bounding_box(query), strict=True)),
        "latitude": query.near.latitude,
        "longitude": query.near.longitude,
        "miles": query.within,
    }
    return (
        "AND (placed = 'no' OR (latitude BETWEEN :south AND :north AND longitude BETWEEN"
        f" :west AND :east AND {SQL_MILES} <= :miles))"
    ), values
