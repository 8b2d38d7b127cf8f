"""HSDS 1.1 lists: terms, numbered days, and the words other files add to a service."""

from datetime import date

from referral.formats.provider_list import open_list
from tests.formats.conftest import read_list

FILES = {
    "organizations.csv": "id,name,alternate_name,description,email,url\no1,Hope,,Helps,,hope.example.org\n",
    "services.csv": "id,organization_id,program_id,name,status,fees,accrediations,taxonomy_ids\n"
    's1,o1,,Food pantry,active,Free,BBB,"t1,t2"\n',
    "taxonomy.csv": "id,name,parent_id,parent_name,vocabulary\nt1,Food,,,Needs\nt2,Pantry,t1,Food,Needs\n",
    "services_taxonomy.csv": "id,service_id,taxonomy_id,taxonomy_detail\nx1,s1,t2,often\n",
    "locations.csv": "id,organization_id,name\nl1,o1,Hall\n",
    "services_at_location.csv": "id,service_id,location_id,description\nsl1,s1,l1,\n",
    "regular_schedules.csv": "id,service_id,location_id,service_at_location_id,weekday,opens_at,closes_at\n"
    "h1,,,sl1,2,09:00,17:00\n",
    "holiday_schedules.csv": "id,service_id,location_id,service_at_location_id,closed,opens_at,closes_at,start_date,end_date\n"
    "h1,s1,,,true,,,2026-12-25,2026-12-25\n",
    "eligibility.csv": "id,service_id,eligibility\ne1,s1,adult\n",
    "payments_accepted.csv": "id,service_id,payment\np1,s1,cash\n",
    "funding.csv": "id,organization_id,service_id,source\nf1,o1,,City\n",
}


def test_every_table_is_read_or_named(folder):
    opened = open_list(folder(FILES))
    assert opened.format == "hsds-1"
    assert [notice.file for notice in opened.notices] == ["funding.csv"]
    outcome = read_list(folder(FILES))
    assert outcome.refused == []
    assert outcome.counts == {
        "taxonomy": 1, "taxonomy_term": 2, "organization": 1, "service": 1, "location": 1,
        "service_at_location": 1, "schedule": 2, "attribute": 2,
    }  # fmt: skip
    service = outcome.one("service")
    assert (service.accreditations, service.eligibility_description) == ("BBB", "adult")
    assert service.fees_description == "Free\nPayment: cash."


def test_how_numbered_days_were_taken_is_said_with_one_to_check(folder):
    outcome = read_list(folder(FILES))
    (problem,) = outcome.problems
    assert (problem.code, problem.file, problem.line) == (
        "weekdays-numbered",
        "regular_schedules.csv",
        2,
    )
    assert "Tuesday 09:00 to 17:00" in problem.detail


def test_hours_and_holidays(folder):
    weekly, holiday = read_list(folder(FILES)).records("schedule")
    assert (weekly.byday, weekly.opens_at) == ("TU", "09:00")
    assert (holiday.closed, holiday.valid_from) == (True, date(2026, 12, 25))


def test_a_second_reading_finds_the_same_records(folder):
    assert read_list(folder(FILES)).ids == read_list(folder(FILES)).ids


def test_it_is_no_ohana_list_and_no_hsds_2_list(folder):
    files = {**FILES, "taxonomy_terms.csv": "id,term\n1,Food\n"}
    assert open_list(folder(files)).format == "hsds-2"
