"""JSON schemas of the objects that we write, made from the records, and what HSDS lacks of them.

The words are ours: the standard's own schemas are not copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from referral.formats.writing.hsds_json import ONE, list_name
from referral.formats.writing.hsds_values import (
    ADDRESS_FIELDS,
    REQUIRED,
    TABLES,
    columns_of_kind,
    foreign_keys_of,
)
from referral.open_data.nesting import ABOUT, INSIDE

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Mapping[str, Schema] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
_ENUMS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("service", "status"): ("active", "inactive", "defunct", "temporarily closed"),
    ("location", "location_type"): ("physical", "postal", "virtual"),
    ("address", "address_type"): ("physical", "postal", "virtual"),
    ("schedule", "wkst"): ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
    ("service", "visibility"): ("public",),
    ("location", "visibility"): ("public",),
}
_FORMATS: Mapping[tuple[str, str], str] = {
    ("service_capacity", "updated"): "date-time",
    ("metadata", "last_action_date"): "date",
}
# Our tables, and our properties of the tables of HSDS; a text beside a value (``_text``) as well.
OUR_KINDS = ("partial_address", "translation")
_OURS: Mapping[str, tuple[str, ...]] = {
    "service": ("visibility",),
    "location": ("visibility", "position_source", "partial_addresses"),
    "phone": ("tel",),
    "schedule": ("closed",),
    "service_area": ("area_kind", "area_codes"),
    "taxonomy_term": ("use_references",),
}
_BESIDE = "_text"
_LISTED = {"organization": ("service", "location")}  # beside what is told inside of it in files


@cache
def schema_of(kind: str, references: str) -> Schema:
    """The schema of an object of a kind.

    Args:
        references: where the schema of another kind is, with ``{kind}``.
    """
    properties: dict[str, Schema] = {
        name: _property(kind, name, told) for name, told in columns_of_kind(kind)
    }
    for part in (*INSIDE.get(kind, ()), *_LISTED.get(kind, ()), *ABOUT):
        items = {"$ref": references.format(kind=part)}
        properties[list_name(kind, part)] = {"type": "array", "minItems": 1, "items": items}
    for (holder, part), name in ONE.items():
        if holder == kind:
            properties[name] = {"$ref": references.format(kind=part)}
    if kind == "service":
        properties["modified_date"] = dict(_TYPES["datetime"])
    return {
        "title": kind,
        "type": "object",
        "properties": properties,
        "required": ["id", *REQUIRED.get(kind, ())],
        "additionalProperties": False,
    }


def _property(kind: str, name: str, told: str) -> Schema:
    found = dict(_TYPES[told])
    if name == "id" or name in foreign_keys_of(kind) or name in {"link_id", "resource_id"}:
        found["format"] = "uuid"
    elif values := _ENUMS.get((kind, name)):
        found["enum"] = list(values)
    elif name in ADDRESS_FIELDS:
        found["format"] = "email" if "email" in name else "uri"
    elif form := _FORMATS.get((kind, name)):
        found["format"] = form
    return found


def kinds() -> tuple[str, ...]:
    """The kinds that have a schema."""
    return tuple(TABLES)


@cache
def patch_of(kind: str, references: str) -> Schema:
    """What the schema of HSDS lacks of a kind, as a JSON Merge Patch (RFC 7386)."""
    whole = schema_of(kind, references)
    if kind in OUR_KINDS:
        return whole
    ours = {
        name: told
        for name, told in whole["properties"].items()
        if name in _OURS.get(kind, ()) or name.endswith(_BESIDE) or name == "translations"
    }
    return {"properties": ours} if ours else {}


def patched_kinds(references: str) -> tuple[str, ...]:
    """The kinds that have more here than in HSDS."""
    return tuple(kind for kind in kinds() if patch_of(kind, references))
