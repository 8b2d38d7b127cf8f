"""The OpenAPI 3.1 description of the API, and JSON Schemas of its objects.

All references are inside the document. The schemas are generated from the record classes, and
their descriptions are our own: the schemas of the standard are not copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from referral.formats.writing.hsds_json import ONE, list_names
from referral.formats.writing.hsds_values import (
    ADDRESS_FIELDS,
    REQUIRED,
    TABLES,
    columns_of_kind,
    foreign_keys_of,
)
from referral.open_data.api.operations import LISTS, LONGEST, PARAMETERS, ListOperation, Parameter
from referral.open_data.own_parts import parts_of

Document = dict[str, Any]
_HERE = "#/components/schemas/{kind}"
_PAGE = {
    "total_items": {"type": "integer", "minimum": 0},
    "total_pages": {"type": "integer", "minimum": 1},
    "page_number": {"type": "integer", "minimum": 1},
    "size": {"type": "integer", "minimum": 0},
    "first_page": {"type": "boolean"},
    "last_page": {"type": "boolean"},
    "empty": {"type": "boolean"},
}
_TEXT = {"type": "string"}
_CURSOR = {"type": "string", "maxLength": LONGEST, "pattern": r"^[^\u0000]*$"}
_PROBLEM = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string"},
    },
    "required": ["title", "status", "detail"],
}
_ABOUT = {
    "type": "object",
    "properties": {
        "version": {"type": "string"},
        "profile": {"type": "string", "format": "uri"},
        "openapi_url": {"type": "string", "format": "uri"},
        "license": {"type": "string"},
        "changes": {"type": "string", "format": "uri"},
        "publisher": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "website": {"type": "string", "format": "uri"},
                "email": {"type": "string", "format": "email"},
            },
            "required": ["name"],
        },
    },
    "required": ["version", "profile", "openapi_url"],
}


def describe(title: str, version: str, base: str, *, license_name: str = "") -> Document:
    """Return the OpenAPI document.

    Args:
        title: of the API, with the name of the library.
        version: of HSDS.
        base: URL of the API.
        license_name: of the data; "" where the library named none.
    """
    paths: Document = {"/": {"get": _operation("about", "What this API is", _json(_ABOUT))}}
    for path, operation in LISTS.items():
        paths |= _of_list(path, operation)
    paths["/changes"] = {"get": _changes()}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": title,
            "version": version,
            **({"license": {"name": license_name}} if license_name else {}),
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "parameters": {name: _parameter(name, told) for name, told in PARAMETERS.items()},
            "schemas": {
                "problem": _PROBLEM,
                **{kind: schema_of(kind, _HERE) for kind in kinds()},
            },
        },
    }


def _of_list(path: str, operation: ListOperation) -> Document:
    listed = _list_responses(operation.kind)
    summary = f"List {path.replace('_', ' ')}"
    return {
        f"/{path}": {
            "get": {
                **_operation(f"list_{path}", summary, listed),
                "parameters": [_reference(name) for name in operation.parameters],
            },
            "post": {
                **_operation(f"query_{path}", f"{summary}, asked for in the body", listed),
                "requestBody": _body(operation),
            },
        },
        f"/{path}/{{id}}": {"get": _one(path, operation)},
    }


def _operation(name: str, summary: str, answers: Document) -> Document:
    problem = {
        "description": "What is wrong, and what to do (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": _HERE.format(kind="problem")}}},
    }
    codes = ("400", "404", "405", "429", "503")
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": answers, **dict.fromkeys(codes, problem)},
    }


def _one(path: str, operation: ListOperation) -> Document:
    answers = _json({"$ref": _HERE.format(kind=operation.kind)})
    found = _operation(f"get_{path}", f"One of {path.replace('_', ' ')}, in full", answers)
    found["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        *(_reference(name) for name in operation.of_one),
    ]
    found["responses"]["410"] = found["responses"]["404"]
    found["responses"]["302"] = {"description": "It was merged into the record at Location"}
    return found


def _changes() -> Document:
    lines = {"description": "Changes", "content": {"application/x-ndjson": {"schema": _TEXT}}}
    found = _operation("changes", "What changed after a cursor, one change on each line", lines)
    text = "The cursor of the last line that was read; without one, everything."
    found["parameters"] = [
        {"name": "after", "in": "query", "description": text, "schema": _CURSOR, "example": "0"}
    ]
    found["responses"]["410"] = found["responses"]["400"]
    return found


def _list_responses(kind: str) -> Document:
    items = {"$ref": _HERE.format(kind=kind)}
    if kind == "service":
        items = {"anyOf": [items, _MINIMAL]}  # type: ignore[dict-item]  # a schema has any values
    page = {
        "type": "object",
        "properties": {**_PAGE, "contents": {"type": "array", "items": items}},
        "required": [*_PAGE, "contents"],
        "additionalProperties": False,
    }
    found = _json(page)
    found["content"]["application/x-ndjson"] = {"schema": _TEXT}
    return found


_MINIMAL = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "modified_date": {"type": "string", "format": "date-time"},
        "last_modified": {"type": "string", "format": "date-time"},
    },
    "required": ["id"],
    "additionalProperties": False,
}


def _json(schema: Mapping[str, Any]) -> Document:
    return {"description": "Found", "content": {"application/json": {"schema": dict(schema)}}}


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/parameters/{name}"}


def _parameter(name: str, told: Parameter) -> Document:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": str(told.description),
        "schema": dict(told.schema),
        **({"example": told.example} if told.example is not None else {}),
    }


def _body(operation: ListOperation) -> Document:
    schema = {
        "type": "object",
        "properties": {name: dict(PARAMETERS[name].schema) for name in operation.parameters},
        "additionalProperties": False,
    }
    kinds_of_body = ("application/json", "application/x-www-form-urlencoded")
    return {"required": False, "content": {kind: {"schema": schema} for kind in kinds_of_body}}


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
# Our own tables, and our own properties in HSDS tables; any that end in ``_text`` are ours too.
OUR_KINDS = ("partial_address", "translation")
_OURS: Mapping[str, tuple[str, ...]] = {
    "service": ("visibility", "operating_hours", "events"),
    "location": ("visibility", "position_source", "partial_addresses"),
    "phone": ("tel",),
    "schedule": ("closed", "group", "is_event"),
    "service_area": ("area_kind", "area_codes"),
    "taxonomy_term": ("sort", "use_references"),
}
_BESIDE = "_text"
ITS_FILE = "{kind}.json"
"""File name by which a schema refers to the schema of another kind."""
_LISTED = {"organization": ("service", "location")}  # besides the parts that files nest in it


@cache
def schema_of(kind: str, references: str) -> Schema:
    """Return the JSON Schema of a kind's objects.

    Args:
        references: template of the reference to another kind's schema, with ``{kind}``.
    """
    properties: dict[str, Schema] = {
        name: _property(kind, name, told) for name, told in columns_of_kind(kind)
    }
    for part in (*parts_of(kind), *_LISTED.get(kind, ())):
        items = {"$ref": references.format(kind=part)}
        for name in list_names(kind, part):
            properties[name] = {"type": "array", "minItems": 1, "items": items}
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
    """Return the kinds that have a schema."""
    return tuple(TABLES)


@cache
def patch_of(kind: str) -> Schema:
    """Return our additions to a kind's HSDS schema as a JSON Merge Patch (RFC 7386)."""
    whole = schema_of(kind, ITS_FILE)
    if kind in OUR_KINDS:
        return whole
    ours = {
        name: told
        for name, told in whole["properties"].items()
        if name in _OURS.get(kind, ()) or name.endswith(_BESIDE) or name == "translations"
    }
    return {"properties": ours} if ours else {}


def patched_kinds() -> tuple[str, ...]:
    """Return the kinds that have more properties here than in HSDS."""
    return tuple(kind for kind in kinds() if patch_of(kind))
