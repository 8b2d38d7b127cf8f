"""HSDS 3.1 as one JSON file: services with all that belongs to them, and records without a service.

HSDS has no form for a file of many; this one has a list for each kind, of objects as its schemas
have them. Each object begins in a line of its own, so that an import can say which it means.
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

# What one object has one of, and its name there; of anything else there is a list.
ONE = {
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
# How a record says what it is about, where it does not stand inside of it.
_ABOUT = ({"link_id", "link_entity"}, {"resource_id", "resource_type"})
ValuesOf = Callable[[Record], Values]


def write_json(
    file: IO[bytes], sections: Iterable[tuple[str, Iterable[Nested]]], values_of: ValuesOf
) -> None:
    """Write the file: for each section (a kind) a list of its objects, read one by one."""
    start = b"{\n"
    for kind, objects in sections:
        file.write(start + f'"{_LISTS[kind]}": ['.encode())
        for piece in _joined(objects, values_of):
            file.write(piece)
        file.write(b"\n]")
        start = b",\n"
    file.write(b"{}\n" if start == b"{\n" else b"\n}\n")


def _joined(objects: Iterable[Nested], values_of: ValuesOf) -> Iterator[bytes]:
    between = b"\n"
    for nested in objects:
        text = msgspec.json.encode(object_of(nested, values_of))
        yield between + msgspec.json.format(text, indent=1)
        between = b",\n"


def object_of(nested: Nested, values_of: ValuesOf) -> dict[str, Any]:
    """Return a record as an HSDS JSON object, with its nested records."""
    kind = name_of(nested.record)
    found: dict[str, Any] = values_of(nested.record)
    for part, children in nested.parts.items():
        objects = [_inner(child, kind, values_of) for child in children]
        if objects and (kind, part) in ONE:
            found.pop(f"{part}_id", None)
            found[ONE[kind, part]] = objects[0]
        elif (kind, part) == ("service", "schedule"):
            found.update(_hours_lists(objects))
        elif objects:
            found.update(dict.fromkeys(list_names(kind, part), objects))
    return found


def list_names(kind: str, part: str) -> tuple[str, ...]:
    """Return the names of the lists in which an object of a kind has its parts of another kind."""
    if (kind, part) == ("service", "schedule"):
        return SCHEDULES, OPERATING_HOURS, EVENTS
    return (_LISTS_IN.get((kind, part), _LISTS[part]),)


def _hours_lists(schedules: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the hours of a service under both of their names, and its events."""
    hours = [each for each in schedules if not each.get("is_event")]
    events = [each for each in schedules if each.get("is_event")]
    found = dict.fromkeys((SCHEDULES, OPERATING_HOURS), hours) if hours else {}
    return {**found, EVENTS: events} if events else found


def _inner(child: Nested, parent: str, values_of: ValuesOf) -> dict[str, Any]:
    """Return a nested record without the ids of the record around it."""
    found = object_of(child, values_of)
    told = name_of(child.record)
    if (parent, told) in ONE:
        return found
    own = next((names for names in _ABOUT if names <= found.keys()), {f"{parent}_id"})
    return {name: value for name, value in found.items() if name not in own}
