"""Which places of a list are withheld, record by record: shelters, and what marks ask for."""

from dataclasses import replace

import pytest

from referral.formats.checks.geocoding import geocode_locations
from referral.formats.checks.shelters import withhold_marked_places, withhold_places
from referral.formats.reading.protection_flags import flag_visibility, status_visibility
from referral.records.classification import Attribute, TaxonomyTerm
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Program,
    Service,
    ServiceAtLocation,
)
from referral.records.kinds import Origin, SourcedRecord
from referral.records.problems import Problem
from referral.records.visibility import Visibility

PUBLIC, STAFF, WITHHELD = Visibility.PUBLIC, Visibility.STAFF, Visibility.WITHHELD
DANGER = "Domestic violence shelter"
AGENCY = Organization(id="o", name="Haven")
MEALS = Service(id="s", organization_id="o", name="Meals")
OTHER = Service(id="t", organization_id="o", name="Laundry")
HOUSE = Location(id="l", organization_id="o", name="House", latitude=41.6, longitude=-80.1)
HALL = replace(HOUSE, id="m", name="Hall")
AT_HOUSE = ServiceAtLocation(id="x", service_id="s", location_id="l")
AT_HALL = ServiceAtLocation(id="y", service_id="t", location_id="m")
TERM = TaxonomyTerm(id="c", code="c", name=DANGER)


def sourced(*records, **unmapped):
    origin = Origin(source="county", key="", file="list.csv", line=2, unmapped=unmapped)
    return [SourcedRecord(record, origin) for record in records]


def withheld(items):
    """Give the ids of the places that are withheld, and the phones."""
    found = [item.record for item in withhold_places(items) if isinstance(item, SourcedRecord)]
    places = {each.id for each in found if isinstance(each, Location) and each.visibility != PUBLIC}
    return places, [each for each in found if isinstance(each, Phone)]


def attribute(link):
    return Attribute(id="a", link_id=link, link_entity="service", taxonomy_term_id="c")


@pytest.mark.parametrize(
    ("records", "places"),
    [
        ([MEALS, OTHER], set()),
        ([replace(MEALS, name=DANGER), OTHER], {"l"}),
        ([replace(MEALS, alternate_name=DANGER), OTHER], {"l"}),
        ([replace(MEALS, program_id="g"), OTHER, Program(id="g", organization_id="o", name=DANGER)],
         {"l"}),
        ([MEALS, replace(OTHER, program_id="g"), Program(id="g", organization_id="o", name=DANGER)],
         {"m"}),
        ([MEALS, OTHER, TERM, attribute("s")], {"l"}),
        ([MEALS, OTHER, TERM, attribute("t")], {"m"}),
        ([replace(MEALS, name=DANGER), OTHER,
          ServiceAtLocation(id="z", service_id="s", location_id="m")], {"l", "m"}),
        ([replace(MEALS, name=DANGER, visibility=STAFF), OTHER], {"l"}),
        ([MEALS, OTHER, replace(AGENCY, name=DANGER)], {"l", "m"}),
        ([MEALS, OTHER, replace(AGENCY, alternate_name=DANGER)], {"l", "m"}),
        ([MEALS, replace(OTHER, organization_id="p"), Organization(id="p", name=DANGER)], {"m"}),
        ([MEALS, OTHER, replace(HOUSE, name=DANGER)], {"l"}),
        ([MEALS, OTHER, replace(HOUSE, alternate_name=DANGER)], {"l"}),
    ],
)  # fmt: skip
def test_which_places_a_name_withholds(records, places):
    ids = {(type(each), each.id) for each in records}
    usual = [each for each in (AGENCY, HOUSE, HALL, AT_HOUSE, AT_HALL)
             if (type(each), each.id) not in ids]  # fmt: skip
    assert withheld(sourced(*usual, *records))[0] == places


def test_words_that_no_field_takes_speak_too():
    service = sourced(MEALS, Notes="A safe house for survivors of domestic violence.")
    assert withheld([*service, *sourced(AGENCY, HOUSE, AT_HOUSE)])[0] == {"l"}


@pytest.mark.parametrize(
    ("place", "more", "is_held"),
    [
        (replace(HOUSE, latitude=None), [], False),  # it tells nothing
        (replace(HOUSE, latitude=None), [Address(id="a", location_id="l")], True),
        (replace(HOUSE, visibility=STAFF), [], True),  # as the list says
    ],
)
def test_a_place_is_withheld_where_it_tells_where_it_is(place, more, is_held):
    items = sourced(AGENCY, replace(MEALS, name=DANGER), place, *more, AT_HOUSE)
    assert withheld(items)[0] == ({"l"} if is_held else set())
    held = [each for each in withhold_places(items) if isinstance(each, Problem)]
    assert len(held) == (1 if is_held and place.visibility is PUBLIC else 0)


@pytest.mark.parametrize(
    ("phone", "more", "parents"),
    [
        ({"location_id": "l"}, [], ("s", "", "", "")),
        ({"location_id": "l"}, [ServiceAtLocation(id="z", service_id="t", location_id="l")],
         ("", "o", "", "")),  # two services answer there
        ({"service_at_location_id": "x"}, [], ("s", "", "", "")),
        ({"location_id": "l", "service_id": "t"}, [], ("t", "", "", "")),
        ({"location_id": "l", "organization_id": "o"}, [], ("", "o", "", "")),
        ({"location_id": "m"}, [], ("", "", "m", "")),
        ({"service_at_location_id": "y"}, [], ("", "", "", "y")),
        ({"service_id": "t"}, [], ("t", "", "", "")),
    ],
)  # fmt: skip
def test_a_phone_at_a_held_place_becomes_that_of_who_answers(phone, more, parents):
    items = [AGENCY, replace(MEALS, name=DANGER), OTHER, HOUSE, HALL, AT_HOUSE, AT_HALL, *more]
    places, (found,) = withheld(sourced(*items, Phone(id="p", number="814-555-0101", **phone)))
    assert places == {"l"}
    assert (
        found.service_id, found.organization_id, found.location_id, found.service_at_location_id,
    ) == parents  # fmt: skip


def test_a_phone_at_a_held_place_without_services_is_of_its_agency():
    phone = Phone(id="p", location_id="l", number="814-555-0101")
    _, (found,) = withheld(sourced(AGENCY, replace(HOUSE, name=DANGER), phone))
    assert (found.organization_id, found.location_id) == ("o", "")
    nobodys = replace(HOUSE, name=DANGER, organization_id="")
    assert withheld(sourced(nobodys, phone))[1] == [phone]


def marked(record, **given):
    origin = Origin(source="county", key="", file="list.csv", line=2)
    return SourcedRecord(record, origin, headers={"visibility": "Confidential"}, given=given)


def place_after(*items, place=HOUSE, **given):
    found = withhold_marked_places([marked(place, **given), *items])
    return next(each.record.visibility for each in found if isinstance(each.record, Location))


@pytest.mark.parametrize(
    ("first", "second", "then"),
    [
        (WITHHELD, STAFF, STAFF),
        (STAFF, WITHHELD, STAFF),
        (WITHHELD, WITHHELD, WITHHELD),
        (WITHHELD, PUBLIC, PUBLIC),
    ],
)
def test_a_place_is_hidden_as_the_least_hidden_of_its_services(first, second, then):
    services = [marked(replace(MEALS, visibility=first)), marked(replace(OTHER, visibility=second))]
    links = sourced(AT_HOUSE, replace(AT_HALL, location_id="l"))
    assert place_after(*services, *links) is then


@pytest.mark.parametrize(
    ("kind", "asked", "then"),
    [
        ("physical", [STAFF, WITHHELD], WITHHELD),
        ("physical", [WITHHELD, STAFF], WITHHELD),
        ("physical", [PUBLIC, STAFF], STAFF),
        ("postal", [WITHHELD, WITHHELD], PUBLIC),
    ],
)
def test_a_place_is_hidden_as_the_most_hidden_of_its_addresses(kind, asked, then):
    addresses = [
        marked(Address(id=f"a{n}", location_id="l", address_type=kind, visibility=each))
        for n, each in enumerate(asked)
    ]
    assert place_after(*addresses) is then
    assert place_after(*addresses, place=replace(HOUSE, visibility=WITHHELD)) is WITHHELD
    assert place_after(*addresses, visibility="public") is PUBLIC


def test_a_column_of_visibility_says_nothing_of_the_place():
    service = replace(marked(replace(MEALS, visibility=WITHHELD)), headers={})
    assert place_after(service, *sourced(AT_HOUSE)) is PUBLIC


@pytest.mark.parametrize(
    ("name", "value", "asked"),
    [
        ("delete", "yes", WITHHELD),
        ("Deleted", "1", WITHHELD),
        ("is-confidential", "T", WITHHELD),
        ("IsPublic", "no", STAFF),
        ("IsPublic", "y", PUBLIC),
        ("excludeFromDirectory", "true", STAFF),
    ],
)
def test_marks_of_other_systems(name, value, asked):
    assert flag_visibility(name, value) == (asked, True)


@pytest.mark.parametrize(
    ("status", "seen"), [(" Inactive", STAFF), ("defunct", WITHHELD), ("active", PUBLIC)]
)
def test_a_status_that_hides(status, seen):
    assert status_visibility(status) is seen


@pytest.mark.parametrize(
    ("place", "addresses", "source"),
    [
        (HOUSE, ["physical 16335"], "file"),
        (replace(HOUSE, latitude=None), ["physical 16335"], "zip"),
        (replace(HOUSE, latitude=0.0, longitude=0.0), [], ""),
        (replace(HOUSE, latitude=None, location_type="virtual"), ["physical 16335"], ""),
        (replace(HOUSE, latitude=None), ["postal 16335"], ""),
        (replace(HOUSE, latitude=None), ["physical ", "physical 16335"], "zip"),
    ],
)
def test_where_a_position_comes_from(place, addresses, source):
    records = [
        Address(id=f"a{n}", location_id="l", address_type=kind, postal_code=code)
        for n, (kind, code) in enumerate(each.split(" ") for each in addresses)
    ]
    (found,) = [each.record for each in geocode_locations(sourced(place, *records))
                if isinstance(each, SourcedRecord) and isinstance(each.record, Location)]  # fmt: skip
    assert found.position_source == source
    assert (found.latitude is None) == (source == "")
