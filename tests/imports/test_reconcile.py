"""What a blank of a list means: fields that say one thing together change together."""

from dataclasses import replace

import pytest

from referral.imports.reconcile import differences, fill_blanks
from referral.records.hsds import Address, Location, Phone, Schedule, Service

PANTRY = Service(
    id="s", organization_id="o", name="Pantry", description="Bread.", minimum_age=10,
    maximum_age=20,
)  # fmt: skip
PHONE = Phone(id="p", service_id="s", number="814-555-0101", tel="+18145550101", extension="7")
HOURS = Schedule(id="h", service_id="s", opens_at="09:00", closes_at="12:00", byday="MO")
STREET = Address(id="a", location_id="l", address_1="1 Elm St", address_2="Suite 2", city="Erie")
HALL = Location(id="l", name="Hall", latitude=41.6, longitude=-80.1, position_source="file")
NEW_NUMBER = {"number": "814-555-0199", "tel": "+18145550199"}
AT_ZIP = {"latitude": 41.5, "longitude": -80.2, "position_source": "zip"}
NOWHERE = {"latitude": None, "longitude": None, "position_source": ""}


@pytest.mark.parametrize(
    ("known", "said", "then"),
    [
        (PANTRY, {"description": ""}, {}),
        (PANTRY, {"minimum_age": 18, "maximum_age": None}, {"minimum_age": 18, "maximum_age": None}),
        (PANTRY, {"maximum_age": None}, {}),
        (PANTRY, {"minimum_age": 0, "maximum_age": None}, {"minimum_age": 0, "maximum_age": None}),
        (PHONE, {**NEW_NUMBER, "extension": ""}, {**NEW_NUMBER, "extension": ""}),
        (PHONE, {"extension": ""}, {}),
        (PHONE, {"service_id": "", "location_id": "l"}, {"service_id": "", "location_id": "l"}),
        (PHONE, {"service_id": ""}, {}),
        (HOURS, {"opens_at": "10:00", "closes_at": "", "byday": ""},
         {"opens_at": "10:00", "closes_at": "", "byday": ""}),
        (HOURS, {"closes_at": "", "byday": ""}, {}),
        (STREET, {"address_1": "5 Oak St", "address_2": ""},
         {"address_1": "5 Oak St", "address_2": ""}),
        (STREET, {"address_2": ""}, {}),
        (HALL, NOWHERE, {}),
        (HALL, AT_ZIP, {}),  # worked out from the address: no news of where it is
        (HALL, {**AT_ZIP, "position_source": "address"}, {}),
        (HALL, {**AT_ZIP, "position_source": "file"}, {"latitude": 41.5, "longitude": -80.2}),
        (replace(HALL, position_source="zip"), {**AT_ZIP, "position_source": "address"},
         {**AT_ZIP, "position_source": "address"}),
        (replace(HALL, position_source="hand"), AT_ZIP, {}),
    ],
)  # fmt: skip
def test_a_blank_leaves_what_the_rest_of_its_group_leaves(known, said, then):
    record = fill_blanks(known, replace(known, **said))
    assert differences(known, record) == {
        name: (getattr(known, name), value) for name, value in then.items()
    }


def test_a_place_that_moved_keeps_no_position_of_before():
    moved = fill_blanks(HALL, replace(HALL, **NOWHERE), has_moved=True)
    assert differences(HALL, moved).keys() == NOWHERE.keys()
