"""The OpenAPI 3.1 description of the API, and JSON Schemas of its objects.

All references are inside the document. The schemas are generated from the record classes, and
their descriptions are our own: the schemas of the standard are not copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from referral.formats.writing.hsds_json import SINGLE_PARTS, list_names
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
_SCHEMA_REFERENCE = "#/components/schemas/{kind}"
_PAGE_PROPERTIES = {
    "total_items": {"type": "integer", "minimum": 0},
    "total_pages": {"type": "integer", "minimum": 1},
    "page_number": {"type": "integer", "minimum": 1},
    "size": {"type": "integer", "minimum": 0},
    "first_page": {"type": "boolean"},
    "last_page": {"type": "boolean"},
    "empty": {"type": "boolean"},
}
_TEXT_SCHEMA = {"type": "string"}
_CURSOR_SCHEMA = {"type": "string", "maxLength": LONGEST, "pattern": r"^[^\u0000]*$"}
_PROBLEM_SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string"},
    },
    "required": ["title", "status", "detail"],
}
_ABOUT_SCHEMA = {
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
_MINIMAL_SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "modified_date": {"type": "string", "format": "date-time"},
        "last_modified": {"type": "string", "format": "date-time"},
    },
    "required": ["id"],
    "additionalProperties": False,
}
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
_OUR_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "service": ("visibility", "operating_hours", "events"),
    "location": ("visibility", "position_source", "partial_addresses"),
    "phone": ("tel",),
    "schedule": ("closed", "group", "is_event"),
    "service_area": ("area_kind", "area_codes"),
    "taxonomy_term": ("sort", "use_references"),
}
_TEXT_SUFFIX = "_text"
SCHEMA_FILE = "{kind}.json"
"""File name by which a schema refers to the schema of another kind."""
_LISTED_PARTS = {"organization": ("service", "location")}  # besides the parts that files nest in it


def describe(title: str, version: str, base: str, *, license_name: str = "") -> Document:
    """Return the OpenAPI document.

    Args:
        title: of the API, with the name of the library.
        version: of HSDS.
        base: URL of the API.
        license_name: of the data; "" where the library named none.
    """
    paths: Document = {
        "/": {"get": _operation("about", "What this API is", _json_response(_ABOUT_SCHEMA))}
    }
    for path, operation in LISTS.items():
        paths |= _list_paths(path, operation)
    paths["/changes"] = {"get": _changes_operation()}
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
            "parameters": {
                name: _parameter(name, parameter) for name, parameter in PARAMETERS.items()
            },
            "schemas": {
                "problem": _PROBLEM_SCHEMA,
                **{kind: schema_of(kind, _SCHEMA_REFERENCE) for kind in kinds()},
            },
        },
    }


def _list_paths(path: str, operation: ListOperation) -> Document:
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
        f"/{path}/{{id}}": {"get": _record_operation(path, operation)},
    }


def _operation(name: str, summary: str, answer: Document) -> Document:
    problem = {
        "description": "What is wrong, and what to do (RFC 9457)",
        "content": {
            "application/problem+json": {
                "schema": {"$ref": _SCHEMA_REFERENCE.format(kind="problem")}
            }
        },
    }
    codes = ("400", "404", "405", "429", "503")
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": answer, **dict.fromkeys(codes, problem)},
    }


def _record_operation(path: str, operation: ListOperation) -> Document:
    answer = _json_response({"$ref": _SCHEMA_REFERENCE.format(kind=operation.kind)})
    operation_object = _operation(
        f"get_{path}", f"One of {path.replace('_', ' ')}, in full", answer
    )
    operation_object["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        *(_reference(name) for name in operation.of_one),
    ]
    operation_object["responses"]["410"] = operation_object["responses"]["404"]
    operation_object["responses"]["302"] = {
        "description": "It was merged into the record at Location"
    }
    return operation_object


def _changes_operation() -> Document:
    lines = {
        "description": "Changes",
        "content": {"application/x-ndjson": {"schema": _TEXT_SCHEMA}},
    }
    operation = _operation("changes", "What changed after a cursor, one change on each line", lines)
    text = "The cursor of the last line that was read; without one, everything."
    operation["parameters"] = [
        {
            "name": "after",
            "in": "query",
            "description": text,
            "schema": _CURSOR_SCHEMA,
            "example": "0",
        }
    ]
    operation["responses"]["410"] = operation["responses"]["400"]
    return operation


def _list_responses(kind: str) -> Document:
    items = {"$ref": _SCHEMA_REFERENCE.format(kind=kind)}
    if kind == "service":
        items = {"anyOf": [items, _MINIMAL_SCHEMA]}  # type: ignore[dict-item]  # a schema has any values
    page = {
        "type": "object",
        "properties": {**_PAGE_PROPERTIES, "contents": {"type": "array", "items": items}},
        "required": [*_PAGE_PROPERTIES, "contents"],
        "additionalProperties": False,
    }
    found = _json_response(page)
    found["content"]["application/x-ndjson"] = {"schema": _TEXT_SCHEMA}
    return found


def _json_response(schema: Mapping[str, Any]) -> Document:
    return {"description": "Found", "content": {"application/json": {"schema": dict(schema)}}}


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/parameters/{name}"}


def _parameter(name: str, parameter: Parameter) -> Document:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": str(parameter.description),
        "schema": dict(parameter.schema),
        **({"example": parameter.example} if parameter.example is not None else {}),
    }


def _body(operation: ListOperation) -> Document:
    schema = {
        "type": "object",
        "properties": {name: dict(PARAMETERS[name].schema) for name in operation.parameters},
        "additionalProperties": False,
    }
    kinds_of_body = ("application/json", "application/x-www-form-urlencoded")
    return {"required": False, "content": {kind: {"schema": schema} for kind in kinds_of_body}}


@cache
def schema_of(kind: str, references: str) -> Schema:
    """Return the JSON Schema of a kind's objects.

    Args:
        references: template of the reference to another kind's schema, with ``{kind}``.
    """
    properties: dict[str, Schema] = {
        name: _property(kind, name, type_name) for name, type_name in columns_of_kind(kind)
    }
    for part in (*parts_of(kind), *_LISTED_PARTS.get(kind, ())):
        items = {"$ref": references.format(kind=part)}
        for name in list_names(kind, part):
            properties[name] = {"type": "array", "minItems": 1, "items": items}
    for (holder, part), name in SINGLE_PARTS.items():
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


def _property(kind: str, name: str, type_name: str) -> Schema:
    found = dict(_TYPES[type_name])
    if name == "id" or name in foreign_keys_of(kind) or name in {"link_id", "resource_id"}:
        found["format"] = "uuid"
    elif values := _ENUMS.get((kind, name)):
        found["enum"] = list(values)
    elif name in ADDRESS_FIELDS:
        found["format"] = "email" if "email" in name else "uri"
    elif value_format := _FORMATS.get((kind, name)):
        found["format"] = value_format
    return found


def kinds() -> tuple[str, ...]:
    """Return the kinds that have a schema."""
    return tuple(TABLES)


@cache
def patch_of(kind: str) -> Schema:
    """Return our additions to a kind's HSDS schema as a JSON Merge Patch (RFC 7386)."""
    whole = schema_of(kind, SCHEMA_FILE)
    if kind in OUR_KINDS:
        return whole
    own_properties = {
        name: schema
        for name, schema in whole["properties"].items()
        if name in _OUR_PROPERTIES.get(kind, ())
        or name.endswith(_TEXT_SUFFIX)
        or name == "translations"
    }
    return {"properties": own_properties} if own_properties else {}


def patched_kinds() -> tuple[str, ...]:
    """Return the kinds that have more properties here than in HSDS."""
    return tuple(kind for kind in kinds() if patch_of(kind))
