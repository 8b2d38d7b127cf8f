"""Services at locations that serve a ZIP code, or are near its middle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.errors import NotFoundError
from referral.fields.places.lookup import Place, find_zip, miles_between
from referral.records.coverage import area_keys, place_keys
from referral.records.visibility import Audience
from referral.store.rows import LocationRow, ServiceAreaRow
from referral.store.visibility import shown

_PUBLIC = Audience.PUBLIC


class Link(NamedTuple):
    """A service at a location."""

    id: str
    service_id: str
    location_id: str


@dataclass(frozen=True, slots=True)
class CodedAreas:
    """Keys of service areas (``records.coverage``) → services, and services at locations.

    ``coded`` are those that say in such keys whom they serve.
    """

    by_key: Mapping[str, frozenset[str]]
    coded: frozenset[str]


def read_coded_areas(session: Session) -> CodedAreas:
    """All public areas that are coded."""
    row = ServiceAreaRow
    columns = select(row.service_id, row.service_at_location_id, row.area_kind, row.area_codes)
    by_key: dict[str, set[str]] = defaultdict(set)
    for service, link, kind, codes in session.execute(
        columns.where(row.area_codes != "", shown(row, _PUBLIC))
    ):
        for key in area_keys(kind, codes):
            by_key[key].add(link or service or "")
    return CodedAreas(
        {key: frozenset(found) for key, found in by_key.items()},
        frozenset().union(*by_key.values()),
    )


def covered(areas: CodedAreas, links: Iterable[Link], zip_code: str) -> list[Link]:
    """Those that serve a ZIP code, and those that do not say in codes whom they serve.

    Raises:
        NotFoundError: there is no such ZIP code.
    """
    keys = place_keys(place_of(zip_code))
    serving = frozenset().union(*(areas.by_key.get(key, frozenset()) for key in keys))

    def serves(link: Link) -> bool:
        said_by = next((each for each in (link.id, link.service_id) if each in areas.coded), "")
        return not said_by or said_by in serving

    return [link for link in links if serves(link)]


def near(session: Session, links: Iterable[Link], zip_code: str, miles: float) -> list[Link]:
    """Those whose place is at most so far from the middle of a ZIP code.

    Raises:
        NotFoundError: there is no such ZIP code.
    """
    middle, row = place_of(zip_code), LocationRow
    positions = select(row.id, row.latitude, row.longitude).where(shown(row, _PUBLIC))
    close = {
        key
        for key, latitude, longitude in session.execute(positions)
        if latitude is not None
        and longitude is not None
        and miles_between(middle.latitude, middle.longitude, latitude, longitude) <= miles
    }
    return [link for link in links if link.location_id in close]


def place_of(zip_code: str) -> Place:
    """The middle of a ZIP code.

    Raises:
        NotFoundError: there is none.
    """
    place = find_zip(zip_code)
    if place is None:
        raise NotFoundError("There is no such ZIP code.")
    return place
