"""In a real browser: the list and the map, by keyboard, without a script, at a terminal."""

import re

import pytest
from playwright.sync_api import Page, expect

from referral.app import create_app
from tests.support.browser import accessibility_faults, follow, next_page, press, tab_to
from tests.support.pages import terminal_settings
from tests.support.server import serving, until

pytestmark = pytest.mark.browser

RESULTS = "/search?q=food&near=16335"
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def terminal_address(own_instance):
    """Serve the demo where lists may be kept as a library's terminals see it."""
    with serving(create_app(terminal_settings(own_instance), own_instance)) as address:
        yield address


def choose(page: Page, count: int) -> None:
    for chosen in range(1, count + 1):
        page.click("button[name=add] >> nth=0")
        expect(page.locator(".list-count")).to_have_text(str(chosen))  # the next page is there


def show_map(page: Page) -> None:
    page.wait_for_load_state()
    page.click(".show-map")
    expect(page.locator("#places-map")).to_be_focused()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.slow)])
def test_axe_finds_nothing_on_list_sheet_code_and_map(visit, own_address, width, language):
    page = visit(f"{own_address}/?lang={language}", width=width)
    page.goto(own_address + RESULTS)
    choose(page, 3)
    page.evaluate("scrollTo(0, 0)")  # else the header may cover half of a link
    faults = {"chosen": accessibility_faults(page)}
    show_map(page)
    page.evaluate("scrollTo(0, 0)")
    faults["map"] = accessibility_faults(page)
    follow(page, ".list-link")
    faults["list"] = accessibility_faults(page)
    follow(page, "button[formaction]")
    assert page.url.endswith("/phone")
    faults["phone"] = accessibility_faults(page)
    page.goto(own_address + "/my-list")
    follow(page, ".list-actions .btn-primary")
    assert page.url.endswith("/print")
    faults["sheet"] = accessibility_faults(page)
    assert not {name: found for name, found in faults.items() if found}


def test_by_keyboard_from_results_to_an_ordered_list(visit, own_address):
    page = visit(own_address + RESULTS)
    for count in ("1", "2"):
        tab_to(page, "button[name=add]")
        page.keyboard.press("Enter")
        expect(page.locator(".list-count")).to_have_text(count)
    tab_to(page, ".list-link", backwards=True)
    with next_page(page):
        page.keyboard.press("Enter")
    assert page.url == f"{own_address}/my-list"
    names = page.locator(".result-name a").all_inner_texts()
    press(page, "button[name=down]")
    expect(page.locator(".result-name a")).to_have_text(names[::-1])


def test_list_and_map_without_a_script(visit, own_address):
    page = visit(own_address + RESULTS, javascript=False)
    choose(page, 2)
    follow(page, ".show-map")
    expect(page.locator(".is-wide .map-marker a").first).to_be_visible()
    follow(page, ".is-wide [data-map=closer]")
    expect(page).to_have_url(re.compile(r"map=\d"))
    expect(page.locator(".is-wide .map-marker a").first).to_be_visible()
    follow(page, ".list-link")
    follow(page, "button[name=out]")
    expect(page.locator(".my-list > li")).to_have_count(1)
    follow(page, "button[name=clear]")
    expect(page.locator("main")).to_contain_text("There is nothing on it yet.")


def test_a_map_moves_without_loading_the_rest_of_the_page(visit, own_address):
    page = visit(own_address + "/about")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(own_address + RESULTS)
    assert not [each for each in asked if "map.css" in each]
    page.evaluate("window.isSame = true")
    show_map(page)
    page.click(".is-wide [data-map=closer]")
    expect(page).to_have_url(re.compile(r"map=\d"))
    page.click(".is-wide [data-map=wider]")
    expect(page.locator(".is-wide [data-map=wider]")).to_be_focused()
    assert page.evaluate("window.isSame")
    page.go_back()
    expect(page).to_have_url(own_address + "/about")


def test_the_map_by_keyboard(visit, own_address):
    page = visit(own_address + RESULTS)
    tab_to(page, ".show-map")
    page.keyboard.press("Enter")
    expect(page.locator("#places-map")).to_be_focused()
    tab_to(page, ".map-marker a")
    number = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#place-"))
    expect(page.locator(".service-card:target .map-number")).to_have_text(number)


def test_four_services_print_on_two_sheets(visit, own_address):
    page = visit(own_address + RESULTS)
    choose(page, 4)
    follow(page, ".list-link")
    follow(page, ".list-actions .btn-primary")
    assert page.url.endswith("/print")
    sheets = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert sheets <= 2
    page.emulate_media(media="print")
    size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 14 * 96 / 72 - 0.1


def test_nothing_scrolls_sideways_at_320_pixels(visit, own_address):
    page, wide = visit(own_address + RESULTS, width=320), []
    choose(page, 2)
    follow(page, ".list-link")
    follow(page, "button[formaction]")
    assert page.url.endswith("/phone")
    for path in ("/my-list", "/my-list/phone", "/my-list/print", f"{RESULTS}&map=yes"):
        for text in ("usual", "large"):
            page.goto(f"{own_address}{path}{'&' if '?' in path else '?'}text={text}")
            if page.evaluate("document.documentElement.scrollWidth") > 320:
                wide.append((path, text))
    assert not wide


@pytest.mark.release
@pytest.mark.parametrize(
    "look",
    [{"forced_colors": "active"}, {"reduced_motion": "reduce"}, {"color_scheme": "dark"}],
    ids=str,
)
def test_axe_finds_nothing_with_the_looks_of_the_system(visit, own_address, look):
    page = visit(own_address + RESULTS, **look)
    choose(page, 1)
    show_map(page)
    page.evaluate("scrollTo(0, 0)")  # the bar at the top lies over what was scrolled below it
    faults = accessibility_faults(page)
    follow(page, ".list-link")
    assert page.url == f"{own_address}/my-list"
    assert not faults + accessibility_faults(page)


HIDDEN = """() => {
  const each = document.activeElement;
  if (each === document.body) return "";
  const box = each.getBoundingClientRect();
  const top = document.elementFromPoint(
    Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.y + Math.min(box.height / 2, 20), 0), innerHeight - 1));
  const seen = top && (each.contains(top) || top.contains(each) || top.closest("label"));
  return seen ? "" : each.outerHTML.slice(0, 120);
}"""


@pytest.mark.parametrize("width", WIDTHS)
def test_what_has_the_focus_is_never_hidden(visit, own_address, width):
    """In a short run on results and the list: ``test_everybody_browser.py`` goes back on others."""
    page = visit(own_address + RESULTS, width=width, reduced_motion="reduce")  # scrolls at once
    choose(page, 2)
    hidden = []
    for path in (RESULTS, "/my-list"):
        page.goto(own_address + path)
        for _ in range(45):
            page.keyboard.press("Tab")
            if found := page.evaluate(HIDDEN):
                hidden.append((path, found))
    assert not hidden


def test_at_a_terminal_the_list_goes_with_the_visit(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    page.fill("main #q", "food")
    follow(page, "main form .btn")
    choose(page, 2)
    small = small_targets(page)
    show_map(page)
    small += small_targets(page)
    follow(page, ".list-link")
    expect(page.locator("h1")).to_have_text("Your list")
    small += small_targets(page)
    assert not small
    names = page.locator(".result-name a").all_inner_texts()
    follow(page, "button[formaction]")
    expect(page.locator("svg.qr")).to_be_visible()
    assert page.locator("a[href^='sms:']").count() == 0
    assert "/my-list" not in page.url
    follow(page, ".start-over")
    expect(page.locator("h1")).to_have_text("What do you need help with?")
    assert {cookie["name"] for cookie in page.context.cookies()} == {"visit"}
    page.fill("main #q", "food")
    follow(page, "main form .btn")
    assert page.locator(".list-count").count() == 0
    page.goto(terminal_address + page.get_attribute(".list-link", "href"))
    assert not any(name in page.inner_text("main") for name in names)


def small_targets(page: Page) -> list[str]:
    """What is to be pressed and is lower than 44 pixels."""
    page.wait_for_load_state()  # the sheets too: without them everything is small
    return page.evaluate(
        """() => [...document.querySelectorAll(
             'button, main .btn, .list-link, .show-map, .result-name a, .map-list a')]
           .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 43.9)
           .map(each => each.outerHTML.slice(0, 100))"""
    )


def test_what_releases_before_kept_on_the_device_is_deleted(visit, site):
    page = visit(f"{site}/about", service_workers="allow")
    page.evaluate(
        """async () => {
          await (await caches.open("referral-list")).put("/my-list/offline", new Response("x"));
          document.cookie = "list_key=abc; Path=/";
        }"""
    )
    page.goto(f"{site}/my-list")
    until(lambda: not page.evaluate("caches.keys()"))
    assert "list_key" not in page.evaluate("document.cookie")
    assert "unregister" in page.request.get(f"{site}/service-worker").text()
