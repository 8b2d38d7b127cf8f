"""In a real browser: accessible, by keyboard alone, on a narrow phone, without a script."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import (
    OPEN_ALL_DETAILS_JS,
    accessibility_faults,
    follow,
    next_page,
    press,
    tab_to,
)

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/",
    "results": "/search?q=food&near=16335",
    "filtered": "/search?q=food&near=16335&cost=free&heading=basic-needs",
    "error beside a field": "/search?q=cribs&near=99999",
    "nothing found": "/search?q=zzzyqq",
    "filters hid everything": "/search?q=food&language=zh&cost=free",
    "all filters": (
        "/search?near=16335&within=100&for=youth&for=children&age=10&how=in-person&access=wheelchair"
    ),
    "heading": "/headings/basic-needs",
    "topic": "/topics/food",
    "organizations": "/organizations?letter=S",
    "help lines": "/help-now",
    "not sure": "/not-sure",
    "not sure, what": "/not-sure?who=adult",
    "not sure, how soon": "/not-sure?who=adult&about=food",
    "not sure, danger": "/not-sure?soon=now",
    "guides": "/guides",
    "guide": "/guides/after-a-fire",
    "about": "/about",
    "privacy": "/about/privacy",
    "safety": "/safety",
    "accessibility": "/accessibility",
    "open data": "/open-data",
    "propose": "/propose",
    "empty list": "/my-list",
    "preferences": "/search?q=doctor+que+hable+espa%C3%B1ol+tonight+16335",
    "map drawn": "/search?q=cribs&near=16335&map=yes",
    "not found": "/nowhere",
}


@pytest.fixture(scope="session")
def listings(sample_service):
    """Give the pages of listings that have the most to show."""
    full = sample_service(lambda each: len(each.sites) > 3)
    return {
        "service": f"/services/{full.service.id}",
        "withheld": "/services/" + sample_service(lambda each: each.place_withheld).service.id,
        "print": f"/services/{full.service.id}/print",
        "wrong": f"/services/{full.service.id}/wrong",
        "organization": f"/organizations/{full.organization.id}",
    }


def every_page(listings):
    return {**PAGES, **listings}


@pytest.mark.parametrize("opened", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_axe_finds_nothing(visit, sample_address, listings, opened):
    faults = {}
    page = visit(sample_address)
    for name, path in every_page(listings).items():
        page.goto(sample_address + path)
        if opened:
            page.evaluate(OPEN_ALL_DETAILS_JS)
        if found := accessibility_faults(page):
            faults[name] = found
    assert not faults


@pytest.mark.release
def test_axe_finds_nothing_in_spanish(visit, sample_address, listings):
    faults = {}
    page = visit(sample_address + "/?lang=es")
    for name, path in every_page(listings).items():
        page.goto(sample_address + path)
        assert page.evaluate("document.documentElement.lang") == "es"
        if found := accessibility_faults(page):
            faults[name] = found
    assert not faults


@pytest.mark.release
def test_axe_finds_nothing_on_a_phone(visit, sample_address, listings):
    faults = {}
    page = visit(sample_address, width=390)
    for name, path in every_page(listings).items():
        page.goto(sample_address + path)
        if found := accessibility_faults(page):
            faults[name] = found
    assert not faults


def test_nothing_scrolls_sideways_at_320_pixels(visit, sample_address, sample_cards, listings):
    page = visit(sample_address, width=320)
    paths = every_page(listings)
    for card in sample_cards[::60]:
        paths[card.service.id] = f"/services/{card.service.id}"
        paths[card.organization.id] = f"/organizations/{card.organization.id}"
    wide = {}
    for name, path in paths.items():
        page.goto(sample_address + path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[name] = width
    assert not wide


BUTTONS_AND_LIST_ENTRIES = """button, .btn, select, summary, .chip, nav a, li > a:first-child,
    input:not([type=hidden], [type=checkbox], [type=radio])"""


def test_targets_are_large_enough_on_a_phone(visit, sample_address, listings):
    """Buttons and entries of lists are 44 pixels high; links inside texts are exempt."""
    page = visit(sample_address, width=390)
    small = {}
    for name in ("home", "results", "service", "organizations", "help lines", "about"):
        page.goto(sample_address + every_page(listings)[name])
        found = page.evaluate(
            """targets => [...document.querySelectorAll(targets)]
               .filter(each => each.checkVisibility() && !each.closest('.skip-link, p, dd'))
               .filter(each => Math.round(each.getBoundingClientRect().height) < 44)
               .map(each => each.outerHTML.slice(0, 100))""",
            BUTTONS_AND_LIST_ENTRIES,
        )
        if found:
            small[name] = found
    assert not small


# What a page shows of buttons, fields and headings, as the browser draws it.
DRAWN = """() => [...document.querySelectorAll('.btn, .form-control, .form-select, h1, h2, h3, legend')]
    .filter(each => each.checkVisibility() && !each.closest('.visually-hidden, .home-ask') && !each.querySelector('code'))
    .map(each => {
        const style = getComputedStyle(each), isHeading = /^(H.|LEGEND)$/.test(each.tagName);
        const drawn = isHeading ? ['heading', style.fontSize, style.fontWeight, style.color]
            : ['control', style.minHeight, style.fontSize, style.fontWeight, style.borderRadius];
        return [drawn.join(' '), each.outerHTML.slice(0, 100)];
    })"""


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_draw_controls_and_headings_as_the_gallery_does(
    visit, sample_address, listings, width
):
    page = visit(f"{sample_address}/look", width=width)
    known = {drawn for drawn, _ in page.evaluate(DRAWN)}
    strange = {}
    for name, path in every_page(listings).items():
        if name == "print":  # a sheet of paper has sizes of its own
            continue
        page.goto(sample_address + path)
        if found := {drawn: tag for drawn, tag in page.evaluate(DRAWN) if drawn not in known}:
            strange[name] = found
    assert not strange


def test_keyboard_alone_goes_from_question_to_paper(visit, sample_address):
    page = visit(sample_address)
    keys = page.keyboard
    keys.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    keys.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('data-exit')") == "True"
    page.focus(".skip-link[href='#main']")
    keys.press("Enter")
    tab_to(page, "#q")
    keys.type("food")
    keys.press("Tab")
    keys.type("16335")
    with next_page(page):
        keys.press("Enter")
    assert page.url.endswith("/search?q=food&near=16335")
    tab_to(page, ".result-name a")
    assert outline_width(page) >= 3
    with next_page(page):
        keys.press("Enter")
    assert "/services/" in page.url
    press(page, "a[href*='/print']")
    assert "/print" in page.url
    assert page.locator("h1").count() == 1


def test_filters_by_keyboard(visit, sample_address):
    page = visit(sample_address + "/search?q=food")
    tab_to(page, "input[name=cost]")
    page.keyboard.press("Space")
    press(page, ".filters button")
    assert "cost=free" in page.url
    assert page.locator("a.chip.is-filter").count() == 1


def outline_width(page):
    return page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")


def test_everything_works_without_a_script(visit, sample_address):
    page = visit(sample_address, javascript=False)
    page.fill("#q", "food")
    page.fill("#near", "16335")
    follow(page, ".ask-form button")
    assert page.inner_text("h1") == "Food, near Meadville 16335"
    page.check("input[name=cost][value=free]")
    follow(page, ".filters button")
    expect(page.locator("a.chip.is-filter")).to_have_count(1)
    follow(page, ".result-name a")
    follow(page, "text=Print this page")
    expect(page.locator("body")).to_contain_text("To print, press Ctrl and P.")


def test_filters_fold_on_a_phone_and_stand_open_on_a_desk(visit, sample_address):
    address = sample_address + "/search?q=food"
    narrow = visit(address, width=390, javascript=False)
    assert not narrow.is_visible("input[name=cost][value=free]")
    narrow.click(".filters > summary")
    assert narrow.is_visible("input[name=cost][value=free]")
    assert visit(address, width=1280, javascript=False).is_visible("input[name=cost][value=free]")


def test_a_listing_prints_on_one_sheet(visit, sample_address, sample_cards):
    page = visit(sample_address)
    longest = sorted(
        sample_cards,
        key=lambda card: len(card.service.description + card.service.eligibility_description
                             + card.service.application_process + card.service.fees_description),
    )[-5:]  # fmt: skip
    for card in [*longest, *(card for card in sample_cards if card.more_places > 3)]:
        page.goto(f"{sample_address}/services/{card.service.id}/print")
        sheet = page.pdf(prefer_css_page_size=True)
        assert sheet.count(b"/Type /Page\n") == 1, "the print view of a service needs two sheets"


def test_print_is_large_and_black(visit, sample_address, listings):
    page = visit(sample_address + listings["print"])
    page.emulate_media(media="print")
    size, color = page.evaluate(
        """() => { const style = getComputedStyle(document.body);
                   return [parseFloat(style.fontSize), style.color]; }"""
    )
    assert size >= 14 * 96 / 72 - 0.1
    assert color == "rgb(0, 0, 0)"
    assert not page.is_visible("nav")
