"""Undo of a group of edits: what goes back, and what stays since somebody touched it later."""

import pytest
from sqlalchemy import select

from referral.records.classification import SET_BY_RULE, ServiceHeading
from referral.records.directory import (
    Contact,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from referral.records.edits import Author, MadeBy
from referral.store import Store
from referral.store.conversion import ROWS, row_from
from referral.store.history import edited_by_hand
from referral.store.rows import OrganizationRow, PhoneRow, ServiceRow
from referral.store.rows_classification import HeadingRow
from referral.store.undo import KeptChange, preview_undo, undo

LIST = Author(made_by=MadeBy.IMPORT, group_id="list")
HAND = Author(made_by=MadeBy.HAND)


@pytest.fixture
def store(sqlite_databases):
    store = Store(sqlite_databases.migrated())
    yield store
    store.close()


def add(store, *records, author=LIST):
    with store.write(author) as session:
        session.add_all(map(row_from, records))


def change(store, row_class, key, author=HAND, **values):
    with store.write(author) as session:
        row = session.get_one(row_class, key)
        for name, value in values.items():
            setattr(row, name, value)


def take_back(store, group="list"):
    """Undo a group as a person; what was kept, and the group of the undo."""
    with store.read() as session:
        expected = preview_undo(session, group)
    author = Author(made_by=MadeBy.UNDO, group_id=f"undo of {group}")
    with store.write(author) as session:
        result = undo(session, group, lambda *_: None)
    assert sorted(result.stays, key=str) == sorted(expected, key=str)
    return result


def there(store):
    """Give the kind and id of what is not retired."""
    with store.read() as session:
        return {
            (kind, row.id)
            for kind, row_class in ROWS.items()
            for row in session.scalars(select(row_class).where(row_class.retired_at.is_(None)))
        }


def pantry(key):
    """Records of all kinds have the same id: only the kind tells them apart."""
    return [
        Organization(id=key, name="Table"),
        Service(id=key, organization_id=key, name="Pantry"),
        Location(id=key, organization_id=key, name="Hall"),
        ServiceAtLocation(id=key, service_id=key, location_id=key),
        Phone(id=key, service_id=key, number="814-555-0101"),
    ]


def of(key, *kinds):
    return {(kind, key) for kind in kinds}


def test_a_field_goes_back_unless_somebody_changed_it_since(store):
    add(store, *pantry("1"), *pantry("2"), author=HAND)
    for key in ("1", "2"):
        change(store, ServiceRow, key, LIST, name="Food", description="Bread.")
        change(store, ServiceRow, key, LIST, name="Food pantry")
    change(store, ServiceRow, "1", name="Larder")
    change(store, ServiceRow, "2", name="Larder")
    change(store, ServiceRow, "2", name="Food pantry")
    result = take_back(store)
    assert result.stays == [KeptChange("service", "1", ("name",))]
    with store.read() as session:
        first, second = (session.get_one(ServiceRow, key) for key in ("1", "2"))
        assert (first.name, first.description) == ("Larder", "")
        assert (second.name, second.description) == ("Pantry", "")


def test_what_the_group_added_goes_and_what_was_edited_since_stays_whole(store):
    add(store, Organization(id="0", name="Before"), author=HAND)
    add(store, *pantry("1"), *pantry("2"))
    change(store, ServiceRow, "1", name="Larder")
    take_back(store)
    assert there(store) == of("0", "organization") | of(
        "1", "organization", "service", "location", "service_at_location", "phone"
    )


def test_an_edit_that_was_taken_back_by_hand_keeps_nothing(store):
    add(store, *pantry("1"))
    change(store, ServiceRow, "1", name="Larder", description="x")
    change(store, ServiceRow, "1", name="Pantry", description="")
    take_back(store)
    assert there(store) == set()


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        (Phone(id="new", service_id="1", number="814-555-0102"), True),
        (Contact(id="new", organization_id="1", name="Maria"), True),
        (ServiceHeading(id="new", service_id="1", heading="food", set_by="curator"), True),
        (ServiceHeading(id="new", service_id="1", heading="food", set_by=SET_BY_RULE), False),
    ],
)
def test_what_a_person_hung_a_part_on_stays(store, part, kept):
    with store.write() as session:
        session.add(HeadingRow(slug="food", name="Food"))
    add(store, *pantry("1"), *pantry("2"))
    add(store, part, author=HAND)
    take_back(store)
    left = there(store)
    assert (("organization", "1") in left) is kept
    assert not {key for _, key in left} & {"2"}


def test_a_part_that_is_retired_again_keeps_nothing(store):
    add(store, *pantry("1"))
    add(store, Phone(id="new", service_id="1", number="814-555-0102"), author=HAND)
    with store.write(HAND) as session:
        session.get_one(PhoneRow, "new").retired_at = session.get_one(PhoneRow, "new").updated_at
    take_back(store)
    assert there(store) == set()


def test_what_is_kept_at_one_place_keeps_no_other_service_there(store):
    add(store, *pantry("1"))
    other = [
        Service(id="2", organization_id="1", name="Kitchen"),
        ServiceAtLocation(id="2", service_id="2", location_id="1"),
        Phone(id="at", service_at_location_id="1", number="814-555-0103"),
        Phone(id="of-place", service_id="2", location_id="1", number="814-555-0104"),
    ]
    add(store, *other)
    change(store, ServiceRow, "1", name="Larder")
    take_back(store)
    left = there(store)
    assert {("service", "1"), ("location", "1"), ("phone", "at")} <= left
    assert not left & {("service", "2"), ("service_at_location", "2"), ("phone", "of-place")}


def test_an_undo_is_taken_back_in_turn(store):
    add(store, *pantry("1"), author=HAND)
    change(store, OrganizationRow, "1", LIST, name="Shelf")
    with store.write(LIST) as session:
        session.delete(session.get_one(PhoneRow, "1"))
    take_back(store)
    assert ("phone", "1") in there(store)
    take_back(store, "undo of list")
    with store.read() as session:
        assert session.get_one(OrganizationRow, "1").name == "Shelf"
    assert ("phone", "1") not in there(store)


def test_edits_of_before_the_group_are_none_of_since(store):
    add(store, *pantry("1"), author=HAND)
    change(store, ServiceRow, "1", name="Larder")
    change(store, ServiceRow, "1", LIST, name="Food")
    assert take_back(store).stays == []
    with store.read() as session:
        assert session.get_one(ServiceRow, "1").name == "Larder"


@pytest.mark.parametrize("made_by", list(MadeBy))
def test_whose_value_a_field_has(store, made_by):
    add(store, *pantry("1"), *pantry("2"))
    with store.write(LIST) as session:
        for row in session.scalars(select(ServiceRow)):
            row.source = "county" if row.id == "1" else "other"

    def edited():
        with store.read() as session:
            return edited_by_hand(session, "service", "county")

    for key in ("1", "2"):
        change(store, ServiceRow, key, Author(made_by=made_by), name="Larder", email="a@b.example")
    is_theirs = made_by in {MadeBy.HAND, MadeBy.PROVIDER, MadeBy.RESTORE, MadeBy.MERGE}
    assert edited() == ({"1": {"name", "email"}} if is_theirs else {})
    change(store, ServiceRow, "1", LIST, name="Food")
    assert edited() == ({"1": {"email"}} if is_theirs else {})
    change(store, ServiceRow, "1", Author(made_by=MadeBy.UNDO), name="Larder")
    assert edited() == ({"1": {"name", "email"}} if is_theirs else {})
    change(store, ServiceRow, "1", Author(made_by=MadeBy.UNDO), name="Pantry", email="")
    assert edited() == {}
