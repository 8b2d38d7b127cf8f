"""How many keys the work of the desk takes, by keyboard alone, in a real browser.

Before, at e8cd758a, the inquiry below took 138 keys and more, as the ZIP code was typed twice.
"""

import re

import pytest
from playwright.sync_api import expect

from referral.app import create_app
from referral.desk.inquiries import list_open_inquiries, open_inquiry, read_inquiry, update_details
from referral.desk.records import InquiryDetails
from referral.records.accounts import Role
from tests.support.browser import next_page, page_faults
from tests.support.key_counts import KeyCounter
from tests.support.server import serving
from tests.support.staff import PASSWORD, add_account

pytestmark = pytest.mark.browser


@pytest.fixture
def account(demo):
    return add_account(demo, [Role.DESK], "zoe@example.org", "Zoe")


@pytest.fixture
def keys(visit, demo, account):
    """Count keys on the page of the desk of a copy of the demo."""
    with serving(create_app(demo.settings, demo)) as address:
        page = visit(f"{address}/staff/sign-in?next=/desk")
        page.fill("#email", "zoe@example.org")
        page.fill("#password", PASSWORD)
        with next_page(page):
            page.keyboard.press("Enter")
        yield KeyCounter(page)


def search(keys, words, zip_code=""):
    keys.access("s")
    keys.write(words)
    if zip_code:
        keys.press("Tab")
        keys.write(zip_code)
    keys.press("Enter", leads_on=True)


def chips(keys):
    return keys.page.locator(".desk-came-in .chip")


def test_a_whole_inquiry_by_keyboard(demo, keys):
    search(keys, "rent", "16335")
    keys.access("g", leads_on=True)
    expect(chips(keys)).to_have_count(1)
    keys.access("g", leads_on=True)
    keys.access("c", leads_on=True)
    expect(keys.page.locator("h1")).to_have_text("This inquiry is closed")
    closed = read_inquiry(demo, re.search(r"/inquiries/([0-9a-f-]{36})", keys.page.url)[1])
    assert closed.details.zip_code == "16335"
    assert [(bool(need.term_code), len(need.referrals)) for need in closed.needs] == [(True, 2)]
    assert keys.count == 15


def test_what_came_from_the_search_is_taken_out_by_one_key(demo, keys, account):
    keys.access("n", leads_on=True)
    search(keys, "rent", "16335")
    expect(chips(keys)).to_have_count(2)
    expect(keys.page.locator("[data-desk-status]")).to_have_text("Noted from the search.")
    assert not page_faults(keys.page)
    keys.access("p", leads_on=True)
    expect(chips(keys)).to_have_count(1)
    [inquiry] = list_open_inquiries(demo, account.id)
    assert (inquiry.details, len(inquiry.needs)) == (InquiryDetails(), 1)
    expect(keys.page.locator("[data-desk-note]")).to_have_count(0)


def test_the_question_is_above_the_fold_and_nothing_noted_is_asked(demo, keys, account):
    opened = open_inquiry(demo, account.id)
    update_details(demo, opened, InquiryDetails(zip_code="16335"))
    page = keys.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{page.url.partition('/desk')[0]}/search?q=rent")
    expect(chips(keys)).to_have_count(1)
    box = page.locator(".desk-question").bounding_box()
    assert box["y"] + box["height"] < 900
