"""A messy list in a real browser, by keyboard alone: mapped, read, taken in part, found, undone."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import (
    accessibility_faults,
    follow,
    next_page,
    press,
    sign_in,
    tab_to,
    wait_for_page,
)
from tests.support.column_lists import messy_list
from tests.support.staff import PASSWORD

pytestmark = pytest.mark.browser


def choose(page, heading, words):
    """Go to the select of a column and type the beginning of a choice; wait for the preview."""
    tab_to(page, page.get_by_label(f"What this column holds: {heading}", exact=True))
    with page.expect_response("**/columns/preview"):
        page.keyboard.type(words)
    expect(page.locator("#preview-status")).to_have_text("")


def upload(page, site, path):
    """Sign in and send a list; the page of its columns is there then."""
    tab_to(page, page.locator("#email"))
    page.keyboard.type("pat@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with next_page(page):
        page.keyboard.press("Enter")
    assert page.url == f"{site}/admin/imports/new"
    page.set_input_files("#list", path)
    tab_to(page, page.locator("#source"))
    page.keyboard.type("pantries")
    press(page, page.get_by_role("button", name="Upload and read"))
    page.wait_for_selector("#preview")


def leave_one(page, name):
    """Leave a new service on the page of its group, and return; the faults of that page."""
    press(page, page.locator("#group-service-new [data-key=s]"))
    heading = page.get_by_role("heading", name=name, exact=True)
    expect(heading).to_be_visible()
    faults = accessibility_faults(page)
    item = page.locator("article", has=heading)
    press(page, item.get_by_role("button", name=re.compile("^Leave")))
    page.wait_for_url("**/changes/service-new?**")
    press(page, page.locator(".trail a").last)
    return faults


def found(visit, site, words):
    """What a patron reads who searches for this."""
    return visit(f"{site}/search?q={words}").locator("main").inner_text()


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.slow)])
def test_a_messy_list_from_upload_to_undo_by_keyboard(visit, site, tmp_path, width):
    page = visit(f"{site}/staff/sign-in?next=/admin/imports/new", width=width)
    upload(page, site, messy_list(tmp_path))
    faults = {"columns": accessibility_faults(page)}
    page.screenshot(path=tmp_path / f"columns-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    preview = page.locator("#preview-body")
    expect(preview).to_contain_text("(814) 555-0190")
    expect(preview).not_to_contain_text("Soup and bread")
    folded = "[data-fold-narrow] > summary, " if width < 1280 else ""
    for summary in page.locator(f"{folded}.is-more > summary, .is-sure > summary").all():
        tab_to(page, summary)
        page.keyboard.press("Enter")
    choose(page, "Director's cell", "Leave")
    expect(preview).not_to_contain_text("(814) 555-0190")
    choose(page, "Blurb", "What it d")
    expect(preview).to_contain_text("Soup and bread for all.")
    choose(page, "Paid dues", "Leave")
    expect(preview).not_to_contain_text("Hot meals, Paid dues")
    for words in ("Café Esperanza", "(814) 555-0102", "Fax", "Spanish", "Monday", "Veterans"):
        expect(preview).to_contain_text(words)
    faults["changed"] = accessibility_faults(page)
    press(page, page.get_by_role("button", name="Read the list this way"))
    expect(page.locator("main")).to_contain_text("Soup and bread for all.")
    faults["review"] = accessibility_faults(page)
    faults["group"] = leave_one(page, "Shelf")
    apply = page.get_by_role("button", name="Apply what is accepted").first
    expect(apply).to_be_visible()
    press(page, apply)
    wait_for_page(page, "text=Applied.")
    assert "Noon table" in found(visit, site, "soup")
    assert "Shelf" not in found(visit, site, "beans")
    assert "Quiet beds" not in found(visit, site, "beds")
    press(page, page.get_by_role("link", name="Undo this import"))
    press(page, page.locator("main").get_by_role("button", name="Undo this import"))
    wait_for_page(page, "text=Undone.")
    assert "Noon table" not in found(visit, site, "soup")
    page.goto(f"{site}/admin/imports/source?name=pantries")
    faults["source"] = accessibility_faults(page)
    assert not any(faults.values()), faults


def test_rare_choices_are_behind_a_search(visit, site, tmp_path):
    page = visit(f"{site}/staff/sign-in?next=/admin/imports/new")
    path = tmp_path / "list.csv"
    path.write_text("Program,Agency,Shoe size\nPantry,Hope House,9\n")
    upload(page, site, path)
    column = page.get_by_label("What this column holds: Shoe size", exact=True)
    assert column.locator("option").count() < 20
    column.select_option(label="Something else …")
    search = page.get_by_label("Search all that a column can hold: Shoe size", exact=True)
    expect(search).to_be_focused()
    expect(column).to_have_value("")
    assert not accessibility_faults(page)
    with page.expect_response("**/columns/preview"):
        search.fill("Day it was last checked")
    expect(column).to_have_value("service.assured_date")
    expect(search).to_be_hidden()


@pytest.mark.release
def test_it_works_without_a_script(visit, site, tmp_path):
    page = visit(site, javascript=False)
    sign_in(page, site, "/admin/imports/new")
    page.set_input_files("#list", messy_list(tmp_path))
    page.fill("#source", "pantries")
    follow(page, "text=Upload and read")
    page.wait_for_selector("#preview")  # the page loads itself anew
    page.get_by_label("What this column holds: Blurb").select_option(label="What it does")
    follow(page, page.get_by_role("button", name="Show preview").last)
    page.wait_for_selector("#preview-body >> text=Soup and bread for all.")
    follow(page, page.get_by_role("button", name="Read the list this way"))
    expect(page.get_by_role("button", name="Apply what is accepted").first).to_be_visible()
