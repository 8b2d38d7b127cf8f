"""What filters, facets and orders need to know of a service, kept beside its words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from referral.records.directory import Schedule

_SCHEDULE_DATES = frozenset({"valid_from", "valid_to", "dtstart", "until"})
_SCHEDULE_FIELDS = tuple(
    field.name
    for field in fields(Schedule)
    if field.name
    not in {"id", "visibility", "service_id", "location_id", "service_at_location_id"}
    and field.name not in {"description", "notes", "schedule_link", "attending_type"}
)
_SCHEDULE_DEFAULTS = {
    field.name: field.default for field in fields(Schedule) if field.name in _SCHEDULE_FIELDS
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """One place of a service.

    ``latitude`` and ``longitude`` (WGS 84) are None where unknown or where nobody can go.
    ``schedules`` is "" or the schedules as text that ``schedules_from`` reads.
    """

    location_id: str
    latitude: float | None = None
    longitude: float | None = None
    approximate: bool = False
    physical: bool = True
    zip_code: str = ""
    zone: str = ""
    schedules: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One service.

    Attributes:
        sort_name: folded name, for the order by name.
        headings: slugs.
        term_codes: codes of its terms and of the terms above them.
        languages: ISO 639 codes.
        areas: (kind, codes separated by ``|``).
        schedules: of the service itself, as in ``SiteFacts``.
        assured_date: ISO day of the last check, "" when never.
    """

    service_id: str
    sort_name: str = ""
    headings: tuple[str, ...] = ()
    term_codes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_free: bool = False
    areas: tuple[tuple[str, str], ...] = ()
    sites: tuple[SiteFacts, ...] = ()
    schedules: str = ""
    assured_date: str = ""


def facts_to_bytes(facts: Facts) -> bytes:
    """As the index keeps them. Equal facts give equal bytes."""
    return json.dumps(_without_blanks(asdict(facts)), separators=(",", ":")).encode()


def facts_from_bytes(data: bytes) -> Facts:
    """The facts back."""
    values: dict[str, Any] = json.loads(data)
    for name in ("headings", "term_codes", "languages"):
        values[name] = tuple(values.get(name, ()))
    values["areas"] = tuple((kind, codes) for kind, codes in values.get("areas", ()))
    values["sites"] = tuple(SiteFacts(**site) for site in values.get("sites", ()))
    return Facts(**values)


def schedules_to_text(schedules: Sequence[Schedule]) -> str:
    """Schedules in a short form; equal ones give equal text."""
    if not schedules:
        return ""
    return json.dumps(
        sorted((_schedule_values(schedule) for schedule in schedules), key=str),
        separators=(",", ":"),
    )


def schedules_from_text(text: str) -> tuple[Schedule, ...]:
    """Schedules good enough to ask whether it is open; ids and words for people are not kept."""
    return tuple(_schedule(values) for values in json.loads(text)) if text else ()


def _schedule_values(schedule: Schedule) -> dict[str, Any]:
    values = {name: getattr(schedule, name) for name in _SCHEDULE_FIELDS}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value != _SCHEDULE_DEFAULTS[name]
    }


def _schedule(values: Mapping[str, Any]) -> Schedule:
    read = {
        name: date.fromisoformat(value) if name in _SCHEDULE_DATES else value
        for name, value in values.items()
    }
    return Schedule(id="", **read)


def _without_blanks(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is as the dataclass has it by itself."""
    kept = {name: value for name, value in values.items() if value not in ("", (), None, False)}
    if "sites" in kept:
        kept["sites"] = [
            {
                name: value
                for name, value in site.items()
                if not (value is None or value == "" or (name == "approximate" and not value))
                and not (name == "physical" and value)
            }
            for site in kept["sites"]
        ]
    return kept
