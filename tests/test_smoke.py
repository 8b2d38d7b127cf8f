"""One walk through the whole site in a browser, of the core: from a list to a slip, and back."""

import pytest
from playwright.sync_api import expect

from referral.imports.seed_lists import load_base
from referral.records.accounts import Role
from tests.conftest import settings_for
from tests.support.browser import follow, sign_in, wait_for_page
from tests.support.provider_lists import pantry_list, zipped
from tests.support.working_site import working_site


@pytest.mark.smoke
def test_a_list_is_imported_searched_given_and_undone(visit, sqlite_databases, tmp_path):
    settings = settings_for(tmp_path, sqlite_databases.filled(load_base))
    with working_site(settings, [Role.ADMIN, Role.DESK]) as address:
        page = visit(address)
        sign_in(page, address, "/admin/imports/new")
        page.set_input_files("#list", zipped(pantry_list(tmp_path / "list")))
        page.fill("#source", "pantries")
        follow(page, "text=Upload and read")
        follow(page, "text=Apply what is accepted")
        wait_for_page(page, "text=Applied.")
        review = page.url

        page.goto(address)
        page.fill("#q", "groceries")
        follow(page, "form:has(#q) button[type=submit]")
        follow(page, ".result-name a:has-text('Food pantry')")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Food pantry")
        page.goto(f"{page.url.partition('?')[0]}/print")
        expect(page.locator("body")).to_contain_text("Food pantry")

        page.goto(f"{address}/search?q=pantry")
        follow(page, ".desk-card button")
        page.wait_for_selector(".is-given")
        page.click(".desk-step > summary >> nth=0")
        follow(page, "text=Slip in English")
        wait_for_page(page, ".slip-picture svg")
        page.goto(page.url.replace("/desk/slips/", "/l/"))
        expect(page.locator("main")).to_contain_text("Food pantry")

        page.goto(review)
        follow(page, "text=Undo this import")
        follow(page, "main button:has-text('Undo this import')")
        wait_for_page(page, "text=Undone.")
        page.goto(f"{address}/search?q=pantry")
        expect(page.locator("main")).not_to_contain_text("Food pantry")
