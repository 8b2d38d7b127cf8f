"""Towns and counties by name."""

from __future__ import annotations

import pytest

from referral.fields.places.gazetteer import state_code
from referral.fields.places.lookup import (
    find_counties,
    find_towns,
    miles_between,
    parse_position,
    places_named,
)


def of_state(places, state):
    return [place for place in places if place.state == state]


@pytest.mark.parametrize("name", ["Meadville", "meadville", "MEADVILLE "])
def test_a_town_is_found_in_any_case(name):
    [place] = of_state(find_towns(name), "PA")
    assert place.name == "Meadville, PA"
    assert miles_between(place.latitude, place.longitude, 41.64, -80.15) < 3


def test_names_people_say_are_found_too_and_accents_do_not_matter():
    assert of_state(find_towns("blooming valley"), "PA")
    assert of_state(find_towns("canon city"), "CO")
    assert of_state(find_towns("Saint Marys"), "PA") == of_state(find_towns("st. marys"), "PA")
    assert find_towns("nowhere at all") == ()


@pytest.mark.parametrize("name", ["Erie County", "erie county", "erie"])
def test_a_county_is_found_with_and_without_its_word(name):
    assert {place.state for place in find_counties(name)} >= {"PA", "NY", "OH"}


@pytest.mark.parametrize(
    ("text", "code"),
    [("Pennsylvania", "PA"), ("pa", "PA"), ("new york", "NY"), ("xx", ""), ("", "")],
)
def test_a_state_is_known_by_name_or_letters(text, code):
    assert state_code(text) == code


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("41.63,-80.15", (41.63, -80.15)),
        ("(41.63, -80.15)", (41.63, -80.15)),
        ("-80.15, 41.63", (41.63, -80.15)),
        ("POINT (-80.15 41.63)", (41.63, -80.15)),
        ("144.79,13.44", (13.44, 144.79)),
        ("0,0", None),
        ("163 35", None),
        ("12 Main St", None),
    ],
)
def test_a_position_is_read_whatever_comes_first(text, position):
    assert parse_position(text) == position


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("meadville, pennsylvania", ["Meadville, PA"]),
        ("Erie, PA", ["Erie, PA", "Erie County, PA"]),
        ("Meadville, AK", []),
        (", PA", []),
    ],
)
def test_a_town_comes_before_a_county_of_its_name(text, names):
    assert [place.name for place in places_named(text)] == names
