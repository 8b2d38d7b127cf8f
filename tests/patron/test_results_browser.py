"""Results in a real browser: what stands on the first screen, cards, and the list of the visit."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import time_machine
from playwright.sync_api import expect

from referral.app import create_app
from tests.support.browser import accessibility_faults, follow, next_page
from tests.support.server import serving

pytestmark = pytest.mark.browser

A_USUAL_DAY = datetime(2026, 12, 8, 17, 30, tzinfo=UTC)
COUNTY = (
    "/search?q=food&near=16335",
    "/search?q=food+tonight+near+meadville",
    "/search?q=comida+esta+noche&near=16335&lang=es",
    "/search?near=16335&cost=free&open=now&within=25",
)
DISTRICT = (
    "/search?q=food+pantry&near=20001",
    "/search?q=ayuda+con+la+renta&near=20010&lang=es",
)
ON_SCREEN = """count => [...document.querySelectorAll('.service-card')].slice(0, count).flatMap(
  card => ['.result-name a', '.number'].map(part => card.querySelector(part)).filter(Boolean)
).map(part => part.getBoundingClientRect()).map(box => box.top >= 0 && box.bottom <= innerHeight)"""
HEIGHTS = """() => [...document.querySelectorAll('.service-card')].map(
  card => card.getBoundingClientRect().height)"""


@pytest.fixture(scope="module", params=[COUNTY, DISTRICT], ids=["county", "district"])
def pages(request):
    """Serve the sample county, or Washington, DC; give the addresses of pages of results."""
    if request.param is COUNTY:
        instance = request.getfixturevalue("sample_instance")
    else:
        instance = request.getfixturevalue("listed_instance")("dc-directory/2023-export")
    with serving(create_app(instance.settings, instance)) as address:
        yield [address + path for path in request.param]


@pytest.mark.parametrize(("width", "height", "count"), [(390, 844, 1), (1280, 800, 2)])
def test_the_first_answers_stand_on_the_first_screen(visit, pages, width, height, count):
    page = visit(pages[0], width=width)
    page.set_viewport_size({"width": width, "height": height})
    for address in pages:
        page.goto(address)
        seen = page.evaluate(ON_SCREEN, count)
        assert len(seen) >= count, address
        assert all(seen), address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_cards_are_low(visit, pages):
    with time_machine.travel(A_USUAL_DAY):  # on a holiday each card says so, in a longer line
        page = visit(pages[0], width=1280)
    heights = sorted(page.evaluate(HEIGHTS))
    assert heights[len(heights) // 2] <= 200
    assert heights[-1] <= 270  # a long name, or a holiday, takes a line more


def test_the_whole_card_is_one_target_but_for_phone_and_button(visit, sample_address):
    page = visit(sample_address + COUNTY[0])
    card = page.locator(".service-card:has(a.number)").first
    target = card.locator(".result-name a").get_attribute("href")
    assert card.locator("a.number").is_enabled()
    card.locator("a.number").click(trial=True)
    card.locator(".btn-list").click(trial=True)
    box = card.bounding_box()
    with next_page(page):
        page.mouse.click(box["x"] + box["width"] - 8, box["y"] + 8)
    expect(page).to_have_url(sample_address + target)


def test_the_list_changes_in_place_and_says_so(visit, sample_address):
    page = visit(sample_address + COUNTY[0])
    page.evaluate("window.isTheSamePage = true")
    button = page.locator(".btn-list").nth(1)
    button.focus()
    for name, count, words in (
        ("out", 1, "On your list. 1 place is on it."),
        ("add", 0, "Taken out. 0 places are on your list."),
        ("out", 1, "On your list. 1 place is on it."),
    ):
        page.keyboard.press("Enter")
        expect(page.locator("#list-status")).to_have_text(words)
        expect(button).to_have_attribute("name", name)
        expect(page.locator(".list-count")).to_have_count(count)
    assert button.evaluate("button => button === document.activeElement")
    assert page.evaluate("window.isTheSamePage")
    assert "#" not in page.url
    assert not accessibility_faults(page)
    page.reload()
    expect(page.locator(".btn-list.is-chosen")).to_have_count(1)


def test_with_the_script_not_answered_the_form_does_it(visit, sample_address):
    page = visit(sample_address + COUNTY[0])
    page.route("**/my-list/change?**", lambda route: (
        route.abort() if route.request.resource_type == "fetch" else route.continue_()
    ))  # fmt: skip
    follow(page, ".btn-list")
    expect(page.locator(".list-count")).to_have_text("1")
    expect(page.locator(".btn-list.is-chosen")).to_have_count(1)


def test_a_chosen_suggestion_goes_on_to_the_zip_code_and_searches_only_on_enter(
    visit, sample_address
):
    page = visit(sample_address)
    page.fill("#q", "foo")
    page.locator("[role=option]").first.click()
    expect(page.locator("#near")).to_be_focused()
    assert page.url.rstrip("/") == sample_address
    page.keyboard.type("16335")
    with next_page(page):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("near Meadville 16335")
    page.fill("#q", "den")
    page.locator("[role=option]").first.click()
    expect(page.locator("#q")).to_be_focused()
    assert "q=den" not in page.url


def test_a_service_leads_back_to_the_results_it_was_opened_from(visit, pages):
    page = visit(pages[0])
    link = page.locator(".service-card .result-name a").nth(5)
    link.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    follow(page, link)
    assert re.fullmatch(r"(at=[\w-]{36})?", urlsplit(page.url).query), "nothing of the search"
    page.evaluate("location.hash = 'places'")  # a part of the page is an entry of its own
    page.reload()
    follow(page, "text=Back to results")
    assert page.url == pages[0]
    page.wait_for_function("place => Math.abs(scrollY - place) < 5", arg=place)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_service_that_was_opened_otherwise_leads_to_no_results(visit, pages):
    page = visit(pages[0])
    address = page.get_attribute(".service-card .result-name a", "href")
    page = visit(pages[0].partition("/search")[0] + address)
    expect(page.locator(".start")).to_be_visible()
    expect(page.locator("[data-back]")).to_be_hidden()
