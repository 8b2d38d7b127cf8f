"""The questions of a topic and the steps in danger in a real browser, by keyboard."""

import pytest
from playwright.sync_api import expect

from referral.app import create_app
from referral.desk.inquiries import open_inquiry
from referral.records.accounts import Role
from tests.support.browser import next_page, page_faults
from tests.support.server import serving
from tests.support.staff import PASSWORD, add_account

pytestmark = pytest.mark.browser


@pytest.fixture
def address(demo):
    """Serve a copy of the demo with an open inquiry."""
    open_inquiry(demo, add_account(demo, [Role.DESK], "zoe@example.org", "Zoe").id)
    with serving(create_app(demo.settings, demo)) as address:
        yield address


def press(page, locator):
    locator.focus()
    with next_page(page):
        page.keyboard.press("Enter")


def test_rent_from_question_to_question_by_keyboard(visit, address):
    page = visit(f"{address}/staff/sign-in?next=/desk")
    page.fill("#email", "zoe@example.org")
    page.fill("#password", PASSWORD)
    press(page, page.locator("main button[type=submit]"))
    page.goto(f"{address}/search?q=help+with+rent")
    asked = page.locator(".desk-question")
    expect(asked).to_contain_text("Is there a court date")
    press(page, asked.get_by_role("link", name="Not yet"))
    expect(page.locator(".desk-given-answers")).to_contain_text("Bring the lease")
    expect(asked).to_contain_text("How much of the rent can you pay?")
    press(page, asked.get_by_role("link", name="Skip this question"))
    expect(asked).to_contain_text("Is a child, an older adult or a veteran in the home?")
    assert not page_faults(page)
    page.goto(f"{address}/search?q=my+husband+hits+me")
    expect(page.locator(".desk-danger")).to_contain_text("Do nothing without their yes")
    assert not page_faults(page)
