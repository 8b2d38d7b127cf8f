"""In a real browser: pages at a shared computer in every look, and large enough to touch."""

import pytest

from tests.support.browser import COLOR_RULES, SIZE_RULES, accessibility_faults

pytestmark = pytest.mark.browser

PAGES = ("/", "/safety", "/help-now", "/about", "/search?q=cribs&near=16335", "/nowhere",
         "/topics/food", "/headings/basic-needs")  # fmt: skip


@pytest.mark.release
@pytest.mark.parametrize("look", ["lang=es", "text=large&contrast=high"])
def test_axe_finds_nothing_in_other_looks(visit, sample_address, terminal_address, look):
    faults = {}
    for address in (sample_address, terminal_address):
        page = visit(f"{address}/?{look}", width=1024)
        for path in PAGES:
            page.goto(address + path)
            if found := accessibility_faults(page, (*COLOR_RULES, *SIZE_RULES)):
                faults[address == terminal_address, path] = found
    assert not faults


def test_axe_finds_nothing_while_asking(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    page.evaluate("document.getElementById('still-there').showModal()")
    assert not accessibility_faults(page)


def test_targets_at_a_terminal_are_44_pixels(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    small = {}
    for path in PAGES:
        page.goto(terminal_address + path)
        found = page.evaluate(
            """() => [...document.querySelectorAll('a, button, summary, select, input')]
               .filter(each => each.checkVisibility() && !each.closest('p, td, .skip-link')
                   && !each.matches('.skip-link, .form-check-input, [type=hidden]')
                   && each.getBoundingClientRect().height < 44)
               .map(each => each.outerHTML.slice(0, 120))"""
        )
        if found:
            small[path] = found
    assert not small


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("size", [(1024, 768), (1280, 1024), (1920, 1080)], ids=str)
def test_the_start_page_fills_one_screen(visit, terminal_address, language, size):
    width, height = size
    page = visit(
        f"{terminal_address}/?lang={language}", viewport={"width": width, "height": height}
    )
    tiles = [tile.bounding_box() for tile in page.locator(".tile a").all()]
    lowest = max(tile["y"] + tile["height"] for tile in tiles)
    assert 0.85 * height <= lowest <= height
    assert min(tile["height"] for tile in tiles) >= 96


def test_looks_hold_at_320_pixels_and_double_size(visit, sample_address):
    for look in ("text=large&contrast=high", "lang=es&text=large"):
        page = visit(f"{sample_address}/?{look}", width=320)
        for path in PAGES:
            page.goto(sample_address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, (look, path)
