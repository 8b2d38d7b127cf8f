"""Imports in a real browser: upload, read the change, apply, undo; accessible and narrow."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import accessibility_faults, follow, sign_in, wait_for_page
from tests.support.provider_lists import pantry_list, zipped

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.slow)])
def test_upload_apply_undo(visit, site, tmp_path, width):
    page = visit(site, width=width)
    sign_in(page, site, "/admin/imports/new")
    faults = {"upload": accessibility_faults(page)}
    page.set_input_files("#list", zipped(pantry_list(tmp_path / "list")))
    page.fill("#source", "pantries")
    follow(page, "text=Upload and read")
    page.wait_for_selector("text=Apply what is accepted")
    faults["review"] = accessibility_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / "review.png", full_page=True)
    follow(page, "text=Apply what is accepted")
    wait_for_page(page, "text=Applied.")
    follow(page, "text=Undo this import")
    faults["undo"] = accessibility_faults(page)
    follow(page, "main button:has-text('Undo this import')")
    wait_for_page(page, "text=Undone.")
    page.goto(f"{site}/admin/imports")
    faults["list"] = accessibility_faults(page)
    assert not any(faults.values()), faults


def bring(page, site, list_path):
    """Send a list; its review is there then."""
    sign_in(page, site, "/admin/imports/new")
    page.set_input_files("#list", list_path)
    page.fill("#source", "pantries")
    page.click("text=Upload and read")
    page.wait_for_selector("text=Apply what is accepted")


def test_groups_are_decided_by_keys(visit, site, tmp_path):
    page = visit(f"{site}/")
    bring(page, site, zipped(pantry_list(tmp_path / "list")))
    page.keyboard.press("l")  # no group has the focus: nothing happens
    page.get_by_role("link", name="Go to the first").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#group-held")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#group-organization-new")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#group-service-new")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("l")
    expect(page.get_by_role("button", name="Apply what is accepted").first).to_be_visible()
    expect(page.locator("#group-location-new")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#group-service-new")).to_contain_text("Left as it is")
    with page.expect_navigation():
        page.keyboard.press("s")
    page.wait_for_url("**/changes/service-new")
    page.locator("article").first.focus()
    with page.expect_navigation():
        page.keyboard.press("a")
    expect(page.locator("article").nth(1)).to_be_focused()
    faults = accessibility_faults(page)
    page.emulate_media(color_scheme="dark")
    faults += accessibility_faults(page)
    page.locator(".trail a").last.click()
    expect(page.get_by_role("button", name="Apply what is accepted").first).to_be_visible()
    expect(page.locator("#group-service-new")).to_contain_text("Accepted, but 1 left")
    faults += accessibility_faults(page)
    assert not faults


def test_groups_are_decided_without_a_script(visit, site, tmp_path):
    page = visit(f"{site}/", javascript=False)
    bring(page, site, zipped(pantry_list(tmp_path / "list")))
    services = page.locator("#group-service-new")
    services.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("button", name="Apply what is accepted").first).to_be_visible()
    services.get_by_role("link", name="Show all").click()
    page.wait_for_url("**/changes/service-new")
    page.locator("article").first.get_by_role("button", name="Accept").click()
    page.locator(".trail a").last.click()
    expect(page.get_by_role("button", name="Apply what is accepted").first).to_be_visible()


def test_a_long_group_is_folded_and_keys_open_it(visit, site, tmp_path):
    page = visit(f"{site}/", width=390)
    services = [
        {
            "id": f"s{number}",
            "organization_id": "o1",
            "name": f"Pantry {number}",
            "description": "Bread and milk for a week.",
            "status": "active",
        }
        for number in range(1, 21)
    ]
    listed = pantry_list(tmp_path / "list", services=services)
    bring(page, site, zipped(listed))
    page.goto(f"{page.url}/changes/service-new")
    expect(page.locator(".trail [aria-current=page]")).to_contain_text("20 new")
    assert page.evaluate("document.documentElement.scrollHeight") <= 2000
    expect(page.locator("article:visible")).to_have_count(6)
    page.locator("article").nth(5).focus()
    page.keyboard.press("j")
    expect(page.locator("article").nth(6)).to_be_focused()
    expect(page.locator("article:visible")).to_have_count(20)
