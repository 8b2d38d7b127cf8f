"""Outlines of counties: they are where the ZIP codes of the counties are."""

import pytest

from referral.fields.places.county_outlines import (
    BoundingBox,
    bounding_box,
    counties_of,
    counties_overlapping,
    county_key,
    find_county,
    find_county_by_label,
)
from referral.fields.places.gazetteer import STATES_WITH_TOWNS, read_zip_codes
from referral.fields.places.lookup import find_zip


def county_around(latitude, longitude, state):
    """Return the county of a state that a point is in."""
    return next((each for each in counties_of(state) if each.contains(latitude, longitude)), None)


def test_every_state_has_its_counties():
    counts = {state: len(counties_of(state)) for state in STATES_WITH_TOWNS}
    assert counts["PA"] == 67
    assert counts["DC"] == 1
    assert min(counts.values()) >= 1
    assert sum(counts.values()) > 3_200
    assert counties_of("ZZ") == ()


@pytest.mark.parametrize(
    ("zip_code", "county"),
    [("16335", "Crawford County"), ("70112", "Orleans Parish"), ("21201", "Baltimore city")],
)
def test_the_middle_of_a_zip_code_is_in_its_county(zip_code, county):
    place = find_zip(zip_code)
    found = county_around(place.latitude, place.longitude, place.state)
    assert county_key(found.name) == county_key(county)
    assert found.label == f"{found.name}, {place.state}"


@pytest.mark.slow
def test_nearly_all_middles_are_in_the_county_that_the_zip_code_names():
    codes = [
        code
        for code in list(read_zip_codes())[::50]
        if code.center and code.county and code.is_active and counties_of(code.state)
    ]
    agreeing = sum(
        (found := county_around(*code.center, code.state)) is not None
        and county_key(found.name) == county_key(code.county)
        for code in codes
    )
    assert agreeing / len(codes) > 0.95


def test_a_county_is_found_by_any_of_its_spellings():
    assert find_county("Crawford", "PA") == find_county("crawford county", "PA")
    assert (
        find_county_by_label("La Porte County, IN")
        == find_county_by_label("LaPorte, IN")
        is not None
    )
    assert find_county_by_label("Nowhere County, PA") is None
    assert find_county_by_label("") is None
    # A city of its own is not the county around it.
    assert find_county("Baltimore city", "MD") != find_county("Baltimore County", "MD")


def test_outlines_are_closed_and_within_their_box():
    for county in counties_of("PA"):
        for ring in county.rings:
            assert ring[0] == ring[-1]
            assert all(county.box.contains(latitude, longitude) for longitude, latitude in ring)


def test_a_box_finds_counties_across_the_border_of_a_state():
    crawford = find_county_by_label("Crawford County, PA")
    labels = {county.label for county in counties_overlapping(crawford.box.expanded(0.1))}
    assert {"Crawford County, PA", "Erie County, PA", "Ashtabula County, OH"} <= labels


def test_boxes_go_around_boxes():
    assert bounding_box([]) is None
    assert bounding_box([BoundingBox(0, 1, 2, 3), BoundingBox(-1, 2, 1, 9)]) == BoundingBox(
        -1, 1, 2, 9
    )
    assert not BoundingBox(0, 0, 1, 1).overlaps(BoundingBox(2, 0, 3, 1))
