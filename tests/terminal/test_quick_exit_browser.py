"""In a real browser: leaving fast from everywhere, whatever has gone away meanwhile.

The neutral site of these tests is a second server.
"""

from contextlib import ExitStack
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from referral.app import create_app
from tests.support.browser import follow, next_page
from tests.support.pages import terminal_settings
from tests.support.server import serving

pytestmark = pytest.mark.browser

NEUTRAL = b"<!doctype html><html lang=en><title>Weather</title><h1>Sunny</h1></html>"
SEARCH = "/search?q=food&near=16335"
COVERED = """() => { const { body } = document, blank = body.firstElementChild;
    return [body.children.length, blank.className, blank.clientHeight >= innerHeight,
            getComputedStyle(blank).backgroundColor, document.title]; }"""


def weather(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [NEUTRAL]


@pytest.fixture(scope="module")
def neutral():
    with serving(weather) as address:
        yield address


@pytest.fixture(scope="module")
def terminal_app(sample_instance, neutral):
    settings = terminal_settings(sample_instance, exit_address=f"{neutral}/")
    return create_app(settings, sample_instance)


@pytest.fixture(scope="module")
def terminal_address(terminal_app):
    with serving(terminal_app) as address:
        yield address


def host(address: str) -> str:
    return address.removeprefix("http://")


def expect_left(page: Page, neutral: str) -> None:
    expect(page.locator("h1")).to_have_text("Sunny")
    assert page.url == f"{neutral}/"


def expect_wiped(page: Page, address: str) -> None:
    """Wait until the visit's cookies are gone: the wipe travels beside the person."""
    for _ in range(100):
        if not page.context.cookies(address):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"still there: {page.context.cookies(address)}")


def still_there(page: Page) -> str:
    page.evaluate("document.getElementById('still-there').showModal()")
    return "#still-there a.exit-button"


def server_away(page: Page) -> str:
    page.evaluate("document.getElementById('server-away').showModal()")
    return "#server-away a.exit-button"


def top_bar(_page: Page) -> str:
    return ".top-bar a.exit-button"


@pytest.mark.parametrize("place", [top_bar, still_there, server_away])
def test_a_click_leaves_covers_at_once_and_wipes(visit, terminal_address, neutral, place):
    page = visit(terminal_address + SEARCH, leaves_for=host(neutral))
    left = page.url
    follow(page, place(page))
    expect_left(page, neutral)
    expect_wiped(page, terminal_address)
    page.go_back()
    assert page.locator(".result-name").count() == 0
    page.goto(left)
    expect(page.locator("h1")).to_contain_text("What do you need")


@pytest.mark.parametrize("place", [top_bar, still_there, server_away])
def test_the_cover_is_there_before_anything_answers(visit, terminal_address, neutral, place):
    page = visit(terminal_address + SEARCH, leaves_for=host(neutral))
    selector = place(page)
    covered = page.evaluate(
        f"(selector) => {{ document.querySelector(selector).click(); return ({COVERED})(); }}",
        selector,
    )
    assert covered == [1, "exit-blank", True, "rgb(255, 255, 255)", "…"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("path", [SEARCH, "/my-list"])
def test_it_leaves_while_the_server_is_away(visit, terminal_app, neutral, script, path):
    with ExitStack() as stack:
        address = stack.enter_context(serving(terminal_app))
        page = visit(address + path, javascript=script, leaves_for=host(neutral))
        stack.close()
        follow(page, ".top-bar a.exit-button")
        expect_left(page, neutral)


def test_it_leaves_from_the_words_that_the_server_is_away(visit, terminal_app, neutral):
    with ExitStack() as stack:
        address = stack.enter_context(serving(terminal_app))
        page = visit(address + SEARCH, leaves_for=host(neutral))
        stack.close()
        page.click(".brand")
        expect(page.locator("#server-away")).to_be_visible()
        follow(page, "#server-away a.exit-button")
        expect_left(page, neutral)


def test_without_any_network_the_page_is_gone_all_the_same(visit, terminal_address, neutral):
    page = visit(terminal_address + SEARCH, leaves_for=host(neutral))
    page.context.set_offline(True)
    page.click(".top-bar a.exit-button")
    expect(page.locator(".result-name")).to_have_count(0)
    assert "16335" not in page.content()
    page.context.set_offline(False)


@pytest.mark.parametrize("path", ["/", SEARCH, "/still-here"])
def test_without_a_script_the_link_leaves_and_the_browser_sends_the_wipe(
    visit, terminal_address, neutral, path
):
    page = visit(terminal_address + path, javascript=False, leaves_for=host(neutral))
    follow(page, "a.exit-button")
    expect_left(page, neutral)
    expect_wiped(page, terminal_address)


def test_shift_three_times_leaves_from_inside_a_dialog(visit, terminal_address, neutral):
    page = visit(terminal_address + SEARCH, leaves_for=host(neutral))
    server_away(page)
    with next_page(page):
        for _ in range(3):
            page.keyboard.press("Shift")
    expect_left(page, neutral)


def test_other_windows_of_the_visit_are_covered_too(visit, terminal_address, neutral):
    page = visit(terminal_address + SEARCH, leaves_for=host(neutral))
    other = page.context.new_page()
    other.goto(terminal_address + SEARCH)
    follow(page, ".top-bar a.exit-button")
    expect_left(page, neutral)
    expect(other.locator("h1")).to_contain_text("What do you need")


def test_at_home_it_leaves_and_forgets_language_and_list(visit, sample_instance, neutral):
    settings = replace(sample_instance.settings, exit_address=f"{neutral}/")
    with serving(create_app(settings, sample_instance)) as address:
        page = visit(f"{address}{SEARCH}&lang=es", leaves_for=host(neutral))
        page.click(".btn-list >> nth=0")
        expect(page.locator(".list-count")).to_have_text("1")
        before = page.evaluate("history.length")
        follow(page, ".top-bar a.exit-button")
        expect_left(page, neutral)
        assert page.evaluate("history.length") == before  # in place of the page that was left
        expect_wiped(page, address)
