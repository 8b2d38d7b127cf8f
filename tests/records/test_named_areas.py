"""Areas as lists write them, without codes."""

import pytest

from referral.records.coverage import named_area_keys, same_named_counties


@pytest.mark.parametrize(
    ("names", "states", "keys"),
    [
        (
            ["Alachua, Levy"],
            [],
            {"county:alachua county, fl", "city:alachua, fl", "county:levy county, fl"},
        ),
        (["Citrus & Sumter"], [], {"county:citrus county, fl", "county:sumter county, fl"}),
        (["Marion County residents"], ["FL"], {"county:marion county, fl"}),
        (["Marion"], [], set()),  # of many states
        (
            ["Volusia", "Flagler counties"],
            [],
            {"county:volusia county, fl", "county:flagler county, fl"},
        ),
        (["Statewide"], ["FL"], {"state:fl"}),
        (["All of Florida"], [], {"state:fl"}),
        (["Gainesville"], ["FL"], {"city:gainesville, fl"}),
        (["Man", "Woman"], ["FL"], set()),
        ([], ["FL"], set()),
    ],
)
def test_names_are_looked_for_in_the_state_that_has_them(names, states, keys):
    assert set(named_area_keys(names, states)) == keys


def test_a_county_without_its_state_may_be_any_of_its_name():
    assert set(same_named_counties(["Duval County"])) == {
        "county:duval county, fl",
        "county:duval county, tx",
    }
    assert same_named_counties(["Duval County", "Nowhere County"]) == ()
