"""Report settings: the territory that a library serves, and whether needs have a public page.

A territory consists of ZIP codes, towns and counties. Without one, no place is outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.accounts.audit import record_audit
from referral.desk.rows import NeedRow
from referral.directory.instance import Instance
from referral.errors import NotFoundError, refused
from referral.fields.places.lookup import Place, find_counties, find_towns, find_zip, zips_of
from referral.records.accounts import Actor
from referral.records.coverage import area_keys, place_keys
from referral.records.visibility import Audience
from referral.reports.records import Dimension
from referral.reports.rows import ReportSettingsRow
from referral.store.rows import ServiceAreaRow
from referral.store.visibility import shown

_ONLY_ROW = 1
_AREA_KINDS = ("zip", "city", "county")


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A ZIP code, town or county in the territory that the library serves.

    Its kind is ``zip``, ``city`` or ``county``; its name includes the state.
    """

    kind: str
    name: str

    @property
    def label(self) -> str:
        """Return the label of an area in the territory, such as ``16335 Meadville``."""
        place = find_zip(self.name) if self.kind == "zip" else None
        return f"{self.name} {place.city}" if place else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """The report settings: the library's territory, and whether needs have a public page."""

    territory: tuple[Area, ...] = ()
    has_public_page: bool = False

    def is_outside(self, dimension: Dimension, value: str) -> bool:
        """Return whether a county or ZIP code is outside the library's territory; False for ""."""
        if not (self.territory and value):
            return False
        if dimension is Dimension.COUNTY:
            keys = _county_keys(value)
        elif dimension is Dimension.ZIP_CODE:
            keys = _zip_keys(value)
        else:
            return False
        return not _territory_keys(self.territory) & keys


def read_report_settings(instance: Instance) -> ReportSettings:
    """Return the report settings; by default no territory and no public page."""
    with instance.store.read() as session:
        return report_settings(session)


def report_settings(session: Session) -> ReportSettings:
    """Return the report settings, within the caller's database transaction."""
    row = session.get(ReportSettingsRow, _ONLY_ROW)
    stored: Mapping[str, Any] = row.settings if row else {}
    return ReportSettings(
        territory=tuple(Area(kind, name) for kind, name in stored.get("territory", ())),
        has_public_page=stored.get("has_public_page", False),
    )


def add_area(instance: Instance, actor: Actor, text: str) -> None:
    """Add a ZIP code, town or county to the library's territory for reports.

    Raises:
        RefusedError: no place, or more than one, has this name.
    """
    area = find_area(text)
    with instance.store.write() as session:
        settings = report_settings(session)
        _save_settings(
            session, actor, {*settings.territory, area}, has_public_page=settings.has_public_page
        )


def remove_area(instance: Instance, actor: Actor, area: Area) -> None:
    """Remove a ZIP code, town or county from the library's territory for reports.

    Raises:
        NotFoundError: the area is not in the territory.
    """
    with instance.store.write() as session:
        settings = report_settings(session)
        if area not in settings.territory:
            raise NotFoundError("There is no such place.")
        _save_settings(
            session, actor, {*settings.territory} - {area}, has_public_page=settings.has_public_page
        )


def switch_public_page(instance: Instance, actor: Actor, *, on: bool) -> None:
    """Switch the public page of needs on or off."""
    with instance.store.write() as session:
        _save_settings(session, actor, {*report_settings(session).territory}, has_public_page=on)


def find_area(text: str) -> Area:
    """Parse an area of the territory, such as ``Meadville, PA`` or ``Crawford County, PA``.

    Raises:
        RefusedError: no place, or more than one, has this name.
    """
    words = " ".join(text.split())
    if place := find_zip(words):
        return Area("zip", place.zip_code)
    name, _, state = words.rpartition(",") if "," in words else (words, "", "")
    counties = [
        Area("county", place.name)
        for place in find_counties(name)
        if _is_in_state(place, state) and place.county.casefold() == name.casefold()
    ]
    towns = [Area("city", place.name) for place in find_towns(name) if _is_in_state(place, state)]
    found = counties or towns
    if not found:
        raise refused("We know no place “%(text)s”. Write a ZIP code, town or county.", text=words)
    if len(found) > 1:
        raise refused("“%(text)s” could be several places. Add the state, as in PA.", text=words)
    return found[0]


def list_known_areas(instance: Instance) -> tuple[Area, ...]:
    """Suggest areas for the territory: those of needs, and those that services cover."""
    served = select(ServiceAreaRow.area_kind, ServiceAreaRow.area_codes).where(
        ServiceAreaRow.area_kind.in_(_AREA_KINDS), shown(ServiceAreaRow, Audience.PUBLIC)
    )
    with instance.store.read() as session:
        found = {
            Area(kind, value)
            for kind, column in (("county", NeedRow.county), ("zip", NeedRow.zip_code))
            for value in session.scalars(select(column).where(NeedRow.month != "").distinct())
        }
        found |= {
            Area(kind, code.strip())
            for kind, codes in session.execute(served)
            for code in codes.split("|")
        }
    return tuple(sorted(area for area in found if area_keys(area.kind, area.name)))


def find_county_place(label: str) -> Place | None:
    """Return the place at the center of a county such as ``Crawford County, PA``."""
    name, _, state = label.rpartition(", ")
    return next((place for place in find_counties(name) if place.state == state), None)


def _is_in_state(place: Place, state: str) -> bool:
    return state.strip().upper() in {"", place.state}


@lru_cache(maxsize=8)
def _territory_keys(territory: tuple[Area, ...]) -> frozenset[str]:
    return frozenset(key for area in territory for key in area_keys(area.kind, area.name))


def _zip_keys(*codes: str) -> frozenset[str]:
    places = filter(None, map(find_zip, codes))
    return frozenset(key for place in places for key in place_keys(place))


@lru_cache(maxsize=4096)
def _county_keys(label: str) -> frozenset[str]:
    """Return the keys of all areas of the territory that cover any ZIP code of a county.

    A county that is served in part is therefore not outside.
    """
    county = find_county_place(label)
    return _zip_keys(*zips_of(county)) if county else frozenset()


def _save_settings(
    session: Session, actor: Actor, territory: Iterable[Area], *, has_public_page: bool
) -> None:
    stored = {
        "territory": [[area.kind, area.name] for area in sorted(territory)],
        "has_public_page": has_public_page,
    }
    session.merge(ReportSettingsRow(id=_ONLY_ROW, settings=stored))
    record_audit(session, actor, "report-settings-changed")
