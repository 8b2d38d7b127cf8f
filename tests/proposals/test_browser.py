"""Proposing a place and deciding on it in a real browser, by keyboard alone."""

import pytest
from playwright.sync_api import expect

from referral.app import create_app
from referral.proposals.proposed_places import list_proposals
from referral.records.accounts import Role
from tests.support.browser import accessibility_faults, next_page, sign_in
from tests.support.pairs import pantry, store
from tests.support.server import serving
from tests.support.staff import add_account

pytestmark = pytest.mark.browser


def test_a_place_is_proposed_and_added_by_keyboard(visit, instance):
    store(instance, *pantry(1))
    add_account(instance, Role)
    with serving(create_app(instance.settings, instance)) as address:
        page = visit(f"{address}/propose")
        page.focus("#name")
        for typed in ("Table Food Pantry", "Bread", "814-555-0101", "", "", ""):
            page.keyboard.type(typed)
            page.keyboard.press("Tab")
        assert accessibility_faults(page) == []
        expect(page.locator("main button[type=submit]")).to_be_focused()
        with next_page(page):
            page.keyboard.press("Enter")
        assert page.url == f"{address}/propose/thanks"
        [proposal] = list_proposals(instance)
        assert proposal.place.phone == "814-555-0101"

        sign_in(page, address)
        page.goto(f"{address}/curation/proposals")
        expect(page.locator("main .notice")).to_contain_text("We may have it already")
        assert accessibility_faults(page) == []
        page.get_by_role("link", name="Add an organization").focus()
        with next_page(page):
            page.keyboard.press("Enter")
        expect(page.locator("#name")).to_have_value("Table Food Pantry")
        assert accessibility_faults(page) == []
        for _ in range(2):  # the editor warns as well, and saves at the second press
            page.focus("#name")
            with next_page(page):
                page.keyboard.press("Control+Enter")
        expect(page.locator("main [role=status]")).to_contain_text("Is all of it listed now?")
        page.get_by_role("button", name="It is listed now").focus()
        with next_page(page):
            page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("No proposal waits.")
        assert not list_proposals(instance)
