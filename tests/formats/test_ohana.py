"""Ohana lists: the official sample, and its small good and bad files."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from referral.errors import RefusedError
from referral.formats.files.tables import Tables, read_table
from referral.formats.ohana.columns import check_headers
from referral.formats.ohana.rows import READERS
from referral.formats.provider_list import open_list
from referral.formats.reading.items import Item, RefusedRow, sort_parents_first
from referral.formats.reading.row_reader import RecordBuilder
from referral.records.kinds import SourcedRecord
from referral.records.problems import Severity
from tests.formats.conftest import SOURCE, Outcome, outcome_of, read_list

# What the small files point at: the readers need the locations for the services.
PARENTS = {
    "taxonomy": "taxonomy_id,name,parent_id,parent_name\n101,Emergency,,\n102,Food,,\n",
    "organizations": "id,name\n1,Hope\n2,Help\n",
    "programs": "id,organization_id,name\n1,1,Pantries\n",
    "locations": "id,organization_id,name\n1,1,Hall\n2,1,Annex\n3,2,House\n",
    "services": "id,location_id,name\n1,1,Food\n",
    "contacts": "id,location_id,name\n1,1,Ann\n",
}


@pytest.fixture
def fixture_file(shared_data: Path) -> Callable[[str, str], Outcome]:
    """Read one of the small files in the place of that table, with the parents it needs."""

    def read(name: str, stem: str) -> Outcome:
        content = (shared_data / "ohana-sample" / "bad-row-fixtures" / name).read_bytes()
        tables = Tables(
            {
                **{s: read_table(f"{s}.csv", text.encode()) for s, text in PARENTS.items()},
                stem: read_table(name, content),
            }
        )
        items = [
            item for reader in READERS.values() for item in reader(tables, RecordBuilder(SOURCE))
        ]
        outcome = outcome_of(sort_parents_first(items))
        return Outcome(tuple(item for item in outcome.items if file_of(item) == name))

    def file_of(item: Item) -> str:
        if isinstance(item, SourcedRecord):
            return item.origin.file
        return item.problems[0].file if isinstance(item, RefusedRow) else item.file

    return read


BAD = [
    ("contact_with_no_parent.csv", "contacts", 2, "parent-missing", "organization_id", True),
    (
        "holiday_schedule_with_no_parent.csv",
        "holiday_schedules",
        2,
        "parent-missing",
        "service_id",
        True,
    ),
    ("hs_with_invalid_date.csv", "holiday_schedules", 2, "date-not-understood", "end_date", True),
    ("invalid_address.csv", "addresses", 2, "address-incomplete", "city", False),
    ("invalid_category.csv", "taxonomy", 2, "name-missing", "name", True),
    ("invalid_contact.csv", "contacts", 2, "name-missing", "name", False),
    ("invalid_holiday_schedule.csv", "holiday_schedules", 2, "time-missing", "closes_at", False),
    ("invalid_location.csv", "locations", 2, "name-missing", "name", False),
    ("invalid_location_org.csv", "locations", 2, "unknown-parent", "organization_id", False),
    ("invalid_mail_address.csv", "mail_addresses", 2, "address-incomplete", "address_1", False),
    (
        "invalid_mail_address_location.csv",
        "mail_addresses",
        2,
        "unknown-parent",
        "location_id",
        True,
    ),
    ("invalid_org.csv", "organizations", 2, "name-missing", "name", True),
    ("invalid_parent_category.csv", "taxonomy", 2, "unknown-parent", "parent_id", False),
    ("invalid_phone.csv", "phones", 2, "phone-type-missing", "number_type", False),
    ("invalid_program.csv", "programs", 2, "name-missing", "name", True),
    ("invalid_regular_schedule.csv", "regular_schedules", 2, "time-missing", "closes_at", False),
    ("invalid_service.csv", "services", 2, "name-missing", "name", True),
    ("invalid_service_location.csv", "services", 2, "unknown-parent", "location_id", True),
    ("missing_address.csv", "addresses", 2, "unknown-parent", "location_id", True),
    (
        "org_with_invalid_date.csv",
        "organizations",
        2,
        "date-not-understood",
        "date_incorporated",
        False,
    ),
    ("phone_with_no_parent.csv", "phones", 2, "parent-missing", "organization_id", True),
    ("program_with_no_parent.csv", "programs", 2, "parent-missing", "organization_id", True),
    (
        "regular_schedule_with_no_parent.csv",
        "regular_schedules",
        2,
        "parent-missing",
        "service_id",
        True,
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[0])
def test_bad_files_are_named_by_line_and_column(fixture_file, bad):
    name, stem, line, code, column, refused = bad
    outcome = fixture_file(name, stem)
    found = [p for p in outcome.problems if p.code == code]
    assert [(p.file, p.line, p.column) for p in found] == [(name, line, column)]
    assert found[0].severity is (Severity.ERROR if refused else Severity.WARNING)
    assert len(outcome.refused) == (1 if refused else 0)
    assert {p.line for p in outcome.problems} == {line}


GOOD = [
    ("existing_category.csv", "taxonomy", "taxonomy_term", 1),
    ("hs_with_2_digit_year.csv", "holiday_schedules", "schedule", 1),
    ("hs_with_spelled_out_date.csv", "holiday_schedules", "schedule", 1),
    ("locations.csv", "locations", "location", 3),
    ("org_with_2_digit_year.csv", "organizations", "organization", 1),
    ("org_with_spelled_out_date.csv", "organizations", "organization", 1),
    ("programs.csv", "programs", "program", 1),
    ("services.csv", "services", "service", 0),
    ("taxonomy.csv", "taxonomy", "taxonomy_term", 0),
    ("valid_address.csv", "addresses", "address", 3),
    ("valid_category.csv", "taxonomy", "taxonomy_term", 4),
    ("valid_contact_phone.csv", "phones", "phone", 1),
    ("valid_location.csv", "locations", "location", 1),
    ("valid_location_contact.csv", "contacts", "contact", 1),
    ("valid_location_holiday_schedule.csv", "holiday_schedules", "schedule", 1),
    ("valid_location_phone.csv", "phones", "phone", 1),
    ("valid_location_regular_schedule.csv", "regular_schedules", "schedule", 1),
    ("valid_mail_address.csv", "mail_addresses", "address", 1),
    ("valid_org.csv", "organizations", "organization", 1),
    ("valid_org_contact.csv", "contacts", "contact", 1),
    ("valid_org_phone.csv", "phones", "phone", 1),
    ("valid_program.csv", "programs", "program", 1),
    ("valid_service.csv", "services", "service", 1),
    ("valid_service_contact.csv", "contacts", "contact", 1),
    ("valid_service_holiday_schedule.csv", "holiday_schedules", "schedule", 1),
    ("valid_service_phone.csv", "phones", "phone", 1),
    ("valid_service_regular_schedule.csv", "regular_schedules", "schedule", 1),
]


@pytest.mark.parametrize(("name", "stem", "kind", "count"), GOOD)
def test_good_files_are_taken_without_a_word(fixture_file, name, stem, kind, count):
    outcome = fixture_file(name, stem)
    assert [(p.code, p.line, p.column) for p in outcome.problems] == []
    assert outcome.counts[kind] == count


def test_the_table_above_knows_every_small_file(shared_data):
    known = {row[0] for row in (*BAD, *GOOD)} | {"invalid_program_headers.csv"}
    files = {p.name for p in (shared_data / "ohana-sample" / "bad-row-fixtures").glob("*.csv")}
    assert known == files


def test_a_missing_header_refuses_the_list_and_is_named(shared_data):
    path = shared_data / "ohana-sample" / "bad-row-fixtures" / "invalid_program_headers.csv"
    table = read_table("programs.csv", path.read_bytes())
    with pytest.raises(RefusedError, match=r"programs\.csv has no column alternate_name"):
        check_headers(Tables({"programs": table}))


def test_a_missing_file_refuses_the_list_and_is_named(tmp_path, shared_data):
    sample = shared_data / "ohana-sample" / "sample-csv"
    for path in sample.glob("*.csv"):
        if path.name != "addresses.csv":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(RefusedError, match=r"addresses\.csv"):
        open_list(tmp_path)


@pytest.fixture(scope="module")
def sample(shared_data: Path) -> Outcome:
    return read_list(shared_data / "ohana-sample" / "sample-csv")


def test_the_whole_sample_is_taken(sample):
    assert sample.refused == []
    assert sample.counts == {
        "taxonomy": 1, "taxonomy_term": 290, "organization": 8, "program": 1, "service": 23,
        "location": 22, "service_at_location": 23, "contact": 31, "phone": 54, "address": 42,
        "schedule": 15, "service_area": 32, "language": 32, "accessibility": 41,
        "required_document": 1, "funding": 59, "attribute": 6,
    }  # fmt: skip


def test_a_service_belongs_to_the_organization_of_its_location(sample):
    organizations = {o.id: o.name for o in sample.records("organization")}
    names = {s.name: organizations[s.organization_id] for s in sample.records("service")}
    assert names["Fair Oaks Adult Activity Center"] == "Peninsula Family Service"


def test_lists_in_cells_become_records(sample):
    passport = next(s for s in sample.records("service") if s.alternate_name)
    assert "|" in passport.keywords
    assert "Payment: Cash, Check, Credit Card." in passport.fees_description
    terms = {t.id: t.code for t in sample.records("taxonomy_term")}
    codes = {
        terms[a.taxonomy_term_id] for a in sample.records("attribute") if a.link_id == passport.id
    }
    assert codes == {"105", "108", "108-05", "108-05-01", "111", "111-05"}
    assert {t.taxonomy for t in sample.records("taxonomy_term")} == {"Open Eligibility (Ohana)"}


def test_audience_is_added_to_eligibility(sample):
    meals = next(
        s for s in sample.records("service") if s.name.startswith("Meals on Wheels - South")
    )
    assert meals.eligibility_description == (
        "Homebound person unable to cook or shop\n"
        "Senior citizens age 60 or over, disabled individuals age 18-59"
    )


def test_areas_know_their_state_from_the_address(sample):
    areas = {(a.name, a.area_kind, a.area_codes) for a in sample.records("service_area")}
    assert ("San Mateo County", "county", "San Mateo County, CA") in areas
    assert ("Belmont", "city", "Belmont, CA") in areas


def test_mail_is_postal_and_virtual_is_virtual(sample):
    kinds = [a.address_type for a in sample.records("address")]
    assert (kinds.count("physical"), kinds.count("postal")) == (21, 21)
    assert [p.location_type for p in sample.records("location")].count("virtual") == 1


def test_hours_and_holidays(sample):
    schedules = sample.records("schedule")
    told = {(s.byday, s.opens_at, s.closes_at) for s in schedules}
    assert ("MO", "14:00", "16:00") in told
    assert ("WE", "10:00", "15:00") in told
    christmas = next(s for s in schedules if s.valid_from)
    assert (christmas.valid_from, christmas.valid_to) == (date(2015, 12, 24), date(2015, 12, 24))
    assert (christmas.opens_at, christmas.closes_at, christmas.closed) == ("10:00", "16:00", False)
    words = {s.description for s in schedules}
    assert "Closed every year: January 1" in words
    assert "Closed every year: June 1 to September 1" in words
    assert "Monday 9am - 03:00" in words


def test_phones_say_what_they_are(sample):
    types = {p.type for p in sample.records("phone")}
    assert types == {"voice", "fax", "text", "textphone"}
    assert any("Hotline" in p.description for p in sample.records("phone"))
    assert any("222-555-INFO" in p.description for p in sample.records("phone"))
