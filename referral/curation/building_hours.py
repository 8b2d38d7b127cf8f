"""Hours of the buildings where a service is given, and which hours count there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from referral.curation.drafts import Draft
from referral.curation.find_records import read_related_records
from referral.curation.form_text import place_of
from referral.directory.context import Directory
from referral.records.directory import Schedule
from referral.records.schedules.hours_in_effect import HoursLevel, hours_in_effect
from referral.store.conversion import record_from
from referral.store.rows import ScheduleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingHours:
    """The hours of one place of a service.

    Attributes:
        schedules: those of the building.
        level: whose hours count there, the service's or the building's; None where neither has any.
    """

    location_id: str
    name: str
    schedules: tuple[Schedule, ...]
    level: HoursLevel | None


def read_building_hours(directory: Directory, draft: Draft) -> tuple[BuildingHours, ...]:
    """The hours of each place of a service, with the hours of the service as the draft has them."""
    links = draft.of_kind("service_at_location")
    around = read_related_records(directory, draft.kind, draft.record)
    names = {each.id: each.name for each in around.locations}
    own = [each for each in draft.of_kind("schedule") if not place_of(draft, each)]
    found = []
    with directory.store.read() as session:
        for link in links:
            row = ScheduleRow
            rows = session.scalars(
                select(row)
                .where(row.location_id == link.location_id, row.service_id.is_(None))
                .where(row.service_at_location_id.is_(None), row.retired_at.is_(None))
                .order_by(row.origin_line, row.id)
            )
            schedules = tuple(record_from(each, Schedule) for each in rows)
            here = [each for each in draft.of_kind("schedule") if place_of(draft, each) == link.id]
            found.append(
                BuildingHours(
                    location_id=link.location_id,
                    name=names.get(link.location_id, ""),
                    schedules=schedules,
                    level=hours_in_effect(here, own, schedules).level,
                )
            )
    return tuple(found)
