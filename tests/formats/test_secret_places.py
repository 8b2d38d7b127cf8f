"""Places that a list calls secret are withheld, in every format and wherever it says so."""

import json

import pytest

from referral.records.problems import Severity
from referral.records.visibility import Visibility
from tests.formats.conftest import read_list
from tests.support.county_lists import write_ohana
from tests.support.provider_lists import pantry_list, write_csv

PUBLIC, WITHHELD = Visibility.PUBLIC, Visibility.WITHHELD


def places(outcome) -> dict[str, Visibility]:
    """The visibility of each place by the street at it."""
    streets = {
        address.location_id: address.address_1
        for address in outcome.records("address")
        if address.address_type == "physical"
    }
    return {streets[place.id]: place.visibility for place in outcome.records("location")}


def address(street: str) -> dict[str, str]:
    return {"address_1": street, "city": "Meadville", "state_province": "PA",
            "postal_code": "16335"}  # fmt: skip


def hsds_3(folder, street):
    rows = [
        {"id": "d1", "location_id": "l1", **address(street), "country": "US",
         "address_type": "physical"},
        {"id": "d2", "location_id": "l2", **address("2 Oak St"), "country": "US",
         "address_type": "physical"},
    ]  # fmt: skip
    halls = [
        {"id": name, "organization_id": "o1", "name": "Hall", "location_type": "physical",
         "latitude": "41.6", "longitude": "-80.1"}
        for name in ("l1", "l2")
    ]  # fmt: skip
    food = [{"id": "s1", "organization_id": "o1", "name": "Food", "status": "active"}]
    links = [{"id": f"x{name}", "service_id": "s1", "location_id": name} for name in ("l1", "l2")]
    return pantry_list(
        folder, addresses=rows, locations=halls, services=food, service_at_location=links,
        phones=[{"id": "p1", "service_id": "s1", "number": "814-555-0101"}],
        schedules=[{"id": "h1", "service_id": "s1", "freq": "", "byday": "", "opens_at": "",
                    "closes_at": "", "description": "By chance"}],
    )  # fmt: skip


def hsds_1(folder, street):
    folder.mkdir()
    write_csv(folder / "organizations.csv", {"id": "o1", "name": "Hope", "url": ""})
    write_csv(folder / "services.csv", {"id": "s1", "organization_id": "o1", "name": "Food",
                                        "fees": ""})  # fmt: skip
    write_csv(
        folder / "locations.csv",
        *({"id": name, "organization_id": "o1", "name": "Hall"} for name in ("l1", "l2")),
    )
    write_csv(
        folder / "physical_addresses.csv",
        {"id": "d1", "location_id": "l1", **address(street)},
        {"id": "d2", "location_id": "l2", **address("2 Oak St")},
    )
    return folder


def hsds_json(folder, street):
    folder.mkdir()
    service = {
        "id": "s1", "name": "Food", "status": "active",
        "organization": {"id": "o1", "name": "Hope", "description": "We help."},
        "service_at_locations": [
            {
                "id": f"x{name}",
                "location": {
                    "id": name, "name": "Hall", "location_type": "physical",
                    "latitude": 41.6, "longitude": -80.1,
                    "addresses": [{"id": f"d{name}", **address(each), "country": "US",
                                   "address_type": "physical"}],
                },
            }
            for name, each in (("l1", street), ("l2", "2 Oak St"))
        ],
    }  # fmt: skip
    (folder / "services.json").write_text(json.dumps([service]))
    return folder


def ohana(folder, street):
    folder.mkdir()
    return write_ohana(
        folder,
        organizations=[{"id": "1", "name": "Hope"}],
        locations=[{"id": n, "organization_id": "1", "name": "Hall", "latitude": "41.6",
                    "longitude": "-80.1"} for n in "12"],
        addresses=[
            {"id": "1", "location_id": "1", **address(street)},
            {"id": "2", "location_id": "2", **address("2 Oak St")},
        ],
        services=[{"id": n, "location_id": n, "name": "Food", "status": "active"} for n in "12"],
        phones=[{"id": "1", "location_id": "1", "number": "814-555-0101"}],
    )  # fmt: skip


def sheet(folder, street):
    folder.mkdir()
    write_csv(
        folder / "list.csv",
        *(
            {"Agency": "Hope", "Program": program, "Street": each, "City": "Meadville",
             "State": "PA", "Zip": "16335", "Phone": "814-555-0101", "Latitude": "41.6",
             "Longitude": "-80.1"}
            for program, each in (("Food", street), ("Rent", "2 Oak St"))
        ),
    )  # fmt: skip
    return folder / "list.csv"


FORMATS = [hsds_1, hsds_3, hsds_json, ohana, sheet]


@pytest.mark.parametrize(
    "street", ["Confidential", "1 Elm St (confidential)", "Undisclosed location"]
)
@pytest.mark.parametrize("make", FORMATS)
def test_a_street_called_secret_withholds_the_place_in_every_format(make, street, tmp_path):
    outcome = read_list(make(tmp_path / "list", street))
    assert places(outcome) == {street: WITHHELD, "2 Oak St": PUBLIC}
    held = [problem for problem in outcome.problems if problem.severity is Severity.WITHHELD]
    assert [problem.code for problem in held] == ["held-for-review"]
    assert street not in str(held[0].detail)
    assert {record.visibility for record in outcome.records("service")} == {PUBLIC}


SHEET = {"Agency": "Hope", "Program": "Food", "Street": "1 Elm St", "City": "Meadville",
         "State": "PA", "Zip": "16335", "Phone": "814-555-0101"}  # fmt: skip
OTHER = {**SHEET, "Agency": "Care", "Program": "Rent", "Street": "2 Oak St"}


def sheet_of(tmp_path, *rows):
    headers = dict.fromkeys(header for row in rows for header in row)
    write_csv(
        tmp_path / "list.csv",
        *({header: row.get(header, "") for header in headers} for row in rows),
    )
    return read_list(tmp_path / "list.csv")


@pytest.mark.parametrize(
    ("header", "secret", "other"),
    [
        ("Show address", "No", "Yes"),
        ("Not for publication", "Yes", "No"),
        ("Safe house", "x", ""),
        ("No publicar", "Sí", "No"),
        ("Internal notes", "CONFIDENTIAL LOCATION", "Confidential. Counseling by phone."),
        ("Address line 2", "Please do not publish", "Suite 4"),
        ("Description", "We do not give out our address.", "All calls are confidential."),
        ("Program", "Elm Safe House", "Confidential HIV testing"),
    ],
)
def test_a_column_that_says_so_withholds_the_place_of_its_row(header, secret, other, tmp_path):
    outcome = sheet_of(tmp_path, {**SHEET, header: secret}, {**OTHER, header: other})
    assert places(outcome) == {"1 Elm St": WITHHELD, "2 Oak St": PUBLIC}
    assert outcome.codes["held-for-review"] == 1


def test_a_column_that_may_say_so_is_a_doubt(tmp_path):
    outcome = sheet_of(tmp_path, {**SHEET, "OK to share": "No"}, {**OTHER, "OK to share": "Yes"})
    assert set(places(outcome).values()) == {PUBLIC}
    (doubt,) = [problem for problem in outcome.problems if problem.severity is Severity.DOUBT]
    assert (doubt.code, doubt.column) == ("secrecy-column-unclear", "OK to share")


def test_a_column_of_words_is_no_doubt(tmp_path):
    outcome = sheet_of(
        tmp_path, {**SHEET, "Safety": "Guard at the door"}, {**OTHER, "Safety": "No"}
    )
    assert outcome.codes["secrecy-column-unclear"] == 0


def test_what_an_agency_says_of_itself_withholds_its_own_places_only(folder):
    outcome = read_list(
        folder(
            {
                "organizations.csv": "id,name,description,website\n"
                "o1,Hope,Our location is confidential.,\n",
                "services.csv": "id,organization_id,name,status\ns1,o1,Food,active\n",
                "locations.csv": "id,organization_id,location_type,name,latitude,longitude\n"
                "l1,o1,physical,Office,41.6,-80.1\nl2,,physical,Hall,41.7,-80.1\n",
                "service_at_location.csv": "id,service_id,location_id\nx1,s1,l2\n",
            }
        )
    )
    seen = {place.name: place.visibility for place in outcome.records("location")}
    assert seen == {"Office": WITHHELD, "Hall": PUBLIC}


def test_a_place_that_the_list_calls_public_stays_so(folder):
    outcome = read_list(
        folder(
            {
                "organizations.csv": "id,name,website\no1,Hope,\n",
                "locations.csv": "id,organization_id,location_type,name,description,latitude,"
                "longitude,visibility\nl1,o1,physical,Office,Location is confidential.,41.6,-80.1,public\n",
            }
        )
    )
    assert [place.visibility for place in outcome.records("location")] == [PUBLIC]
