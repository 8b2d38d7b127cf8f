"""Outside judges of HSDS files: the standard's JSON schemas, and its data package.

Its schemas are judged with their formats (uuid, uri, email, date-time), its data package by
frictionless: of two tables it names a key but no such column, and these are judged by their schemas.
Both need packages of the ``test`` extra.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

# The standard's own fault: an organization may have several programs.
_UPSTREAM_FAULTS = {("program", "organization_id")}
_LEFT_OUT = {("service", "fees")}  # in fees_description
_WITHOUT_COLUMNS = {"service_capacity", "unit"}
Fault = tuple[str, str, str]
SECTIONS = {"service": "services", "organization": "organizations", "taxonomy": "taxonomies",
            "taxonomy_term": "taxonomy_terms"}  # fmt: skip


def schema_faults(shared_data: Path, document: Any) -> list[Fault]:
    """Give what the JSON schemas of HSDS find in a file of ours, as (section, path, message)."""
    judges = pytest.importorskip("jsonschema", reason="jsonschema is in the test extra")
    pytest.importorskip("rfc3987_syntax", reason="jsonschema[format-nongpl] is in the test extra")
    folder = shared_data / "hsds-3.1/schema"
    found = []
    for name, section in SECTIONS.items():
        path = folder / "compiled" / f"{name}.json"
        if not path.is_file():
            path = folder / f"{name}.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        judge = judges.Draft202012Validator(
            _whole(schema), format_checker=judges.Draft202012Validator.FORMAT_CHECKER
        )
        for each in document.get(section, ()):
            found += [
                (section, error.json_path, error.message) for error in judge.iter_errors(each)
            ]
    return found


def _whole(schema: dict[str, Any]) -> dict[str, Any]:
    """Give a schema without references to other files: those are judged in their own section."""
    return {
        **schema,
        "properties": {
            name: part
            for name, part in schema["properties"].items()
            if "$ref" not in json.dumps(part)
        },
    }


def package_faults(shared_data: Path, path: Path, folder: Path) -> list[Fault]:
    """Give what frictionless finds in a package of ours by the standard's descriptor.

    Each is (table, field or "", message).
    """
    frictionless = pytest.importorskip("frictionless", reason="frictionless is in the test extra")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    upstream = json.loads((shared_data / "hsds-3.1/datapackage.json").read_text(encoding="utf-8"))
    present = {each.name for each in folder.iterdir()}
    given = [each for each in upstream["resources"] if each["path"] in present]
    for each in given:
        if each["name"] in _WITHOUT_COLUMNS:
            each["schema"]["fields"] = _fields(shared_data, each["name"])
    resources = [_resource(each) for each in given]
    names = {each["name"] for each in resources}
    for each in resources:
        keys = each["schema"].get("foreignKeys", ())
        each["schema"]["foreignKeys"] = [k for k in keys if k["reference"]["resource"] in names]
    package = frictionless.Package.from_descriptor(
        {**upstream, "resources": resources}, basepath=str(folder)
    )
    return [
        (task.name, getattr(error, "field_name", ""), error.message)
        for task in package.validate().tasks
        for error in task.errors
    ]


def _fields(shared_data: Path, name: str) -> list[dict[str, Any]]:
    """Give the columns of a table by the JSON schema of its objects."""
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


def _resource(given: dict[str, Any]) -> dict[str, Any]:
    resource: dict[str, Any] = json.loads(json.dumps(given))
    schema = resource["schema"]
    schema["fields"] = [
        each for each in schema["fields"] if (resource["name"], each["name"]) not in _LEFT_OUT
    ]
    schema["fieldsMatch"] = "subset"  # ours are more, and in another order
    for field in schema["fields"]:
        if (resource["name"], field["name"]) in _UPSTREAM_FAULTS:
            field["constraints"].pop("unique", None)
    return resource


def own_package_faults(folder: Path) -> list[str]:
    """Give what frictionless finds in an unpacked package by its own descriptor."""
    frictionless = pytest.importorskip("frictionless", reason="frictionless is in the test extra")
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    return [error.message for task in report.tasks for error in task.errors]
