"""What a merge moves, what it takes for the same, and who may see it afterwards: part by part."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from referral.duplicates.merge import Move, move_children, move_hours, move_places
from referral.duplicates.merge_rules import (
    duplicate_key,
    field_pairs,
    merge_keywords,
    merge_names,
)
from referral.records.classification import SET_BY_RULE, Attribute, ServiceHeading, TaxonomyTerm
from referral.records.hsds import (
    Accessibility,
    Address,
    Language,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceAtLocation,
)
from referral.records.visibility import Visibility, strictest
from referral.store.conversion import ROWS, columns_of
from referral.store.rows import HeadingRow
from tests.support.rows import add_records

PUBLIC, STAFF, WITHHELD = Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD
NOW = datetime(2026, 11, 2, tzinfo=UTC)
PANTRY = Service(id="one", organization_id="o", name="Pantry")
PHONE = Phone(id="p1", service_id="one", number="814-555-0101", tel="+18145550101")
STREET = Address(id="a1", location_id="l1", address_1="12 Elm St", city="Meadville",
                 address_type="physical")  # fmt: skip


@pytest.fixture
def session(session):
    """Give a session with two services, each at a place of its own with the same address."""
    session.add(HeadingRow(slug="food", name="Food"))
    session.add(HeadingRow(slug="rent", name="Rent"))
    add_records(
        session, Organization(id="o", name="Table"), PANTRY, replace(PANTRY, id="two"),
        TaxonomyTerm(id="t", name="Food"), Location(id="l1"), Location(id="l2"), STREET,
        replace(STREET, id="a2", location_id="l2", address_1="12 Elm Street"),
        ServiceAtLocation(id="x1", service_id="one", location_id="l1"),
        ServiceAtLocation(id="x2", service_id="two", location_id="l2"),
    )  # fmt: skip
    return session


def of(session, kind, **fields):
    """Give id → visibility of those of a kind with these values that are not retired."""
    row = ROWS[kind]
    found = session.scalars(select(row).filter_by(retired_at=None, **fields).order_by(row.id))
    return {each.id: each.visibility for each in found}


def move(session, visibility=PUBLIC):
    move_children(session, Move("service", "two", "one", visibility), ("service_at_location",))
    session.flush()


@pytest.mark.parametrize(
    ("theirs", "then"),
    [
        ({}, {"p1": "public"}),
        ({"visibility": STAFF}, {"p1": "staff"}),
        ({"number": "other spelling", "description": "Desk"}, {"p1": "public"}),
        ({"tel": "+18145550102"}, {"p1": "public", "p2": "public"}),
        ({"extension": "7"}, {"p1": "public", "p2": "public"}),
        ({"type": "fax", "visibility": STAFF}, {"p1": "public", "p2": "staff"}),
        ({"location_id": "l1"}, {"p1": "public", "p2": "public"}),
    ],
)
def test_a_phone_that_is_the_same_stays_behind_and_narrows_its_twin(session, theirs, then):
    add_records(session, PHONE, replace(PHONE, id="p2", service_id="two", **theirs))
    move(session)
    assert of(session, "phone", service_id="one") == then


@pytest.mark.parametrize("how", [STAFF, WITHHELD])
def test_what_comes_from_a_hidden_record_is_hidden(session, how):
    add_records(session, PHONE, replace(PHONE, id="p2", service_id="two"),
        replace(PHONE, id="p3", service_id="two", tel="+18145550103", visibility=STAFF))  # fmt: skip
    move(session, how)
    assert of(session, "phone", service_id="one") == {"p1": how, "p3": how}


def test_the_parts_of_a_part_that_stays_behind_come_along(session):
    add_records(session, PHONE, replace(PHONE, id="p2", service_id="two", visibility=STAFF),
        Language(id="n1", phone_id="p1", name="Spanish", code="es"),
        Language(id="n2", phone_id="p2", name="Spanish", code="es"),
        Language(id="n3", phone_id="p2", name="Arabic", code="ar"))  # fmt: skip
    move(session)
    assert of(session, "language", phone_id="p1") == {"n1": "staff", "n3": "staff"}


def test_only_what_hangs_there_now_and_was_not_placed_by_rule_moves(session):
    heading = ServiceHeading(id="h", service_id="two", heading="food", set_by="curator")
    topic = Attribute(id="i", link_entity="service", link_id="two", taxonomy_term_id="t")
    add_records(session, heading, replace(heading, id="r", heading="rent", set_by=SET_BY_RULE), topic,
        replace(topic, id="j", link_entity="location"),
        replace(PHONE, id="p2", service_id="two"))  # fmt: skip
    session.get_one(ROWS["phone"], "p2").retired_at = NOW
    session.flush()
    move(session)
    assert set(of(session, "service_heading", service_id="one")) == {"h"}
    assert set(of(session, "attribute", link_id="one")) == {"i"}
    assert set(of(session, "attribute", link_id="two")) == {"j"}
    assert session.get_one(ROWS["phone"], "p2").service_id == "two"


def test_a_service_that_is_equal_in_everything_moves_with_its_parts(session):
    add_records(session, Organization(id="other", name="Table"),
        replace(PANTRY, id="three", organization_id="other"))  # fmt: skip
    move_children(session, Move("organization", "other", "o", PUBLIC))
    session.flush()
    assert set(of(session, "service", organization_id="o")) == {"one", "two", "three"}


HOURS = Schedule(id="h1", service_id="one", opens_at="09:00")


@pytest.mark.parametrize(
    ("kept", "others", "is_chosen", "left"),
    [
        ([HOURS], ["h2"], False, {"h1"}),
        ([HOURS], ["h2"], True, {"h2"}),
        ([], ["h2", "h3"], False, {"h2", "h3"}),
        ([HOURS], [], True, {"h1"}),
    ],
)
def test_hours_are_of_one_of_the_two(session, kept, others, is_chosen, left):
    add_records(session, *kept, *(replace(HOURS, id=each, service_id="two") for each in others))
    move_hours(session, Move("service", "two", "one", STAFF), NOW, replace=is_chosen)
    session.flush()
    found = of(session, "schedule", service_id="one")
    assert set(found) == left
    assert {key: seen for key, seen in found.items() if key != "h1"} == dict.fromkeys(
        left - {"h1"}, "staff"
    )


def places(session, visibility=PUBLIC):
    """Move the places; the links of the first service, and the visibility of each."""
    move_places(session, Move("service", "two", "one", visibility))
    session.flush()
    return of(session, "service_at_location", service_id="one")


@pytest.mark.parametrize(
    ("more", "then"),
    [
        ([], {"x1": "public"}),
        ([replace(STREET, id="a2", location_id="l2", address_1="99 Oak Ave")],
         {"x1": "public", "x2": "public"}),
        ([replace(PHONE, service_id="", location_id="l2")], {"x1": "public", "x2": "public"}),
        ([Schedule(id="h", location_id="l2", opens_at="09:00")], {"x1": "public", "x2": "public"}),
        ([Accessibility(id="y", location_id="l2", description="Ramp")],
         {"x1": "public", "x2": "public"}),
        ([replace(STREET, id="a3", location_id="l2", address_1="PO Box 7")],
         {"x1": "public", "x2": "public"}),
        ([ServiceAtLocation(id="x2", service_id="two", location_id="l1")], {"x1": "public"}),
        ([ServiceAtLocation(id="x2", service_id="two", location_id="l2", visibility=STAFF)],
         {"x1": "staff"}),
        ([Location(id="l2", visibility=STAFF)], {"x1": "staff"}),
        ([replace(STREET, id="a2", location_id="l2", visibility=WITHHELD)], {"x1": "withheld"}),
        ([replace(STREET, visibility=STAFF), replace(PHONE, service_id="", location_id="l2")],
         {"x1": "staff", "x2": "staff"}),
        ([replace(STREET, id="a2", location_id="l2", address_1="99 Oak Ave", visibility=STAFF)],
         {"x1": "public", "x2": "public"}),  # its address hides it still
    ],
)  # fmt: skip
def test_a_place_of_the_same_address_is_one_unless_it_has_more(session, more, then):
    add_records(session, *more)
    assert places(session) == then


def test_a_place_of_a_hidden_service_is_hidden(session):
    add_records(session, replace(STREET, id="a2", location_id="l2", address_1="99 Oak Ave"))
    assert places(session, STAFF) == {"x1": "public", "x2": "staff"}


@pytest.mark.parametrize(
    ("own", "left"),
    [([], {"h2"}), ([replace(HOURS, service_id="", service_at_location_id="x1")], {"h1"})],
)
def test_what_hangs_on_a_link_comes_along_but_for_second_hours(session, own, left):
    at = {"service_id": "", "service_at_location_id": "x2"}
    add_records(session, *own, replace(HOURS, id="h2", **at), replace(PHONE, id="p2", **at),
        ServiceAtLocation(id="x2", service_id="two", location_id="l2", description="Ring"))  # fmt: skip
    places(session)
    assert set(of(session, "schedule", service_at_location_id="x1")) == left
    assert set(of(session, "phone", service_at_location_id="x1")) == {"p2"}
    assert session.get_one(ROWS["service_at_location"], "x1").description == "Ring"


def test_an_empty_field_takes_what_the_other_has_and_a_check_the_later_day():
    kept = replace(PANTRY, url="https://a.example/", email="", assured_date=date(2026, 1, 1))
    other = replace(
        PANTRY, id="two", name="The pantry", url="https://a.example", email="a@b.example",
        assured_date=date(2026, 2, 1), verified_by="Pat", description="",
    )  # fmt: skip
    proposed = {each.name: each.is_other_proposed for each in field_pairs("service", kept, other)}
    assert proposed == {"name": False, "email": True, "assured_date": True}
    back = {each.name: each.is_other_proposed for each in field_pairs("service", other, kept)}
    assert back == {"name": False, "assured_date": False}


def test_names_and_keywords_are_united_each_once():
    assert merge_names("Pantry", "pantry", "Shelf; Larder", "", "larder ") == "Shelf; Larder"
    assert merge_keywords("food|bread", "Bread|rent") == "food|bread|rent"
    assert strictest("public", "staff") is STAFF
    assert strictest("withheld", "staff", "public") is WITHHELD


def key(record, kind="address", moving="location_id"):
    return duplicate_key(kind, columns_of(record), moving)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({"address_1": "12 ELM STREET"}, True),
        ({"address_1": "12 Elm St, Suite 4"}, False),
        ({"address_2": "Suite 4"}, False),
        ({"address_type": "postal"}, False),
        ({"city": "Titusville"}, False),
    ],
)
def test_an_address_is_the_same_with_its_room_and_its_kind(other, is_same):
    assert (key(STREET) == key(replace(STREET, id="z", **other))) is is_same


def test_numbers_that_are_not_understood_are_the_same_only_word_for_word():
    odd = replace(PHONE, tel="", number="dial CHILD")
    same, other = (replace(odd, id="z", number=each) for each in ("Dial  child", "dial FOOD"))
    assert key(odd, "phone", "service_id") == key(same, "phone", "service_id")
    assert key(odd, "phone", "service_id") != key(other, "phone", "service_id")
