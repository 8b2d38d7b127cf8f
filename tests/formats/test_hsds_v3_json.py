"""HSDS 3 as JSON: one object, many, a page of an API, lines, tables by name, a folder, a zip."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.errors import RefusedError
from referral.formats.provider_list import open_list
from referral.records.record_ids import record_id
from tests.formats.conftest import SOURCE, is_read_or_refused, outcome_of, read_list

SERVICE: dict[str, Any] = {
    "id": "s1",
    "name": "Food pantry",
    "status": "active",
    "minimum_age": 18,
    "assured_date": "2026-01-02",
    "colour": "green",
    "funding": [{"id": "f1", "source": "City"}],
    "organization": {"id": "o1", "name": "Hope", "website": "hope.example.org"},
    "program": {"id": "pr1", "name": "Pantries"},
    "phones": [
        {"id": "p1", "number": "(814) 555-0123", "extension": 9, "languages": [{"name": "Spanish"}]}
    ],
    "schedules": [
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00-05:00", "closes_at": "17:00Z"}
    ],
    "service_areas": [{"id": "a1", "name": "Crawford County, PA"}],
    "cost_options": [{"id": "c1", "option": "Visit", "currency": "USD", "amount": 0}],
    "required_documents": [{"id": "d1", "document": "Photo ID"}],
    "languages": [{"id": "g1", "name": "French", "code": "fr"}],
    "contacts": [{"id": "co1", "name": "Ann", "phones": [{"id": "p2", "number": "814-555-0124"}]}],
    "service_at_locations": [
        {
            "id": "sl1",
            "location": {
                "id": "l1",
                "location_type": "physical",
                "name": "Hall",
                "latitude": 41.6,
                "longitude": -80.1,
                "addresses": [
                    {
                        "id": "ad1", "address_1": "1 Main St", "city": "Meadville",
                        "state_province": "PA", "postal_code": "16335", "country": "US",
                        "address_type": "physical",
                    }
                ],
                "accessibility": [{"id": "ac1", "description": "Ramp"}],
            },
            "schedules": [{"id": "h2", "description": "Ring the bell"}],
        }
    ],
    "attributes": [
        {
            "id": "at1",
            "link_entity": "nonsense",
            "taxonomy_term": {
                "id": "t1", "code": "F", "name": "Food",
                "taxonomy_detail": {"id": "x1", "name": "Needs"},
            },
        }
    ],
}  # fmt: skip
COUNTS = {
    "taxonomy": 1, "taxonomy_term": 1, "organization": 1, "program": 1, "service": 1,
    "location": 1, "service_at_location": 1, "contact": 1, "phone": 2, "address": 1,
    "schedule": 2, "service_area": 1, "language": 2, "accessibility": 1, "cost_option": 1,
    "required_document": 1, "funding": 1, "attribute": 1,
}  # fmt: skip
SECOND = {
    "id": "s2",
    "name": "Clothes",
    "status": "active",
    "organization": SERVICE["organization"],
}


def one(text: str, name: str = "list.json"):
    return lambda folder: folder({name: text}) / name


TOLD = (
    {
        "sequence": 1,
        "kind": "service",
        "id": "s1",
        "time": "2026-11-02T09:00:00Z",
        "record": SERVICE,
    },
    {"sequence": 2, "kind": "service", "id": "s9", "time": "2026-11-02T09:00:00Z", "gone": True},
)
SHAPES = {
    "object": one(json.dumps(SERVICE)),
    "array": one(json.dumps([SERVICE])),
    "page": one(json.dumps({"total_items": 1, "contents": [SERVICE]})),
    "lines": one(json.dumps(SERVICE) + "\n\n", "list.ndjson"),
    "changes of a Referral": one("\n".join(map(json.dumps, TOLD)), "changes.ndjson"),
    "no ending": one(json.dumps(SERVICE), "export"),
    "with a mark": one("\ufeff" + json.dumps(SERVICE)),
    "folder": lambda folder: folder({"services.json": json.dumps([SERVICE])}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_records(folder, shape):
    path = SHAPES[shape](folder)
    opened = open_list(path)
    assert opened.format == "open-referral"
    assert str(opened.why).startswith("It is JSON with ")
    outcome = outcome_of(opened.read(SOURCE))
    assert (outcome.refused, outcome.problems) == ([], [])
    assert outcome.counts == COUNTS


def test_a_zip_of_files(zipped):
    first, second = (json.dumps(part, indent=1).encode() for part in (SERVICE, SECOND))
    outcome = read_list(zipped({"list/one.json": first, "list/two.json": second}))
    assert outcome.refused == []
    assert outcome.counts == {**COUNTS, "service": 2}


def test_tables_by_name_as_the_standard_shows_them(folder):
    tables = {
        "organizations.csv": [{"id": "o1", "name": "Hope"}],
        "services.csv": [{"id": "s1", "organization_id": "o1", "name": "Food", "status": "active"}],
        "meta_table_descriptions.csv": [{"id": "m1"}],
    }
    opened = open_list(one(json.dumps(tables))(folder))
    assert [(n.code, n.column) for n in opened.notices] == [
        ("file-not-kept", "meta_table_descriptions.csv")
    ]
    assert outcome_of(opened.read(SOURCE)).counts == {"organization": 1, "service": 1}


def test_lines_are_those_of_the_file_and_nothing_is_lost(folder):
    outcome = read_list(one(json.dumps([SECOND, SERVICE], indent=2))(folder))
    text = json.dumps([SECOND, SERVICE], indent=2).split("\n")
    service = next(item for item in outcome.sourced("service") if item.origin.key == "s1")
    assert text[service.origin.line].strip().startswith('"id": "s1"')
    assert service.origin.unmapped["colour"] == "green"
    assert outcome.one("funding").funding_source == "City"
    (phone, _) = outcome.sourced("phone")
    assert text[phone.origin.line].strip().startswith('"id": "p1"')


def test_what_is_inside_points_at_what_it_is_in(folder):
    outcome = read_list(one(json.dumps(SERVICE))(folder))
    service = outcome.one("service")
    assert service.organization_id == outcome.one("organization").id
    assert service.program_id == outcome.one("program").id
    assert outcome.one("program").organization_id == service.organization_id
    attribute = outcome.one("attribute")
    assert (attribute.link_entity, attribute.link_id) == ("service", service.id)
    assert outcome.one("taxonomy_term").taxonomy_id == outcome.one("taxonomy").id
    of_contact = next(p for p in outcome.records("phone") if p.contact_id)
    assert of_contact.contact_id == outcome.one("contact").id
    assert outcome.one("service_at_location").location_id == record_id(SOURCE, "location", "l1")


def test_a_second_reading_finds_the_same_records(folder):
    path = one(json.dumps(SERVICE))(folder)
    assert read_list(path).ids == read_list(path).ids


def test_one_object_told_twice_is_one_record_and_differences_are_said(folder):
    other = {**SECOND, "organization": {"id": "o1", "name": "Hope Inc.", "email": "a@example.org"}}
    opened = open_list(one(json.dumps([SECOND, other, SERVICE], indent=1))(folder))
    codes = [(problem.code, problem.column) for problem in opened.notices]
    assert codes == [("told-differently", "name")]
    organization = outcome_of(opened.read(SOURCE)).one("organization")
    assert (organization.name, organization.email) == ("Hope", "a@example.org")


def test_the_marks_that_protect_are_obeyed(folder):
    secret = json.loads(json.dumps(SERVICE))
    place = secret["service_at_locations"][0]["location"]
    place["addresses"][0]["confidential"] = True
    outcome = read_list(one(json.dumps(secret))(folder))
    assert str(outcome.one("address").visibility) == "withheld"
    assert str(outcome.one("location").visibility) == "withheld"


def test_a_shelter_without_a_mark_is_held(folder):
    shelter = {**SERVICE, "name": "Safe house", "description": "Shelter for survivors of abuse."}
    outcome = read_list(one(json.dumps(shelter))(folder))
    assert outcome.codes["held-for-review"] == 1
    assert str(outcome.one("location").visibility) == "withheld"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"id": 1', "line 1"),
        ('[\n{"id": 1},\n{"id" 2}]', "line 3"),
        ("[" * 100_000, "nested"),
        ("{}", "no service"),
        ('{"hello": "world"}', "no service"),
        ("[1, 2]", "no service"),
    ],
)
def test_what_is_no_list_is_refused(folder, text, says):
    with pytest.raises(RefusedError, match=says):
        open_list(one(text)(folder))


def test_a_broken_line_is_named(folder):
    with pytest.raises(RefusedError, match="line 2"):
        open_list(one(json.dumps(SECOND) + '\n{"id": \n', "list.jsonl")(folder))


TEXT = json.dumps([SERVICE, SECOND], indent=1)


@settings(
    max_examples=37,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 40), st.text(max_size=6))
def test_damaged_files_are_read_or_refused(folder, at, cut, put):
    assert is_read_or_refused(one(TEXT[:at] + put + TEXT[at + cut :])(folder))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SERVICE, "location", "services"]), inner, max_size=6)
    ),
    max_leaves=12,
)


@settings(
    max_examples=37,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(JSON)
def test_any_json_is_read_or_refused(folder, value):
    assert is_read_or_refused(one(json.dumps(value))(folder))


@pytest.mark.parametrize("name", ["service_full", "organization_full", "service_at_location_full"])
def test_the_official_examples(shared_data, name):
    outcome = read_list(shared_data / "hsds-3.1/examples" / f"{name}.json")
    assert outcome.refused == []
    assert outcome.counts == {
        **dict.fromkeys(COUNTS, 1),
        **dict.fromkeys(("service_capacity", "organization_identifier", "url", "metadata"), 1),
        "attribute": outcome.counts["attribute"],
    }
    assert all(item.origin.line for item in outcome.sourced("schedule"))
