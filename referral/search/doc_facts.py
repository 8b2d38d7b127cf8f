"""What filters, facets and orders need to know of a service, kept beside its words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from referral.records.directory import Schedule

_DATES = frozenset({"valid_from", "valid_to", "dtstart", "until"})
# Ids and words for people say nothing about whether it is open.
_NOT_KEPT = frozenset({
    "id", "visibility", "service_id", "location_id", "service_at_location_id",
    "description", "notes", "schedule_link", "attending_type",
})  # fmt: skip


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
        term_codes: keys (code or id) of its terms and of the terms above them.
        languages: ISO 639 codes.
        codes: kind of code → codes that filters and bands know it by (see ``codes.py``).
        schedules: of the service itself, as in ``SiteFacts``.
        assured_date: ISO day of the last check, "" when never.
    """

    service_id: str
    sort_name: str = ""
    headings: tuple[str, ...] = ()
    term_codes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_free: bool = False
    codes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sites: tuple[SiteFacts, ...] = ()
    schedules: str = ""
    assured_date: str = ""


def facts_to_bytes(facts: Facts) -> bytes:
    """As the index keeps them. Equal facts give equal bytes."""
    values = _what_is_set(facts)
    if facts.sites:
        values["sites"] = [_what_is_set(site) for site in facts.sites]
    return json.dumps(values, separators=(",", ":")).encode()


def facts_from_bytes(data: bytes) -> Facts:
    """The facts back."""
    values: dict[str, Any] = json.loads(data)
    for name in ("headings", "term_codes", "languages"):
        values[name] = tuple(values.get(name, ()))
    values["codes"] = tuple((kind, tuple(codes)) for kind, codes in values.get("codes", ()))
    values["sites"] = tuple(SiteFacts(**site) for site in values.get("sites", ()))
    return Facts(**values)


def schedules_to_text(schedules: Sequence[Schedule]) -> str:
    """Schedules in a short form; equal ones give equal text, in whatever order they come."""
    kept = sorted(json.dumps(_schedule_values(schedule)) for schedule in schedules)
    return f"[{','.join(kept)}]" if kept else ""


def schedules_from_text(text: str) -> tuple[Schedule, ...]:
    """Schedules good enough to ask whether it is open."""
    return tuple(_schedule(values) for values in json.loads(text)) if text else ()


def _schedule_values(schedule: Schedule) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in _what_is_set(schedule).items()
        if name not in _NOT_KEPT
    }


def _schedule(values: Mapping[str, Any]) -> Schedule:
    read: dict[str, Any] = {
        name: date.fromisoformat(value) if name in _DATES else value
        for name, value in values.items()
    }
    return Schedule(id="", **read)


def _what_is_set(record: Facts | SiteFacts | Schedule) -> dict[str, Any]:
    """The fields that differ from their default; they have none that is made anew each time."""
    values = ((known, getattr(record, known.name)) for known in fields(record))
    return {known.name: value for known, value in values if value != known.default}
