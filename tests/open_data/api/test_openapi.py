"""The description of the API: no operation twice, references inside, and answers as it says."""

import json

import pytest

from referral.open_data.api.operations import LISTS
from referral.open_data.records import ExportFormat
from tests.open_data.api.conftest import BASE
from tests.open_data.files.random_lists import exported

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is in the test extra")


def document(api):
    """Give the description."""
    return api.get("/openapi.json")


def judge(api, schema):
    """Give what judges an answer by a schema of the description, with its formats."""
    whole = {**schema, "components": document(api)["components"]}
    kind = jsonschema.Draft202012Validator
    return kind(whole, format_checker=kind.FORMAT_CHECKER)


def test_it_is_openapi_with_references_inside(api):
    openapi = document(api)
    names = [each["operationId"] for path in openapi["paths"].values() for each in path.values()]
    assert len(names) == len(set(names)) == 2 + 3 * len(LISTS)
    text = json.dumps(openapi)
    references = {part.split('"')[0] for part in text.split('"$ref": "')[1:]}
    for each in references:
        found = openapi
        for step in each.removeprefix("#/").split("/"):
            found = found[step]
        assert found
    for schema in openapi["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_feed_of_changes_has_the_type_that_the_document_says(api):
    told = document(api)["paths"]["/changes"]["get"]["responses"]["200"]["content"]
    assert [api.send("/changes").mimetype] == list(told)


@pytest.mark.slow
@pytest.mark.parametrize("path", LISTS)
def test_answers_are_as_it_says(api, path):
    operations = document(api)["paths"]
    listed = operations[f"/{path}"]["get"]["responses"]["200"]["content"]["application/json"][
        "schema"
    ]
    for parameters in (
        {},
        {"per_page": 100, "full": "true"}
        if path in {"services", "organizations", "service_at_locations"}
        else {"page": 2},
    ):
        found = api.get(f"/{path}", **parameters)
        judge(api, listed).validate(found)
    one = operations[f"/{path}/{{id}}"]["get"]["responses"]["200"]["content"]["application/json"][
        "schema"
    ]
    for each in found["contents"][:3]:
        judge(api, one).validate(api.get(f"/{path}/{each['id']}"))


@pytest.mark.slow
def test_the_export_is_as_its_schemas_say(api, sample_instance):
    found = json.loads(exported(sample_instance, ExportFormat.HSDS_JSON))
    for kind, section in (
        ("service", "services"),
        ("organization", "organizations"),
        ("taxonomy_term", "taxonomy_terms"),
    ):
        judged = judge(api, {"$ref": f"#/components/schemas/{kind}"})
        for each in found[section]:
            judged.validate(each)


def test_the_start_leads_to_all_of_it(api):
    about = api.get("/")
    assert about["version"] == "3.1"
    for name in ("profile", "openapi_url"):
        assert api.get(about[name].split(BASE)[1])
    profile = api.get("/profile")
    for address in (*profile["profile"].values(), *profile["schema"].values()):
        assert api.get(address.split(BASE)[1])
    schema = api.get("/schema/service.json")
    assert schema["properties"]["phones"]["items"]["$ref"] == "phone.json"
    assert set(api.get("/profile/service.json")["properties"]) == {
        "visibility", "translations", "url_text", "email_text", "assurer_email_text",
        "operating_hours", "events",
    }  # fmt: skip
    api.problem("/schema/nothing.json", 404)


def test_the_profile_has_just_what_the_standard_lacks(api, shared_data):
    """Our schemas, patched onto those of the standard, add what the profile names and nothing else."""
    folder = shared_data / "hsds-3.1/schema"
    profile = api.get("/profile")
    for kind in profile["schema"]:
        path = folder / f"{kind}.json"
        if not path.is_file():
            assert kind in {"partial_address", "translation"}
            continue
        theirs = set(json.loads(path.read_text(encoding="utf-8"))["properties"])
        ours = set(api.get(f"/schema/{kind}.json")["properties"])
        patch = api.get(f"/profile/{kind}.json")["properties"] if kind in profile["profile"] else {}
        extra = ours - theirs - {"attributes", "metadata", "modified_date", "service", "services"}
        assert extra == set(patch), kind
