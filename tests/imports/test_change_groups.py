"""Changes of a listing by what they mean."""

from dataclasses import replace

import pytest

from referral.imports.plan import PlannedChange
from referral.imports.records import ChangeAction, ChangeGroup
from referral.imports.review_items import grouped_changes
from referral.records.classification import TaxonomyTerm
from referral.records.hsds import (
    Address,
    Contact,
    Language,
    Location,
    Phone,
    Schedule,
    Service,
    ServiceArea,
)
from referral.records.kinds import Origin

ORIGIN = Origin(source="x", key="y")
PANTRY = Service(id="s1", organization_id="o1", name="Pantry")
HALL = Location(id="l1", organization_id="o1", name="Hall")
ADDRESS = Address(id="a", location_id="l1", address_1="1 Oak St", city="Meadville")
HOURS = Schedule(id="h", service_id="s1", opens_at="09:00", closes_at="12:00")
LISTING = ("service", "s1")


def new(record, **more):
    return PlannedChange(ChangeAction.NEW, record, ORIGIN, **more)


def gone(record):
    return PlannedChange(ChangeAction.GONE, record, ORIGIN)


def changed(record, conflicts=(), **fields):
    pairs = {name: (None, value) for name, value in fields.items()}
    return PlannedChange(ChangeAction.CHANGED, record, ORIGIN, pairs, frozenset(conflicts))


def phone(number, **more):
    return Phone(id=number, service_id="s1", number=number, **more)


def groups_of(*changes):
    return list(grouped_changes(LISTING, changes))


def test_what_nobody_accepts_unasked_is_no_part_of_a_new_listing():
    """An edit by hand stays, also of a phone that moves to a new service."""
    moved = changed(phone("1"), conflicts=["number"], number="2", service_id="s1")
    found = grouped_changes(LISTING, [new(PANTRY), moved])
    assert fields_of(found) == {
        ChangeGroup.EDITED: [{"number"}],
        ChangeGroup.SERVICE_NEW: [set(), {"service_id"}],
    }


def test_an_edited_name_of_a_topic_is_decided_by_itself():
    term = changed(TaxonomyTerm(id="t", name="Food"), conflicts=["name"], name="Food", code="B")
    found = grouped_changes(("taxonomy_term", "t"), [term])
    assert fields_of(found) == {
        ChangeGroup.EDITED: [{"name"}],
        ChangeGroup.TERM_CHANGED: [{"code"}],
    }


def fields_of(found):
    return {group: [{*each.fields} for each in parts] for group, parts in found.items()}


def test_a_new_or_gone_listing_is_one_group_with_its_parts():
    assert groups_of(new(PANTRY), new(phone("1"))) == [ChangeGroup.SERVICE_NEW]
    assert groups_of(gone(PANTRY), gone(phone("1"))) == [ChangeGroup.SERVICE_GONE]
    assert groups_of(new(PANTRY, is_withheld=True), new(phone("1"))) == [ChangeGroup.WITHHELD]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "17th Aug location_edit"), ("name", "Patel_123"), ("name", "asdfgh"),
        ("name", "Test"), ("name", "aaaa"), ("name", "12345"), ("name", "xkcdfg"),
        ("email", "a@example.com"), ("email", "a@test.com"), ("url", "https://foo.test/x"),
    ],
)  # fmt: skip
def test_a_value_that_looks_odd_is_asked_about(field, value):
    change = changed(PANTRY, **{field: value, "description": "Bread."})
    assert groups_of(change) == [ChangeGroup.ODD, ChangeGroup.DESCRIPTION]
    assert change.without_review.fields.keys() == {"description"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "YWCA of D.C."), ("name", "211"), ("name", "AARP"), ("name", "HIV/STD Testing"),
        ("name", "Rx4NC"), ("name", "4-H"), ("name", "Test Prep for GED"), ("name", "8th Street Shelter"),
        ("description", "Write to info_desk on 3rd May."), ("email", "info_desk@wpl.org"),
        ("url", "https://testing.org"), ("name", "New Beginnings"), ("name", "NFCSP"),
        ("name", "Schwrz Pantry"),
    ],
)  # fmt: skip
def test_an_ordinary_value_is_not_odd(field, value):
    assert ChangeGroup.ODD not in groups_of(changed(PANTRY, **{field: value}))


def test_a_gone_listing_that_somebody_edited_or_a_part_of_it_is_told_apart():
    edited = [replace(gone(PANTRY), is_kept=True), gone(phone("1"))]
    assert groups_of(*edited) == [ChangeGroup.EDITED_GONE]
    assert groups_of(gone(PANTRY), replace(gone(phone("1")), is_kept=True)) == [
        ChangeGroup.EDITED_GONE
    ]
    assert groups_of(gone(PANTRY), gone(phone("1"))) == [ChangeGroup.SERVICE_GONE]


def test_the_fields_of_one_record_part_by_what_they_mean():
    change = changed(
        PANTRY,
        conflicts=["fees_description"],
        status="inactive",
        visibility="withheld",
        description="Food.",
        fees_description="$5",
        assured_date="2026-01-01",
    )
    found = grouped_changes(LISTING, [change])
    assert {group: set(parts[0].fields) for group, parts in found.items()} == {
        ChangeGroup.EDITED: {"fees_description"},
        ChangeGroup.VISIBILITY: {"visibility"},
        ChangeGroup.STATUS: {"status"},
        ChangeGroup.DESCRIPTION: {"description"},
        ChangeGroup.CHECKED: {"assured_date"},
    }
    assert list(found)[:2] == [ChangeGroup.EDITED, ChangeGroup.VISIBILITY]
    assert found[ChangeGroup.EDITED][0].conflicts == {"fees_description"}
    assert not found[ChangeGroup.STATUS][0].conflicts


def test_phones_that_went_came_or_changed():
    assert groups_of(gone(phone("1"))) == [ChangeGroup.PHONE_GONE]
    assert groups_of(new(phone("1"))) == [ChangeGroup.PHONE_NEW]
    assert groups_of(gone(phone("1")), new(phone("2"))) == [ChangeGroup.PHONE_CHANGED]
    assert groups_of(changed(phone("1"), number="2", tel="3")) == [ChangeGroup.PHONE_CHANGED]
    assert groups_of(changed(phone("1"), description="Desk")) == [ChangeGroup.DESCRIPTION]
    assert groups_of(changed(phone("1"), retired_at=None)) == [ChangeGroup.PHONE_NEW]


def test_the_same_number_under_another_id_is_a_detail():
    again = replace(phone("1"), id="other")
    assert groups_of(gone(phone("1")), new(again)) == [ChangeGroup.OTHER]


def test_a_place_that_moved_is_among_the_addresses():
    place = Location(id="l1", organization_id="o1", name="Hall")
    address = Address(id="a1", location_id="l1", address_1="1 Oak St", city="Meadville")
    moved = changed(place, latitude=41.6)
    found = grouped_changes(("location", "l1"), [moved, gone(address), new(address)])
    assert {group: len(parts) for group, parts in found.items()} == {ChangeGroup.ADDRESS_CHANGED: 3}


def test_a_listing_that_comes_back_takes_its_protection_along():
    back = changed(PANTRY, retired_at=None, name="Shelf", visibility="withheld")
    assert groups_of(back) == [ChangeGroup.BACK]


def test_a_held_address_of_a_known_listing_is_held():
    address = Address(id="d1", location_id="l1", address_1="1 Elm St")
    assert list(grouped_changes(("location", "l1"), [new(address, is_withheld=True)])) == [
        ChangeGroup.WITHHELD
    ]


@pytest.mark.parametrize(
    ("record", "field", "group"),
    [
        (PANTRY, "visibility", ChangeGroup.VISIBILITY),
        (PANTRY, "organization_id", ChangeGroup.PLACES),
        (PANTRY, "name", ChangeGroup.NAME),
        (PANTRY, "alternate_name", ChangeGroup.NAME),
        (PANTRY, "status", ChangeGroup.STATUS),
        (PANTRY, "alert", ChangeGroup.STATUS),
        (PANTRY, "url", ChangeGroup.CONTACT),
        (PANTRY, "email", ChangeGroup.CONTACT),
        (PANTRY, "eligibility_description", ChangeGroup.CONDITIONS),
        (PANTRY, "minimum_age", ChangeGroup.CONDITIONS),
        (PANTRY, "maximum_age", ChangeGroup.CONDITIONS),
        (PANTRY, "application_process", ChangeGroup.CONDITIONS),
        (PANTRY, "fees_description", ChangeGroup.CONDITIONS),
        (PANTRY, "wait_time", ChangeGroup.CONDITIONS),
        (PANTRY, "interpretation_services", ChangeGroup.CONDITIONS),
        (PANTRY, "keywords", ChangeGroup.DESCRIPTION),
        (PANTRY, "verified_by", ChangeGroup.CHECKED),
        (PANTRY, "accreditations", ChangeGroup.OTHER),
        (HALL, "longitude", ChangeGroup.ADDRESS_CHANGED),
        (HALL, "position_source", ChangeGroup.ADDRESS_CHANGED),
        (HALL, "location_type", ChangeGroup.ADDRESS_CHANGED),
        (HALL, "transportation", ChangeGroup.ADDRESS_CHANGED),
        (phone("1"), "tel", ChangeGroup.PHONE_CHANGED),
        (phone("1"), "extension", ChangeGroup.PHONE_CHANGED),
        (phone("1"), "type", ChangeGroup.PHONE_CHANGED),
        (phone("1"), "service_id", ChangeGroup.PLACES),
        (phone("1"), "visibility", ChangeGroup.VISIBILITY),
        (Address(id="a", location_id="l1"), "city", ChangeGroup.ADDRESS_CHANGED),
        (Schedule(id="h", service_id="s1"), "description", ChangeGroup.SCHEDULE_CHANGED),
        (Contact(id="c", service_id="s1"), "name", ChangeGroup.CONTACT),
        (ServiceArea(id="v", service_id="s1"), "name", ChangeGroup.CONDITIONS),
        (Language(id="g", service_id="s1"), "code", ChangeGroup.CONDITIONS),
    ],
)
def test_what_a_changed_field_means(record, field, group):
    """What applies by itself, and what waits for a person, goes by these groups."""
    assert groups_of(changed(record, **{field: "new"})) == [group]
    assert groups_of(changed(record, conflicts=[field], **{field: "new"})) == [ChangeGroup.EDITED]


@pytest.mark.parametrize(
    ("parts", "group"),
    [
        ([new(ADDRESS)], ChangeGroup.ADDRESS_NEW),
        ([gone(ADDRESS)], ChangeGroup.ADDRESS_GONE),
        ([gone(ADDRESS), new(replace(ADDRESS, id="z"))], ChangeGroup.OTHER),
        ([gone(ADDRESS), new(replace(ADDRESS, id="z", city="Erie"))], ChangeGroup.ADDRESS_CHANGED),
        ([gone(ADDRESS), new(replace(ADDRESS, id="z")), changed(ADDRESS, city="Erie")],
         ChangeGroup.ADDRESS_CHANGED),
        ([changed(ADDRESS, retired_at=None)], ChangeGroup.ADDRESS_NEW),
        ([new(HOURS)], ChangeGroup.SCHEDULE_NEW),
        ([gone(HOURS)], ChangeGroup.SCHEDULE_GONE),
        ([gone(HOURS), new(replace(HOURS, id="z", closes_at="13:00"))],
         ChangeGroup.SCHEDULE_CHANGED),
        ([new(ADDRESS, is_withheld=True), new(ADDRESS)], ChangeGroup.WITHHELD),
    ],
)  # fmt: skip
def test_parts_that_came_went_or_changed(parts, group):
    assert next(iter(groups_of(*parts))) == group


@pytest.mark.parametrize(
    ("action", "group"),
    [
        (ChangeAction.NEW, ChangeGroup.TERM_NEW),
        (ChangeAction.GONE, ChangeGroup.TERM_GONE),
        (ChangeAction.CHANGED, ChangeGroup.TERM_CHANGED),
    ],
)
def test_a_term_is_a_group_of_its_own(action, group):
    fields = {"name": ("", "Food")} if action is ChangeAction.CHANGED else {}
    term = PlannedChange(action, TaxonomyTerm(id="t", name="Food"), ORIGIN, fields)
    assert list(grouped_changes(("taxonomy_term", "t"), [term])) == [group]
    assert list(grouped_changes(("taxonomy_term", "other"), [term])) == [ChangeGroup.TERM_CHANGED]
