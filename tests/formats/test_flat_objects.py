"""JSON of a shape of its own, read as a sheet."""

import json

import pytest
from msgspec.structs import replace

from referral.formats.column_mapping import ColumnMapping
from referral.formats.provider_list import open_list
from referral.formats.reading.items import RefusedRow
from referral.formats.sandbox.parent import read_sandboxed
from referral.records.kinds import SourcedRecord
from tests.formats.conftest import SOURCE, outcome_of, read_list

HOPE = {
    "name": "Hope Center",
    "objectId": "f1",
    "address": {"street": "12 Main St", "city": "Meadville", "state": "PA", "zip": "16335"},
    "phones": [{"number": "814-555-0101", "type": "voice"}, {"number": "814-555-0102", "type": "fax"}],
    "website": "https://hope.example.org",
    "services": [
        {
            "name": "Food pantry",
            "description": "Groceries for a week.",
            "openHours": {"1": [[900, 1200]], "5": [[900, 1200], [1300, 1530]]},
            "languages": ["English", "Spanish"],
        },
        {"name": "Tax help", "description": "Free help with forms.", "openHours": {}},
    ],
}  # fmt: skip


def read(folder, value, name="list.json"):
    text = value if isinstance(value, str) else json.dumps(value, indent=1)
    return read_list(folder({name: text}))


def test_services_in_a_place_become_rows_with_its_phones_and_address(folder):
    outcome = read(folder, [HOPE])
    assert {service.name for service in outcome.records("service")} == {"Food pantry", "Tax help"}
    assert outcome.one("organization").name == "Hope Center"
    assert outcome.one("address").postal_code == "16335"
    assert {(p.tel, p.type) for p in outcome.records("phone")} == {
        ("+18145550101", "voice"),
        ("+18145550102", "fax"),
    }
    assert {lang.code for lang in outcome.records("language")} == {"en", "es"}
    assert {(s.byday, s.opens_at, s.closes_at) for s in outcome.records("schedule")} == {
        ("MO", "09:00", "12:00"), ("FR", "09:00", "12:00"), ("FR", "13:00", "15:30"),
    }  # fmt: skip


def test_the_names_have_dots_for_the_page_of_columns(folder):
    opened = open_list(folder({"list.json": json.dumps([HOPE])}))
    assert opened.format == "spreadsheet"
    (sheet,) = opened.mapping.sheets
    held = {rule.column: rule.target for rule in sheet.columns}
    assert held["name"] == "organization.name"
    assert held["services.name"] == "service.name"
    assert held["address.street"] == "address.address_1"


@pytest.mark.parametrize(
    "value",
    [
        {"records": [{"id": "r1", "fields": HOPE}]},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": HOPE}]},
        {"17": HOPE, "18": {**HOPE, "objectId": "f2"}},
        {"data": [HOPE], "total": 1},
        json.dumps(HOPE) + "\n" + json.dumps({**HOPE, "objectId": "f2"}),
    ],
    ids=["airtable", "geojson", "by id", "page", "lines"],
)
def test_wrappers_are_taken_off(folder, value):
    names = {service.name for service in read(folder, value).records("service")}
    assert names == {"Food pantry", "Tax help"}


def test_weeks_that_begin_on_monday_are_noticed(folder):
    days = {str(day): [["09:00", "17:00"]] for day in range(5)}
    opened = open_list(folder({"list.json": json.dumps([{**HOPE, "services": [], "hours": days}])}))
    assert [notice.code for notice in opened.notices] == ["days-numbered"]
    items = outcome_of(opened.read(SOURCE)).records("schedule")
    assert {s.byday for s in items} == {"MO", "TU", "WE", "TH", "FR"}


def test_places_of_a_service_are_rows(folder):
    places = [{"name": "North", "address": "1 Elm St"}, {"name": "South", "address": "2 Oak St"}]
    outcome = read(folder, [{"title": "Pantry", "agency": "Hope", "locations": places}])
    assert outcome.one("service").name == "Pantry"
    assert {a.address_1 for a in outcome.records("address")} == {"1 Elm St", "2 Oak St"}


def test_a_service_with_its_own_topic_does_not_get_those_of_the_whole_place(folder):
    services = [{"name": "Beds", "category": "housing"}]
    outcome = read(folder, [{**HOPE, "categories": "food", "services": services}])
    assert [term.name for term in outcome.records("taxonomy_term")] == ["housing"]
    outcome = read(folder, [{**HOPE, "categories": "food"}])
    assert [term.name for term in outcome.records("taxonomy_term")] == ["food"]


def test_notes_are_left_to_whoever_knows_them_and_two_columns_may_be_text(folder):
    services = [{"name": "Beds", "notes": "Come at 3 pm."}]
    path = folder({"list.json": json.dumps([{**HOPE, "notes": "For men.", "services": services}])})
    opened = open_list(path)
    (sheet,) = opened.mapping.sheets
    assert {r.because for r in sheet.columns if r.column in {"notes", "services.notes"}} == {
        "notes"
    }
    chosen = [
        replace(rule, target="service.more_description") if rule.because == "notes" else rule
        for rule in sheet.columns
    ]
    mapping = ColumnMapping(sheets=(replace(sheet, columns=tuple(chosen)),))
    outcome = outcome_of(open_list(path, mapping=mapping).read(SOURCE))
    assert outcome.one("service").description == "For men.\n\nCome at 3 pm."


def test_what_a_json_calls_private_is_held(folder):
    outcome = read(folder, [{**HOPE, "confidential": True}])
    assert {str(s.visibility) for s in outcome.records("service")} == {"staff"}


def test_objects_that_are_hsds_stay_hsds(folder):
    service = {"id": "s1", "name": "Pantry", "status": "active", "organization_id": "o1"}
    assert open_list(folder({"services.json": json.dumps([service])})).format == "open-referral"


@pytest.mark.parametrize("form", ["sheet", "hsds", "lines"])
def test_a_row_with_half_a_letter_is_refused_alone(folder, form):
    half = "Half \ud83d a letter"
    if form == "sheet":
        objects = [HOPE, {**HOPE, "objectId": "f2", "name": half}]
    else:
        objects = [
            {
                "id": key,
                "name": name,
                "status": "active",
                "organization": {"id": "o1", "name": "Hope"},
            }
            for key, name in (("s1", "Pantry"), ("s2", half))
        ]
    text = "\n".join(map(json.dumps, objects)) if form == "lines" else json.dumps(objects)
    read = read_sandboxed(folder({"list.json": text}), SOURCE)
    records = [each.record for each in read.items if isinstance(each, SourcedRecord)]
    assert len([each for each in records if each.__class__.__name__ == "Service"]) >= 1
    refused = [each for each in read.items if isinstance(each, RefusedRow)]
    assert {problem.code for each in refused for problem in each.problems} == {"letters-broken"}
    assert len(refused) == (2 if form == "sheet" else 1), "a row for each service of the object"
