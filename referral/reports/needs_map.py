"""Needs and local services by county and by ZIP code.

The ratio is needs a month for each service that serves just this place. Services for the whole
state or country serve every place alike; they are counted apart and not in the ratio.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from referral.directory.context import Directory
from referral.fields.places.lookup import Place, find_counties, find_zip
from referral.records.coverage import area_keys, place_keys
from referral.records.visibility import Audience
from referral.reports.counts import count_tables
from referral.reports.records import Cell, Dimension, Measure, Period
from referral.store.rows import ServiceAreaRow, ServiceAtLocationRow, ServiceRow
from referral.store.rows_classification import ServiceHeadingRow
from referral.store.visibility import shown, shown_services

_WIDE = ("state:", "nation:")
_keys_of_area = lru_cache(maxsize=4096)(area_keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsArea:
    """A county or a ZIP code.

    Attributes:
        place: its middle; None where it is not known.
        needs: how many, as they may be shown.
        months: over how many months they are counted.
        local, wide: services for just this place, and for its whole state or the country.
    """

    needs: Cell
    months: int
    place: Place | None
    local: int
    wide: int

    @property
    def name(self) -> str:
        """``Crawford County, PA``, ``16335``; "" is not said."""
        return self.needs.value

    @property
    def needs_a_month(self) -> float | None:
        """None where the count is too small to be told."""
        return None if self.needs.number is None else self.needs.number / self.months

    @property
    def needs_for_each(self) -> float | None:
        """Needs a month for each local service; None where there is none, or it is not told."""
        a_month = self.needs_a_month
        return a_month / self.local if a_month is not None and self.local else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsMap:
    """Counties and ZIP codes with their needs, the most first.

    ``not_coded`` is how many services say nowhere, in a way that can be compared, whom they serve.
    """

    counties: tuple[NeedsArea, ...]
    zip_codes: tuple[NeedsArea, ...]
    not_coded: int


def read_needs_map(directory: Directory, period: Period) -> NeedsMap:
    """Needs and services of a period, for one heading or for all, by county and by ZIP code."""
    with directory.store.read() as session:
        by = [Dimension.COUNTY, Dimension.ZIP_CODE]
        counties, zip_codes = count_tables(session, Measure.NEEDS, by, period)
        services = _services_by_key(session, period.heading)
        total = session.scalar(
            select(func.count()).select_from(_services_statement(period.heading).subquery())
        )
    coded = set[str]().union(*services.values())
    return NeedsMap(
        counties=tuple(
            _needs_area(cell, _county_place(cell.value), period, services)
            for cell in counties.cells
        ),
        zip_codes=tuple(
            _needs_area(cell, find_zip(cell.value), period, services) for cell in zip_codes.cells
        ),
        not_coded=(total or 0) - len(coded),
    )


def _needs_area(
    cell: Cell, place: Place | None, period: Period, services: Mapping[str, Collection[str]]
) -> NeedsArea:
    local: set[str] = set()
    wide: set[str] = set()
    for key in place_keys(place) if place else ():
        (wide if key.startswith(_WIDE) else local).update(services.get(key, ()))
    return NeedsArea(
        needs=cell,
        months=period.months,
        place=place,
        local=len(local),
        wide=len(wide - local),
    )


def _county_place(label: str) -> Place | None:
    name, _, state = label.rpartition(", ")
    return next((place for place in find_counties(name) if place.state == state), None)


def _services_statement(heading: str) -> Select[Any]:
    statement = select(ServiceRow.id).where(shown_services(Audience.PUBLIC))
    if heading:
        statement = statement.where(
            ServiceRow.id.in_(
                select(ServiceHeadingRow.service_id).where(
                    ServiceHeadingRow.heading == heading,
                    shown(ServiceHeadingRow, Audience.PUBLIC),
                )
            )
        )
    return statement


def _services_by_key(session: Session, heading: str) -> dict[str, set[str]]:
    """The services, of a heading or all, by the keys of the areas that they serve."""
    at, area = ServiceAtLocationRow, ServiceAreaRow
    service_id = func.coalesce(area.service_id, at.service_id)
    statement = (
        select(service_id, area.area_kind, area.area_codes)
        .outerjoin(at, area.service_at_location_id == at.id)
        .where(shown(area, Audience.PUBLIC))
        .where(or_(at.id.is_(None), shown(at, Audience.PUBLIC)))
        .where(service_id.in_(_services_statement(heading)))
    )
    services: dict[str, set[str]] = defaultdict(set)
    for found, kind, codes in session.execute(statement):
        for key in _keys_of_area(kind, codes):
            services[key].add(found)
    return services
