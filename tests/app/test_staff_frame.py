"""The frame of staff pages: one bar, nothing of the patrons' header, and work that starts at once."""

import pytest
from playwright.sync_api import expect

from referral.app import create_app
from referral.records.accounts import Role
from tests.support.browser import layout_faults, page_faults, sign_in
from tests.support.inspector import soup_of
from tests.support.staff import add_account, signed_in_client

PATHS = (
    "/staff", "/desk", "/desk/follow-ups", "/curation/records", "/curation/duplicates",
    "/curation/verification", "/admin/imports", "/admin/imports/new", "/curation/vocabulary",
    "/curation/suggestions", "/curation/guides", "/admin/accounts", "/admin/audit-log",
    "/desk/reports", "/desk/ledger", "/search?q=food", "/my-list", "/admin/accounts/00000000-0000-4000-8000-000000000000",
)  # fmt: skip
PATRON_FRAME = ".crisis-strip, .site-footer, .header-tools, .top-bar:not(.is-staff)"


@pytest.fixture
def staff(demo):
    add_account(demo, Role)
    return signed_in_client(create_app(demo.settings, demo))


def test_no_page_has_the_frame_of_patrons_for_staff(staff):
    for path in PATHS:
        page = soup_of(staff.get(path))
        assert not page.select(PATRON_FRAME), path
        assert len(page.select("header.top-bar")) == 1, path
        assert len(page.select("form[action$='/search'] [name=q]")) == 1, path


@pytest.mark.slow
def test_the_menu_is_by_work_and_has_only_what_the_account_may_open(demo):
    app = create_app(demo.settings, demo)
    add_account(demo, [Role.DESK], "dee@example.org", "Dee")
    add_account(demo, [Role.CURATION], "cy@example.org", "Cy")
    for email, parts in (
        ("dee@example.org", ["Start", "Desk", "Booklets", "Reports"]),
        ("cy@example.org", ["Start", "Listings", "Incoming lists", "Words", "Reports"]),
    ):
        page = soup_of(signed_in_client(app, email).get("/staff"))
        found = page.select(".staff-parts > li > a, .staff-parts > li > details > summary")
        assert [each.get_text(strip=True) for each in found] == parts
        assert page.select_one(".staff-parts [aria-current=page]").get_text(strip=True) == "Start"


@pytest.mark.parametrize(
    ("path", "part"),
    [("/admin/imports/new", "Incoming lists"), ("/desk/reports/statistics", "Reports")],
)
def test_a_page_below_marks_its_part_of_the_menu(staff, path, part):
    page = soup_of(staff.get(path))
    assert [each.get_text(strip=True) for each in page.select(".is-current")] == [part]


def test_curators_keep_the_bar_on_pages_of_patrons_and_others_never_see_it(demo):
    app = create_app(demo.settings, demo)
    add_account(demo, [Role.CURATION], "cy@example.org", "Cy")
    assert soup_of(signed_in_client(app, "cy@example.org").get("/about")).select(".staff-bar")
    anybody = soup_of(app.test_client().get("/about"))
    assert not anybody.select(".staff-bar")
    assert len(anybody.select(".crisis-strip, .site-footer")) == 2


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_work_starts_in_the_first_120_pixels(visit, demo_address, width):
    """In a short run half of the pages in each window."""
    page = visit(demo_address, width=width)
    sign_in(page, demo_address)
    for path in PATHS[width < 1000 :: 2]:
        page.goto(demo_address + path)
        first = page.locator("main").locator("h1, form, .notice").first.bounding_box()
        assert first["y"] < 120, path
        assert page.locator(".top-bar").bounding_box()["height"] == 48, path


@pytest.mark.browser
@pytest.mark.parametrize(("width", "menu"), [(1280, ".staff-parts"), (390, ".is-whole")])
def test_menus_open_by_keyboard_and_axe_finds_nothing(visit, demo_address, width, menu):
    page = visit(demo_address, width=width)
    sign_in(page, demo_address)
    # An open menu covers a part of what is below it, which axe takes for a target too small.
    page.locator("main").evaluate("each => each.replaceChildren(each.querySelector('h1'))")
    for each in (menu, ".is-account"):
        summary = page.locator(each).locator("summary").first
        summary.focus()
        page.keyboard.press("Enter")
        panel = summary.locator("xpath=following-sibling::*")
        expect(panel).to_be_visible()
        assert not page_faults(page)
        assert not layout_faults(page)
        page.keyboard.press("Tab")
        assert panel.locator("a").first.evaluate("each => each === document.activeElement")
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(summary).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/search?q=food", "/help-now"])
def test_staff_may_look_at_the_site_as_a_patron_does(staff, path):
    staff.get(soup_of(staff.get("/staff")).select_one(".first-day a[href*=patron]")["href"])
    page = soup_of(staff.get(path))
    assert page.select_one(".crisis-strip")
    assert page.select_one(".site-footer")
    assert not page.select_one(".staff-bar, #desk")
    assert soup_of(staff.get("/staff")).select_one(".staff-bar"), "pages of staff stay as they are"
    staff.get(page.select_one("a[href*='as=staff']")["href"])
    assert soup_of(staff.get("/")).select_one(".staff-bar")
