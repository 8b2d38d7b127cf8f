"""Whoever adds what is there already is told so before it is saved."""

from dataclasses import replace

import pytest

from referral.duplicates.already_there import find_already_there
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)
from tests.support.pairs import id_of, pantry, store


def alike(instance, kind, record, *children):
    return [each.id for each in find_already_there(instance, kind, record, children)]


@pytest.fixture
def there(instance):
    """Give the ids of what is there: an organization with a pantry at a place."""
    records = pantry(1)
    store(instance, *records)
    store(instance, *pantry(9, name="Piano Lessons", tel="+18145550777", street="9 Oak Rd",
                             agency="Music School"))  # fmt: skip
    return {kind: id_of(records, kind) for kind in (Organization, Service, Location)}


def test_an_organization_of_the_same_name_is_found(instance, there):
    found = alike(instance, "organization", Organization(id="new", name="The Table, Inc."))
    assert found == [there[Organization]]


def test_a_service_typed_anew_is_found_by_name_and_phone(instance, there):
    typed = Service(id="new", organization_id=there[Organization], name="food pantry")
    phone = Phone(id="p", service_id="new", number="814-555-0101", tel="+18145550101")
    assert alike(instance, "service", typed, phone) == [there[Service]]


def test_a_place_is_found_by_its_street(instance, there):
    place = Location(id="new", organization_id=there[Organization])
    street = Address(id="a", location_id="new", address_1="12 Elm Street", city="Meadville",
                     state_province="PA", postal_code="16335", country="US")  # fmt: skip
    assert alike(instance, "location", place, street) == [there[Location]]


@pytest.mark.parametrize("name", ["Legal Aid", "Winter Shelter"])
def test_another_service_of_the_organization_is_no_duplicate(instance, there, name):
    typed = Service(id="new", organization_id=there[Organization], name=name)
    at = ServiceAtLocation(id="at", service_id="new", location_id=there[Location])
    phone = Phone(id="p", service_id="new", number="814-555-0101", tel="+18145550101")
    assert alike(instance, "service", typed, at, phone) == []
    assert alike(instance, "service", replace(typed, name=f"{name} 2"), at, phone) == []
