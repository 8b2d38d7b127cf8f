"""Checks of exported HSDS files against the standard's own JSON schemas and data package.

The JSON schemas are checked with their formats (uuid, uri, email, date-time), the data package
with frictionless. Two tables of its descriptor lack the column that is their key: their columns are
taken from the JSON schemas. Both checks need packages of the ``test`` extra.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

# The standard wrongly declares this unique: an organization may have several programs.
_UPSTREAM_FAULTS = {("program", "organization_id")}
_FIELDS_LEFT_OUT = {("service", "fees")}  # we export fees in fees_description
_TABLES_WITHOUT_COLUMNS = {"service_capacity", "unit"}
Fault = tuple[str, str, str]
SECTIONS = {"service": "services", "organization": "organizations", "taxonomy": "taxonomies",
            "taxonomy_term": "taxonomy_terms"}  # fmt: skip


def schema_faults(shared_data: Path, document: Any) -> list[Fault]:
    """Return the faults of an exported document by the HSDS schemas: section, path, message."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is in the test extra")
    pytest.importorskip("rfc3987_syntax", reason="jsonschema[format-nongpl] is in the test extra")
    folder = shared_data / "hsds-3.1/schema"
    found = []
    for name, section in SECTIONS.items():
        path = folder / "compiled" / f"{name}.json"
        if not path.is_file():
            path = folder / f"{name}.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        validator = jsonschema.Draft202012Validator(
            _without_references(schema),
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        )
        for record in document.get(section, ()):
            found += [
                (section, error.json_path, error.message) for error in validator.iter_errors(record)
            ]
    return found


def _without_references(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without the properties that other files define; those are checked apart."""
    return {
        **schema,
        "properties": {
            name: part
            for name, part in schema["properties"].items()
            if "$ref" not in json.dumps(part)
        },
    }


def package_faults(shared_data: Path, path: Path, folder: Path) -> list[Fault]:
    """Return the faults that frictionless finds in our package by the standard's descriptor.

    A fault is a tuple of table, field or "", and message.
    """
    frictionless = pytest.importorskip("frictionless", reason="frictionless is in the test extra")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    upstream = json.loads((shared_data / "hsds-3.1/datapackage.json").read_text(encoding="utf-8"))
    present = {path.name for path in folder.iterdir()}
    described = [table for table in upstream["resources"] if table["path"] in present]
    for table in described:
        if table["name"] in _TABLES_WITHOUT_COLUMNS:
            table["schema"]["fields"] = _fields(shared_data, table["name"])
    resources = [_adapted_resource(table) for table in described]
    names = {resource["name"] for resource in resources}
    for resource in resources:
        keys = resource["schema"].get("foreignKeys", ())
        resource["schema"]["foreignKeys"] = [
            key for key in keys if key["reference"]["resource"] in names
        ]
    package = frictionless.Package.from_descriptor(
        {**upstream, "resources": resources}, basepath=str(folder)
    )
    return [
        (task.name, getattr(error, "field_name", ""), error.message)
        for task in package.validate().tasks
        for error in task.errors
    ]


def _fields(shared_data: Path, name: str) -> list[dict[str, Any]]:
    """Return the columns of a table, taken from the JSON schema of its objects."""
    path = shared_data / "hsds-3.1/schema" / f"{name}.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    required = {*schema["required"], *schema.get("tabular_required", ())}
    return [
        {
            "name": name,
            "type": "datetime" if part.get("format") == "date-time" else part["type"],
            "constraints": {"required": name in required, "unique": name == "id"},
        }
        for name, part in schema["properties"].items()
        if part.get("type") in {"string", "number"}
    ]


def _adapted_resource(described: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a table's description, adapted to known differences of our tables."""
    resource: dict[str, Any] = json.loads(json.dumps(described))
    schema = resource["schema"]
    schema["fields"] = [
        field
        for field in schema["fields"]
        if (resource["name"], field["name"]) not in _FIELDS_LEFT_OUT
    ]
    schema["fieldsMatch"] = "subset"  # our tables have more columns, in another order
    for field in schema["fields"]:
        if (resource["name"], field["name"]) in _UPSTREAM_FAULTS:
            field["constraints"].pop("unique", None)
    return resource


def own_package_faults(folder: Path) -> list[str]:
    """Return the faults that frictionless finds in an unpacked package by its own descriptor."""
    frictionless = pytest.importorskip("frictionless", reason="frictionless is in the test extra")
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    return [error.message for task in report.tasks for error in task.errors]
