"""Services of two versions of a list: what makes two of them one, and what does not."""

import pytest

from referral.duplicates.same_services import ServiceSigns, pair_by_keys, service_signs
from referral.records.hsds import (
    Address,
    Location,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
)


def signs(*, name="pantry", organization="hope", phones=(), streets=(), text=""):
    return ServiceSigns({(name, organization)}, set(phones), set(streets), {text})


def pairs(listed, stored):
    def differs(listed_id, stored_id):
        return listed[listed_id].contradicts(stored[stored_id])

    levels = [{key: each.levels(key) for key, each in side.items()} for side in (listed, stored)]
    return pair_by_keys(*levels, differs)[0]


@pytest.mark.parametrize(
    ("listed", "stored", "is_one"),
    [
        ({"phones": "1"}, {"phones": "1"}, True),
        ({"phones": "1", "streets": "a"}, {"phones": "2", "streets": "a"}, True),
        ({"phones": "1"}, {"phones": "1", "streets": "a"}, True),
        ({}, {}, True),
        ({"phones": "1", "streets": "b"}, {"phones": "1", "streets": "a"}, False),
        ({"phones": "1"}, {"phones": "2"}, False),
        ({"phones": "1"}, {}, False),
        ({"phones": "1", "name": "clinic"}, {"phones": "1"}, False),
        ({"phones": "1", "organization": "care"}, {"phones": "1"}, False),
    ],
)
def test_a_service_is_known_by_its_names_and_a_phone_or_street(listed, stored, is_one):
    assert bool(pairs({"new": signs(**listed)}, {"old": signs(**stored)})) is is_one


def test_two_branches_are_told_apart_and_a_third_is_neither():
    stored = {n: signs(phones="1", streets=n) for n in "ab"}
    assert pairs({f"new {n}": signs(phones="1", streets=n) for n in "bac"}, stored) == {
        "new a": "a", "new b": "b",
    }  # fmt: skip
    assert pairs({"new c": signs(phones="1", streets="c")}, {"a": stored["a"]}) == {}
    assert pairs({"new": signs(phones="1")}, stored) == {}


def test_an_id_counts_with_the_name_only():
    stored = {"1": signs(name="clinic", phones="1"), "2": signs(name="pantry", phones="2")}
    assert pairs({"1": signs(name="clinic", phones="3")}, stored) == {"1": "1"}
    assert pairs({"1": signs(name="pantry", phones="2")}, stored) == {"1": "2"}
    assert pairs({"1": signs(name="bank", phones="1")}, stored) == {}
    twins = {"1": signs(phones="1"), "2": signs(phones="1")}
    assert pairs(twins, dict(twins)) == {}, "a list may have numbered them anew"


def test_what_only_the_text_tells_apart_is_told_apart_by_it():
    stored = {text: signs(phones="1", text=text) for text in ("bread", "soup")}
    listed = {f"new {text}": each for text, each in stored.items()}
    assert pairs(listed, stored) == {"new bread": "bread", "new soup": "soup"}
    listed["new soup"] = signs(phones="1", text="broth")
    assert pairs(listed, stored) == {"new bread": "bread"}


def records(name="Hope - Food Pantry", number="(814) 555-0101", street="1 Elm Street"):
    return [
        Organization(id="o", name="Hope"),
        Service(id="s", organization_id="o", name=name),
        Location(id="l"),
        ServiceAtLocation(id="a", service_id="s", location_id="l"),
        Phone(id="p", service_at_location_id="a", number=number),
        Address(id="d", location_id="l", address_1=street, city="Erie", postal_code="16501"),
    ]


def test_signs_do_not_depend_on_how_a_list_writes_them():
    one = service_signs(records())["s"]
    other = service_signs(records("Food pantry", "814.555.0101", "1 Elm St., Suite 4"))["s"]
    assert (one.names, one.phones) == (other.names, other.phones)
    assert not one.contradicts(other)


def test_names_in_other_letters_are_different_names():
    one, other = (service_signs(records(name=name))["s"] for name in ("食物", "医疗"))
    assert one.names != other.names
