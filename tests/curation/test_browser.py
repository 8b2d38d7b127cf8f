"""The pages of curators in a real browser: accessible, narrow, with and without the script."""

import pytest
from playwright.sync_api import expect

from referral.curation.drafts import read_draft
from referral.curation.save import save_draft
from tests.support.browser import follow, next_page, page_faults, sign_in, wait_for_page
from tests.support.databases import database_filled
from tests.support.editing import HALL, ORGANIZATION, PANTRY, PAT, the_county_for_staff, typed

pytestmark = pytest.mark.browser

SERVICE = f"/curation/records/service/{PANTRY}"
EDIT = f"{SERVICE}/edit"
PAGES = (  # others: tests/app/test_routes.py
    "/curation/records?q=shelf", f"/curation/records/location/{HALL}/edit",
    f"/curation/records/organization/{ORGANIZATION}",
)  # fmt: skip

directory_url = database_filled(the_county_for_staff)


def make_conflict(page, address, instance):
    """Let somebody else save while this person types."""
    page.goto(address + EDIT)
    save_draft(instance, typed(instance, "service", PANTRY, name="Theirs", alert="Hm").draft, PAT)
    page.fill("#name", "Mine")
    follow(page, ".edit-actions button[value=save]")
    page.wait_for_selector(".difference")


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    faults = {}

    for path in PAGES:
        page.goto(site + path)
        faults[path] = page_faults(page)
    page.goto(site + EDIT)
    page.click("summary:text-is('Ages')")
    page.fill("#minimum_age", "old")
    follow(page, ".edit-actions button[value=save]")
    page.wait_for_selector(".error-summary")
    faults["errors"] = page_faults(page)
    make_conflict(page, site, instance)
    faults["conflict"] = page_faults(page)
    assert not any(faults.values()), faults


@pytest.mark.parametrize("javascript", [True, False])
def test_a_phone_is_added_with_and_without_the_script(visit, site, javascript):
    page = visit(f"{site}/staff/sign-in", javascript=javascript)
    sign_in(page, site)
    page.goto(site + EDIT)
    page.fill("#name", "Larder")
    page.click("text=Add a phone")  # a script adds it in place, where there is one
    page.wait_for_selector("#phone-1-number")
    if javascript:
        assert page.evaluate("document.activeElement.id") == "phone-1-number"
    page.fill("#phone-1-number", "814-555-0777")
    page.focus("#name")
    page.keyboard.press("Enter")  # looks through it in place, and saves nothing
    page.wait_for_selector("text=(814) 555-0777")
    assert page.input_value("#name") == "Larder"
    follow(page, ".edit-actions button[value=save]")
    wait_for_page(page, "[role=status]")
    assert "Larder" in page.inner_text("h1")


def test_two_people_settle_it_by_keyboard(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    make_conflict(page, site, instance)
    page.focus("[name='choose:name'][value=yours]")
    page.keyboard.press("Space")
    page.focus(".edit-actions button[value=resolve]")
    with next_page(page):
        page.keyboard.press("Enter")
    wait_for_page(page, "[role=status]")
    assert page.inner_text("h1") == "Mine"
    assert "Hm" in page.inner_text("main")


def test_hours_are_read_while_they_are_typed_and_saved_by_keyboard(visit, site):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(site + SERVICE)
    for _ in range(25):  # it was 180 keys in all, and has to stay below 30
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.href?.endsWith('edit#hours')"):
            break
    with next_page(page):
        page.keyboard.press("Enter")
    hours, reading = page.locator("#hours"), page.locator("#hours + *, .hours-reading").first
    expect(hours).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("Last Sat 9-11")
    expect(reading).to_contain_text("Is “9-11” morning or evening?")
    page.keyboard.type("am; Thursdays 5-7pm except holidays")
    expect(reading).to_contain_text("Last Saturday of the month: 9 am")
    expect(reading).to_contain_text("closed on holidays")
    with next_page(page):
        page.keyboard.press("Control+Enter")
    wait_for_page(page, "[role=status]")
    assert "Last Saturday of the month" in page.inner_text("main")


def test_a_service_fits_on_two_screens_and_what_is_rare_is_folded(visit, site, instance):
    phone = {"id": "", "number": "814-555-0100", "description": "Desk", "visibility": "staff"}
    save_draft(instance, typed(instance, "service", PANTRY, {"phone": [phone]}).draft, PAT)
    page = visit(f"{site}/staff/sign-in")
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, site)
    page.goto(site + EDIT)
    assert page.evaluate("document.documentElement.scrollHeight") <= 2 * 900
    assert not page.is_visible("#minimum_age")
    assert page.is_visible("#phone-0-description")  # filled
    exception = page.locator("#part-seen ~ ul a")
    expect(exception).to_have_text("Phone 1")
    exception.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#phone-0-visibility")).to_be_focused()
    page.click("summary:text-is('Ages')")
    page.fill("#minimum_age", "old")
    follow(page, ".edit-actions button[value=save]")
    assert page.is_visible("#minimum_age")  # in error


def test_records_are_changed_together_by_keyboard_and_taken_back(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(f"{site}/curation/records?kind=service")
    page.focus("button[name=all]")
    with next_page(page):
        page.keyboard.press("Enter")
    page.focus("#action-checked-by")
    page.keyboard.press("Space")
    page.focus("#checked-by-value")
    page.keyboard.type("A visit")
    with next_page(page):
        page.keyboard.press("Enter")  # shows what would change, and changes nothing
    assert read_draft(instance, "service", PANTRY).record.verified_by != "A visit"
    assert not page_faults(page)
    page.focus("button[value=apply]")
    with next_page(page):
        page.keyboard.press("Enter")
    expect(page.locator("main [role=status]").first).to_contain_text("were changed")
    assert read_draft(instance, "service", PANTRY).record.verified_by == "A visit"
    page.focus(".record-lines button")
    with next_page(page):
        page.keyboard.press("Enter")
    expect(page.locator("main [role=status]").first).to_contain_text("were taken back")
    assert read_draft(instance, "service", PANTRY).record.verified_by != "A visit"


def latitude_and_longitude(page):
    return [float(page.input_value(f"#{name}")) for name in ("latitude", "longitude")]


def test_a_pin_is_set_by_click_and_arrow_keys_and_moves_are_undone(visit, site):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(f"{site}/curation/records/location/{HALL}/edit")
    pin_map = page.locator("[data-pin-map]")
    pin_map.scroll_into_view_if_needed()
    middle = [float(pin_map.get_attribute(f"data-{n}")) for n in ("latitude", "longitude")]
    drawn = page.locator("[data-pin-map] svg").bounding_box()
    page.mouse.click(drawn["x"] + drawn["width"] * 0.75, drawn["y"] + drawn["height"] * 0.25)
    clicked = latitude_and_longitude(page)
    assert clicked[0] > middle[0]
    assert clicked[1] > middle[1]
    pin = page.locator("[data-pin]").bounding_box()  # its tip is where the click was
    assert abs(pin["x"] + pin["width"] / 2 - drawn["x"] - drawn["width"] * 0.75) < 3
    assert abs(pin["y"] + pin["height"] - drawn["y"] - drawn["height"] * 0.25) < 3
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    moved = latitude_and_longitude(page)
    assert moved == pytest.approx([clicked[0] - 0.0002, clicked[1] - 0.002], abs=1e-9)
    assert "Pin at" in page.inner_text("[data-pin-said]")
    page.click("[data-pin-undo]")
    page.click("[data-pin-undo]")
    assert latitude_and_longitude(page) == clicked
    page.click("text=Closer map")
    page.wait_for_selector("[data-pin-map][tabindex]:not([data-zoom='12.0'])")
    assert latitude_and_longitude(page) == clicked
    follow(page, ".edit-actions button[value=save]")
    wait_for_page(page, "[role=status]")
    page.goto(f"{site}/curation/records/location/{HALL}/edit")
    assert latitude_and_longitude(page) == clicked


def test_a_pin_is_typed_without_the_script(visit, site):
    page = visit(f"{site}/staff/sign-in", javascript=False)
    sign_in(page, site)
    page.goto(f"{site}/curation/records/location/{HALL}/edit")
    before = page.get_attribute("[data-pin-map]", "data-latitude")
    page.fill("#latitude", "41.7")
    page.fill("#longitude", "-80.2")
    page.click("text=Show what I typed")
    page.wait_for_selector("[data-pin-map][data-latitude='41.7']")
    assert before != "41.7"
    assert page.is_hidden("[data-pin-undo]")
