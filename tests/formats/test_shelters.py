"""Places of shelters for survivors are withheld before anything is stored."""

from pathlib import Path

import pytest
import xlsxwriter

from referral.records.problems import Severity
from referral.records.visibility import Visibility
from tests.formats.conftest import read_list

STREET = "5 Hidden Lane"
SHEET = [
    ["Agency", "Program", "Description", "Phone", "Street", "City", "State", "ZIP"],
    [
        "Haven",
        "Shelter",
        "Safe house for survivors of domestic violence",
        "814-555-0110",
        STREET,
        "Meadville",
        "PA",
        "16335",
    ],
    ["Haven", "Domestic violence shelter", "", "814-555-0111", STREET, "Meadville", "PA", "16335"],
    [
        "Hope",
        "Food pantry",
        "Food for all",
        "814-555-0112",
        "1 Open Street",
        "Meadville",
        "PA",
        "16335",
    ],
]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "services.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for number, cells in enumerate(SHEET):
            page.write_row(number, 0, cells)
    return path


def test_the_place_is_withheld_and_the_service_and_its_phone_stay(sheet):
    outcome = read_list(sheet)
    hidden = {
        address.location_id for address in outcome.records("address") if address.address_1 == STREET
    }
    by_visibility = {place.id: place.visibility for place in outcome.records("location")}
    assert {by_visibility.pop(place) for place in hidden} == {Visibility.WITHHELD}
    assert set(by_visibility.values()) == {Visibility.PUBLIC}
    for kind in ("service", "phone", "organization"):
        assert {record.visibility for record in outcome.records(kind)} == {Visibility.PUBLIC}


def test_it_is_said_where_without_the_address(sheet):
    outcome = read_list(sheet)
    (held,) = [problem for problem in outcome.problems if problem.severity is Severity.WITHHELD]
    assert (held.code, held.file) == ("held-for-review", "services.xlsx")
    assert held.line in {2, 3}
    everything_said = " ".join(problem.detail for problem in outcome.problems)
    assert "Hidden" not in everything_said
    keys = [item.origin.key for item in outcome.sourced("location") + outcome.sourced("address")]
    assert not any("hidden" in key.lower() for key in keys)


HSDS = {
    "organizations.csv": "id,name,website\no,Haven,\n",
    "services.csv": "id,organization_id,name,description,status,visibility\n"
    "s,o,Domestic violence shelter,,active,{service}\n",
    "locations.csv": "id,location_type,name,latitude,longitude,visibility\n"
    "l,physical,House,41.6,-80.1,{location}\n",
    "service_at_location.csv": "id,service_id,location_id\nx,s,l\n",
    "taxonomies.csv": "id,name\n",
}


@pytest.mark.parametrize(
    ("service", "location", "visibility"),
    [
        ("", "", Visibility.WITHHELD),
        ("public", "", Visibility.PUBLIC),
        ("", "public", Visibility.PUBLIC),
        ("", "staff", Visibility.STAFF),
        ("staff", "", Visibility.WITHHELD),
    ],
)
def test_a_visibility_that_the_file_gives_is_kept(folder, service, location, visibility):
    files = {
        name: text.replace("{service}", service).replace("{location}", location)
        for name, text in HSDS.items()
    }
    assert read_list(folder(files)).one("location").visibility is visibility


def test_a_place_without_address_or_position_tells_nothing_and_stays(folder):
    files = dict(HSDS)
    files["services.csv"] = files["services.csv"].replace("{service}", "")
    files["locations.csv"] = "id,location_type,name\nl,virtual,Online\n"
    assert read_list(folder(files)).one("location").visibility is Visibility.PUBLIC


def test_terms_are_looked_at(folder):
    files = {
        name: text.replace("{service}", "").replace("{location}", "") for name, text in HSDS.items()
    }
    files["services.csv"] = files["services.csv"].replace(
        "Domestic violence shelter", "Haven House"
    )
    assert read_list(folder(files)).one("location").visibility is Visibility.PUBLIC
    files["taxonomy_terms.csv"] = "id,name\nt,Domestic violence shelters\n"
    files["attributes.csv"] = "id,link_id,link_entity,taxonomy_term_id\na,s,service,t\n"
    assert read_list(folder(files)).one("location").visibility is Visibility.WITHHELD


@pytest.mark.parametrize(
    ("agency", "service", "place", "visibility"),
    [
        ("Haven", "Meals", "House", Visibility.PUBLIC),
        ("Shelter for abuse elderly", "Headquarters services", "House", Visibility.WITHHELD),
        ("Haven", "Meals", "Refuge for battered women", Visibility.WITHHELD),
    ],
)
def test_agencies_and_places_speak_for_themselves(folder, agency, service, place, visibility):
    files = {
        name: text.replace("{service}", "").replace("{location}", "") for name, text in HSDS.items()
    }
    files["organizations.csv"] = files["organizations.csv"].replace("Haven", agency)
    files["services.csv"] = files["services.csv"].replace("Domestic violence shelter", service)
    files["locations.csv"] = files["locations.csv"].replace("House", place)
    assert read_list(folder(files)).one("location").visibility is visibility


def test_an_agency_without_services_is_judged_by_its_description(folder):
    files = {
        "organizations.csv": "id,name,description\n"
        "o,Haven,Runs a safe house for women who flee abuse.\n",
        "services.csv": "id,organization_id,name,description,status\ns,o,Meals,,active\n",
        "locations.csv": "id,organization_id,location_type,name,latitude,longitude\n"
        "l,o,physical,House,41.6,-80.1\nm,o,physical,Kitchen,41.7,-80.2\n",
        "service_at_location.csv": "id,service_id,location_id\nx,s,m\n",
        "taxonomies.csv": "id,name\n",
    }
    places = {
        place.name: place.visibility for place in read_list(folder(files)).records("location")
    }
    assert places == {"House": Visibility.WITHHELD, "Kitchen": Visibility.PUBLIC}


@pytest.mark.parametrize(
    ("parents", "owner"),
    [
        ("s,,l,", ("s", "")),
        (",o,l,", ("", "o")),
        (",,l,", ("s", "")),
        (",,,x", ("s", "")),
    ],
)
def test_the_phones_of_a_held_place_stay_with_its_service(folder, parents, owner):
    files = {
        name: text.replace("{service}", "").replace("{location}", "") for name, text in HSDS.items()
    }
    files["phones.csv"] = (
        "id,service_id,organization_id,location_id,service_at_location_id,number\n"
        f"p,{parents},814-555-0101\n"
    )
    outcome = read_list(folder(files))
    phone = outcome.one("phone")
    ids = {"s": outcome.one("service").id, "o": outcome.one("organization").id, "": ""}
    assert outcome.one("location").visibility is Visibility.WITHHELD
    assert (phone.service_id, phone.organization_id) == tuple(ids[each] for each in owner)
    assert phone.location_id == phone.service_at_location_id == ""
    assert phone.visibility is Visibility.PUBLIC


def test_a_visibility_nobody_understands_withholds(folder):
    files = {
        name: text.replace("{service}", "").replace("{location}", "hide it")
        for name, text in HSDS.items()
    }
    files["services.csv"] = files["services.csv"].replace(
        "Domestic violence shelter", "Food pantry"
    )
    outcome = read_list(folder(files))
    assert outcome.one("location").visibility is Visibility.WITHHELD
    assert "visibility-not-understood" in outcome.codes


@pytest.mark.slow
def test_dc_shelters_are_held(dc_2021):
    outcome = dc_2021
    held = [problem for problem in outcome.problems if problem.severity is Severity.WITHHELD]
    withheld = [
        place for place in outcome.records("location") if place.visibility is Visibility.WITHHELD
    ]
    assert 15 <= len(held) == len(withheld) <= 25
    agencies = {agency.id: agency.name for agency in outcome.records("organization")}
    named = {agencies.get(place.organization_id, "") for place in withheld}
    assert any(name.startswith("KUEHNER PLACE") for name in named)
