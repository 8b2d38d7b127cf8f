"""Coordinates of a list beside the ZIP codes of its addresses."""

import pytest

from referral.formats.checks.geocoding import geocode_locations
from referral.records.hsds import Address, Location
from referral.records.kinds import Origin, SourcedRecord
from referral.records.problems import Problem


@pytest.mark.parametrize(
    ("latitude", "longitude", "codes"),
    [(41.64, -80.15, []), (40.44, -79.99, ["position-far"]), (None, None, [])],
    ids=["in town", "in Pittsburgh", "not said"],
)
def test_coordinates_far_from_the_zip_code_are_said(latitude, longitude, codes):
    place = Location(id="l", organization_id="o", latitude=latitude, longitude=longitude)
    address = Address(id="a", location_id="l", address_type="physical", postal_code="16335")
    origin = Origin(source="s", key="l", file="places.csv", line=7)
    items = list(geocode_locations([SourcedRecord(each, origin) for each in (place, address)]))
    found = [item for item in items if isinstance(item, Problem)]
    assert [(problem.code, problem.line) for problem in found] == [(code, 7) for code in codes]
