"""Positions looked up by street address: nothing is guessed."""

import pytest

from referral.records.hsds import Address
from referral.store.address_points import FILE, AddressPoints, build_address_points

POINTS = [
    ("12 N Elm Street", "Meadville", "16335", 41.640, -80.150),
    ("12 S Elm Street", "Meadville", "16335", 41.630, -80.150),
    ("5 Oak Ave", "Meadville", "16335", 41.650, -80.140),
    ("5 Oak St", "Meadville", "16335", 41.655, -80.145),
    ("7 Pine Rd Apt 1", "Meadville", "16335", 41.6600, -80.1600),
    ("7 Pine Rd Apt 2", "Meadville", "16335", 41.6602, -80.1602),
    ("9 Lake Rd", "", "", 41.642, -80.152),
    ("9 Hill Rd", "", "", 45.0, -93.0),
    ("1200-1210 Main St", "Meadville", "16335", 41.65, -80.15),
    None,
]


@pytest.fixture
def points(tmp_path):
    assert build_address_points(tmp_path, POINTS, lambda _done: None) == (8, 2)
    found = AddressPoints(tmp_path)
    yield found
    found.close()


def address(line, city="Meadville", postal_code="16335"):
    return Address(
        id="a", location_id="l", address_1=line, city=city, state_province="PA",
        postal_code=postal_code, country="US", address_type="physical",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("12 North Elm St., Suite 4", (41.640, -80.150)),
        ("12 Elm St", None),  # north or south
        ("5 Oak Avenue", (41.650, -80.140)),
        ("5 Oak", None),  # a street or an avenue
        ("7 Pine Road", (41.6601, -80.1601)),  # two doors of one building
        ("9 Lake Rd", (41.642, -80.152)),
        ("9 Hill Rd", None),  # in another state
        ("1200 Main St", None),  # a range is no number
        ("12-14 N Elm St", None),
        ("PO Box 12", None),
        ("13 N Elm St", None),
    ],
)
def test_an_address_is_found_where_only_one_can_be_meant(points, line, found):
    assert points.find(address(line)) == found


def test_another_zip_code_is_another_place(points):
    assert points.find(address("12 N Elm St", postal_code="16403")) is None
    assert points.find(address("12 N Elm St", postal_code="")) == (41.640, -80.150)
    assert points.find(address("12 N Elm St", city="Erie", postal_code="")) is None


def test_the_file_in_use_stays_until_the_new_one_is_whole(points, tmp_path):
    def broken():
        yield POINTS[0]
        raise ValueError("half a file")

    with pytest.raises(ValueError, match="half"):
        build_address_points(tmp_path, broken(), lambda _done: None)
    assert points.count() == 8
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_without_a_file_nothing_is_found(tmp_path):
    none = AddressPoints(tmp_path)
    assert not none
    assert (none.find(address("12 N Elm St")), none.count()) == (None, 0)
