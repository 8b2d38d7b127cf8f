"""A copy for the bench answers as the instance does, and has no text that is held back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from referral.store import Store
from referral.store.rows import AddressRow, LocationRow
from tests.bench.stores import copy_store, stored_listings
from tests.support.plants import county_rows, planted


@pytest.fixture(scope="module")
def copied(sample_directory, tmp_path_factory):
    """Give the copy of the demo, and the bytes of its file."""
    path = tmp_path_factory.mktemp("copy") / "copy.sqlite3"
    store = Store(f"sqlite:///{path.as_posix()}")
    store.migrate()
    copy_store(sample_directory.store, f"sqlite:///{path.as_posix()}")
    yield store, path
    store.close()


def test_the_public_sees_the_same_listings(copied, sample_directory):
    assert list(stored_listings(copied[0])) == list(stored_listings(sample_directory.store))


def test_nothing_held_back_is_in_its_files(copied):
    contents = b"".join(path.read_bytes() for path in copied[1].parent.iterdir())
    assert county_rows("services")[0]["name"].encode() in contents
    assert not [plant for plant in planted() if plant.encode() in contents]


def test_what_hangs_on_a_withheld_place_is_held_back_too(copied, sample_directory):
    with sample_directory.store.read() as session:
        withheld = session.scalars(
            select(AddressRow.location_id).where(AddressRow.visibility == "withheld")
        ).all()
    assert withheld
    with copied[0].read() as session:
        places = session.scalars(select(LocationRow).where(LocationRow.id.in_(withheld))).all()
        assert len(places) == len(set(withheld))
        assert {(place.name, place.latitude) for place in places} == {("", None)}
