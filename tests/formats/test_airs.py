"""AIRS XML 3.0 and 3.1, as the standard has it and as programs really write it."""

import gzip
from datetime import date

import pytest

from referral.formats.provider_list import open_list
from referral.formats.reading.areas import areas_in_text
from referral.records.record_ids import record_id
from referral.records.visibility import Visibility
from tests.formats.airs_document import AGENCY, SERVICE, SITE, document, read, with_service
from tests.formats.conftest import SOURCE, read_list

PUBLIC, STAFF, WITHHELD = Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD

COUNTS = {
    "taxonomy": 2, "taxonomy_term": 4, "organization": 1, "program": 1, "service": 1,
    "location": 1, "service_at_location": 1, "contact": 2, "phone": 4, "address": 2,
    "schedule": 3, "service_area": 5, "language": 2, "accessibility": 1,
    "required_document": 1, "attribute": 4,
}  # fmt: skip


@pytest.mark.parametrize("namespace", [True, False])
def test_every_part_becomes_a_record(folder, namespace):
    outcome = read(folder, document(namespace=namespace))
    assert outcome.refused == []
    assert outcome.counts == COUNTS
    assert outcome.codes == {"address-incomplete": 1, "categories-without-names": 1}


def test_why_names_version_and_vendor(folder):
    opened = open_list(folder({"export.xml": document(version="AIRS3.0")}) / "export.xml")
    assert opened.format == "airs"
    assert str(opened.why) == (
        "It is XML with Source and Agency, as AIRS 3.0 has. It was written by Vendor Inc."
    )
    assert opened.row_count == 1


def test_packed_files_give_the_same(folder, zipped, tmp_path):
    plain = read(folder, document()).ids
    assert (
        read_list(zipped({"out/export.xml": document().encode(), "out/a.xsd": b"<x/>"})).ids
        == plain
    )
    packed = tmp_path / "export.xml.gz"
    packed.write_bytes(gzip.compress(document().encode()))
    assert read_list(packed).ids == plain


def test_the_service(folder):
    outcome = read(folder, document())
    service = outcome.one("service")
    assert service.description == "Bags of food.\nWeekly."
    assert (service.fees_description, service.application_process) == (
        "None\nPayment: Cash.",
        "Walk in",
    )
    assert service.eligibility_description == "Age: Adults\nIncome: Low income"
    assert (service.minimum_age, service.maximum_age) == (18, 64)
    assert (service.assured_date, service.verified_by) == (date(2026, 1, 2), "Ann")
    assert service.program_id == record_id(SOURCE, "program", "g1")
    (item,) = outcome.sourced("service")
    assert item.origin.unmapped["Mood"] == "cheerful"
    lines = document().split("\n")
    assert lines[item.origin.line - 1].strip().startswith("<SiteService")


def test_agency_and_site(folder):
    outcome = read(folder, document())
    agency, site = outcome.one("organization"), outcome.one("location")
    assert (agency.alternate_name, agency.website) == ("Hope House", "http://hope.example.org")
    assert (agency.tax_id, agency.year_incorporated) == ("12-3456789", 1990)
    assert (site.latitude, site.longitude, site.transportation) == (41.64, -80.15, "Bus 3")
    physical, postal = outcome.records("address")
    assert (physical.state_province, physical.country, physical.region) == ("PA", "US", "Crawford")
    assert (postal.address_type, postal.city) == ("postal", "")
    unmapped = outcome.sourced("organization")[0].origin.unmapped
    assert unmapped["AKA/Name"] == "Inner name"


def test_phones(folder):
    phones = {phone.number: phone for phone in read(folder, document()).records("phone")}
    toll_free = phones["800-555-0123"]
    assert (toll_free.extension, toll_free.description) == ("9", "Intake. Toll free")
    assert phones["814-555-0199"].visibility is WITHHELD
    assert phones["814-555-0102"].location_id
    assert "" not in phones


def test_hours_from_days_and_from_notes(folder):
    hours = [
        (s.byday, s.opens_at, s.closes_at, s.notes, s.description)
        for s in read(folder, document()).records("schedule")
    ]
    assert sorted(hours) == [
        ("", "", "", "", "Call first"),
        ("MO,FR", "09:00", "17:00", "Ring twice", ""),
        ("SA", "09:00", "12:00", "", ""),
    ]


def test_terms_by_code(folder):
    outcome = read(folder, document())
    names = {term.code: term.name for term in outcome.records("taxonomy_term")}
    assert names == {
        "BX-9100.1000": "BX-9100.1000",
        "YX-9000": "YX-9000",
        "BX-9200": "Soup kitchens",
        "{what:'SOUP',why:'hunger',who:'Adults'}": "SOUP, hunger, Adults",
    }
    linked = [a.value for a in outcome.records("attribute")]
    assert linked.count("BX-9100.1000 * YX-9000") == 2
    assert linked.count("") == 2


def test_areas_are_coded(folder):
    areas = {(a.area_kind, a.area_codes) for a in read(folder, document()).records("service_area")}
    assert areas == {
        ("city", "Meadville, PA"),
        ("zip", "16335|16314"),
        ("state", "OH"),
        ("county", "Crawford County, PA"),
        ("county", "Erie County, PA"),
    }


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("Crawford County, PA", [("county", "Crawford County, PA")]),
        ("Crawford County, Pennsylvania", [("county", "Crawford County, PA")]),
        ("Meadville, PA, Erie County", [("city", "Meadville, PA"), ("county", "Erie County, PA")]),
        ("PA, OH", [("state", "PA"), ("state", "OH")]),
        ("16335, 16314", [("zip", "16335"), ("zip", "16314")]),
        ("Wherever we can", [("text", "")]),
        ("Meadville, and wherever we can", [("text", "")]),
        ("", []),
    ],
)
def test_areas_in_words_are_coded_only_when_all_are_clear(text, areas):
    assert [(a["area_kind"], a["area_codes"]) for a in areas_in_text(text, "PA")] == areas


def test_people_who_confirm_a_listing_are_for_staff(folder):
    outcome = read(folder, document())
    seen = {contact.name: contact.visibility for contact in outcome.records("contact")}
    assert seen == {"Bo": STAFF, "Cy": PUBLIC}


def test_a_second_reading_finds_the_same_records_in_any_order(folder):
    moved = SITE.replace("<Key>s1</Key><Name>Hall</Name>", "<Name>Hall</Name>").replace(
        "    </Site>", "<Key>s1</Key></Site>"
    )
    text = document(AGENCY.format(site=moved.format(service=SERVICE)))
    assert read(folder, text).ids == read(folder, document()).ids


# ---------------------------------------------------------------- marks that protect
def change(old: str, new: str) -> str:
    text = document()
    assert old in text
    return text.replace(old, new, 1)


def test_a_confidential_address_hides_the_place_but_not_how_to_call(folder):
    outcome = read(
        folder,
        change('<PhysicalAddress Confidential="false">', '<PhysicalAddress Confidential="1">'),
    )
    assert outcome.one("location").visibility is WITHHELD
    assert outcome.records("address")[0].visibility is WITHHELD
    assert outcome.one("service").visibility is PUBLIC
    service = outcome.one("service").id
    phones = {phone.number: phone for phone in outcome.records("phone")}
    assert phones["814-555-0102"].service_id == service
    assert not phones["814-555-0102"].location_id


def test_a_withheld_address_hides_position_and_place(folder):
    text = document()
    start, end = text.index("<Line1>1 Main"), text.index("</PhysicalAddress>")
    text = text[:start] + "<ReasonWithheld>Safety</ReasonWithheld>" + text[end:]
    outcome = read(folder, text)
    assert outcome.one("location").visibility is WITHHELD
    assert [address.address_type for address in outcome.records("address")] == ["postal"]


def test_a_mark_that_is_unclear_protects(folder):
    outcome = read(
        folder,
        change('<PhysicalAddress Confidential="false">', '<PhysicalAddress Confidential="?">'),
    )
    assert outcome.one("location").visibility is WITHHELD
    assert outcome.codes["flag-not-understood"] == 1


@pytest.mark.parametrize(
    ("old", "new", "kind", "seen"),
    [
        ('ExcludeFromWebsite="false"', 'ExcludeFromWebsite="true"', "organization", STAFF),
        ('Status="active"', 'Status="inactive"', "organization", STAFF),
        ('Status="active"', 'delete="true"', "organization", WITHHELD),
        ("<Site>", '<Site ExcludeFromDirectory="1">', "location", STAFF),
        ("<Site>", '<Site Status="defunct">', "location", WITHHELD),
        ('AvailableForReferral="true"', 'AvailableForReferral="false"', "service", WITHHELD),
        ('AvailableForReferral="true"', 'AvailableForReferral="false"', "location", WITHHELD),
        ('AvailableForDirectory="true"', 'AvailableForDirectory="0"', "service", STAFF),
    ],
)
def test_marks(folder, old, new, kind, seen):
    assert read(folder, change(old, new)).one(kind).visibility is seen


def test_status_of_agency_and_service(folder):
    assert read(folder, change('Status="active"', 'Status="inactive"')).one("service").status == (
        "inactive"
    )
    service = read(folder, change("<SiteService ", '<SiteService Status="defunct" ')).one("service")
    assert (service.status, service.visibility) == ("defunct", WITHHELD)


def test_what_is_to_be_deleted_later_stays_until_then(folder):
    mark = 'Status="active" delete="true" deleteEffective="2999-01-01T00:00:00Z"'
    outcome = read(folder, change('Status="active"', mark))
    assert outcome.one("organization").visibility is PUBLIC
    assert outcome.codes["deleted-later"] == 1


def test_a_deleted_agency_that_is_only_a_key_is_said(folder):
    extra = '<Agency delete="true"><Key>a9</Key></Agency>'
    outcome = read(folder, document(AGENCY.format(site="") + extra))
    assert outcome.counts["organization"] == 1
    assert outcome.refused == []
    assert outcome.codes == {"deleted-in-list": 1}


def test_a_street_that_is_secret_once_is_secret_everywhere_in_the_agency(folder):
    site = SITE.format(service="")
    other = site.replace("<Key>s1", "<Key>s2").replace(
        '<PhysicalAddress Confidential="false">', '<PhysicalAddress Confidential="true">'
    )
    outcome = read(folder, document(AGENCY.format(site=site + other)))
    assert [place.visibility for place in outcome.records("location")] == [WITHHELD, WITHHELD]


def test_a_shelter_without_a_mark_is_held(folder):
    shelter = SERVICE.replace("Food pantry", "Safe house").replace(
        "Bags of food.", "Shelter for survivors of domestic violence."
    )
    outcome = read(folder, with_service(shelter))
    assert outcome.one("location").visibility is WITHHELD
    assert outcome.codes["held-for-review"] == 1


# ---------------------------------------------------------------- what programs really write
def test_a_service_at_two_sites_is_one_service(folder):
    site = SITE.format(service=SERVICE)
    outcome = read(folder, document(AGENCY.format(site=site + site.replace("<Key>s1", "<Key>s2"))))
    assert outcome.refused == []
    assert outcome.counts["service"] == 1
    assert outcome.counts["service_at_location"] == 2
    assert (
        len(
            {
                s.service_at_location_id
                for s in outcome.records("schedule")
                if s.service_at_location_id
            }
        )
        == 2
    )


def test_agencies_inside_agencies(folder):
    inner = "<Agency><Key>a2</Key><Name>Branch</Name></Agency>"
    outcome = read(folder, document(AGENCY.format(site=inner)))
    parents = {o.name: o.parent_organization_id for o in outcome.records("organization")}
    assert parents == {"Hope": "", "Branch": record_id(SOURCE, "organization", "a1")}


def test_an_office_that_a_site_repeats_is_there_once(folder):
    site = SITE.format(service=SERVICE)
    office = site.replace("Site>", "AgencyLocation>").replace(SERVICE, "").replace("s1", "a1")
    repeated = read(folder, document(AGENCY.format(site=office + site)))
    assert repeated.counts["location"] == 1
    unmapped = repeated.sourced("organization")[0].origin.unmapped
    assert unmapped["AgencyLocation/Phone/PhoneNumber"] == "814-555-0102"
    moved = office.replace("1 Main St", "7 Oak St")
    assert read(folder, document(AGENCY.format(site=moved + site))).counts["location"] == 2


def test_missing_keys_and_names(folder):
    text = with_service("<SiteService><Description>Soup</Description></SiteService>")
    text = text.replace("<Key>s1</Key>", "").replace("<Key>a1</Key>", "")
    outcome = read(folder, text)
    assert outcome.one("service").name == "Hall"
    assert outcome.codes["name-from-elsewhere"] == 1
    assert read(folder, text).ids == outcome.ids


def test_values_that_cannot_be_read_are_said_and_kept(folder):
    text = document()
    for old, new in (
        ('DateLastVerified="2026-01-02"', 'DateLastVerified="soon"'),
        ("<From>09:00:00.000</From>", "<From>morning</From>"),
        ("+41.64", "north"),
        ("ext 9", "x"),
        ('MinimumAge="18"', 'MinimumAge="adult"'),
    ):
        assert old in text
        text = text.replace(old, new)
    outcome = read(folder, text)
    assert set(outcome.codes) >= {
        "date-not-understood", "hours-not-understood", "position-impossible",
        "extension-not-understood",
    }  # fmt: skip
    assert all(problem.line and problem.file == "export.xml" for problem in outcome.problems)
    unmapped = outcome.sourced("service")[0].origin.unmapped
    assert unmapped["ResourceInfo/@DateLastVerified"] == "soon"
    assert unmapped["AgeRequirements/@MinimumAge"] == "adult"
    kept = [s.origin.unmapped for s in outcome.sourced("schedule")]
    assert {"Monday/From": "morning", "Monday/To": "17:00:00"} in kept


def test_an_agency_without_a_name_is_refused_with_its_line(folder):
    outcome = read(folder, document("\n<Agency><Key>1</Key></Agency>" + AGENCY.format(site="")))
    (refused,) = outcome.refused
    assert (refused.kind, refused.problems[0].line) == ("organization", 3)


# ---------------------------------------------------------------- real files
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("3.0/airs_instance.xml", {"organization": 3, "service": 5, "location": 4, "phone": 7}),
        (
            "3.1/airs_3_1_xml_instance_maximal.xml",
            {"organization": 1, "service": 4, "location": 2, "program": 2, "language": 8},
        ),
        ("3.1/airs_3_1_xml_instance_minimal.xml", {"organization": 1, "service": 1}),
        (
            "bc211/BC211_data_excerpt.xml",
            {"organization": 15, "service": 39, "service_at_location": 39, "phone": 211},
        ),
    ],
)
def test_real_files_come_in_whole(shared_data, name, counts):
    outcome = read_list(shared_data / "airs" / name)
    assert outcome.refused == []
    assert {kind: outcome.counts[kind] for kind in counts} == counts
    assert all(item.origin.line for kind in outcome.counts for item in outcome.sourced(kind))
