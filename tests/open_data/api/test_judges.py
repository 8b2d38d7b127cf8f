"""Answers of the API before outside judges: the standard's schemas with formats, and its rules."""

import json

import pytest

from tests.open_data.api.conftest import BASE

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is in the test extra")

# List and record → the standard's schemas of them.
SCHEMAS = {
    "services": ("compiled/service_list", "compiled/service"),
    "organizations": ("compiled/organization_list", "compiled/organization"),
    "service_at_locations": ("compiled/service_at_location_list", "compiled/service_at_location"),
    "taxonomies": ("taxonomy", "taxonomy"),
    "taxonomy_terms": ("taxonomy_term", "taxonomy_term"),
}
# A list may have no topics, and not say where its services are.
MAY_BE_EMPTY = {"/taxonomies", "/taxonomy_terms", "/service_at_locations"}


def judge_of(shared_data, name):
    """Give what judges by a schema of the standard; references to other files are left out."""
    schema = json.loads((shared_data / f"hsds-3.1/schema/{name}.json").read_text(encoding="utf-8"))
    schema["properties"] = {
        key: part for key, part in schema["properties"].items() if "$ref" not in json.dumps(part)
    }
    kind = jsonschema.Draft202012Validator
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


@pytest.mark.parametrize("path", SCHEMAS)
def test_answers_are_as_the_standard_says(api, shared_data, path):
    listed, one = (judge_of(shared_data, name) for name in SCHEMAS[path])
    for each in api.lines(f"/{path}"):
        listed.validate(each)
    in_full = {} if path.startswith("taxonom") else {"full": "true"}
    for each in api.get(f"/{path}", per_page=25, **in_full)["contents"]:
        one.validate(each)


def test_every_operation_and_parameter_of_the_standard_is_there(api, shared_data):
    theirs = json.loads((shared_data / "hsds-3.1/schema/openapi.json").read_text(encoding="utf-8"))
    ours = api.get("/openapi.json")
    for path, operations in theirs["paths"].items():
        for method, told in operations.items():
            if method == "parameters":
                continue
            found = ours["paths"][path][method]
            names = {
                each["$ref"].split("/")[-1] if "$ref" in each else each["name"]
                for each in told.get("parameters", ())
            }
            given = {
                each["$ref"].split("/")[-1] if "$ref" in each else each["name"]
                for each in found.get("parameters", ())
            }
            if method == "post":
                given = set(
                    found["requestBody"]["content"]["application/json"]["schema"]["properties"]
                )
            # When records changed is not known here until the ledger of what is published is.
            assert names - {"modified_after"} <= given, (path, method)


@pytest.mark.slow
def test_a_walk_over_all_lists_finds_no_fault(api):
    walk_over_lists(api)


def walk_over_lists(client):
    """Read the start, then lists at their first, middle and last page, then records by id."""
    about = client.get("/")
    assert about["version"] == "3.1"
    paths = client.get(about["openapi_url"].split(BASE)[1])["paths"]
    lists = [path for path in paths if path.count("/") == 1 and path + "/{id}" in paths]
    assert len(lists) == 5
    for path in lists:
        first = client.get(path)
        middle = client.get(path, page=max(first["total_pages"] // 2, 1))
        last = client.get(path, page=first["total_pages"])
        assert last["last_page"] is True
        ids = {each["id"] for page in (first, middle, last) for each in page["contents"][:2]}
        assert ids or path in MAY_BE_EMPTY
        for each in ids:
            assert client.get(f"{path}/{each}")["id"] == each
