"""In a real browser: one header and all help lines on every page, and the way out always there."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PATHS = ("/", "/search?q=food&near=16335", "/about", "/my-list", "/nowhere")
SAMPLES = "These listings are samples. Do not call them."


@pytest.mark.parametrize(
    ("width", "header", "rows"), [(1280, 64, 37), (768, 64, 73), (390, 56, 45), (320, 56, 89)]
)
def test_the_header_is_one_row_and_the_help_lines_are_two_at_most(
    visit, sample_address, width, header, rows
):
    """In Spanish, which is longer."""
    page = visit(sample_address, width=width)
    for path in PATHS:
        page.goto(f"{sample_address}{path}{'&' if '?' in path else '?'}lang=es")
        height, strip = page.evaluate(
            """() => ['.top-bar', '.crisis-strip'].map(
                 each => document.querySelector(each).getBoundingClientRect().height)"""
        )
        assert (height, round(strip)) == (pytest.approx(header, abs=0.6), rows), path
        expect(page.locator(".list-link")).to_be_visible()
        for line in page.locator(".crisis-strip a").all():
            expect(line).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [1280, 390])
def test_leaving_stays_on_the_screen_while_a_page_scrolls(visit, sample_address, width):
    page = visit(sample_address + "/search?q=food", width=width)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator(".exit-button")).to_be_in_viewport(ratio=1)


def test_everybody_can_read_that_listings_are_samples(visit, sample_address):
    page = visit(sample_address + "/about", width=390, javascript=False)
    sentence = page.locator(".sample-tag p")
    expect(sentence).to_be_hidden()
    page.focus(".sample-tag summary")
    page.keyboard.press("Enter")
    expect(sentence).to_have_text(SAMPLES)
    expect(sentence).to_be_in_viewport(ratio=1)
    expect(page.locator(".site-footer")).to_contain_text(SAMPLES)


def test_a_large_phone_in_the_dark_shows_light_text_and_paper_stays_white(visit, sample_address):
    page = visit(sample_address + "/about", width=390, color_scheme="dark")
    color = "getComputedStyle(document.body).color"
    assert page.evaluate(color) == "rgb(232, 237, 240)"
    page.emulate_media(media="print")
    assert page.evaluate(color) == "rgb(0, 0, 0)"
    page.goto(sample_address + "/about?contrast=high")
    page.emulate_media(media="screen")
    assert page.evaluate(color) == "rgb(0, 0, 0)"


def test_a_menu_closes_on_escape_and_when_the_focus_goes_on(visit, sample_address):
    page = visit(sample_address + "/about")
    menu, keys = page.locator(".sample-tag"), page.keyboard
    summary = menu.locator("summary")
    summary.click()
    expect(menu).to_have_attribute("open", "")
    keys.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    keys.press("Enter")
    expect(menu).to_have_attribute("open", "")
    keys.press("Tab")
    expect(menu).not_to_have_attribute("open", "")
    summary.click()
    page.click("h1")
    expect(menu).not_to_have_attribute("open", "")
