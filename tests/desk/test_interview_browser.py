"""The questions of a topic and the steps in danger in a real browser, by keyboard."""

import pytest
from playwright.sync_api import expect

from referral.app import create_app
from referral.desk.inquiries import open_inquiry
from referral.records.accounts import Role
from tests.support.browser import page_faults, press, sign_in
from tests.support.server import serving
from tests.support.staff import add_account

pytestmark = pytest.mark.browser


@pytest.fixture
def site_with_inquiry(demo):
    """Serve a copy of the demo with an open inquiry."""
    open_inquiry(demo, add_account(demo, [Role.DESK], "zoe@example.org", "Zoe").id)
    with serving(create_app(demo.settings, demo)) as address:
        yield address


def test_rent_from_question_to_question_by_keyboard(visit, site_with_inquiry):
    page = visit(f"{site_with_inquiry}/staff/sign-in")
    sign_in(page, site_with_inquiry, "/desk", "zoe@example.org")
    page.goto(f"{site_with_inquiry}/search?q=help+with+rent")
    asked = page.locator(".desk-question")
    expect(asked).to_contain_text("Is there a court date")
    press(page, asked.get_by_role("link", name="Not yet"))
    expect(page.locator(".desk-given-answers")).to_contain_text("Bring the lease")
    expect(asked).to_contain_text("How much of the rent can you pay?")
    press(page, asked.get_by_role("link", name="Skip this question"))
    expect(asked).to_contain_text("Is a child, an older adult or a veteran in the home?")
    assert not page_faults(page)
    page.goto(f"{site_with_inquiry}/search?q=my+husband+hits+me")
    expect(page.locator(".desk-danger")).to_contain_text("Do nothing without their yes")
    assert not page_faults(page)
