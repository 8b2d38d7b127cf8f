"""The marks that protect people, in formats whose standard does not know them."""

import pytest

from referral.formats.reading.protection_flags import (
    flag_visibility,
    is_flag,
    status_visibility,
)
from referral.records.visibility import Visibility, strictest
from tests.formats.conftest import read_list

PUBLIC, STAFF, WITHHELD = Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD


@pytest.mark.parametrize(
    ("name", "value", "asked", "understood"),
    [
        ("Confidential", "true", WITHHELD, True),
        ("Confidential", "0", PUBLIC, True),
        ("Confidential", "", PUBLIC, True),
        ("Confidential", "perhaps", WITHHELD, False),
        ("ReasonWithheld", "Shelter", WITHHELD, True),
        ("ReasonWithheld", "None", PUBLIC, True),
        ("is_private", "Yes", STAFF, True),
        ("ExcludeFromWebsite", "1", STAFF, True),
        ("exclude from directory", "N", PUBLIC, True),
        ("AvailableForDirectory", "false", STAFF, True),
        ("AvailableForReferral", "no", WITHHELD, True),
        ("AvailableForReferral", "ask", WITHHELD, False),
        ("AvailableForReferral", "Yes", PUBLIC, True),
    ],
)
def test_each_mark(name, value, asked, understood):
    assert is_flag(name)
    assert flag_visibility(name, value) == (asked, understood)


def test_words_that_are_no_marks():
    assert not any(map(is_flag, ("name", "visibility", "AvailableForResearch", "status")))
    assert status_visibility("Active") is PUBLIC
    assert strictest(PUBLIC, WITHHELD, STAFF) is WITHHELD
    assert strictest() is PUBLIC


FILES = {
    "organizations.csv": "id,name,website,ExcludeFromWebsite\no1,Hope,,false\no2,Quiet,,yes\n",
    "services.csv": "id,organization_id,name,AvailableForReferral\ns1,o1,Food,\ns2,o1,Old,no\n",
    "locations.csv": "id,location_type,organization_id,name\nl1,physical,o1,Hall\nl2,physical,o1,House\nl3,physical,o1,Gone\n",
    "addresses.csv": "id,location_id,address_1,city,state_province,postal_code,country,address_type,confidential\n"
    "a1,l1,1 Main St,Meadville,PA,16335,US,physical,false\na2,l2,2 Oak St,Meadville,PA,16335,US,physical,true\n",
    "service_at_location.csv": "id,service_id,location_id\nx1,s1,l1\nx2,s1,l2\nx3,s2,l3\n",
    "phones.csv": "id,organization_id,number,type,IsPrivate\np1,o1,814-555-0101,voice,x\n",
}


def test_marks_in_any_table_hide_the_record_and_the_place(folder):
    outcome = read_list(folder(FILES))
    seen = {
        kind: [record.visibility for record in outcome.records(kind)]
        for kind in ("organization", "service", "location", "address", "phone")
    }
    assert seen == {
        "organization": [PUBLIC, STAFF],
        "service": [PUBLIC, WITHHELD],
        "location": [PUBLIC, WITHHELD, WITHHELD],
        "address": [PUBLIC, WITHHELD],
        "phone": [STAFF],
    }
    assert outcome.codes == {"flag-not-understood": 1}


def test_marks_in_hsds_1_and_2(folder):
    files = {
        "organizations.csv": "id,name,url\no1,Hope,\n",
        "services.csv": "id,organization_id,name\ns1,o1,Food\n",
        "locations.csv": "id,organization_id,name\nl1,o1,Hall\n",
        "services_at_location.csv": "id,service_id,location_id,exclude_from_website\nx1,s1,l1,yes\n",
        "contacts.csv": "id,organization_id,name,is_private\nc1,o1,Ann,true\n",
    }
    outcome = read_list(folder(files))
    assert outcome.one("service_at_location").visibility is STAFF
    assert outcome.one("contact").visibility is STAFF


def test_a_mark_never_widens_what_the_list_gives(folder):
    files = {
        **FILES,
        "phones.csv": "id,organization_id,number,type,IsPrivate,visibility\np1,o1,814-555-0101,voice,false,withheld\n",
    }
    assert read_list(folder(files)).one("phone").visibility is WITHHELD


@pytest.mark.parametrize(
    ("mark", "value"),
    [
        ("Confidential", "Yes"),
        ("IsPrivate", "true"),
        ("ExcludeFromWebsite", "1"),
        ("ExcludeFromDirectory", "X"),
        ("AvailableForDirectory", "No"),
        ("AvailableForReferral", "no"),
        ("IsConfidential", "perhaps"),
    ],
)
def test_a_plain_spreadsheet_with_a_mark_of_another_system_is_obeyed(tmp_path, mark, value):
    path = tmp_path / "list.csv"
    path.write_text(f"Program,Phone,{mark}\nFood,814-555-0111,{value}\n", encoding="utf-8")
    [service] = read_list(path).records("service")
    assert service.visibility is not PUBLIC
