"""Which coded areas cover which places."""

import pytest

from referral.fields.places.gazetteer import read_zip_codes
from referral.fields.places.lookup import Place, find_zip, nearest_zip, zips_of
from referral.records.coverage import area_keys, place_keys

MEADVILLE = find_zip("16335")


@pytest.mark.parametrize(
    ("kind", "codes", "is_covered"),
    [
        ("zip", "16335", True),
        ("zip", "16327|16335", True),
        ("zip", "16335-1234", True),
        ("zip", "16327", False),
        ("city", "Meadville, PA", True),
        ("city", "MEADVILLE,pa", True),
        ("city", "Kerrtown, PA", True),  # a part of it that the post office does not want to read
        ("city", "Meadville, MO", False),
        ("county", "Crawford County, PA", True),
        ("county", "Erie County, PA|Crawford County, PA", True),
        ("county", "Crawford County, OH", False),
        ("state", "PA", True),
        ("state", "OH|PA", True),
        ("state", "OH", False),
        ("nation", "US", True),
    ],
)
def test_an_area_covers_a_zip_code(kind, codes, is_covered):
    keys = area_keys(kind, codes)
    assert keys
    assert bool(set(keys) & set(place_keys(MEADVILLE))) == is_covered


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("text", ""),
        ("text", "PA"),
        ("county", "Crawford County"),  # there are eleven of them
        ("city", "Meadville"),
        ("city", ""),
        ("zip", "1633"),
        ("state", "Pennsylvania"),
        ("nation", "Canada"),
        ("text", "US"),
        ("", "16335"),
    ],
)
def test_what_could_mean_two_things_is_not_coded(kind, codes):
    assert area_keys(kind, codes) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [("St. Louis, MO", "Saint  Louis, MO"), ("Mayagüez, PR", "MAYAGUEZ, PR"),
     ("Coeur d'Alene, ID", "Coeur d’Alene, ID")],
)  # fmt: skip
def test_spellings_of_a_name_are_one(one, other):
    assert area_keys("city", one) == area_keys("city", other) != ()


def test_the_keys_go_from_narrow_to_wide():
    kinds = [key.partition(":")[0] for key in place_keys(MEADVILLE)]
    assert list(dict.fromkeys(kinds)) == ["zip", "city", "county", "state", "nation"]
    assert kinds.count("zip") == 1


def test_a_bare_point_is_taken_for_the_nearest_zip_code():
    point = Place(latitude=41.64, longitude=-80.15)
    assert place_keys(point) == place_keys(MEADVILLE)
    assert nearest_zip(-45.0, 170.0) is None
    assert place_keys(Place(latitude=-45.0, longitude=170.0)) == ("nation:us",)
    state = Place(latitude=41.64, longitude=-80.15, state="PA")
    assert place_keys(state) == ("state:pa", "nation:us"), "which is no bare point"


@pytest.mark.slow
def test_a_town_or_county_is_all_its_zip_codes():
    town = Place(latitude=41.6, longitude=-80.1, city="Meadville", county="Crawford County",
                 state="PA")  # fmt: skip
    meadville = [code for code in read_zip_codes() if code.state == "PA" and code.is_active
                 and "Meadville" in code.cities]  # fmt: skip
    assert {"16335", "16388"} <= {code.zip_code for code in meadville}
    assert zips_of(town) == tuple(code.zip_code for code in meadville)
    assert {"zip:16388", "city:meadville, pa", "county:crawford county, pa"} < set(place_keys(town))
    county = Place(latitude=41.6, longitude=-80.1, county="Crawford County", state="PA")
    assert {"16335", "16327", "16354"} < set(zips_of(county))
    assert not [key for key in place_keys(county) if key.startswith("city:")]
