"""Needs and local services by county and ZIP code.

The ratio is the needs a month for each service whose area is narrower than a state. Services for
the whole state or country serve every place alike. They are counted separately.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from referral.directory.instance import Instance
from referral.fields.places.lookup import Place, find_zip
from referral.records.coverage import area_keys, place_keys
from referral.records.visibility import Audience
from referral.reports.records import Cell, Dimension, Measure, Scope, by_size
from referral.reports.standard_reports import read_table
from referral.reports.territory import ReportSettings, find_county_place, report_settings
from referral.store.rows import ServiceAreaRow, ServiceAtLocationRow, ServiceRow
from referral.store.visibility import shown, shown_services

_WIDE_KEYS = ("state:", "nation:")
_keys_of_area = lru_cache(maxsize=4096)(area_keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsArea:
    """A county or ZIP code on the map of needs, with its needs and its local services.

    Attributes:
        place: the center of the area, None if unknown.
        needs: the number of needs in the period, see ``Cell``.
        months: the number of months in the period.
        local, wide: number of services for the area, and for its whole state or the country.
        is_outside: whether the area is not in the library's territory.
    """

    needs: Cell
    months: int
    place: Place | None
    local: int
    wide: int
    is_outside: bool

    @property
    def name(self) -> str:
        """Return the name of a county or ZIP code on the map of needs; "" if not said."""
        return self.needs.value

    @property
    def needs_a_month(self) -> float:
        """Return the average number of needs in a month in a county or ZIP code."""
        return self.needs.number / self.months

    @property
    def needs_for_each(self) -> float | None:
        """Return how many needs a month each local service faces, None without services."""
        return self.needs_a_month / self.local if self.local else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsMap:
    """The data of the map of needs: counties and ZIP codes, those with most needs first.

    Attributes:
        is_rounded: whether the numbers are the rounded ones of a closed period.
        settings: report settings, with the territory.
        not_coded: the number of public services without a coded service area.
    """

    counties: tuple[NeedsArea, ...]
    zip_codes: tuple[NeedsArea, ...]
    total: int | None
    is_rounded: bool
    settings: ReportSettings
    not_coded: int


def read_needs_map(instance: Instance, scope: Scope) -> NeedsMap:
    """Read the needs and local services of each county and ZIP code for the map of needs."""
    with instance.store.read() as session:
        tree = instance.listings.terms(session)
        table = read_table(session, tree, scope, Measure.NEEDS, Dimension.ZIP_CODE)
        settings = report_settings(session)
        services = _read_services_by_area(session)
        total = session.scalar(select(func.count()).select_from(_select_services().subquery()))
    coded = set[str]().union(*services.values())
    months = len(scope.period.months)
    zip_codes = by_size(part for cell in table.cells for part in cell.parts if part.value)
    return NeedsMap(
        counties=tuple(
            _needs_area(
                cell,
                find_county_place(cell.value),
                months,
                services,
                is_outside=settings.is_outside(Dimension.COUNTY, cell.value),
            )
            for cell in table.cells
        ),
        zip_codes=tuple(
            _needs_area(
                cell,
                find_zip(cell.value),
                months,
                services,
                is_outside=settings.is_outside(Dimension.ZIP_CODE, cell.value),
            )
            for cell in zip_codes
        ),
        settings=settings,
        total=table.total,
        is_rounded=table.is_rounded,
        not_coded=(total or 0) - len(coded),
    )


def _needs_area(
    cell: Cell,
    place: Place | None,
    months: int,
    services: Mapping[str, Collection[str]],
    *,
    is_outside: bool,
) -> NeedsArea:
    local: set[str] = set()
    wide: set[str] = set()
    for key in place_keys(place) if place else ():
        reached = wide if key.startswith(_WIDE_KEYS) else local
        reached.update(services.get(key, ()))
    return NeedsArea(
        needs=cell,
        months=months,
        place=place,
        local=len(local),
        wide=len(wide - local),
        is_outside=is_outside,
    )


def _select_services() -> Select[Any]:
    return select(ServiceRow.id).where(shown_services(Audience.PUBLIC))


def _read_services_by_area(session: Session) -> dict[str, set[str]]:
    """Return the ids of public services by the key of each area that they serve."""
    service_id = func.coalesce(ServiceAreaRow.service_id, ServiceAtLocationRow.service_id)
    statement = (
        select(service_id, ServiceAreaRow.area_kind, ServiceAreaRow.area_codes)
        .outerjoin(
            ServiceAtLocationRow, ServiceAreaRow.service_at_location_id == ServiceAtLocationRow.id
        )
        .where(shown(ServiceAreaRow, Audience.PUBLIC))
        .where(or_(ServiceAtLocationRow.id.is_(None), shown(ServiceAtLocationRow, Audience.PUBLIC)))
        .where(service_id.in_(_select_services()))
    )
    services: dict[str, set[str]] = defaultdict(set)
    for served_id, kind, codes in session.execute(statement):
        for key in _keys_of_area(kind, codes):
            services[key].add(served_id)
    return services
