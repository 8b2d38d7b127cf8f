"""HSDS 1 and 2 lists, and the ORServices exports of a real directory."""

import pytest

from referral.records.record_ids import record_id
from tests.formats.conftest import SOURCE, read_list

FILES = {
    "organizations.csv": "id,name,url\n1,Hope,example.org\n",
    "programs.csv": "id,organization_id,name\n1,1,Pantries\n",
    "services.csv": "id,organization_id,program_id,name,status,fees,accrediations\n1,1,1,Food,active,Free,BBB\n",
    "locations.csv": "id,organization_id,name,latitude,longitude\n1,1,Hall,41.6,-80.1\n",
    "services_at_location.csv": "id,service_id,location_id,description\n7,1,1,Back door\n",
    "physical_addresses.csv": "id,location_id,address_1,address_2,address_3,city,state_province,postal_code,country\n"
    "1,1,1 Main St,Floor 2,Room 3,Meadville,PA,16335,US\n",
    "postal_addresses.csv": "id,location_id,address_1,city,state_province,postal_code,country\n1,1,PO Box 9,Meadville,PA,16335,US\n",
    "phones.csv": 'id,service_id,number,type,language,department\n1,1,814-555-0123,fax,"en,es",Office\n',
    "eligibility.csv": "id,service_id,eligibility\n1,1,low income\n2,1,veteran\n",
    "payments_accepted.csv": "id,service_id,payment\n1,1,Cash\n2,1,Check\n",
    "regular_schedules.csv": "id,service_id,service_at_location_id,weekday,opens_at,closes_at\n1,1,,1,09:00,17:00\n2,1,,7,10:00,12:00\n",
    "holiday_schedules.csv": "id,service_id,closed,opens_at,closes_at,start_date,end_date\n1,1,true,,,2026-12-25,2026-12-25\n",
    "schedules.csv": "id,service_id,freq,byday,opens_at,closes_at\n1,1,DAILY,,08:00,20:00\n2,1,MONTHLY,2SA,09:00,10:00\n",
    "service_areas.csv": 'id,service_id,service_area\n1,1,"Crawford County, PA"\n',
    "languages.csv": "id,service_id,language\n1,1,Spanish\n",
    "accessibility_for_disabilities.csv": "id,location_id,accessibility\n1,1,ramp\n",
    "required_documents.csv": "id,service_id,document\n1,1,ID\n",
    "taxonomy_terms.csv": "id,term,description,parent_id,taxonomy,language\n101,Food,,,Needs,en\n101-01,Pantry,,101,Needs,en\n",
    "service_attributes.csv": "id,service_id,taxonomy_term_id\n1,1,101-01\n",
    "other_attributes.csv": "id,link_id,link_type,taxonomy_term_id\n1,1,organization,101\n",
    "contacts.csv": "id,organization_id,name\n1,1,Ann\n",
}


def test_every_table_is_read(folder):
    outcome = read_list(folder(FILES))
    assert outcome.codes == {"weekdays-numbered": 1}
    assert outcome.counts == {
        "taxonomy": 1, "taxonomy_term": 2, "organization": 1, "program": 1, "service": 1,
        "location": 1, "service_at_location": 1, "contact": 1, "phone": 1, "address": 2,
        "schedule": 5, "service_area": 1, "language": 3, "accessibility": 1,
        "required_document": 1, "attribute": 2,
    }  # fmt: skip


def test_other_files_complete_the_service(folder):
    service = read_list(folder(FILES)).one("service")
    assert service.eligibility_description == "low income, veteran"
    assert service.fees_description == "Free\nPayment: Cash, Check."
    assert service.accreditations == "BBB"
    assert service.program_id == record_id(SOURCE, "program", "1")


def test_places(folder):
    outcome = read_list(folder(FILES))
    by_type = {address.address_type: address for address in outcome.records("address")}
    assert by_type["physical"].address_2 == "Floor 2, Room 3"
    assert by_type["postal"].address_1 == "PO Box 9"
    assert outcome.one("service_at_location").description == "Back door"


def test_hours_of_all_three_kinds(folder):
    hours = {
        (s.freq, s.byday, s.opens_at, s.closes_at, s.closed)
        for s in read_list(folder(FILES)).records("schedule")
    }
    assert hours == {
        ("WEEKLY", "MO", "09:00", "17:00", False),
        ("WEEKLY", "SU", "10:00", "12:00", False),
        ("", "", "", "", True),
        ("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", "08:00", "20:00", False),
        ("MONTHLY", "2SA", "09:00", "10:00", False),
    }


def test_terms_know_code_parent_and_taxonomy(folder):
    outcome = read_list(folder(FILES))
    food, pantry = outcome.records("taxonomy_term")
    assert (pantry.code, pantry.parent_id, pantry.taxonomy) == ("101-01", food.id, "Needs")
    assert pantry.taxonomy_id == outcome.one("taxonomy").id
    linked = {(a.link_entity, a.taxonomy_term_id) for a in outcome.records("attribute")}
    assert linked == {("service", pantry.id), ("organization", food.id)}


DC = {
    "organizations.csv": "id,name,url,organization_services\n10,Hope,,22\n",
    "services.csv": "service_recordid,service_name,service_organization,service_locations,service_status,"
    "service_phones,service_schedule,service_taxonomy,service_program,service_language\n"
    '20,Food,10,"30,31",1,40,50,"60,61","70,71","1"\n'
    "21,Clothes,0,30,1,,,,,\n"
    "22,Jobs,,,2,,,,,\n"
    '23,Loose,99,,x<>,"<a href=""tel:(814) 555-0199"">(814) 555-0199</a>",,,,\n',
    "locations.csv": "id,organization_id,name,latitude,longitude,location_phones,location_schedule,location_address\n"
    "30,10,Hall,0,0,40,,80\n31,0,Annex,,,,50,80\n",
    "phones.csv": 'id,location_id,service_id,number,type,language,extension\n40,,,(814) 555-0123,10,"1,2",E\n41,,,(814) 555-0124,,,\n42,,20,,,,\n',
    "languages.csv": "id,service_id,location_id,language,language_recordid\n1,,,Spanish,1\n2,,,French,2\n",
    "physical_addresses.csv": "id,location_id,attention,address_1,address_2,city,region,state_province,postal_code,country,address_services\n"
    "80,,,,12 Main St,,Meadville,,PA,16335,US\n",
    "schedules.csv": "id,service_id,location_id,weekday,opens,closes,dtstart,until,opens_at,closes_at,open_24_hours,byday\n"
    '50,,,"monday,tuesday",9:00am,5:00pm,,,,,,\n'
    "51,20,,sunday,Closed,,,,,,,\n"
    "52,20,,Saturday,,,,,750,855,,\n"
    "53,20,,Friday,,,8:30AM,4:00PM,,,,\n"
    '54,20,,,,,,,,,"6,7",\n'
    "55,20,,Every other Tuesday,10:00AM,,,,,,,\n"
    "56,20,,,,,,,,,,wednesday\n"
    "57,20,,2nd & 4th Saturday,9:00AM,11:00AM,,,,,,\n",
    "taxonomy_types.csv": "taxonomy_type_recordid,name,type\n90,Service Category,internal\n",
    "taxonomy_terms.csv": "taxonomy_recordid,taxonomy_name,taxonomy_parent_name,taxonomy,taxonomy_vocabulary\n"
    '60,Food,,90,\n61,Pantry,"60,62",90,\n62,Other,,,Service Category\n',
    "service_attributes.csv": "id,service_id,taxonomy_term_id\n1,20,60\n",
    "programs.csv": "id,organization_id,name,services\n70,,Pantries,20\n71,,Orphan,\n",
    "accessibility_for_disabilities.csv": "id,location_id,accessibility,details\n6,30,4,\n6,31,Ramp,\n6,31,,\n",
}


@pytest.fixture
def dc(folder):
    return read_list(folder(DC))


def test_a_service_is_kept_whatever_it_says_of_its_organization(dc):
    hope = record_id(SOURCE, "organization", "10")
    given = {service.name: service.organization_id for service in dc.records("service")}
    (made,) = [each for each in dc.records("organization") if each.name == "Loose"]
    assert given == {"Food": hope, "Clothes": hope, "Jobs": hope, "Loose": made.id}
    assert dc.codes["organization-taken-from-elsewhere"] == 2
    (problem,) = [p for p in dc.problems if p.code == "organization-proposed"]
    assert (problem.file, problem.line) == ("services.csv", 5)


def test_status_codes_are_taken_as_active_and_kept(dc):
    assert {service.status for service in dc.records("service")} == {"active"}
    assert [i.origin.unmapped["service_status"] for i in dc.sourced("service")] == [
        "1",
        "1",
        "2",
        "x<>",
    ]
    assert dc.codes["status-code-unknown"] == 1


def test_joins_make_one_record_for_each_parent(dc):
    sites = {(s.service_id, s.location_id) for s in dc.records("service_at_location")}
    expected = {("20", "30"), ("20", "31"), ("21", "30")}
    assert sites == {
        (record_id(SOURCE, "service", service), record_id(SOURCE, "location", place))
        for service, place in expected
    }
    phones = [phone for phone in dc.records("phone") if phone.tel == "+18145550123"]
    assert [(bool(p.service_id), bool(p.location_id)) for p in phones] == [(True, True)]
    places = {a.location_id for a in dc.records("address")}
    assert places == {record_id(SOURCE, "location", key) for key in ("30", "31")}


def test_a_phone_without_a_parent_is_refused_and_one_without_a_number_is_counted(dc):
    refused = [row for row in dc.refused if row.kind == "phone"]
    assert [(row.problems[-1].code, row.problems[-1].line) for row in refused] == [
        ("parent-missing", 3)
    ]
    silent = [p for p in dc.problems if p.code == "rows-without-content"]
    assert ("phones.csv", 4) in {(p.file, p.line) for p in silent}


def test_links_to_dial_in_a_cell_are_phones(dc):
    loose = record_id(SOURCE, "service", "23")
    (phone,) = [phone for phone in dc.records("phone") if phone.service_id == loose]
    assert phone.tel == "+18145550199"


def test_languages_by_number(dc):
    phone = next(p for p in dc.records("phone") if p.tel == "+18145550123")
    spoken = {lang.code for lang in dc.records("language") if lang.phone_id == phone.id}
    assert spoken == {"es", "fr"}
    assert "es" in {lang.code for lang in dc.records("language") if lang.service_id}


def test_cells_one_column_too_far_right_are_put_back(dc):
    for address in dc.records("address"):
        assert (address.address_1, address.city) == ("12 Main St", "Meadville")
        assert (address.state_province, address.postal_code, address.country) == (
            "PA",
            "16335",
            "US",
        )
    assert dc.codes["row-mended"] == 1


def test_hours_as_given(dc):
    hours = {
        (s.freq, s.byday, s.opens_at, s.closes_at, s.closed, s.description)
        for s in dc.records("schedule")
    }
    assert hours == {
        ("WEEKLY", "MO,TU", "09:00", "17:00", False, ""),
        ("WEEKLY", "SU", "", "", True, ""),
        ("WEEKLY", "SA", "12:30", "14:15", False, ""),
        ("WEEKLY", "FR", "08:30", "16:00", False, ""),
        ("WEEKLY", "SA,SU", "00:00", "23:59", False, ""),
        ("", "", "", "", False, "Every other Tuesday 10:00AM"),
        ("MONTHLY", "2SA,4SA", "09:00", "11:00", False, ""),
        ("WEEKLY", "WE", "", "", False, ""),  # a day without times: its hours are not known
    }
    assert dc.codes["time-missing"] == 1


def test_terms_of_orservices(dc):
    pantry = next(term for term in dc.records("taxonomy_term") if term.name == "Pantry")
    assert pantry.parent_id == record_id(SOURCE, "taxonomy_term", "60")
    assert {term.taxonomy for term in dc.records("taxonomy_term")} == {"Service Category"}
    assert dc.counts["taxonomy"] == 1
    assert len(dc.records("attribute")) == 2
    assert dc.codes["several-parents"] == 1


def test_programs_belong_to_the_organization_of_their_services(dc):
    by_name = {program.name: program for program in dc.records("program")}
    assert by_name["Pantries"].organization_id == record_id(SOURCE, "organization", "10")
    assert by_name["Orphan"].organization_id == ""
    food = next(service for service in dc.records("service") if service.name == "Food")
    assert food.program_id == by_name["Pantries"].id


def test_garbage_is_kept_as_given_or_counted(dc):
    assert {a.description for a in dc.records("accessibility")} == {"4", "Ramp"}


@pytest.mark.slow
def test_all_of_dc_2021(dc_2021):
    outcome = dc_2021
    assert outcome.counts == {
        "taxonomy": 4, "taxonomy_term": 522, "organization": 416, "program": 142,
        "service": 1667, "location": 1202, "service_at_location": 2128, "phone": 3016,
        "address": 1013, "schedule": 1711, "language": 498, "accessibility": 3, "url": 321,
        "attribute": 7065,
    }  # fmt: skip
    assert not [
        row for row in outcome.refused if row.kind in {"service", "organization", "location"}
    ]
    assert all(service.organization_id for service in outcome.records("service"))
    assert outcome.codes["organization-proposed"] == 16
    structured = [schedule for schedule in outcome.records("schedule") if schedule.freq]
    assert len(structured) > 1600
    dialled = [phone for phone in outcome.records("phone") if phone.tel]
    assert len(dialled) > 2900
    assert not any(
        "&rsquo;" in s.description or "<p>" in s.description for s in outcome.records("service")
    )


@pytest.mark.slow
def test_all_of_dc_2023(dc_2023):
    outcome = dc_2023
    assert outcome.counts["service"] == 1158
    assert outcome.counts["organization"] == 273
    assert outcome.codes["organization-proposed"] == 26
    assert outcome.counts["location"] == 616
    assert outcome.codes["row-mended"] == 92
    mended = {address.city for address in outcome.records("address")}
    assert "Washington" in mended
    assert outcome.counts["service_area"] == 0


@pytest.mark.slow
def test_the_same_organizations_come_back_two_years_later(dc_2021, dc_2023):
    both = {key for key in dc_2021.ids & dc_2023.ids if key[0] == "organization"}
    assert len(both) == 242 + 14  # 14 are made for services without one
