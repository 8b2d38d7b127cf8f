"""HSDS 3.1 as one JSON file: services with all their parts, and records without a service.

HSDS defines no file of many objects; this one has a list for each kind, of objects as in its
schemas. Each object begins in a line of its own, so that problems of an import can name the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

import msgspec

from referral.formats.writing.hsds_values import (
    EVENTS,
    OPERATING_HOURS,
    SCHEDULES,
    TABLES,
    Values,
    name_of,
)
from referral.formats.writing.nested import Nested
from referral.records.hsds import Record

# Parts of which an object has only one, and their property; other parts are in a list.
SINGLE_PARTS = {
    ("service", "organization"): "organization",
    ("service", "program"): "program",
    ("service_at_location", "location"): "location",
    ("service_at_location", "service"): "service",
    ("attribute", "taxonomy_term"): "taxonomy_term",
    ("taxonomy_term", "taxonomy"): "taxonomy_detail",
    ("service_capacity", "unit"): "unit",
}
_LISTS = {
    **TABLES,
    "service_at_location": "service_at_locations",
    "service_capacity": "capacities",
}
_LISTS_IN = {
    ("service", "url"): "additional_urls",
    ("organization", "url"): "additional_websites",
}
# Fields by which a record refers to its target, left out if it is nested in it.
_REFERENCE_FIELDS = ({"link_id", "link_entity"}, {"resource_id", "resource_type"})
ValuesOf = Callable[[Record], Values]


def write_json(
    file: IO[bytes], sections: Iterable[tuple[str, Iterable[Nested]]], values_of: ValuesOf
) -> None:
    """Write an HSDS JSON export: for each kind a list of its objects, read one by one."""
    start = b"{\n"
    for kind, objects in sections:
        file.write(start + f'"{_LISTS[kind]}": ['.encode())
        for piece in _iter_chunks(objects, values_of):
            file.write(piece)
        file.write(b"\n]")
        start = b",\n"
    file.write(b"{}\n" if start == b"{\n" else b"\n}\n")


def _iter_chunks(objects: Iterable[Nested], values_of: ValuesOf) -> Iterator[bytes]:
    separator = b"\n"
    for nested in objects:
        text = msgspec.json.encode(object_of(nested, values_of))
        yield separator + msgspec.json.format(text, indent=1)
        separator = b",\n"


def object_of(nested: Nested, values_of: ValuesOf) -> dict[str, Any]:
    """Return a record as an HSDS JSON object, with its nested records."""
    kind = name_of(nested.record)
    found: dict[str, Any] = values_of(nested.record)
    for part, children in nested.parts.items():
        objects = [_nested_object(child, kind, values_of) for child in children]
        if objects and (kind, part) in SINGLE_PARTS:
            found.pop(f"{part}_id", None)
            found[SINGLE_PARTS[kind, part]] = objects[0]
        elif (kind, part) == ("service", "schedule"):
            found.update(_hours_lists(objects))
        elif objects:
            found.update(dict.fromkeys(list_names(kind, part), objects))
    return found


def list_names(kind: str, part: str) -> tuple[str, ...]:
    """Return the names of the HSDS lists in which an object has its parts of a kind."""
    if (kind, part) == ("service", "schedule"):
        return SCHEDULES, OPERATING_HOURS, EVENTS
    return (_LISTS_IN.get((kind, part), _LISTS[part]),)


def _hours_lists(schedules: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return a service's hours under both of their HSDS names, and its events."""
    hours = [schedule for schedule in schedules if not schedule.get("is_event")]
    events = [schedule for schedule in schedules if schedule.get("is_event")]
    found = dict.fromkeys((SCHEDULES, OPERATING_HOURS), hours) if hours else {}
    return {**found, EVENTS: events} if events else found


def _nested_object(child: Nested, parent: str, values_of: ValuesOf) -> dict[str, Any]:
    """Return a nested HSDS object without the ids of the object around it."""
    found = object_of(child, values_of)
    child_kind = name_of(child.record)
    if (parent, child_kind) in SINGLE_PARTS:
        return found
    reference_fields = next(
        (names for names in _REFERENCE_FIELDS if names <= found.keys()), {f"{parent}_id"}
    )
    return {name: value for name, value in found.items() if name not in reference_fields}
