"""Positions by address points: for lists without coordinates, new ones and those already there."""

import pytest
from sqlalchemy import select

from referral.address_points.positions import (
    count_positions,
    load_address_points,
    place_locations,
    refresh_positions,
    undo_positions,
)
from referral.errors import RefusedError
from referral.imports.prepare import no_progress, prepare_import
from referral.store.rows import AddressRow, LocationRow
from tests.support.imported import import_list
from tests.support.provider_lists import pantry_list, write_csv

ELM = (41.641234, -80.151234)


@pytest.fixture
def points(tmp_path):
    """Write a file with the pantry's address and the shelter's."""
    path = tmp_path / "points.csv"
    rows = [("1 Elm Street", "16335", *ELM), ("9 Secret Way", "16354", 41.701, -80.101)]
    names = ("address", "zip", "lat", "lon")
    write_csv(path, *(dict(zip(names, map(str, row), strict=True)) for row in rows))
    return path


def bring_in(instance, folder, **changes):
    return import_list(instance, pantry_list(folder, **changes), source="pantries")


def positions(instance):
    """By name of the place."""
    with instance.store.read() as session:
        return {
            row.name: (row.latitude, row.longitude, row.position_source)
            for row in session.scalars(select(LocationRow))
        }


def use(instance, points):
    assert load_address_points(instance, points, no_progress) == (2, 0)


def hidden_shelter():
    """The locations of the list, none with a position."""
    names = {"l1": "Church hall", "l2": "Safe house"}
    return [
        {
            "id": key, "organization_id": "o1", "name": name, "location_type": "physical",
            "latitude": "", "longitude": "",
        }
        for key, name in names.items()
    ]  # fmt: skip


def test_a_list_without_coordinates_takes_those_of_the_points(instance, tmp_path, points):
    use(instance, points)
    bring_in(instance, tmp_path / "list", locations=hidden_shelter())
    found = positions(instance)
    assert found["Church hall"] == (*ELM, "address")
    assert found["Safe house"][2] == "zip"  # a shelter that is held back has no exact one
    counts = count_positions(instance)
    assert (counts.by_address, counts.by_zip, counts.points) == (1, 1, 2)
    again = prepare_import(instance, tmp_path / "list", source="pantries")
    assert not again.report.plan.writes


@pytest.mark.slow
def test_places_that_are_there_are_looked_up_and_all_is_taken_back(instance, tmp_path, points):
    bring_in(instance, tmp_path / "list", locations=hidden_shelter())
    before = positions(instance)
    refresh_positions(instance)
    assert positions(instance) == before  # there is no file of points
    use(instance, points)
    assert place_locations(instance, no_progress) == 1
    assert positions(instance)["Church hall"] == (*ELM, "address")
    assert place_locations(instance, no_progress) == 0
    assert undo_positions(instance) == 1
    assert positions(instance) == before
    with pytest.raises(RefusedError, match="taken back already"):
        undo_positions(instance)


@pytest.mark.slow
def test_coordinates_of_the_list_win(instance, tmp_path, points):
    use(instance, points)
    bring_in(instance, tmp_path / "list", locations=hidden_shelter())
    places = hidden_shelter()
    places[0] |= {"latitude": "41.6", "longitude": "-80.2"}
    bring_in(instance, tmp_path / "list", locations=places)
    assert positions(instance)["Church hall"] == (41.6, -80.2, "file")
    refresh_positions(instance)
    bring_in(instance, tmp_path / "list", locations=hidden_shelter())
    assert positions(instance)["Church hall"] == (41.6, -80.2, "file")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("street", "position"),
    [
        ("1 Elm Street, Suite 2", (41.6, -80.2, "file")),
        ("77 Far Rd", "zip"),
    ],
)
def test_a_list_that_corrects_an_address_ends_the_old_position(
    instance, tmp_path, street, position
):
    places = hidden_shelter()
    places[0] |= {"latitude": "41.6", "longitude": "-80.2"}
    bring_in(instance, tmp_path / "list", locations=places)
    address = {
        "id": "d1", "location_id": "l1", "address_1": street, "city": "Meadville",
        "state_province": "PA", "postal_code": "16335", "country": "US",
        "address_type": "physical",
    }  # fmt: skip
    bring_in(instance, tmp_path / "list", locations=hidden_shelter(), addresses=[address])
    found = positions(instance)["Church hall"]
    assert position in (found, found[2])


@pytest.mark.slow
def test_another_street_is_not_at_the_old_place(instance, tmp_path, points):
    use(instance, points)
    bring_in(instance, tmp_path / "list", locations=hidden_shelter())
    with instance.store.write() as session:
        address = session.scalars(select(AddressRow).where(AddressRow.address_1 == "1 Elm St"))
        address.one().address_1 = "77 Far Rd"
    refresh_positions(instance)
    assert positions(instance)["Church hall"][2] == "zip"


def test_nothing_is_taken_back_that_was_not_added(instance):
    with pytest.raises(RefusedError, match="No positions"):
        undo_positions(instance)
