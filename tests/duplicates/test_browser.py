"""The review of likely duplicates in a real browser: by keys, without the script, with axe."""

import pytest
from playwright.sync_api import expect

from referral.duplicates.candidates import find_duplicates
from referral.duplicates.duplicate_queue import list_duplicates
from referral.duplicates.records import PairStatus
from referral.records.accounts import Role
from tests.support.browser import accessibility_faults, sign_in
from tests.support.databases import database_filled
from tests.support.pairs import pantry, store
from tests.support.staff import add_account

pytestmark = pytest.mark.browser

HOME = "/curation/duplicates"
REVIEW = f"{HOME}/review"


def same_pantry_in_two_lists(instance):
    """Fill a directory with a likely duplicate, and somebody who may decide."""
    store(instance, *pantry(1, url="https://a.example"), source="one list")
    store(instance, *pantry(2, name="The Food Pantry"), source="another list")
    find_duplicates(instance)
    add_account(instance, Role)


directory_url = database_filled(same_pantry_in_two_lists)


def _count(instance, status):
    return list_duplicates(instance, status).pairs.total


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, site, width):
    page = visit(f"{site}/staff/sign-in", width=width)
    sign_in(page, site)
    page.goto(site + REVIEW)
    page.keyboard.press("d")
    expect(page.locator("#last-decision")).to_be_visible()
    for path in (HOME, REVIEW):
        page.goto(site + path)
        assert accessibility_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keys_decide_and_take_back(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(site + REVIEW)
    place = page.locator(".review-progress strong")
    expect(place).to_have_text("1 of 3")
    page.keyboard.press("d")
    expect(place).to_have_text("2 of 3")
    page.keyboard.press("s")
    expect(place).to_have_text("3 of 3")
    assert _count(instance, PairStatus.MERGED) == _count(instance, PairStatus.DIFFERENT) == 1
    page.keyboard.press("u")
    expect(place).to_have_text("2 of 3")
    page.keyboard.press("u")
    expect(place).to_have_text("1 of 3")
    assert _count(instance, PairStatus.OPEN) == 3
    page.focus("nav.staff-bar a")
    page.keyboard.press("d")
    page.goto(site + REVIEW)
    expect(place).to_have_text("1 of 3")


def test_buttons_do_the_same_without_the_script(visit, site, instance):
    page = visit(f"{site}/staff/sign-in", javascript=False)
    sign_in(page, site)
    page.goto(site + HOME)
    page.click(f"a[href='{REVIEW}']")
    page.click("[data-key=s]")
    expect(page.locator(".review-progress strong")).to_have_text("2 of 3")
    page.click("[data-key=u]")
    expect(page.locator(".review-progress strong")).to_have_text("1 of 3")
    assert _count(instance, PairStatus.OPEN) == 3


def test_letters_press_nothing_once_they_are_turned_off(visit, site, instance):
    """So a word that is said to the computer, or a slip of the hand, decides nothing."""
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(site + REVIEW)
    key = page.locator("[data-key=d] kbd")
    expect(key).to_be_visible()
    page.locator(".staff-menu.is-account summary").click()
    page.get_by_role("link", name="Turn one-letter keys off").click()
    expect(key).to_be_hidden()
    page.keyboard.press("d")
    page.goto(site + REVIEW)
    expect(page.locator(".review-progress strong")).to_have_text("1 of 3")
    assert _count(instance, PairStatus.OPEN) == 3
    page.locator(".staff-menu.is-account summary").click()
    page.get_by_role("link", name="Turn one-letter keys on").click()
    expect(key).to_be_visible()
    page.keyboard.press("d")
    expect(page.locator(".review-progress strong")).to_have_text("2 of 3")
