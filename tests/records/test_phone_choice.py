"""The phone of a service at a location: which number comes first, and which never does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from referral.records.hsds import Location, Phone, Service
from referral.records.listing import Listing, ListingSite
from referral.records.phone_choice import phone_kind, phone_to_call, phones_at

SERVICE = Service(id="s", organization_id="o", name="Food Pantry")
TTY = "DC Government TeleTYpewriter (TTY) accessible line"


def phone(tel, description="", kind="voice", **parent):
    return Phone(id=tel, number=tel, tel=tel, description=description, type=kind, **parent)


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        (TTY, "textphone"),
        ("TDD", "textphone"),
        ("Maryland Relay", "textphone"),
        ("Main fax number", "fax"),
        ("fax only", "fax"),
        ("Voice/TTY", "voice"),
        ("Phone and fax", "voice"),
        ("Main line. TTY users dial 711", "voice"),
        ("Call or text", "voice"),
        ("24-hour hotline", "voice"),
        ("Faxton office", "voice"),
        ("", "voice"),
    ],
)
def test_the_label_says_more_than_a_type_of_voice(label, kind):
    assert phone_kind(phone("+12025550100", label)) == kind


def test_the_relay_is_one_whatever_its_label_says():
    assert phone_kind(phone("711", "Main line")) == "textphone"
    assert phone_kind(Phone(id="p", number=" 711 ", description="Main line")) == "textphone"
    assert phone_kind(Phone(id="p", number="Dial 711", tel="711")) == "textphone"


def test_a_type_other_than_voice_is_taken_at_its_word():
    assert phone_kind(phone("+12025550100", "Fax", kind="text")) == "text"
    assert phone_kind(phone("+12025550100", "Cell phone", kind="voice")) == "voice"


def test_numbers_with_extensions_of_their_own_are_two():
    desks = [replace(phone("+12025550100"), id=each, extension=each) for each in ("1", "2")]
    blank = Phone(id="b", number="", description="No telephone")
    unread = [Phone(id=each, number=each) for each in ("ask the front desk", "ask at the door")]
    listing = Listing(service=SERVICE, phones=(blank, *desks, *unread))
    assert phones_at(listing, None) == (blank, *desks, *unread)
    assert phone_to_call(listing, None) == desks[0]


@pytest.mark.parametrize(
    "first", [phone("711", TTY), phone("+12025550101", "Fax"), phone("+12025550102", kind="pager")]
)
def test_the_organization_is_called_where_no_voice_answers_nearer(first):
    voice = phone("+12025550100", "Main line", organization_id="o")
    listing = Listing(service=SERVICE, phones=(first,), organization_phones=(voice,))
    assert phone_to_call(listing, None) == voice
    assert phones_at(listing, None) == (voice, first)
    assert phone_to_call(replace(listing, organization_phones=()), None) is None


def test_a_number_with_a_menu_is_the_one_to_call_and_not_that_for_the_press():
    menu, text = phone("988", "Press 1 after you dial."), phone("838255", kind="text")
    press = phone("+12025550101", "Press office")
    listing = Listing(service=SERVICE, phones=(press, text, menu))
    assert phone_to_call(listing, None) == menu
    assert phones_at(listing, None) == (menu, text, press)


def test_the_narrowest_level_comes_first_and_each_number_once():
    at_link = phone("+12025550101", service_at_location_id="a")
    own, of_place = phone("+12025550102"), phone("+12025550103", location_id="l")
    of_agency = replace(own, id="again", number="(202) 555-0102", description="Main line")
    site = ListingSite(location=Location(id="l"), phones=(of_place, at_link))
    listing = Listing(
        service=SERVICE, phones=(own,), organization_phones=(of_agency,), sites=(site,)
    )
    assert phones_at(listing, site) == (at_link, own, of_place)
    assert phone_to_call(listing, None) == own


def test_a_line_for_donors_is_called_last_but_by_a_service_about_donations():
    donors, main = phone("+12025550101", "Donation Hotline"), phone("+12025550100", "Main")
    listing = Listing(service=SERVICE, phones=(donors,), organization_phones=(main,))
    assert phone_to_call(listing, None) == main
    about = replace(SERVICE, name="Vehicle donations")
    assert phone_to_call(replace(listing, service=about), None) == donors
    assert phone_to_call(replace(listing, organization_phones=()), None) == donors
