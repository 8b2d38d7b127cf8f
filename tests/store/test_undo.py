"""Undo of a group of edits: what goes back, and what stays since somebody touched it later."""

import pytest
from sqlalchemy import select

from referral.records.classification import Attribute, ServiceHeading, TaxonomyTerm
from referral.records.edits import Author, MadeBy
from referral.records.hsds import (
    Contact,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from referral.store.conversion import ROWS
from referral.store.heading_placement import place_services
from referral.store.history import edited_by_hand
from referral.store.rows import CrosswalkRuleRow, HeadingRow, OrganizationRow, PhoneRow, ServiceRow
from referral.store.undo import KeptChange, preview_undo, undo
from tests.support.rows import change_row, write_records

LIST = Author(made_by=MadeBy.IMPORT, group_id="list")
HAND = Author(made_by=MadeBy.HAND)


def take_back(store, group="list", on_done=lambda *_: None):
    """Undo a group as a person; what was kept, and the group of the undo."""
    with store.read() as session:
        expected = preview_undo(session, group)
    author = Author(made_by=MadeBy.UNDO, group_id=f"undo of {group}")
    with store.write(author) as session:
        result = undo(session, group, on_done)
    assert sorted(result.kept, key=str) == sorted(expected, key=str)
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
    return [
        Organization(id=f"o{key}", name="Table"),
        Service(id=f"s{key}", organization_id=f"o{key}", name="Pantry"),
        Location(id=f"l{key}", organization_id=f"o{key}", name="Hall"),
        ServiceAtLocation(id=f"x{key}", service_id=f"s{key}", location_id=f"l{key}"),
        Phone(id=f"p{key}", service_id=f"s{key}", number="814-555-0101"),
    ]


def test_a_field_goes_back_unless_somebody_changed_it_since(store, monkeypatch):
    monkeypatch.setattr("referral.store.undo._CHUNK", 1)
    write_records(store, *pantry("1"), *pantry("2"), author=HAND)
    for key in ("s1", "s2"):
        change_row(store, ServiceRow, key, LIST, name="Food", description="Bread.")
        change_row(store, ServiceRow, key, LIST, name="Food pantry")
    change_row(store, ServiceRow, "s1", HAND, name="Larder")
    change_row(store, ServiceRow, "s2", HAND, name="Larder")
    change_row(store, ServiceRow, "s2", HAND, name="Food pantry")
    told = []
    result = take_back(store, on_done=lambda *numbers: told.append(numbers))
    assert (result.count, told) == (2, [(1, 2), (2, 2)])
    assert result.kept == [KeptChange("service", "s1", ("name",))]
    with store.read() as session:
        first, second = (session.get_one(ServiceRow, key) for key in ("s1", "s2"))
        assert (first.name, first.description) == ("Larder", "")
        assert (second.name, second.description) == ("Pantry", "")


@pytest.mark.slow
def test_what_the_group_added_goes_and_what_was_edited_since_stays_whole(store):
    before = Organization(id="o0", name="Before"), TaxonomyTerm(id="t", name="Food")
    write_records(store, *before, author=HAND)
    write_records(store, *pantry("1"), *pantry("2"), author=LIST)
    parts = [Phone(id=f"of-{at}", organization_id=at, number="814-555-0102") for at in ("o1", "o2")]
    parts += [
        Attribute(id=f"of-{at}", link_entity="service", link_id=at, taxonomy_term_id="t")
        for at in ("s1", "s2")
    ]
    write_records(store, *parts, author=LIST)
    change_row(store, ServiceRow, "s2", LIST, name="Kitchen")
    change_row(store, ServiceRow, "s1", HAND, name="Larder")
    take_back(store)
    assert there(store) == {
        ("organization", "o0"), ("taxonomy_term", "t"), ("organization", "o1"), ("service", "s1"), ("location", "l1"),
        ("service_at_location", "x1"), ("phone", "p1"), ("phone", "of-o1"), ("attribute", "of-s1"),
    }  # fmt: skip


def test_records_of_two_kinds_with_the_same_id_are_two(store):
    write_records(store, Organization(id="1", name="Table"), author=HAND)
    write_records(store, Service(id="1", organization_id="1", name="Pantry"), author=LIST)
    change_row(store, OrganizationRow, "1", LIST, name="Shelf")
    change_row(store, OrganizationRow, "1", HAND, name="Shelves")
    phone = Phone(id="new", organization_id="1", number="814-555-0102")
    write_records(store, phone, author=HAND)
    take_back(store)
    assert there(store) == {("organization", "1"), ("phone", "new")}


def test_a_part_of_a_service_is_none_of_an_organization_with_the_same_id(store):
    houses = [Organization(id=key, name="Table") for key in ("1", "2")]
    service = Service(id="1", organization_id="2", name="Pantry")
    phone = Phone(id="p1", service_id="1", number="814-555-0101")
    write_records(store, *houses, service, phone, author=LIST)
    change_row(store, OrganizationRow, "1", HAND, name="Shelf")
    take_back(store)
    assert there(store) == {("organization", "1")}


def test_of_what_was_kept_only_fields_that_people_know_are_told(store):
    write_records(store, *pantry("1"), author=HAND)
    change_row(store, ServiceRow, "s1", LIST, source_key="a", name="Food")
    change_row(store, ServiceRow, "s1", HAND, source_key="b", name="Larder")
    assert take_back(store).kept == [KeptChange("service", "s1", ("name",))]


def test_one_record_that_was_edited_since_stays(store):
    write_records(store, Organization(id="o1", name="Table"), author=LIST)
    change_row(store, OrganizationRow, "o1", LIST, name="Board")
    change_row(store, OrganizationRow, "o1", HAND, name="Shelf")
    assert take_back(store).kept == [KeptChange("organization", "o1")]
    assert there(store) == {("organization", "o1")}


@pytest.mark.parametrize("mover", [LIST, HAND])
def test_what_came_to_an_added_record_keeps_it_unless_the_same_list_moved_it(store, mover):
    write_records(store, *pantry("1"), author=HAND)
    write_records(store, Service(id="new", organization_id="o1", name="Kitchen"), author=LIST)
    change_row(store, PhoneRow, "p1", LIST, number="814-555-0102")
    change_row(store, PhoneRow, "p1", mover, service_id="new")
    take_back(store)
    assert (("service", "new") in there(store)) is (mover is HAND)
    with store.read() as session:
        assert session.get_one(PhoneRow, "p1").service_id == ("new" if mover is HAND else "s1")


@pytest.mark.parametrize("description", ["", "Bread."])
def test_an_edit_that_was_taken_back_by_hand_as_a_whole_keeps_nothing(store, description):
    write_records(store, *pantry("1"), author=LIST)
    change_row(store, ServiceRow, "s1", HAND, name="Larder", description="x")
    change_row(store, ServiceRow, "s1", HAND, name="Pantry", description=description)
    take_back(store)
    assert (("service", "s1") in there(store)) is bool(description)


@pytest.mark.parametrize(
    "part",
    [
        Phone(id="new", service_id="s1", number="814-555-0102"),
        Contact(id="new", organization_id="o1", name="Maria"),
        ServiceHeading(id="new", service_id="s1", heading="food", set_by="curator"),
    ],
)
def test_what_a_person_hung_a_part_on_stays(store, part):
    with store.write() as session:
        session.add(HeadingRow(slug="food", name="Food"))
    write_records(store, *pantry("1"), *pantry("2"), author=LIST)
    write_records(store, part, author=HAND)
    take_back(store)
    left = there(store)
    assert ("organization", "o1") in left
    assert ("organization", "o2") not in left


def test_a_heading_that_a_rule_set_later_keeps_nothing(store):
    write_records(store, *pantry("1"), author=LIST)
    with store.write(HAND) as session:
        session.add(HeadingRow(slug="food", name="Food"))
        session.flush()
        session.add(CrosswalkRuleRow(kind="word", value="pantry", heading="food"))
        session.flush()
        place_services(session, ["s1"])
    assert [kind for kind, _ in there(store)].count("service_heading") == 1
    take_back(store)
    assert ("service", "s1") not in there(store)


def test_a_part_that_is_retired_again_keeps_nothing(store):
    write_records(store, *pantry("1"), author=LIST)
    write_records(store, Phone(id="new", service_id="s1", number="814-555-0102"), author=HAND)
    with store.write(HAND) as session:
        session.get_one(PhoneRow, "new").retired_at = session.get_one(PhoneRow, "new").updated_at
    take_back(store)
    assert there(store) == set()


@pytest.mark.slow
def test_what_is_kept_at_one_place_keeps_no_other_service_there(store):
    write_records(store, *pantry("1"), author=LIST)
    other = [
        Service(id="s2", organization_id="o1", name="Kitchen"),
        ServiceAtLocation(id="x2", service_id="s2", location_id="l1"),
        Phone(id="at", service_at_location_id="x1", number="814-555-0103"),
        Phone(id="of-place", service_id="s2", location_id="l1", number="814-555-0104"),
    ]
    write_records(store, *other, author=LIST)
    change_row(store, ServiceRow, "s1", HAND, name="Larder")
    take_back(store)
    left = there(store)
    assert {("service", "s1"), ("location", "l1"), ("phone", "at")} <= left
    assert not left & {("service", "s2"), ("service_at_location", "x2"), ("phone", "of-place")}


@pytest.mark.slow
def test_an_undo_is_taken_back_in_turn(store):
    write_records(store, *pantry("1"), author=HAND)
    change_row(store, OrganizationRow, "o1", LIST, name="Shelf")
    with store.write(LIST) as session:
        session.delete(session.get_one(PhoneRow, "p1"))
    assert take_back(store).count == 2
    assert ("phone", "p1") in there(store)
    take_back(store, "undo of list")
    with store.read() as session:
        assert session.get_one(OrganizationRow, "o1").name == "Shelf"
    assert ("phone", "p1") not in there(store)


def test_edits_of_before_the_group_are_none_of_since(store):
    write_records(store, *pantry("1"), author=HAND)
    change_row(store, ServiceRow, "s1", HAND, name="Larder")
    change_row(store, ServiceRow, "s1", LIST, name="Food")
    assert take_back(store).kept == []
    with store.read() as session:
        assert session.get_one(ServiceRow, "s1").name == "Larder"


@pytest.mark.parametrize("made_by", list(MadeBy))
def test_whose_value_a_field_has(store, made_by):
    write_records(store, *pantry("1"), *pantry("2"), author=LIST)
    with store.write(LIST) as session:
        for row in session.scalars(select(ServiceRow)):
            row.source = "county" if row.id == "s1" else "other"

    def edited():
        with store.read() as session:
            return edited_by_hand(session, "service", "county")

    for key in ("s1", "s2"):
        change_row(
            store, ServiceRow, key, Author(made_by=made_by), name="Larder", email="a@b.example"
        )
    is_theirs = made_by in {MadeBy.HAND, MadeBy.PROVIDER, MadeBy.RESTORE, MadeBy.MERGE}
    assert edited() == ({"s1": {"name", "email"}} if is_theirs else {})
    change_row(store, ServiceRow, "s1", LIST, name="Food")
    assert edited() == ({"s1": {"email"}} if is_theirs else {})
    change_row(store, ServiceRow, "s1", Author(made_by=MadeBy.UNDO), name="Larder")
    assert edited() == ({"s1": {"name", "email"}} if is_theirs else {})
    change_row(store, ServiceRow, "s1", Author(made_by=MadeBy.UNDO), name="Pantry", email="")
    assert edited() == {}
