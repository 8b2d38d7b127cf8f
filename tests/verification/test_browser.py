"""Checking listings by key in a real browser: one key each, and on to the next."""

import pytest
from playwright.sync_api import expect

from referral.records.accounts import Role
from referral.verification.check_queue import lines_to_check, read_check
from referral.verification.records import ContactMethod
from tests.support.browser import accessibility_faults, sign_in
from tests.support.databases import database_filled
from tests.support.pairs import pantry, store
from tests.support.staff import add_account

pytestmark = pytest.mark.browser


def three_unchecked_pantries(instance):
    """Fill a directory with listings that nobody has checked, and somebody who may."""
    for number in (1, 2, 3):
        store(instance, *pantry(number, name=f"Pantry {number}"))
    add_account(instance, Role)


directory_url = database_filled(three_unchecked_pantries)


def test_one_key_says_how_it_was_checked_and_goes_on(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(f"{site}/curation/verification/next")
    title, first = page.locator("#check-title"), lines_to_check(instance)
    for line, key, how in (
        (first[0], "e", ContactMethod.EMAIL), (first[1], "w", ContactMethod.WEBSITE),
    ):  # fmt: skip
        expect(title).to_have_text(line.name)
        page.keyboard.press(key)
        expect(title).not_to_have_text(line.name)
        assert [each.how for each in read_check(instance, line.service_id).tries] == [how]
    page.keyboard.press("u")
    expect(title).to_have_text(first[1].name)
    page.keyboard.press("l")
    expect(title).to_have_text(first[2].name)
    assert len(lines_to_check(instance)) == 2
    assert accessibility_faults(page) == []


def test_keys_in_other_fields_are_only_letters(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(f"{site}/curation/verification/next")
    page.locator("#how").focus()
    page.keyboard.press("e")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#how")).to_have_value("email")
    assert len(lines_to_check(instance)) == 3
