"""Plain spreadsheets, as agencies keep them."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from referral.errors import RefusedError
from referral.formats.provider_list import open_list
from referral.formats.reading.addresses import is_po_box, split_address
from referral.formats.spreadsheet.header_matching import target_of
from referral.formats.spreadsheet.targets import TARGETS
from referral.records.headings import heading_named
from referral.records.visibility import Visibility
from tests.formats.conftest import SOURCE, Outcome, read_list

HEADER = [
    "Agency", "Program Name", "What They Do", "Phone", "Street", "City", "State", "Zip", "Hours",
    "Category", "Counties Served", "Languages", "What to Bring", "Cost", "Fax", "Board Chair",
    "Last Verified", "Who can apply",
]  # fmt: skip
PANTRY = [
    "Hope Center", "Food Pantry", "Food for <b>all</b>", "814-555-0101 or 814-555-0102", "12 Main St",
    "Meadville", "PA", "16335", "Mon-Fri 9am-5pm; Sat 9-12", "Basic Needs; Food pantries",
    "Crawford, Erie", "English and Spanish", "Photo ID, proof of address", "None", "814-555-0199",
    "Jo", "5/1/2026", "Anyone",
]  # fmt: skip


def row(**cells: str) -> list[str]:
    return [cells.get(header.replace(" ", "_"), "") for header in HEADER]


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Outcome]:
    def read(*rows: Sequence[str], header: Sequence[str] = HEADER) -> Outcome:
        written = io.StringIO(newline="")
        csv.writer(written).writerows([header, *rows])
        path = tmp_path / "resources.csv"
        path.write_text(written.getvalue(), encoding="utf-8", newline="")
        return read_list(path)

    return read


def test_one_row_becomes_a_whole_listing(sheet):
    outcome = sheet(PANTRY)
    assert outcome.problems == []
    assert outcome.counts == {
        "organization": 1, "service": 1, "location": 1, "service_at_location": 1, "phone": 3,
        "address": 1, "schedule": 2, "service_area": 2, "language": 2, "required_document": 2,
        "taxonomy": 1, "taxonomy_term": 1, "attribute": 1, "service_heading": 1,
    }  # fmt: skip
    service = outcome.one("service")
    assert (service.name, service.description) == ("Food Pantry", "Food for all")
    assert (service.fees_description, service.eligibility_description) == ("None.", "Anyone")
    assert service.assured_date == date(2026, 5, 1)
    assert {p.tel: p.type for p in outcome.records("phone")} == {
        "+18145550101": "voice", "+18145550102": "voice", "+18145550199": "fax",
    }  # fmt: skip
    assert {(s.byday, s.opens_at) for s in outcome.records("schedule")} == {
        ("MO,TU,WE,TH,FR", "09:00"), ("SA", "09:00"),
    }  # fmt: skip
    assert {a.area_codes for a in outcome.records("service_area")} == {
        "Crawford County, PA", "Erie County, PA",
    }  # fmt: skip
    assert {lang.code for lang in outcome.records("language")} == {"en", "es"}
    assert outcome.one("service_heading").heading == "basic-needs"
    assert (outcome.one("taxonomy").name, outcome.one("taxonomy_term").name) == (
        SOURCE,
        "Food pantries",
    )


def test_columns_nobody_knows_are_kept_with_the_record_and_named_once(sheet):
    outcome = sheet(PANTRY)
    (item,) = outcome.sourced("service")
    assert item.origin.unmapped == {"Board Chair": "Jo"}
    said = [p for p in outcome.items if getattr(p, "code", "") == "columns-kept-aside"]
    assert len(said) == 1
    assert "Board Chair" in said[0].detail


def test_titles_above_the_header_are_passed_over(tmp_path):
    path = tmp_path / "resources.csv"
    path.write_text(
        "Resources of the county,,\nMay 2026,,\n,,\nAgency,Phone,Town\nHope,814-555-0101,Meadville\n,,,\nHelp,bad,Erie\n"
    )
    outcome = read_list(path)
    assert {item.origin.line for item in outcome.sourced("service")} == {5, 7}


def test_a_workbook_reads_like_the_csv(sheet, tmp_path):
    from_csv = sheet(PANTRY)
    path = tmp_path / "resources.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        book.add_worksheet("Read me").write(0, 0, "About this list")
        page = book.add_worksheet("List")
        page.write_row(0, 0, ["Resources of the county"])
        page.write_row(2, 0, HEADER)
        for column, cell in enumerate(PANTRY):
            page.write(3, column, cell)
        page.write_number(3, HEADER.index("Zip"), 16335)
        page.write_datetime(3, HEADER.index("Last Verified"), date(2026, 5, 1))
    outcome = read_list(path)
    assert outcome.ids == from_csv.ids
    (item,) = outcome.sourced("service")
    assert (item.origin.file, item.origin.line) == ("resources.xlsx", 4)
    assert outcome.one("address").postal_code == "16335"
    assert outcome.one("service").assured_date == date(2026, 5, 1)


def test_several_rows_are_several_places_of_one_service(sheet):
    second = [*PANTRY]
    second[0], second[1] = "HOPE CENTER", "Food  pantry"
    second[3], second[4], second[5], second[7] = "814-555-0103", "34 Oak St", "Titusville", "16354"
    second[8] = "call first"
    outcome = sheet(PANTRY, second)
    assert outcome.counts["service"] == 1
    assert outcome.counts["organization"] == 1
    assert outcome.counts["location"] == outcome.counts["service_at_location"] == 2
    at_places = [s for s in outcome.records("schedule") if s.service_at_location_id]
    assert len(at_places) == 3
    assert [
        p.service_at_location_id == "" for p in outcome.records("phone") if p.type == "fax"
    ] == [True]
    assert outcome.counts["language"] == 2


def test_what_differs_at_another_place_is_said_there(sheet):
    second = [*PANTRY]
    second[2], second[4] = "Food for cats", "34 Oak St"
    first, other = sorted(
        sheet(PANTRY, second).records("service_at_location"), key=lambda s: s.description
    )
    assert (first.description, other.description) in {("", "Food for cats"), ("", PANTRY[2])}


def test_rows_that_differ_at_one_place_are_two_services(sheet):
    second = [*PANTRY]
    second[2] = "Food for cats"
    outcome = sheet(PANTRY, second)
    assert outcome.counts["service"] == 2
    assert outcome.counts["location"] == 1
    assert outcome.counts["service_at_location"] == 2


def test_a_row_twice_is_said_and_stored_once(sheet):
    outcome = sheet(PANTRY, PANTRY)
    assert outcome.counts["service"] == 1
    assert outcome.codes == {"row-repeated": 1}


def test_the_order_of_rows_changes_nothing(sheet):
    rows = [PANTRY]
    for number in range(8):
        copy = [*PANTRY]
        copy[1] = f"Program {number // 2}"
        copy[4] = f"{number} Main St"
        rows.append(copy)
    changed = [*PANTRY]
    changed[2] = "Other words"
    rows.append(changed)
    first = sheet(*rows)
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        again = sheet(*rows)
        assert first.ids == again.ids
        assert {i.record for i in first.items if hasattr(i, "record")} == {
            i.record for i in again.items if hasattr(i, "record")
        }


def test_a_row_without_any_name_is_refused(sheet):
    outcome = sheet(row(Phone="814-555-0101"))
    (refused,) = outcome.refused
    assert (refused.problems[0].code, refused.problems[0].line) == ("name-missing", 2)
    assert refused.problems[0].column == "Program Name"


def test_one_name_is_enough_for_both(sheet):
    outcome = sheet(row(Agency="Hope"), row(Program_Name="Help line"))
    assert {s.name for s in outcome.records("service")} == {"Hope", "Help line"}
    assert {o.name for o in outcome.records("organization")} == {"Hope", "Help line"}
    assert outcome.counts["location"] == 0


def test_hours_nobody_can_read_are_kept_as_given(sheet):
    outcome = sheet(row(Agency="Hope", Hours="When the moon is full"))
    assert outcome.one("schedule").description == "When the moon is full"
    (problem,) = outcome.problems
    assert (problem.code, problem.line, problem.column) == ("hours-not-understood", 2, "Hours")


def test_addresses_in_one_cell():
    assert split_address("12 Main St, Meadville, PA 16335") == {
        "address_1": "12 Main St", "address_2": "", "city": "Meadville", "state_province": "PA",
        "postal_code": "16335",
    }  # fmt: skip
    assert split_address("99 Pine St, Suite 3\nErie, Pennsylvania 16501-0001, USA") == {
        "address_1": "99 Pine St", "address_2": "Suite 3", "city": "Erie", "state_province": "PA",
        "postal_code": "16501-0001",
    }  # fmt: skip
    for street, city, written in (
        ("12 Main St", "Meadville", "12 Main St Meadville PA 16335"),
        ("12 Main St", "Meadville", "12 Main St, Meadville, PA"),
        ("12 Main St.", "New Castle", "12 Main St. New Castle, Pa - 16101"),
        (
            "12 North Main Street",
            "Titusville",
            "12 North Main Street, Titusville Pennsylvania, 16354",
        ),
        ("", "Erie", "Erie, PA 16501"),
        ("12 Oak St", "Meedville", "12 Oak St, Meedville, PA 16335"),
    ):
        parts = split_address(written)
        assert (parts["address_1"], parts["city"], parts["state_province"]) == (street, city, "PA")
    for doubtful in (
        "Call Erie, or me",
        "Meet in Meadville or Erie, in",
        "12 Oak St Meedville, PA 16335",
        "Corner of Main and Oak",
        "12 Main St, Apt 4, XX 16335",
    ):
        assert split_address(doubtful) == {"address_1": doubtful}
    assert is_po_box("P.O. Box 9")
    assert is_po_box("PO Box 9")
    assert not is_po_box("12 Box St")


def test_labels_in_a_cell_of_an_address():
    assert split_address("Street: 12 Main St\nCity: Meadville\nState: PA\nZip: 16335") == {
        "address_1": "12 Main St", "city": "Meadville", "state_province": "PA",
        "postal_code": "16335",
    }  # fmt: skip
    assert split_address("12 Main St, City: Meadville State: PA, County: Crawford") == {
        "address_1": "12 Main St", "city": "Meadville", "state_province": "PA",
        "region": "Crawford",
    }  # fmt: skip


def test_rules_on_who_can_get_it_are_sentences_and_a_no_is_none(sheet):
    header = (
        "Agency", "Service", "service_income_limit", "service_require_veteran",
        "service_immigration_status", "Gender",
    )  # fmt: skip
    outcome = sheet(
        ("Hope", "Legal help", "200", "true", "Refugee; Asylee", "F"),
        ("Hope", "Pantry", "$30,000 a year", "false", "false", ""),
        header=header,
    )
    found = {each.name: each.eligibility_description for each in outcome.records("service")}
    assert found["Legal help"].splitlines() == [
        "Income limit: 200 (dollars or percent is not said; ask).", "For: veterans.",
        "Immigration status: Refugee; Asylee.", "Gender: women.",
    ]  # fmt: skip
    assert found["Pantry"] == "Income limit: $30,000 a year."


def test_a_state_alone_is_no_street(sheet):
    header = ("Agency", "Location name", "Address", "Phone")
    outcome = sheet(("Hope", "Hall", "State: PA", "814-555-0123"), header=header)
    assert outcome.counts["address"] == 0
    assert outcome.one("location").name == "Hall"
    assert outcome.sourced("service")[0].origin.unmapped == {"Address": "State: PA"}


def test_hours_of_all_rows_of_a_service_are_kept(sheet):
    """A sheet with a row for each day, and one with hours in two columns."""
    rows = [("Hope", "Pantry", f"{day} 9-5") for day in ("Mon", "Tue", "Fri", "Tue")]
    found = sheet(*rows, header=("Agency", "Service", "Hours")).records("schedule")
    assert sorted(schedule.byday for schedule in found) == ["FR", "MO", "TU"]
    header = ("Agency", "Service", "Hours", "Office hours")
    found = sheet(("Hope", "Pantry", "Mon 9-5", "Tue 9-5"), header=header).records("schedule")
    assert sorted(schedule.byday for schedule in found) == ["MO", "TU"]


def test_lines_of_streets_are_places_and_a_second_line_of_an_address_is_none(sheet):
    header = ["Program Name", "Address", "Phone"]
    outcome = sheet(
        ["Two Places", "Uptown: 12 Main St\n40 Oak Ave", "814-555-0101"],
        ["One Place", "9 Pine St\nSuite 4", "814-555-0102"],
        header=header,
    )
    places = [(each.name, each.location_type) for each in outcome.records("location")]
    assert sorted(places) == [("", "physical"), ("", "physical"), ("Uptown", "physical")]
    assert {each.address_1 for each in outcome.records("address")} >= {"12 Main St", "40 Oak Ave"}


def test_zip_codes_under_who_can_get_it_are_an_area(sheet):
    header = ["Program Name", "Eligibility", "Phone"]
    outcome = sheet(
        ["By ZIP", "16335, 16354", "814-555-0101"],
        ["By age", "Over 60", "814-555-0102"],
        header=header,
    )
    assert [each.area_codes for each in outcome.records("service_area")] == ["16335|16354"]
    assert {each.eligibility_description for each in outcome.records("service")} == {"", "Over 60"}


def test_an_address_in_one_cell_makes_a_place(sheet):
    outcome = sheet(row(Agency="Hope", Street="99 Pine St, Suite 3, Erie, PA 16501"))
    address = outcome.one("address")
    assert (address.address_1, address.address_2, address.city) == ("99 Pine St", "Suite 3", "Erie")
    assert outcome.problems == []


def test_a_whole_address_beside_a_column_of_its_zip_codes_has_its_town(sheet):
    street = "12 Main St, Meadville, PA 16335"
    address = sheet(row(Agency="Hope", Street=street, Zip="16335")).one("address")
    assert (address.address_1, address.city, address.state_province, address.postal_code) == (
        "12 Main St", "Meadville", "PA", "16335",
    )  # fmt: skip
    address = sheet(row(Agency="Hope", Street=street, Zip="16501")).one("address")
    assert (address.address_1, address.city, address.postal_code) == (street, "", "16501")


@pytest.mark.parametrize(
    "cells",
    [
        {"LatLon": "-80.15,41.63"},
        {"Geocoded Location": "POINT (-80.15 41.63)"},
        {"Location": "12 Main St\nMeadville, PA 16335\n(41.63, -80.15)"},
        {"Location": "(41.63, -80.15)"},
    ],
)
def test_one_cell_gives_latitude_and_longitude(sheet, cells):
    outcome = sheet(["Hope", *cells.values()], header=["Agency", *cells])
    location = outcome.one("location")
    assert (location.latitude, location.longitude) == (41.63, -80.15)
    assert {each.city for each in outcome.records("address")} <= {"Meadville"}
    assert not outcome.problems


def test_a_cell_that_is_no_point_is_put_aside(sheet):
    cells = ["Hope", "12 Main St, Meadville, PA 16335", "see map"]
    outcome = sheet(cells, header=["Agency", "Address", "LatLon"])
    assert set(outcome.codes) == {"position-impossible"}
    assert outcome.sourced("service")[0].origin.unmapped == {"LatLon": "see map"}


def test_no_header_means_two_things():
    seen: dict[str, str] = {}
    for target in TARGETS.values():
        for header in target.words:
            assert seen.setdefault(header, target.name) == target.name
            assert target_of(header.upper()) == target.name


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("Phone (main)", "phone.number"),
        ("Phone 2", "phone.number"),
        ("*Service Name", "service.name"),
        ("ZIP/Postal Code", "address.postal_code"),
        ("E-mail", "service.email"),
        ("service_additional_information", "service.more_description"),
        ("service_income_limit", "service.more_eligibility"),
        ("Board Chair", ""),
        ("Notes", ""),
    ],
)
def test_headers(header, meaning):
    assert target_of(header) == meaning


def test_headings_by_name_and_slug():
    assert heading_named("Physical & Mental Health") == "health"
    assert heading_named("basic-needs") == "basic-needs"
    assert heading_named("Groceries") == ""


def test_columns_that_name_nothing_are_refused(tmp_path):
    path = tmp_path / "resources.csv"
    path.write_text("Agency\nHope\n")
    with pytest.raises(RefusedError, match="one more"):
        open_list(path)


@pytest.mark.slow
def test_real_spreadsheets_in_their_own_columns(shared_data):
    folder = shared_data / "florida-legal-aid"
    services = read_list(folder / "services.csv")
    assert services.counts["service"] == 134
    assert services.counts["organization"] == 18
    assert [row.problems[0].code for row in services.refused] == ["row-shifted"]
    locations = read_list(folder / "locations.csv")
    assert locations.counts["location"] > 350
    assert locations.refused == []


def test_a_row_that_says_how_to_fill_in_the_columns_is_no_service(sheet):
    asking = row(
        Agency="The name of your organization.",
        Program_Name="The name of your program. Please use one row for each.",
        What_They_Do="In a few sentences, what do you offer?",
        Phone="The best number to call.",
        Cost='Does it cost anything? Please write "none" if not.',
    )
    outcome = sheet(asking, PANTRY)
    assert outcome.one("service").name == "Food Pantry"
    assert [problem.code for problem in outcome.problems] == ["row-passed-over"]
    listed = row(Program_Name="Are you ready to learn?", What_They_Do="Bring your own laptop.")
    assert sheet(listed).one("service").name == "Are you ready to learn?"


@pytest.mark.parametrize(
    "cell", ["English & Spanish", "Spanish or English", "English, and Spanish"]
)
def test_two_languages_in_any_words_are_two(sheet, cell):
    outcome = sheet(["Hope Center", cell], header=["Agency", "Languages"])
    assert sorted(each.code for each in outcome.records("language")) == ["en", "es"]


def test_a_group_of_people_ends_with_one_stop(sheet):
    outcome = sheet(["Hope Center", "18 years and older."], header=["Agency", "Age Groups"])
    assert outcome.one("service").eligibility_description == "For: 18 years and older."


def test_a_number_beside_a_name_is_a_phone_of_the_service(sheet):
    outcome = sheet(["Hope Center", "Jo Doe, 814-555-0101"], header=["Agency", "Best Contact"])
    phone = outcome.one("phone")
    said = (phone.service_id, phone.tel, phone.description)
    assert said == (outcome.one("service").id, "+18145550101", "Jo Doe")
    assert outcome.one("contact").name == "Jo Doe"


@pytest.mark.parametrize(
    ("own", "contact", "email", "people"),
    [
        ("", "help@example.org", "help@example.org", []),
        ("", "Jo Doe, jo@example.org", "jo@example.org", ["Jo Doe"]),
        ("own@example.org", "help@example.org", "own@example.org", ["help@example.org"]),
        ("", "a@example.org or b@example.org", "a@example.org", ["a@example.org or b@example.org"]),
    ],
)
def test_an_email_address_of_a_contact_is_the_services_where_it_has_none(
    sheet, own, contact, email, people
):
    outcome = sheet(["Hope", own, contact], header=["Agency", "Service email", "Best Contact"])
    assert outcome.one("service").email == email
    assert [each.name for each in outcome.records("contact")] == people


def test_a_secret_number_stays_secret_beside_a_name(sheet):
    header = ["Agency", "Best Contact", "Phone private"]
    for cell in ("Jo Doe, 814-555-0101, jo@example.org", "814-555-0101 or jo@example.org"):
        outcome = sheet(["Hope", cell, "yes"], header=header)
        assert outcome.one("phone").visibility is Visibility.WITHHELD
        assert outcome.one("contact").visibility is Visibility.WITHHELD
        assert outcome.one("service").email == ""
