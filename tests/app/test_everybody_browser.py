"""In a real browser: what people set in their system, and text at twice its size."""

import pytest
from playwright.sync_api import Browser

from referral.app import create_app
from tests.support.browser import (
    COLOR_RULES,
    FLAGS,
    OPEN_ALL_DETAILS_JS,
    WIDE_SPACING_CSS,
    Visitor,
    accessibility_faults,
    layout_faults,
)
from tests.support.chromium import find_chromium
from tests.support.pages import terminal_settings
from tests.support.server import serving

pytestmark = pytest.mark.browser

PATHS = ("/", "/search?q=cribs&near=16335", "/search?q=quiero+morir", "/help-now", "/safety",
         "/accessibility", "/my-list", "/organizations?letter=S", "/nowhere", "/look",
         "/search?q=cribs&near=99999", "/headings/basic-needs", "/not-sure")  # fmt: skip
COLORS = {
    "forced": {"forced_colors": "active"},
    "dark": {"color_scheme": "dark"},
    "more contrast": {"contrast": "more"},
}
# Pages of each kind, and those that a terminal changes.
FEW_PATHS = ("/", "/search?q=cribs&near=16335", "/help-now", "/my-list", "/organizations?letter=S")
DEFAULT_SIZE = "--blink-settings=defaultFontSize"


@pytest.fixture(scope="module")
def addresses(sample_instance, sample_address):
    """Serve the demo for a phone at home, and as a terminal sees it."""
    app = create_app(terminal_settings(sample_instance), sample_instance)
    with serving(app) as at_terminal:
        yield sample_address, at_terminal


@pytest.fixture(scope="module")
def paths(sample_service):
    full = sample_service(lambda each: len(each.sites) > 3).service.id
    return (*PATHS, f"/services/{full}", f"/services/{full}/print", f"/services/{full}/wrong")


@pytest.fixture(scope="module")
def some_paths(paths):
    """Give one of each kind."""
    return (*FEW_PATHS, *(each for each in paths if "/services/" in each))


@pytest.mark.release
@pytest.mark.parametrize("colors", COLORS)
def test_axe_finds_nothing_in_other_colors(visit, addresses, paths, colors):
    faults = {}
    for address in addresses:
        page = visit(address, width=1024, **COLORS[colors])
        for path in paths:
            page.goto(address + path)
            if found := accessibility_faults(page, COLOR_RULES):
                faults[address, path] = found
    assert not faults


@pytest.mark.parametrize(
    "colors", [{}, pytest.param({"forced_colors": "active"}, marks=pytest.mark.slow)]
)
def test_axe_finds_nothing_in_what_can_be_opened(visit, addresses, some_paths, colors):
    """At a terminal; ``test_browser.py`` opens all pages at home."""
    faults = {}
    for address in addresses[1:]:
        page = visit(address, width=1024, **colors)
        for path in some_paths:
            page.goto(address + path)
            page.evaluate(OPEN_ALL_DETAILS_JS)
            if found := accessibility_faults(page):
                faults[address, path] = found
        page.goto(address)
        page.locator("#q").press_sequentially("foo")
        page.locator(".suggestion").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Shift")
        faults[address, "suggestions"] = accessibility_faults(page)
    assert not {name: found for name, found in faults.items() if found}


BACKWARDS = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  const ringed = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  const seen = [...focused.getClientRects()].some(({ left, right, top, bottom }) =>
    [[(left + right) / 2, (top + bottom) / 2], [left + 3, top + 3], [right - 3, bottom - 3]].some(
      ([x, y]) => focused.contains(document.elementFromPoint(x, y))));
  return [ringed && seen, `${ringed} ${seen} ${focused.outerHTML.slice(0, 120)}`];
}"""


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.slow)])
def test_what_has_the_focus_is_seen(visit, sample_address, some_paths, width):
    """The header stays at the top, so the way back through a page is the one it could cover."""
    page, unseen = visit(sample_address, width=width), {}
    for path in (*(each for each in some_paths if not each.endswith("/print")), "/search?q=food"):
        page.goto(sample_address + path)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        for _ in range(200):
            page.keyboard.press("Shift+Tab")
            found = page.evaluate(BACKWARDS)
            if found is None:
                break
            if not found[0]:
                unseen[path, found[1]] = True
    assert not unseen


def test_nothing_moves_where_people_want_less_of_it(visit, addresses, some_paths):
    for address in addresses:
        page = visit(address, width=1024, reduced_motion="reduce")
        for path in some_paths:
            page.goto(address + path)
            assert page.evaluate("document.getAnimations().length") == 0


@pytest.fixture(scope="module")
def large_text_visit(chromium: Browser):
    """Give a browser in which somebody set text twice as large."""
    options = {"executable_path": find_chromium(), "args": [*FLAGS, f"{DEFAULT_SIZE}=32"]}
    browser = chromium.browser_type.launch(**options)
    visitor = Visitor(browser)
    yield visitor.visit
    visitor.close()
    browser.close()


@pytest.mark.parametrize(("width", "language"), [(390, "es")])
def test_text_at_twice_its_size_fits(large_text_visit, addresses, paths, width, language):
    wrong = {}
    for address in addresses[:1]:
        page = large_text_visit(f"{address}/?lang={language}", width=width)
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 36
        for path in paths:
            page.goto(address + path)
            if found := layout_faults(page):
                wrong[address, path] = found
    assert not wrong


@pytest.mark.parametrize(("width", "language"), [(320, "es")])
def test_text_with_wide_spaces_fits(visit, addresses, paths, width, language):
    wrong = {}
    for address in addresses[1:]:
        page = visit(f"{address}/?lang={language}", width=width, bypass_csp=True)
        for path in paths:
            page.goto(address + path)
            page.add_style_tag(content=WIDE_SPACING_CSS)
            if found := layout_faults(page):
                wrong[address, path] = found
    assert not wrong
