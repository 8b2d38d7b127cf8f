"""What leaves is HSDS 3.1, harmless in spreadsheets, and only what everybody may see."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from referral.errors import RefusedError
from referral.formats.writing.airs_xml import key_of
from referral.formats.writing.hsds_tables import descriptor, write_package
from referral.formats.writing.hsds_values import TABLES, cell_of, values_of
from referral.open_data.records import ExportFormat
from referral.records.hsds import Location, Phone, Schedule, Service
from referral.records.visibility import Audience
from referral.store.listings import load_listings
from tests.open_data.files.random_lists import exported, public_records, take_in
from tests.support.editing import HALL, PANTRY, SAFE_HOUSE, SHELTER, SOURCE, bring_in
from tests.support.plants import planted
from tests.support.provider_lists import write_hsds
from tests.test_withheld import shown_in


def tables_of(content):
    """Give the rows of a package by file, and its descriptor."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
            if name.endswith(".csv")
        }
        return rows, json.loads(archive.read("datapackage.json"))


def text_of(form, content):
    """Give all text of a file."""
    if form is ExportFormat.HSDS_JSON:
        return content.decode()
    if form is ExportFormat.AIRS_XML:
        return unescape(content.decode())
    if form is ExportFormat.HSDS_CSV:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return "\n".join(
        str(cell)
        for number in range(len(book.sheet_names))
        for row in book.get_sheet_by_index(number).to_python()
        for cell in row
    )


@pytest.mark.slow
@pytest.mark.parametrize("form", ExportFormat)
def test_nothing_withheld_leaves(sample_instance, form):
    text = text_of(form, exported(sample_instance, form))
    assert "Food Help Line" in text
    assert shown_in(text, planted()) == set()


@pytest.mark.slow
def test_it_has_the_services_and_places_that_pages_show(sample_instance):
    had = public_records(sample_instance)
    services = [key for kind, key in had if kind == "service"]
    sites = {
        (record.service_id, record.location_id)
        for (kind, _), record in had.items()
        if kind == "service_at_location"
    }
    with sample_instance.store.read() as session:
        listings = load_listings(session, services, Audience.PUBLIC)
    assert len(listings) == len(services) > 380
    shown = {(each.service.id, site.location.id) for each in listings for site in each.sites}
    assert shown == sites


@pytest.mark.parametrize("form", ExportFormat)
def test_a_shelter_held_back_leaves_without_its_place(instance, tmp_path, form):
    bring_in(instance, tmp_path)
    text = text_of(form, exported(instance, form))
    called = key_of if form is ExportFormat.AIRS_XML else str
    assert called(PANTRY) in text
    assert called(HALL) in text
    assert called(SHELTER) in text
    assert called(SAFE_HOUSE) not in text
    assert SAFE_HOUSE not in text
    assert "9 Secret Way" not in text
    assert "41.7" not in text


@pytest.mark.parametrize("hidden", ["staff", "withheld"])
@pytest.mark.parametrize("form", ExportFormat)
def test_a_public_place_with_a_hidden_address_stays_here_whole(instance, tmp_path, form, hidden):
    rows = {
        "organizations": [{"id": "o1", "name": "Seen"}],
        "services": [{"id": "s1", "organization_id": "o1", "name": "Soup", "status": "active"}],
        "locations": [
            {"id": "l1", "name": "Quiet cottage", "location_type": "physical", "latitude": "41.71",
             "longitude": "-80.14", "organization_id": "o1", "visibility": "public"},
        ],
        "service_at_location": [{"id": "a1", "service_id": "s1", "location_id": "l1"}],
        "addresses": [
            {"id": f"d{number}", "location_id": "l1", "address_1": street, "city": "Meadville",
             "state_province": "PA", "country": "US", "address_type": "physical", "visibility": how}
            for number, (street, how) in enumerate([("5 Front Street", "public"), ("9 Secret Way", hidden)])
        ],
        "phones": [{"id": "p1", "location_id": "l1", "number": "814-555-0101"}],
    }  # fmt: skip
    take_in(instance, write_hsds(tmp_path / "list", **rows))
    text = text_of(form, exported(instance, form))
    assert "Soup" in text
    for trace in ("Quiet cottage", "41.71", "5 Front Street", "9 Secret Way", "555-0101"):
        assert trace not in text


@pytest.mark.parametrize("hidden", ["staff", "withheld"])
@pytest.mark.parametrize("form", ExportFormat)
def test_what_is_made_for_a_file_is_made_of_public_records_only(instance, tmp_path, form, hidden):
    """Identifiers, keywords, partial addresses, and texts beside."""
    rows = {
        "organizations": [
            {"id": "o1", "name": "Seen", "tax_id": "", "website": "", "visibility": "public"},
            {"id": "o2", "name": "Unseen", "tax_id": "25-7654321", "website": "ask for Maud",
             "visibility": hidden},
        ],
        "services": [
            {"id": "s1", "organization_id": "o1", "name": "Soup", "status": "active",
             "email": "", "keywords": "bread", "visibility": "public"},
            {"id": "s2", "organization_id": "o1", "name": "Quiet nights", "status": "active",
             "email": "ring Maud", "keywords": "refuge", "visibility": hidden},
        ],
        "locations": [
            {"id": "l1", "name": "Cottage", "location_type": "physical", "organization_id": "o1",
             "visibility": "public"},
        ],
        "service_at_location": [{"id": "a1", "service_id": "s1", "location_id": "l1"}],
        "addresses": [
            {"id": "d1", "location_id": "l1", "address_1": "", "city": "Linesville",
             "state_province": "PA", "country": "US", "address_type": "physical",
             "visibility": hidden},
        ],
    }  # fmt: skip
    take_in(instance, write_hsds(tmp_path / "list", **rows))
    text = text_of(form, exported(instance, form))
    assert "Soup" in text
    for trace in ("Unseen", "7654321", "Maud", "Quiet nights", "refuge", "Cottage", "Linesville"):
        assert trace not in text


def test_a_hidden_parent_keeps_its_children_here_and_is_not_named(instance, tmp_path):
    rows = {
        "organizations": [
            {"id": "o1", "name": "Seen", "parent_organization_id": "o2", "visibility": "public"},
            {"id": "o2", "name": "Unseen", "parent_organization_id": "", "visibility": "staff"},
        ],
        "services": [
            {"id": "s1", "organization_id": "o1", "name": "Soup", "status": "active"},
            {"id": "s2", "organization_id": "o1", "name": "Ended", "status": "inactive"},
            {"id": "s3", "organization_id": "o2", "name": "Inner", "status": "active"},
        ],
        "locations": [
            {"id": "l1", "name": "Kitchen", "location_type": "physical", "organization_id": "o2"},
            {"id": "l2", "name": "Cellar", "location_type": "physical", "organization_id": "o2"},
        ],
        "service_at_location": [{"id": "a1", "service_id": "s1", "location_id": "l1"}],
        "phones": [
            {"id": "p1", "service_id": "s1", "location_id": "", "number": "814-555-0101"},
            {"id": "p2", "service_id": "s1", "location_id": "l2", "number": "814-555-0102"},
            {"id": "p3", "service_id": "s2", "location_id": "", "number": "814-555-0103"},
        ],
    }
    take_in(instance, write_hsds(tmp_path / "list", **rows))
    found = public_records(instance)
    names = {getattr(record, "name", "") for record in found.values()} - {""}
    assert names == {"Seen", "Soup", "Kitchen"}
    assert [r.number for (kind, _), r in found.items() if kind == "phone"] == ["814-555-0101"]
    assert all(not getattr(record, "parent_organization_id", "") for record in found.values())
    kitchen = next(record for (kind, _), record in found.items() if kind == "location")
    assert kitchen.organization_id == ""


def test_a_phone_without_a_number_is_in_no_spreadsheet(instance, tmp_path):
    rows = {
        "organizations": [{"id": "o1", "name": "Kitchens", "description": "Meals"}],
        "services": [{"id": "s1", "name": "Soup", "organization_id": "o1", "status": "active"}],
        "locations": [
            {"id": "l1", "name": "Hall", "location_type": "physical", "organization_id": "o1"},
        ],
        "phones": [
            {"id": "p1", "service_id": "s1", "organization_id": "", "number": "", "description": "noon"},
            {"id": "p2", "service_id": "", "organization_id": "o1", "number": "814-555-0101",
             "description": "desk"},
        ],
    }  # fmt: skip
    take_in(instance, write_hsds(tmp_path / "list", **rows))
    content = exported(instance, ExportFormat.XLSX)
    header, soup = (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    )
    assert soup[header.index("Phones")] == "(814) 555-0101 (desk)"


def test_one_list_leaves_by_itself(instance, tmp_path):
    bring_in(instance, tmp_path)
    assert public_records(instance, SOURCE) == public_records(instance)
    with pytest.raises(RefusedError, match="Imports has the names"):
        exported(instance, ExportFormat.HSDS_CSV, source="somebody else")


def test_no_cell_is_a_formula_and_numbers_stay():
    service = Service(id="1", organization_id="2", name="=cmd|' /c calc'!A0", description="-5")
    file = io.BytesIO()
    write_package(file, "Ours", ["service"], [("service", [values_of(service)])])
    (row,) = tables_of(file.getvalue())[0]["services.csv"]
    assert row["name"] == "'=cmd|' /c calc'!A0"
    assert row["description"] == "-5"


@pytest.mark.slow
def test_no_cell_of_a_workbook_is_a_formula(sample_instance):
    with zipfile.ZipFile(io.BytesIO(exported(sample_instance, ExportFormat.XLSX))) as archive:
        sheets = [name for name in archive.namelist() if "/worksheets/" in name]
        assert len(sheets) > 15
        assert not [name for name in sheets if b"<f>" in archive.read(name)]


def test_text_that_hsds_has_no_room_for_stands_beside():
    phone = Phone(id="1", service_id="2", number="x", extension="007")
    assert values_of(phone)["extension_text"] == "007"
    assert values_of(replace(phone, extension="7"))["extension"] == 7
    schedule = Schedule(id="1", service_id="2", timezone="America/New_York", wkst="MO")
    assert values_of(schedule) == {
        "id": "1", "service_id": "2", "timezone_text": "America/New_York", "wkst": "MO",
    }  # fmt: skip


def test_the_middle_of_a_zip_code_is_not_told_as_a_place():
    place = Location(id="1", latitude=41.6, longitude=-80.1, position_source="zip")
    assert "latitude" not in values_of(place)
    assert values_of(replace(place, position_source="file"))["latitude"] == 41.6


def test_who_checked_a_listing_stays_here():
    service = Service(id="1", organization_id="2", name="Soup", verified_by="Pat Morgan")
    assert "verified_by" not in values_of(service)


@pytest.mark.parametrize(
    ("value", "text"), [(0.00001, "0.00001"), (41.6, "41.6"), (True, "true"), (7, "7"), ("x", "x")]
)
def test_numbers_are_written_as_people_write_them(value, text):
    assert cell_of(value) == text


@pytest.mark.slow
def test_hours_have_the_offset_of_their_place(sample_instance):
    rows, _ = tables_of(exported(sample_instance, ExportFormat.HSDS_CSV))
    times = [row["opens_at"] for row in rows["schedules.csv"] if row["opens_at"]]
    assert times
    assert {time[5:] for time in times} <= {":00-05:00", ":00-04:00"}


@pytest.mark.slow
def test_the_package_describes_its_tables(sample_instance):
    rows, described = tables_of(exported(sample_instance, ExportFormat.HSDS_CSV))
    assert {each["path"] for each in described["resources"]} == set(rows)
    for resource in described["resources"]:
        names = [each["name"] for each in resource["schema"]["fields"]]
        assert rows[resource["path"]], resource["path"]
        assert list(rows[resource["path"]][0]) == names
        for key in resource["schema"].get("foreignKeys", ()):
            target = key["reference"]["resource"] or resource["name"]
            ids = {row["id"] for row in rows[f"{TABLES[target]}.csv"]}
            assert {row[key["fields"]] for row in rows[resource["path"]]} - {""} <= ids


def test_the_package_has_the_tables_and_columns_of_hsds(shared_data):
    """Each table that we have is one of HSDS with columns of HSDS, but for those that are ours."""
    upstream = json.loads((shared_data / "hsds-3.1/datapackage.json").read_text())
    known = {each["name"]: each for each in upstream["resources"]}
    ours = {}
    for resource in descriptor("Ours", list(TABLES))["resources"]:
        name = resource["name"]
        if name not in known:
            ours[name] = "table"
            continue
        assert resource["path"] == known[name]["path"]
        fields = {each["name"]: each["type"] for each in known[name]["schema"]["fields"]}
        for each in resource["schema"]["fields"]:
            if each["name"] not in fields:
                ours.setdefault(name, set()).add(each["name"])
            elif fields[each["name"]] in {"number", "string"}:
                told = "number" if each["type"] in {"number", "integer"} else "string"
                assert told == fields[each["name"]] or each["type"] == "date", (name, each)
    assert ours == {
        "organization": {"email_text", "website_text", "uri_text"},
        "service": {"visibility", "url_text", "email_text", "assurer_email_text"},
        "location": {"visibility", "position_source", "url_text"},
        "contact": {"email_text"},
        "phone": {"tel", "extension_text"},
        "schedule": {
            "closed",
            "group",
            "is_event",
            "timezone_text",
            "wkst_text",
            "schedule_link_text",
        },
        "service_area": {"area_kind", "area_codes", "uri_text"},
        "accessibility": {"url_text"},
        "required_document": {"uri_text"},
        "taxonomy": {"uri_text"},
        "taxonomy_term": {"sort", "use_references", "term_uri_text", "code_text"},
        "partial_address": "table",
        "translation": "table",
        # The data package of HSDS leaves out most columns of these, which its schemas have.
        "unit": {"id", "name", "scheme", "identifier", "uri", "uri_text"},
        "service_capacity": {
            "id",
            "available",
            "maximum",
            "description",
            "updated",
            "updated_text",
        },
        "metadata": {"last_action_date_text"},
        "url": {"url_text"},
    }
