"""Ohana lists: good and bad rows of each table, and a small list with all of them."""

from datetime import date

import pytest

from referral.formats.files.tables import Tables, read_table
from referral.formats.open_referral.read_tables import read_open_referral
from referral.formats.reading.items import Item, RefusedRow, sort_parents_first
from referral.records.kinds import SourcedRecord
from referral.records.problems import Severity
from tests.formats.conftest import SOURCE, Outcome, outcome_of, read_list
from tests.support.county_lists import ohana_county, write_ohana

# What the rows below point at: the readers need the locations for the services.
PARENTS = {
    "taxonomy": "taxonomy_id,name,parent_id,parent_name\n101,Emergency,,\n102,Food,,\n",
    "organizations": "id,name\n1,Hope\n2,Help\n",
    "programs": "id,organization_id,name\n1,1,Pantries\n",
    "locations": "id,organization_id,name\n1,1,Hall\n2,1,Annex\n3,2,House\n",
    "services": "id,location_id,name\n1,1,Food\n",
    "contacts": "id,location_id,name\n1,1,Ann\n",
}
TRIED = "tried.csv"


def outcome_of_row(stem: str, header: str, row: str) -> Outcome:
    """Read one row in the place of that table, with the parents it needs."""
    tables = Tables(
        {
            **{s: read_table(f"{s}.csv", text.encode()) for s, text in PARENTS.items()},
            stem: read_table(TRIED, f"{header}\n{row}\n".encode()),
        }
    )
    items = list(read_open_referral(tables, SOURCE))
    outcome = outcome_of(sort_parents_first(items))
    return Outcome(tuple(item for item in outcome.items if file_of(item) == TRIED))


def file_of(item: Item) -> str:
    if isinstance(item, SourcedRecord):
        return item.origin.file
    return item.problems[0].file if isinstance(item, RefusedRow) else item.file


ADDRESS = "id,location_id,address_1,city,state_province,postal_code"
CONTACT = "id,location_id,organization_id,service_id,name"
HOLIDAY = "id,location_id,service_id,start_date,end_date,closed,opens_at,closes_at"
HOURS = "id,location_id,service_id,weekday,opens_at,closes_at"
MAIL = "id,location_id,attention,address_1,city,state_province,postal_code"
ORGANIZATION = "id,name,date_incorporated"
PHONE = "id,contact_id,location_id,organization_id,service_id,number,number_type"
PLACE = "id,organization_id,name,latitude,longitude,languages"
PROGRAM = "id,organization_id,name"
SERVICE = "id,location_id,program_id,name,status"
TERM = "taxonomy_id,name,parent_id,parent_name"

# Table, header, row, code of the problem, its column, whether the row is refused.
BAD = [
    ("contacts", CONTACT, "7,,,,Bo", "parent-missing", "organization_id", True),
    ("holiday_schedules", HOLIDAY, "7,,,5/1/27,5/1/27,TRUE,,", "parent-missing", "service_id", True),
    ("holiday_schedules", HOLIDAY, "7,1,,5/1/27,5/41/27,TRUE,,", "date-not-understood", "end_date",
     True),
    ("holiday_schedules", HOLIDAY, "7,1,,5/1/27,5/1/27,,8:15,", "time-missing", "closes_at", False),
    ("addresses", ADDRESS, "7,1,12 Elm St,,PA,16335", "address-incomplete", "city", False),
    ("addresses", ADDRESS, "7,99,12 Elm St,Zorb,PA,16335", "unknown-parent", "location_id", True),
    ("mail_addresses", MAIL, "7,1,Bo,,Zorb,PA,16335", "address-incomplete", "address_1", False),
    ("mail_addresses", MAIL, "7,99,Bo,Box 4,Zorb,PA,16335", "unknown-parent", "location_id", True),
    ("taxonomy", TERM, "101-07,,,", "name-missing", "name", True),
    ("taxonomy", TERM, "101-07,Floods,9,", "unknown-parent", "parent_id", False),
    ("locations", PLACE, "7,99,Shed,,,", "unknown-parent", "organization_id", False),
    ("organizations", ORGANIZATION, "7,,1/1/1990", "name-missing", "name", True),
    ("organizations", ORGANIZATION, "7,Care,31/2/90", "date-not-understood", "date_incorporated",
     False),
    ("phones", PHONE, "7,,,,,814-555-0107,voice", "parent-missing", "organization_id", True),
    ("programs", PROGRAM, "7,1,", "name-missing", "name", True),
    ("programs", PROGRAM, "7,,Meals", "no-organization", "organization_id", False),
    ("regular_schedules", HOURS, "7,1,,Monday,8:15,", "time-missing", "closes_at", False),
    ("regular_schedules", HOURS, "7,,,Monday,8:15,4:45 PM", "parent-missing", "service_id", True),
    ("services", SERVICE, "7,1,,,active", "name-missing", "name", True),
    ("services", SERVICE, "7,99,,Meals,active", "unknown-parent", "location_id", True),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad[0]}-{bad[3]}-{bad[4]}")
def test_bad_rows_are_named_by_line_and_column(bad):
    stem, header, row, code, column, is_refused = bad
    outcome = outcome_of_row(stem, header, row)
    found = [p for p in outcome.problems if p.code == code]
    assert [(p.file, p.line, p.column) for p in found] == [(TRIED, 2, column)]
    assert found[0].severity is (Severity.ERROR if is_refused else Severity.WARNING)
    assert bool(outcome.refused) == is_refused
    assert {p.line for p in outcome.problems} == {2}


# Table, header, row, and the kind of the one record that comes of it.
GOOD = [
    ("addresses", ADDRESS, "7,1,12 Elm St,Zorb,PA,16335", "address"),
    ("contacts", CONTACT, "7,1,,,Bo", "contact"),
    ("contacts", CONTACT, "7,,1,,Bo", "contact"),
    ("contacts", CONTACT, "7,,,1,Bo", "contact"),
    ("holiday_schedules", HOLIDAY, "7,1,,5/1/27,5/2/27,FALSE,10:15,2:45 PM", "schedule"),
    ("holiday_schedules", HOLIDAY, "7,,1,5/1/2027,5/2/2027,TRUE,,", "schedule"),
    ("holiday_schedules", HOLIDAY, '7,1,,"May 1, 2027","May 1, 2027",TRUE,,', "schedule"),
    ("locations", PLACE, '7,1,Shed,41.6,-79.7,"French, spanish"', "location"),
    ("mail_addresses", MAIL, "7,1,Bo,Box 4,Zorb,PA,16335", "address"),
    ("organizations", ORGANIZATION, "7,Care,5/1/90", "organization"),
    ("organizations", ORGANIZATION, '7,Care,"May 1, 1990"', "organization"),
    ("phones", PHONE, "7,1,,,,814-555-0107,voice", "phone"),
    ("phones", PHONE, "7,,1,,,814-555-0107,voice", "phone"),
    ("phones", PHONE, "7,,,1,,814-555-0107,voice", "phone"),
    ("phones", PHONE, "7,,,,1,814-555-0107,voice", "phone"),
    ("programs", PROGRAM, "7,1,Meals", "program"),
    ("regular_schedules", HOURS, "7,1,,Monday,8:15,4:45 PM", "schedule"),
    ("regular_schedules", HOURS, "7,,1,Monday,8:15,4:45 PM", "schedule"),
    ("services", SERVICE, "7,1,1,Meals,active", "service"),
    ("taxonomy", TERM, "101,Emergency,,", "taxonomy_term"),
    ("taxonomy", f"{TERM}\n101,Emergency,,", "101-07,Floods,101,Emergency", "taxonomy_term"),
]


@pytest.mark.parametrize(("stem", "header", "row", "kind"), GOOD)
def test_good_rows_are_read_without_a_problem(stem, header, row, kind):
    outcome = outcome_of_row(stem, header, row)
    assert [(p.code, p.line, p.column) for p in outcome.problems] == []
    assert outcome.counts[kind] == 1 + header.count("\n")


def test_an_empty_table_has_no_records():
    outcome = outcome_of_row("services", SERVICE, "")
    assert (outcome.counts["service"], list(outcome.problems)) == (0, [])


def test_rows_that_point_at_a_table_that_is_not_there_are_a_doubt(tmp_path):
    ohana_county(tmp_path, 2)
    (tmp_path / "organizations.csv").unlink()
    doubts = [p for p in read_list(tmp_path).problems if p.severity is Severity.DOUBT]
    assert {(p.code, p.file, p.column) for p in doubts} == {
        ("table-missing", "locations.csv", "organization_id")
    }
    assert "organizations.csv" in doubts[0].detail


def test_the_official_sample_is_read_whole(shared_data):
    sample = read_list(shared_data / "ohana-sample" / "sample-csv")
    assert sample.refused == []
    assert sample.counts == {
        "taxonomy": 1, "taxonomy_term": 290, "organization": 8, "program": 1, "service": 23,
        "location": 22, "service_at_location": 23, "contact": 31, "phone": 54, "address": 42,
        "schedule": 15, "service_area": 32, "language": 32, "accessibility": 41,
        "required_document": 1, "funding": 59, "attribute": 6,
    }  # fmt: skip


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Outcome:
    """Read a list of two organizations with every table and habit of the format."""
    return read_list(
        write_ohana(
            tmp_path_factory.mktemp("ohana"),
            organizations=[{"id": "1", "name": "Hope"}, {"id": "2", "name": "Help"}],
            locations=[
                {"id": "1", "organization_id": "1", "name": "Hall"},
                {"id": "2", "organization_id": "2", "name": "By phone", "virtual": "true"},
            ],
            addresses=[{"id": "1", "location_id": "1", "address_1": "12 Elm St", "city": "Zorb",
                        "state_province": "PA", "postal_code": "16335"}],
            mail_addresses=[{"id": "1", "location_id": "1", "address_1": "Box 4", "city": "Zorb",
                             "state_province": "PA", "postal_code": "16335"}],
            taxonomy=[{"taxonomy_id": "108", "name": "Food", "parent_id": ""},
                      {"taxonomy_id": "108-05", "name": "Meals", "parent_id": "108"},
                      {"taxonomy_id": "111", "name": "Care", "parent_id": ""}],
            services=[
                {"id": "1", "location_id": "1", "name": "Hot meals", "status": "active",
                 "keywords": "lunch, soup", "accepted_payments": "Cash, Check",
                 "eligibility": "Who cannot cook", "audience": "Age 60 or over",
                 "service_areas": "Zorb County, Meadville", "taxonomy_ids": "108, 108-05"},
                {"id": "2", "location_id": "2", "name": "Listening", "status": "active",
                 "taxonomy_ids": "111"},
            ],
            phones=[
                {"id": "1", "location_id": "1", "number": "814-555-0107", "number_type": "voice",
                 "vanity_number": "814-555-HELP"},
                {"id": "2", "service_id": "2", "number": "814-555-0108", "number_type": "hotline"},
                {"id": "3", "location_id": "1", "number": "814-555-0109", "number_type": "fax"},
                {"id": "4", "service_id": "2", "number": "814-555-0110", "number_type": "sms"},
                {"id": "5", "service_id": "2", "number": "814-555-0111", "number_type": "tty"},
            ],
            regular_schedules=[
                {"id": "1", "service_id": "1", "weekday": "Monday", "opens_at": "11:30",
                 "closes_at": "2:00 PM"},
                {"id": "2", "location_id": "2", "weekday": "Tuesday", "opens_at": "9am",
                 "closes_at": "04:00"},
            ],
            holiday_schedules=[
                {"id": "1", "service_id": "1", "start_date": "12/24/2027", "end_date": "12/24/27",
                 "closed": "false", "opens_at": "11:30", "closes_at": "12:30"},
                {"id": "2", "location_id": "1", "start_date": "May 01, 0001",
                 "end_date": "May 01, 0001", "closed": "true"},
                {"id": "3", "location_id": "1", "start_date": "June 01, 0001",
                 "end_date": "July 01, 0001", "closed": "true"},
            ],
        )
    )  # fmt: skip


def test_a_service_belongs_to_the_organization_of_its_location(county):
    organizations = {o.id: o.name for o in county.records("organization")}
    owners = {s.name: organizations[s.organization_id] for s in county.records("service")}
    assert owners == {"Hot meals": "Hope", "Listening": "Help"}


def test_lists_in_cells_become_records(county):
    meals = next(s for s in county.records("service") if s.name == "Hot meals")
    assert meals.keywords == "lunch|soup"
    assert "Payment: Cash, Check." in meals.fees_description
    terms = {t.id: t.code for t in county.records("taxonomy_term")}
    codes = {
        terms[a.taxonomy_term_id] for a in county.records("attribute") if a.link_id == meals.id
    }
    assert codes == {"108", "108-05"}


def test_audience_is_added_to_eligibility(county):
    meals = next(s for s in county.records("service") if s.name == "Hot meals")
    assert meals.eligibility_description == "Who cannot cook\nAge 60 or over"


def test_areas_have_the_state_of_the_address(county):
    areas = {(a.name, a.area_kind, a.area_codes) for a in county.records("service_area")}
    assert areas == {
        ("Zorb County", "county", "Zorb County, PA"),
        ("Meadville", "city", "Meadville, PA"),
    }


def test_mail_is_postal_and_virtual_is_virtual(county):
    assert [a.address_type for a in county.records("address")] == ["physical", "postal"]
    assert [p.location_type for p in county.records("location")] == ["physical", "virtual"]


def test_hours_and_holidays(county):
    schedules = county.records("schedule")
    assert ("MO", "11:30", "14:00") in {(s.byday, s.opens_at, s.closes_at) for s in schedules}
    christmas = next(s for s in schedules if s.valid_from)
    assert (christmas.valid_from, christmas.valid_to) == (date(2027, 12, 24), date(2027, 12, 24))
    assert (christmas.opens_at, christmas.closes_at, christmas.closed) == ("11:30", "12:30", False)
    words = {s.description for s in schedules}
    assert "Closed every year: May 1" in words
    assert "Closed every year: June 1 to July 1" in words
    assert "Tuesday 9am - 04:00" in words


def test_phones_have_types_and_descriptions(county):
    phones = {p.number[-4:]: (p.type, p.description) for p in county.records("phone")}
    assert {kind for kind, _ in phones.values()} == {"voice", "fax", "text", "textphone"}
    assert "Hotline" in phones["0108"][1]
    assert "814-555-HELP" in phones["0107"][1]
