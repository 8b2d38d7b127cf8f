"""How many keys the work of the desk takes, by keyboard alone, in a real browser.

Before, at e8cd758a, the inquiry below took 138 keys and more, as the ZIP code was typed twice, and
the follow-up 58, with four pages to load.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from referral.app import create_app
from referral.desk.codes import ContactKind, FollowUpStatus
from referral.desk.follow_ups import agree_follow_up, find_follow_up
from referral.desk.inquiries import (
    add_need,
    list_open_inquiries,
    open_inquiry,
    read_inquiry,
    update_details,
)
from referral.desk.records import InquiryDetails
from referral.desk.referrals import add_referral
from referral.desk.rows import FollowUpRow
from referral.directory.instance import local_today
from referral.directory.search import find_services
from referral.records.accounts import Role
from referral.records.visibility import Audience
from referral.search.query import SearchQuery
from tests.support.browser import page_faults, sign_in
from tests.support.key_counts import KeyCounter
from tests.support.server import serving
from tests.support.staff import add_account

pytestmark = pytest.mark.browser


@pytest.fixture
def account(demo):
    return add_account(demo, [Role.DESK], "zoe@example.org", "Zoe")


@pytest.fixture
def keys(visit, demo, account):
    """Count keys on the page of the desk of a copy of the demo."""
    with serving(create_app(demo.settings, demo)) as address:
        page = visit(address)
        sign_in(page, address, "/desk", "zoe@example.org")
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


def test_a_whole_follow_up_by_keyboard(demo, keys, account):
    opened = open_inquiry(demo, account.id)
    term = add_need(demo, opened, heading="basic-needs")
    query = SearchQuery(words="rent")
    for card in find_services(demo, query, Audience.PUBLIC).cards.items[:2]:
        add_referral(demo, opened, card.service.id, need_id=term)
    agree_follow_up(demo, opened, ContactKind.PHONE, "814-555-0142")
    with demo.store.write() as session:
        row = session.scalars(select(FollowUpRow).filter_by(inquiry_id=opened)).one()
        row.due_on = local_today(demo) - timedelta(40)
    page = keys.page
    page.goto(page.url.replace("/desk", "/desk/follow-ups"))
    expect(page.locator(".desk-queue a").first).to_be_focused()
    assert not page_faults(page)
    keys.press("Enter", leads_on=True)
    expect(page.locator(".desk-message")).to_contain_text("Leave no message.")
    keys.press("Enter", leads_on=True)  # what is in focus shows how to reach the person
    expect(page.locator(".number-large")).to_have_text("814-555-0142")
    assert not page_faults(page)
    keys.press("r")
    keys.press("g")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("s")
    keys.press("Enter", leads_on=True)
    expect(page.locator("h1")).to_have_text("Follow-ups that wait")
    [need] = read_inquiry(demo, opened).needs
    assert [(each.result.got_help, each.result.solved) for each in need.referrals] == [
        (True, None),
        (True, True),
    ]
    assert find_follow_up(demo, opened).status is FollowUpStatus.DONE
    assert keys.count == 8


def test_the_question_is_above_the_fold_and_nothing_noted_is_asked(demo, keys, account):
    opened = open_inquiry(demo, account.id)
    update_details(demo, opened, InquiryDetails(zip_code="16335"))
    page = keys.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{page.url.partition('/desk')[0]}/search?q=rent")
    expect(chips(keys)).to_have_count(1)
    box = page.locator(".desk-question").bounding_box()
    assert box["y"] + box["height"] < 900
