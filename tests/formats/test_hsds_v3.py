"""HSDS 3 lists, and what Referral's own exports add to them."""

from datetime import date

import pytest

from referral.formats.provider_list import open_list
from referral.records.record_ids import record_id
from referral.records.visibility import Visibility
from tests.formats.conftest import SOURCE, read_list

SERVICE = "6c2a2a0e-55a8-44a5-9d5e-0c38b7b7a001"
FILES = {
    "organizations.csv": "id,name,website,description\no1,Hope,example.org,Helps\n",
    "services.csv": "id,organization_id,name,status,headings,keywords,verified_by,assured_date,visibility,fees\n"
    f"{SERVICE},o1,Food pantry,active,basic-needs|emergency|magic,bread|milk,Ann,2026-01-02,public,Free\n",
    "locations.csv": "id,location_type,organization_id,name,latitude,longitude\nl1,physical,o1,Hall,41.6,-80.1\n",
    "addresses.csv": "id,location_id,address_1,city,state_province,postal_code,country,address_type\n"
    "a1,l1,1 Main St,Meadville,PA,16335,US,physical\n",
    "service_at_location.csv": f"id,service_id,location_id,description\nx1,{SERVICE},l1,Back door\n",
    "phones.csv": f"id,service_id,number,extension,type,description\np1,{SERVICE},(814) 555-0123 ext. 9,,voice,Desk\n",
    "schedules.csv": "id,service_id,freq,byday,opens_at,closes_at,valid_from,dtstart,wkst\n"
    f'h1,{SERVICE},WEEKLY,"MO,WE",09:00-05:00,17:00Z,2026-01-01,2026-01-05,MO\n',
    "service_areas.csv": "id,service_id,name,area_kind,area_codes\n"
    f'r1,{SERVICE},Two ZIPs,zip,16335 16354\nr2,{SERVICE},"Crawford County, PA",,\n',
    "languages.csv": f"id,service_id,name,code\ng1,{SERVICE},Spanish,\n",
    "taxonomies.csv": "id,name,description\nt1,Needs,\n",
    "taxonomy_terms.csv": "id,code,name,taxonomy_id,use_references,name_es,use_references_es\n"
    "tt1,F,Food,t1,groceries|meals,Comida,víveres|despensa\n",
    "attributes.csv": f"id,link_id,taxonomy_term_id,link_entity\nat1,{SERVICE},tt1,service\n",
    "translations.csv": "id,link_entity,link_id,language,field,text,status\n"
    f"tr1,service,{SERVICE},es,name,Despensa de alimentos,person-checked\n",
    "cost_options.csv": f"id,service_id,option,currency,amount\nc1,{SERVICE},Visit,USD,0\n",
    "required_documents.csv": f"id,service_id,document\nd1,{SERVICE},Photo ID\n",
    "accessibility.csv": "id,location_id,description\nac1,l1,Ramp\n",
    "contacts.csv": "id,organization_id,name,email\nco1,o1,Ann,ann@example.org\n",
    "programs.csv": "id,organization_id,name\npr1,o1,Pantries\n",
}


def test_every_table_is_read(folder):
    outcome = read_list(folder(FILES))
    assert outcome.counts == {
        "taxonomy": 1, "taxonomy_term": 1, "organization": 1, "program": 1, "service": 1,
        "location": 1, "service_at_location": 1, "contact": 1, "phone": 1, "address": 1,
        "schedule": 1, "service_area": 2, "language": 1, "accessibility": 1, "cost_option": 1,
        "required_document": 1, "attribute": 1, "service_heading": 2, "translation": 3,
    }  # fmt: skip
    assert outcome.codes == {"unknown-heading": 1}


def test_organizations_services_and_phones_are_enough(folder):
    outcome = read_list(
        folder(
            {
                "organizations.csv": "id,name\no1,Hope\n",
                "services.csv": "id,organization_id,name\ns1,o1,Food pantry\n",
                "phones.csv": "id,service_id,number\np1,s1,(814) 555-0123\n",
            }
        )
    )
    assert outcome.counts == {"organization": 1, "service": 1, "phone": 1}
    assert outcome.one("phone").service_id == outcome.one("service").id


def test_ids_are_kept_when_they_are_uuids_and_made_otherwise(folder):
    outcome = read_list(folder(FILES))
    assert outcome.one("service").id == SERVICE
    assert outcome.one("organization").id == record_id(SOURCE, "organization", "o1")
    assert outcome.one("service").organization_id == outcome.one("organization").id


def test_a_service_without_an_organization_gets_one_of_its_name(folder):
    row = "s2,,Rent help,active,,,,,,\n"
    outcome = read_list(folder({**FILES, "services.csv": FILES["services.csv"] + row}))
    owners = {each.id: each.name for each in outcome.records("organization")}
    services = {each.name: each.organization_id for each in outcome.records("service")}
    assert owners[services["Rent help"]] == "Rent help"
    assert "organization-proposed" in outcome.codes


def test_service_and_heading_columns(folder):
    outcome = read_list(folder(FILES))
    service = outcome.one("service")
    assert (service.keywords, service.verified_by) == ("bread|milk", "Ann")
    assert (service.assured_date, service.fees_description) == (date(2026, 1, 2), "Free")
    headings = {(heading.heading, heading.set_by) for heading in outcome.records("service_heading")}
    assert headings == {("basic-needs", "file"), ("emergency", "file")}
    (problem,) = outcome.problems
    assert (problem.file, problem.line, problem.column) == ("services.csv", 2, "headings")


def test_phones_are_read_and_kept(folder):
    phone = read_list(folder(FILES)).one("phone")
    assert (phone.number, phone.tel, phone.extension) == ("(814) 555-0123", "+18145550123", "9")
    assert (phone.type, phone.description) == ("voice", "Desk")


def test_hours_are_wall_time(folder):
    schedule = read_list(folder(FILES)).one("schedule")
    assert (schedule.freq, schedule.byday) == ("WEEKLY", "MO,WE")
    assert (schedule.opens_at, schedule.closes_at) == ("09:00", "17:00")
    assert schedule.valid_from == date(2026, 1, 1)


def test_areas_positions_and_languages(folder):
    outcome = read_list(folder(FILES))
    areas = {(area.area_kind, area.area_codes) for area in outcome.records("service_area")}
    assert areas == {("zip", "16335|16354"), ("county", "Crawford County, PA")}
    place = outcome.one("location")
    assert (place.latitude, place.longitude, place.position_source) == (41.6, -80.1, "file")
    assert outcome.one("language").code == "es"


def test_words_in_spanish_become_translations(folder):
    outcome = read_list(folder(FILES))
    term = outcome.one("taxonomy_term")
    assert term.use_references == "groceries|meals"
    assert term.taxonomy_id == outcome.one("taxonomy").id
    said = {(t.link_entity, t.field, t.language, t.text) for t in outcome.records("translation")}
    assert said == {
        ("service", "name", "es", "Despensa de alimentos"),
        ("taxonomy_term", "name", "es", "Comida"),
        ("taxonomy_term", "use_references", "es", "víveres|despensa"),
    }
    assert {t.link_id for t in outcome.records("translation")} == {SERVICE, term.id}


@pytest.mark.parametrize(
    ("file", "row", "code", "column"),
    [
        ("organizations.csv", "o2,,,", "name-missing", "name"),
        ("services.csv", "s2,o9,Help,active,,,,,,", "unknown-parent", "organization_id"),
        ("services.csv", "s2,o1,Help,odd,,,,,,", "status-not-understood", "status"),
        ("services.csv", "s2,o1,Help,active,,,,24/2/70,,", "date-not-understood", "assured_date"),
        ("locations.csv", "l2,physical,o1,Hall,100,101", "position-impossible", "latitude"),
        ("locations.csv", "l1,physical,o1,Hall,,", "duplicate-id", "id"),
        (
            "addresses.csv",
            "a2,l1,,Meadville,PA,16335,US,physical",
            "address-incomplete",
            "address_1",
        ),
        (
            "addresses.csv",
            "a2,l1,1 Main,Meadville,PA,ABC,US,physical",
            "zip-invalid",
            "postal_code",
        ),
        ("phones.csv", f"p2,{SERVICE},555-01,,voice,", "number-unclear", "number"),
        ("phones.csv", "p2,,8145550123,,voice,", "parent-missing", "organization_id"),
        ("schedules.csv", f"h2,{SERVICE},YEARLY,MO,09:00,17:00,,,", "freq-not-understood", "freq"),
        (
            "schedules.csv",
            f"h2,{SERVICE},WEEKLY,MO,late,17:00,,,",
            "time-not-understood",
            "opens_at",
        ),
    ],
)
def test_each_bad_cell_is_named_by_file_line_and_column(folder, file, row, code, column):
    line = FILES[file].count("\n") + 1
    outcome = read_list(folder({**FILES, file: f"{FILES[file]}{row}\n"}))
    found = [p for p in outcome.problems if p.code == code]
    assert [(p.file, p.line, p.column) for p in found] == [(file, line, column)]


def test_cells_that_cannot_be_read_are_kept_aside(folder):
    row = f"h2,{SERVICE},YEARLY,MO,late,17:00,,,\n"
    outcome = read_list(folder({**FILES, "schedules.csv": FILES["schedules.csv"] + row}))
    second = outcome.sourced("schedule")[1]
    assert second.origin.unmapped == {"freq": "YEARLY", "opens_at": "late"}


def test_reading_again_in_another_order_gives_the_same_records(folder):
    first = read_list(folder(FILES))
    files = {}
    for name, text in FILES.items():
        header, *rows = text.splitlines()
        files[name] = "\n".join([header, *reversed(rows)]) + "\n"
    again = read_list(folder(files))
    assert first.ids == again.ids
    assert {i.record for i in first.items if hasattr(i, "record")} == {
        i.record for i in again.items if hasattr(i, "record")
    }


def test_the_official_example_reads(shared_data):
    folder = shared_data / "hsds-3.1" / "examples" / "csv"
    opened = open_list(folder)
    assert opened.format == "open-referral"
    not_kept = {p.file for p in opened.notices if p.code == "file-not-kept"}
    assert not_kept == {"meta_table_descriptions.csv"}
    outcome = read_list(folder)
    assert outcome.one("service").minimum_age == 12
    assert outcome.one("service").visibility is Visibility.PUBLIC
    schedule = outcome.one("schedule")
    assert (schedule.opens_at, schedule.byday, schedule.freq) == ("10:00", "TH,FR", "WEEKLY")
    assert (schedule.count, schedule.interval, schedule.wkst) == (3, 1, "TU")
    assert outcome.one("phone").tel.startswith("+44")
    assert [(row.kind, row.problems[0].code) for row in outcome.refused] == [
        ("service_capacity", "unknown-parent"), ("url", "parent-missing"),
        ("attribute", "unknown-parent"), ("metadata", "unknown-parent"),
    ]  # fmt: skip


def test_every_field_of_the_standard_has_a_place_or_is_put_aside(shared_data):
    """No field of the official example may get lost between cell and record."""
    outcome = read_list(shared_data / "hsds-3.1" / "examples" / "csv")
    (service,) = outcome.sourced("service")
    assert set(service.origin.unmapped) == {"fees", "last_modified"}
    (agency,) = outcome.sourced("organization")
    assert agency.origin.unmapped == {}
    for kind in (
        "phone",
        "schedule",
        "contact",
        "address",
        "cost_option",
        "funding",
        "organization_identifier",
    ):
        (item,) = outcome.sourced(kind)
        assert item.origin.unmapped == {}, kind


def test_a_tax_number_among_identifiers_is_taken(folder):
    outcome = read_list(folder({
        "organizations.csv": "id,name,website\no1,Kitchen Trust,\no2,Hall Trust,\n",
        "organization_identifiers.csv": "id,organization_id,identifier_scheme,identifier_type,identifier\n"
        "1,o1,US-EIN,EIN,25-1234567\n2,o1,US-DUNS,DUNS,99\n3,o2,,Tax ID,77\n",
    }))  # fmt: skip
    first, second = outcome.sourced("organization")
    assert (first.record.tax_id, second.record.tax_id) == ("25-1234567", "77")
    other = outcome.one("organization_identifier")
    assert (other.identifier_scheme, other.identifier) == ("US-DUNS", "99")


def test_of_two_tax_numbers_the_other_stays_a_number(folder):
    outcome = read_list(folder({
        "organizations.csv": "id,name,website,tax_id\no1,Kitchen Trust,,25-7654321\n",
        "organization_identifiers.csv": "id,organization_id,identifier_scheme,identifier_type,identifier\n"
        "1,o1,US-EIN,EIN,25-1234567\n",
    }))  # fmt: skip
    assert outcome.one("organization").tax_id == "25-7654321"
    assert outcome.one("organization_identifier").identifier == "25-1234567"


def test_a_capacity_has_its_unit(folder):
    outcome = read_list(folder({
        "services.csv": "id,organization_id,name,status\ns1,o1,Shelter,active\n",
        "organizations.csv": "id,name,website\no1,Hope,\n",
        "service_capacity.csv": "id,service_id,unit_id,available,maximum,updated\n"
        "1,s1,u1,3,12,2024-09-25T14:23:06.5+01:00\n2,s1,u1,,20,9/25/2024\n3,s1,u9,few,,soon\n",
        "units.csv": "id,name,scheme,identifier,uri\nu1,Bed,,,\nu2,Kilogram,SI,kgm,\n",
    }))  # fmt: skip
    first, second, third = outcome.sourced("service_capacity")
    assert (first.record.unit, first.record.available, first.record.maximum) == ("Bed", 3, 12)
    assert first.record.updated == "2024-09-25T14:23:06.5+01:00"
    assert second.record.updated == "2024-09-25"
    assert third.origin.unmapped == {"unit_id": "u9", "available": "few", "updated": "soon"}
    assert outcome.codes["unit-unused"] == 1


def test_pages_on_networks_are_web_addresses(folder):
    outcome = read_list(folder({
        "organizations.csv": "id,name,website,facebook_url,twitter_url,instagram_url\n"
        "o1,Hope,,facebook.com/hope,@hope,test.com\no2,Hall,,DC Department,,\n",
        "locations.csv": "id,name,location_type\nl1,Hall,physical\n",
    }))  # fmt: skip
    found = [(each.label, each.url) for each in outcome.records("url")]
    assert found == [
        ("Facebook", "http://facebook.com/hope"),
        ("Twitter", "https://www.twitter.com/hope"),
    ]
    first, second = outcome.sourced("organization")
    assert first.origin.unmapped == {"instagram_url": "test.com"}
    assert second.origin.unmapped == {"facebook_url": "DC Department"}


def test_an_address_as_it_was_given_comes_from_beside(folder):
    outcome = read_list(folder({
        "organizations.csv": "id,name,website,website_text,email_text\n"
        "o1,A,https://x.org/caf%C3%A9,https://x.org/café,\n"
        "o2,B,,see the office,at the desk\n"
        "o3,C,https://x.org,Our website,\n",
        "locations.csv": "id,name,location_type\nl1,Hall,physical\n",
    }))  # fmt: skip
    websites = [item.record.website for item in outcome.sourced("organization")]
    assert websites == ["https://x.org/café", "see the office", "https://x.org"]
    assert outcome.sourced("organization")[1].record.email == "at the desk"
    assert outcome.sourced("organization")[2].origin.unmapped == {"website_text": "Our website"}
