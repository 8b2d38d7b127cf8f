"""HSDS 1.1 lists: terms, numbered days, and the words other files add to a service."""

from datetime import date

from hypothesis import given
from hypothesis.strategies import integers, permutations, sets

from referral.formats.files.tables import Tables, read_table
from referral.formats.open_referral.sheets import SHEETS
from referral.formats.provider_list import open_list
from referral.formats.reading.row_reader import RecordBuilder, plain_items
from referral.records.problems import Severity
from tests.formats.conftest import read_list
from tests.support.county_lists import LANGUAGES, WEEKDAYS, hsds1_county

LANGUAGES_FILE = next(sheet for sheet in SHEETS if sheet.file == "languages")
_LANGUAGE = ("English", "Spanish", "French", "Hmong", "Arabic", "Tagalog")
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
    assert opened.format == "open-referral"
    assert [notice.file for notice in opened.notices] == []
    outcome = read_list(folder(FILES))
    assert outcome.refused == []
    assert outcome.counts == {
        "taxonomy": 1, "taxonomy_term": 2, "organization": 1, "service": 1, "location": 1,
        "service_at_location": 1, "schedule": 2, "attribute": 2, "funding": 1,
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
    assert open_list(folder(files)).format == "open-referral"


def test_rows_that_share_an_id_all_arrive(tmp_path):
    """Exports of whole counties give all languages, and weekdays, of a service one id."""
    outcome = read_list(hsds1_county(tmp_path / "county", 30))
    assert outcome.refused == []
    spoken, hours = outcome.records("language"), outcome.records("schedule")
    assert len(spoken) == 30 * len(LANGUAGES)
    assert len(hours) == 30 * WEEKDAYS
    services = {record.id for record in outcome.records("service")}
    assert {(one.service_id, one.name) for one in spoken} == {
        (service, language) for service in services for language in LANGUAGES
    }
    assert {(one.service_id, one.byday) for one in hours} == {
        (service, day) for service in services for day in ("MO", "TU", "WE", "TH", "FR")
    }


def test_an_id_of_its_own_stays_the_key(folder):
    (hours, _) = read_list(folder(FILES)).sourced("schedule")
    assert hours.origin.key == "regular/h1"


@given(order=permutations(range(6)), repeated=sets(integers(0, 5)))
def test_rows_that_share_an_id_keep_their_records_in_any_order(order, repeated):
    def ids(numbers):
        lines = "".join(f"7,s1,{name}\n" for name in map(_LANGUAGE.__getitem__, numbers))
        table = read_table("languages.csv", f"id,service_id,language\n{lines}".encode())
        tables = Tables({"languages": table})
        items = list(plain_items(tables, LANGUAGES_FILE, RecordBuilder("s")))
        return {(item.record.name, item.record.id) for item in items if hasattr(item, "record")}

    found = ids([*order, *repeated])
    assert found == ids(range(6))
    assert len(found) == 6


def test_a_row_that_says_the_same_again_is_left_out_and_counted(folder):
    line = FILES["regular_schedules.csv"].splitlines()[1]
    files = {**FILES, "regular_schedules.csv": f"{FILES['regular_schedules.csv']}{line}\n{line}\n"}
    outcome = read_list(folder(files))
    assert outcome.refused == []
    assert outcome.counts["schedule"] == 2
    [problem] = [each for each in outcome.problems if each.code == "rows-repeated"]
    assert (problem.file, problem.line) == ("regular_schedules.csv", 3)
    assert "left out: 2." in problem.detail


def test_eligibility_that_names_no_service_is_counted_in_one_line(folder):
    lost = "".join(f"e{number},,adult {number}\n" for number in range(2, 50))
    files = {**FILES, "eligibility.csv": f"{FILES['eligibility.csv']}{lost}x,gone,veteran\n"}
    outcome = read_list(folder(files))
    assert outcome.one("service").eligibility_description == "adult"
    unknown, counted = [p for p in outcome.problems if p.file == "eligibility.csv"]
    assert (unknown.code, unknown.line) == ("unknown-parent", 51)
    assert (counted.code, counted.severity, counted.line) == (
        "rows-without-parent",
        Severity.ERROR,
        3,
    )
    assert "about: 48." in counted.detail
