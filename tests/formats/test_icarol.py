"""iCarol's wide CSV: agency, program, site and program-at-site rows, and marks beside cells."""

import csv
import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.errors import RefusedError
from referral.formats.provider_list import open_list
from referral.records.record_ids import record_id
from referral.records.visibility import Visibility
from tests.formats.conftest import SOURCE, is_read_or_refused, outcome_of, read_list

PUBLIC, STAFF, WITHHELD = Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD
PLACE = {
    "PhysicalAddress1": "1 Main St", "PhysicalCity": "Meadville", "PhysicalCounty": "Crawford",
    "PhysicalStateProvince": "PA", "PhysicalPostalCode": "16335", "PhysicalCountry": "United States",
    "PhysicalAddressIsPrivate": "No",
}  # fmt: skip
AGENCY = {
    "ResourceAgencyNum": "100", "TaxonomyLevelName": "Agency", "ParentAgencyNum": "0",
    "PublicName": "Hope", "AlternateName": "Hope House", "AgencyDescription": "Helps",
    "AgencyStatus": "Active", "WebsiteAddress": "hope.example.org",
    "EmailAddressMain": "hope@example.org", "YearIncorporated": "1990",
    "SeniorWorkerName": "Cy", "SeniorWorkerTitle": "Director", "SeniorWorkerIsPrivate": "Yes",
    "SeniorWorkerPhoneNumber": "814-555-0109", **PLACE,
}  # fmt: skip
PROGRAM = {
    "ResourceAgencyNum": "200", "TaxonomyLevelName": "Program", "ParentAgencyNum": "100",
    "PublicName": "Food pantry", "AgencyDescription": "Bags of food", "AgencyStatus": "Active",
    "Phone1Number": "814-555-0101 ext. 9", "Phone1Name": "Phone1", "Phone1Description": "Desk",
    "Phone2Number": "814-555-0102", "Phone2Name": "Night line", "Phone2IsPrivate": "Yes",
    "PhoneTollFree": "800-555-0103", "PhoneFax": "814-555-0104", "PhoneTTY": "814-555-0105",
    "PhoneNumberHotline": "814-555-0106", "PhoneNumberHotlineDescription": "All night",
    "HoursOfOperation": "Mon-Fri 9am-5pm", "Eligibility": "Anyone", "FeeStructureSource": "None",
    "PaymentMethods": "Cash", "ApplicationProcess": "Walk in", "DocumentsRequired": "Photo ID",
    "LanguagesOfferedList": "English; Spanish", "NormalWaitTime": "None",
    "LicenseAccreditation": "State", "LastVerifiedOn": "1/2/2026", "LastVerifiedByName": "Ann",
    "TaxonomyTerms": "Food Pantries * Families; Soup Kitchens",
    "TaxonomyCodes": "BX-9100.1000 * YX-9000; BX-9200",
    "Coverage": "PA - Crawford County; Erie County, PA",
    "InternalNotes": "Ask for Bo", "AvailableForReferral": "Yes", "AvailableForDirectory": "Yes",
    "AvailableForResearch": "No", "ExcludeFromWebsite": "No", "ExcludeFromDirectory": "No",
    "DisasterRecovery": "No",
}  # fmt: skip
SITE = {
    "ResourceAgencyNum": "300", "TaxonomyLevelName": "Site", "ParentAgencyNum": "100",
    "PublicName": "Hall", "Latitude": "41.64", "Longitude": "-80.15", "BusServiceAccess": "Bus 3",
    "DisabilitiesAccess": "Ramp", "Phone1Number": "814-555-0107", "MailingAttentionName": "Desk",
    "MailingAddress1": "PO Box 9", "MailingCity": "Meadville", "MailingStateProvince": "PA",
    "MailingPostalCode": "16335", "MailingAddressIsPrivate": "Yes", "SiteDetails": "Blue door",
    **PLACE,
}  # fmt: skip
AT_SITE = {
    "ResourceAgencyNum": "400", "TaxonomyLevelName": "ProgramAtSite", "ParentAgencyNum": "100",
    "ConnectsToProgramNum": "200", "ConnectsToSiteNum": "300", "HoursOfOperation": "Sat 9am-12pm",
    "PublicName": "Food pantry at Hall",
}  # fmt: skip
ROWS = (AT_SITE, SITE, PROGRAM, AGENCY)


def table(*rows: dict[str, str]) -> str:
    headers = list(dict.fromkeys(header for row in (*rows, *ROWS) for header in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, headers, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(folder, *rows: dict[str, str]):
    return read_list(folder({"export.csv": table(*(rows or ROWS))}) / "export.csv")


def test_every_kind_of_row_is_read_in_any_order(folder):
    opened = open_list(folder({"export.csv": table(*ROWS)}) / "export.csv")
    assert opened.format == "icarol"
    assert "ResourceAgencyNum and TaxonomyLevelName" in str(opened.why)
    outcome = outcome_of(opened.read(SOURCE))
    assert outcome.refused == []
    assert outcome.counts == {
        "taxonomy": 1, "taxonomy_term": 3, "organization": 1, "service": 1, "location": 1,
        "service_at_location": 1, "contact": 1, "phone": 8, "address": 2, "schedule": 2,
        "service_area": 2, "language": 2, "accessibility": 1, "required_document": 1,
        "attribute": 3,
    }  # fmt: skip
    assert outcome.problems == []


def test_the_program(folder):
    outcome = read(folder)
    service = outcome.one("service")
    assert service.organization_id == record_id(SOURCE, "organization", "100")
    assert service.fees_description == "None.\nPayment: Cash"
    assert (service.assured_date, service.verified_by) == (date(2026, 1, 2), "Ann")
    (item,) = outcome.sourced("service")
    unmapped = item.origin.unmapped
    assert unmapped["InternalNotes"] == "Ask for Bo"
    assert unmapped["AvailableForResearch"] == "No"
    assert "Phone1Number" not in unmapped
    assert (item.origin.file, item.origin.line) == ("export.csv", 4)


def test_phones(folder):
    phones = {
        phone.number: (phone.type, phone.description, phone.visibility)
        for phone in read(folder).records("phone")
    }
    assert phones["814-555-0101 ext. 9"[:12]] == ("voice", "Desk", PUBLIC)
    assert phones["814-555-0102"] == ("voice", "Night line", STAFF)
    assert phones["800-555-0103"] == ("voice", "Toll free", PUBLIC)
    assert phones["814-555-0104"] == ("fax", "", PUBLIC)
    assert phones["814-555-0105"] == ("textphone", "", PUBLIC)
    assert phones["814-555-0106"] == ("voice", "Hotline. All night", PUBLIC)
    assert phones["814-555-0109"][2] is STAFF


def test_two_extensions_of_a_number_are_two_phones(folder):
    more = {"Phone2Number": "814-555-0101 ext. 10", "Phone2Name": "Phone2", "Phone2IsPrivate": ""}
    phones = read(folder, AGENCY, {**PROGRAM, **more}).records("phone")
    found = {phone.extension for phone in phones if phone.tel == "+18145550101"}
    assert found == {"9", "10"}


def test_places(folder):
    outcome = read(folder)
    place = outcome.one("location")
    assert (place.name, place.latitude, place.transportation) == ("Hall", 41.64, "Bus 3")
    physical, postal = outcome.records("address")
    assert (physical.state_province, physical.region, physical.country) == ("PA", "Crawford", "US")
    assert (postal.attention, postal.visibility) == ("Desk", STAFF)
    assert outcome.sourced("location")[0].origin.unmapped["SiteDetails"] == "Blue door"


def test_terms_keep_the_names_the_file_gives(folder):
    outcome = read(folder)
    names = {term.code: term.name for term in outcome.records("taxonomy_term")}
    assert names == {
        "BX-9100.1000": "Food Pantries", "YX-9000": "Families", "BX-9200": "Soup Kitchens",
    }  # fmt: skip


def test_areas_and_hours(folder):
    outcome = read(folder)
    assert [(a.area_kind, a.area_codes) for a in outcome.records("service_area")] == [
        ("county", "Crawford County, PA"),
        ("county", "Erie County, PA"),
    ]
    of_site = next(s for s in outcome.records("schedule") if s.service_at_location_id)
    assert (of_site.byday, of_site.opens_at) == ("SA", "09:00")


def test_a_program_without_a_site_is_where_it_says_itself(folder):
    outcome = read(folder, AGENCY, {**PROGRAM, **PLACE, "PhysicalAddress1": "7 Oak St"})
    streets = {address.address_1 for address in outcome.records("address")}
    assert streets == {"1 Main St", "7 Oak St"}
    assert outcome.counts["service_at_location"] == 1


def test_a_second_reading_finds_the_same_records(folder):
    assert read(folder, *reversed(ROWS)).ids == read(folder).ids


# ---------------------------------------------------------------- marks that protect
@pytest.mark.parametrize("value", ["Yes", "True", "perhaps"])
def test_a_private_address_hides_the_place_but_not_how_to_call(folder, value):
    hidden = {**SITE, "PhysicalAddressIsPrivate": value}
    outcome = read(folder, AT_SITE, hidden, PROGRAM, AGENCY)
    assert {p.visibility for p in outcome.records("location") if p.name == "Hall"} == {WITHHELD}
    physical = [a for a in outcome.records("address") if a.address_type == "physical"]
    assert WITHHELD in {address.visibility for address in physical}
    phone = next(p for p in outcome.records("phone") if p.number == "814-555-0107")
    assert phone.service_id == outcome.one("service").id
    assert (outcome.codes["flag-not-understood"] == 1) is (value == "perhaps")


def test_an_address_in_words_that_keep_it_secret(folder):
    hidden = {**SITE, "PhysicalAddress1": "Confidential"}
    outcome = read(folder, AT_SITE, hidden, PROGRAM, {**AGENCY, "PhysicalAddress1": ""})
    place = next(p for p in outcome.records("location") if p.name == "Hall")
    assert place.visibility is WITHHELD


@pytest.mark.parametrize(
    ("row", "changes", "kind", "seen"),
    [
        (PROGRAM, {"ExcludeFromWebsite": "Yes"}, "service", STAFF),
        (PROGRAM, {"ExcludeFromDirectory": "True"}, "service", STAFF),
        (PROGRAM, {"AvailableForReferral": "No"}, "service", WITHHELD),
        (PROGRAM, {"AvailableForReferral": "No"}, "location", WITHHELD),
        (PROGRAM, {"AvailableForDirectory": "No"}, "service", STAFF),
        (PROGRAM, {"AgencyStatus": "Active, but do not refer"}, "service", WITHHELD),
        (PROGRAM, {"AgencyStatus": "Active, but do not publish"}, "service", STAFF),
        (AGENCY, {"AgencyStatus": "Inactive"}, "organization", STAFF),
        (SITE, {"AgencyStatus": "Defunct"}, "location", WITHHELD),
    ],
)
def test_marks(folder, row, changes, kind, seen):
    rows = [{**each, **changes} if each is row else each for each in ROWS]
    assert read(folder, *rows).one(kind).visibility is seen


def test_an_inactive_program(folder):
    service = read(folder, AGENCY, {**PROGRAM, "AgencyStatus": "Inactive"}).one("service")
    assert (service.status, service.visibility) == ("inactive", PUBLIC)


def test_an_unknown_status_is_said_and_kept(folder):
    outcome = read(folder, AGENCY, {**PROGRAM, "AgencyStatus": "Pending"})
    (problem,) = [p for p in outcome.problems if p.code == "status-not-understood"]
    assert (problem.line, problem.column) == (3, "AgencyStatus")
    assert outcome.sourced("service")[0].origin.unmapped["AgencyStatus"] == "Pending"


def test_a_shelter_without_a_mark_is_held(folder):
    shelter = {**PROGRAM, "AgencyDescription": "Shelter for survivors of domestic violence."}
    outcome = read(folder, AT_SITE, SITE, shelter, AGENCY)
    assert outcome.one("location").visibility is WITHHELD
    assert outcome.codes["held-for-review"] == 1


def test_a_message_is_shown_only_in_its_time(folder):
    def alert(expires: str) -> str:
        message = {"TemporaryMessage": "Closed for snow", "TemporaryMessageExpires": expires}
        return read(folder, AGENCY, {**PROGRAM, **message}).one("service").alert

    assert alert("12/31/2999") == "Closed for snow"
    assert alert("12/31/1999") == ""


# ---------------------------------------------------------------- faulty rows
@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"TaxonomyLevelName": "Group"}, "level-unknown", "TaxonomyLevelName"),
        ({"ResourceAgencyNum": ""}, "key-missing", "ResourceAgencyNum"),
        ({"PublicName": ""}, "name-missing", "PublicName"),
        ({"ParentAgencyNum": "999"}, "unknown-parent", "ParentAgencyNum"),
    ],
)
def test_faulty_rows_are_refused_with_their_place(folder, changes, code, column):
    outcome = read(folder, AGENCY, {**PROGRAM, **changes})
    found = {
        (problem.code, problem.file, problem.line, problem.column)
        for row in outcome.refused
        for problem in row.problems
    }
    assert (code, "export.csv", 3, column) in found


def test_cells_that_cannot_be_read_are_said_and_kept(folder):
    outcome = read(folder, AGENCY, {**PROGRAM, "LastVerifiedOn": "soon"})
    assert outcome.codes["date-not-understood"] == 1
    assert outcome.sourced("service")[0].origin.unmapped["LastVerifiedOn"] == "soon"


def test_the_format_can_be_asked_for_and_is_refused_elsewhere(folder):
    with pytest.raises(RefusedError, match="TaxonomyLevelName"):
        open_list(folder({"a.csv": "name\nx\n"}) / "a.csv", format="icarol")


HEADERS = sorted({header for row in ROWS for header in row})
CELLS = st.one_of(st.sampled_from(["", "Yes", "0", "100", "200", "9am", "PA", "16335", "; * ;"]),
                  st.text(max_size=8))  # fmt: skip


@pytest.mark.slow
@settings(
    max_examples=37,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(ROWS), st.dictionaries(st.sampled_from(HEADERS), CELLS)),
        max_size=4,
    )
)
def test_any_cells_are_read(folder, changed):
    rows = [{**row, **changes} for row, changes in changed]
    assert is_read_or_refused(folder({"export.csv": table(*rows)}) / "export.csv")


TEXT = table(*ROWS)


@pytest.mark.slow
@settings(
    max_examples=37,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 60), st.text(max_size=6))
def test_damaged_files_are_read_or_refused(folder, at, cut, put):
    path = folder({}) / "export.csv"
    path.write_bytes((TEXT[:at] + put + TEXT[at + cut :]).encode("utf-8", "surrogatepass"))
    assert is_read_or_refused(path)


LONE_AGENCY = {
    "ResourceAgencyNum": "500", "TaxonomyLevelName": "Agency", "ParentAgencyNum": "0",
    "ParentAgency": "Bread Line", "PublicName": "Bread Line", "AgencyStatus": "Active",
    "AgencyDescription": "Gives out bread.", "Phone1Number": "814-555-0150", "Tax": "Food Pantries",
    "SearchHints": "500", "SeniorWorkerName": "Di", **PLACE,
}  # fmt: skip
LONE_SITE = {
    "ResourceAgencyNum": "600", "TaxonomyLevelName": "Site", "ParentAgencyNum": "500",
    "ParentAgency": "Bread Line", "PublicName": "Bread Line North", "AgencyStatus": "Active",
    "ApplicationProcess": "Walk in", "HoursOfOperation": "Sat 9am-12pm", **PLACE,
    "PhysicalAddress1": "9 Elm St",
}  # fmt: skip


def test_an_agency_without_a_program_is_a_service_at_its_sites(folder):
    outcome = read(folder, LONE_AGENCY, LONE_SITE)
    service, site = outcome.one("service"), outcome.one("service_at_location")
    assert (service.name, service.description) == ("Bread Line", "Gives out bread.")
    assert service.application_process == "Walk in"  # as its only site says
    assert site.location_id == record_id(SOURCE, "location", "600")
    assert {t.name for t in outcome.records("taxonomy_term")} == {"Food Pantries"}
    assert outcome.refused == []
    (row,) = [i for i in outcome.sourced("location") if i.record.id == site.location_id]
    assert "ApplicationProcess" not in row.origin.unmapped
    assert "ParentAgency" not in row.origin.unmapped


def test_an_agency_without_program_and_site_is_at_its_own_address(folder):
    outcome = read(folder, LONE_AGENCY)
    assert outcome.one("service_at_location").location_id == outcome.one("location").id


def test_what_one_of_several_sites_says_is_said_of_that_place(folder):
    other = {
        **LONE_SITE,
        "ResourceAgencyNum": "601",
        "ApplicationProcess": "",
        "Eligibility": "18+",
    }
    outcome = read(folder, LONE_AGENCY, LONE_SITE, other)
    said = {link.location_id: link.description for link in outcome.records("service_at_location")}
    north, south = (record_id(SOURCE, "location", key) for key in ("600", "601"))
    assert said == {north: "How to apply: Walk in", south: "Who can get it: 18+"}
    assert outcome.one("service").application_process == ""
    (row,) = [i for i in outcome.sourced("location") if i.record.id == north]
    assert "ApplicationProcess" not in row.origin.unmapped


def test_a_site_that_describes_itself_is_a_service(folder):
    own = {**LONE_SITE, "AgencyDescription": "A bread line for the north."}
    outcome = read(folder, LONE_AGENCY, own)
    links = {link.location_id: link.service_id for link in outcome.records("service_at_location")}
    north = links[record_id(SOURCE, "location", "600")]
    described = {service.id: service.description for service in outcome.records("service")}
    assert described[north] == "A bread line for the north."
    assert len(described) == 2


def test_an_agency_that_only_its_sites_name_is_made(folder):
    outcome = read(folder, LONE_SITE, {**LONE_SITE, "ResourceAgencyNum": "601"})
    assert outcome.one("organization").name == outcome.one("service").name == "Bread Line"
    assert len(outcome.records("service_at_location")) == 2
    assert outcome.problems == []


def test_an_agency_whose_sites_are_all_hidden_is_hidden(folder):
    hidden = {**LONE_SITE, "ExcludeFromWebsite": "Yes"}
    assert read(folder, hidden).one("service").visibility is STAFF
    shown = {**LONE_SITE, "ResourceAgencyNum": "601"}
    assert read(folder, hidden, shown).one("service").visibility is PUBLIC


def test_a_hidden_agency_is_a_hidden_service(folder):
    outcome = read(folder, {**LONE_AGENCY, "ExcludeFromWebsite": "Yes"}, LONE_SITE)
    assert outcome.one("service").visibility is STAFF


def test_people_are_for_staff_unless_the_list_says_public(folder):
    assert read(folder, LONE_AGENCY).one("contact").visibility is STAFF
    public = {**LONE_AGENCY, "SeniorWorkerIsPrivate": "No"}
    assert read(folder, public).one("contact").visibility is PUBLIC


def test_a_shelter_among_the_sites_of_such_an_agency_is_held(folder):
    agency = {
        **LONE_AGENCY,
        "AgencyDescription": "Helps women who are victims of domestic violence.",
    }
    place = {**LONE_SITE, "PublicName": "Rose House Emergency Shelter"}
    outcome = read(folder, agency, place)
    (site,) = [p for p in outcome.records("location") if p.name.startswith("Rose House")]
    assert site.visibility is WITHHELD
