"""In a real browser at a shared computer: what the second person finds of the first."""

import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from referral.app import create_app
from referral.records.accounts import COMMAND_LINE
from referral.terminal.devices import make_link
from tests.support.browser import (
    FLAGS,
    TIMEOUT_MS,
    accessibility_faults,
    follow,
    next_page,
)
from tests.support.chromium import find_whole_chromium
from tests.support.pages import terminal_settings
from tests.support.server import serving

pytestmark = pytest.mark.browser

WORDS = "xylophone-lessons"  # in no listing, no suggestion and no word of ours
ZIP = "16335"
START = "What do you need help with?"


@pytest.fixture(scope="session")
def chromium(whole_chromium: Browser) -> Browser:
    """Give all tests here a browser with a history."""
    return whole_chromium


@pytest.fixture
def profile(chromium: Browser, tmp_path: Path):
    """Give a browser whose files can be looked at afterwards."""
    folder = tmp_path / "profile"
    context = chromium.browser_type.launch_persistent_context(
        folder,
        executable_path=find_whole_chromium(),
        args=FLAGS,
        viewport={"width": 1024, "height": 768},
    )
    context.set_default_timeout(TIMEOUT_MS)
    yield context, folder
    with suppress(Exception):
        context.close()


def search(page: Page, words: str = WORDS) -> None:
    page.fill("main #q", words)
    page.fill("main #near", ZIP)
    follow(page, "main form .btn")
    assert "/at/" in page.url
    expect(page.locator("main #q")).to_have_value(words)


def read_something(page: Page) -> str:
    """Go to a listing from the results of a search, and return its name."""
    search(page, "food")
    name = page.inner_text(".result-name a >> nth=0")
    follow(page, ".result-name a")
    expect(page.locator("h1")).to_have_text(name)
    return name


def contents(folder: Path) -> bytes:
    """Everything that the browser wrote, its databases as their text too."""
    found = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    history = folder / "Default" / "History"
    if history.exists():
        with closing(sqlite3.connect(f"file:{history}?mode=ro&immutable=1", uri=True)) as database:
            found += [
                "\n".join(database.iterdump()).encode(),
            ]
    return b"\n".join(found)


def test_two_patrons_one_after_the_other(profile, terminal_address):
    context, folder = profile
    page = context.pages[0]
    page.goto(terminal_address)
    search(page)
    page.go_back()
    page.go_forward()
    expect(page.locator("main #q")).to_have_value(WORDS)  # during the visit Back and Forward work
    follow(page, ".brand")
    name = read_something(page)
    addresses = [page.url]
    follow(page, ".start-over")
    expect(page.locator("h1")).to_have_text(START)

    # The second person: the address, the box, the storage, the cookies, Back and Forward.
    assert page.url == f"{terminal_address}/"
    assert page.input_value("main #q") == page.input_value("main #near") == ""
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert {cookie["name"] for cookie in context.cookies()} == {"visit"}
    assert all(cookie["expires"] == -1 for cookie in context.cookies())
    for _ in range(page.evaluate("history.length")):
        if page.go_back() is None:
            break
        assert_nothing_of_the_first(page, name)
    for _ in range(3):
        page.go_forward()
        assert_nothing_of_the_first(page, name)
    for address in addresses:
        page.goto(address)
        assert_nothing_of_the_first(page, name)

    # And what is in the browser's files: history, cache, sessions, form data.
    context.close()
    written = contents(folder)
    assert b"/at/" in written  # the history is there, and says nothing
    assert WORDS.encode() not in written
    assert WORDS.encode("utf-16-le") not in written
    assert name.encode() not in written
    assert f"near={ZIP}".encode() not in written


def assert_nothing_of_the_first(page: Page, name: str) -> None:
    if page.url == "about:blank":
        return
    expect(page.locator("h1")).to_have_text(START)
    text = page.content()
    assert WORDS not in text
    assert name not in text
    assert page.input_value("main #q") == ""


def test_nobody_there_is_asked_and_then_forgotten(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    page.clock.install()
    page.reload()
    search(page)
    page.clock.run_for(119_000)
    assert not page.is_visible("#still-there")
    page.clock.run_for(2_000)
    assert page.is_visible("#still-there")
    left = int(page.inner_text("#still-there .countdown"))
    assert left >= 20
    page.clock.run_for(10_000)
    assert page.inner_text("#still-there [role=status]") == "20 seconds left"
    with next_page(page):
        page.clock.run_for((left - 9) * 1000)
    assert page.url == f"{terminal_address}/"
    expect(page.locator("h1")).to_have_text(START)
    page.go_back()
    expect(page.locator("h1")).to_have_text(START)


@pytest.mark.parametrize("act", ["key", "move", "button"])
def test_any_simple_action_says_that_somebody_is_there(visit, terminal_address, act):
    page = visit(terminal_address, width=1024)
    page.clock.install()
    page.reload()
    search(page)
    page.clock.run_for(125_000)
    assert page.is_visible("#still-there")
    assert page.evaluate("document.activeElement.closest('#still-there') !== null")
    if act == "key":
        page.keyboard.press("a")
    elif act == "move":
        page.mouse.move(300, 300)
        page.mouse.move(320, 310)
        page.clock.run_for(2_000)
    else:
        page.click("#still-there button")
    assert not page.is_visible("#still-there")
    page.clock.run_for(100_000)
    expect(page.locator("main #q")).to_have_value(WORDS)
    assert not page.is_visible("#still-there")


def test_a_start_page_that_nobody_touched_stays_quiet(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    page.clock.install()
    page.reload()
    page.clock.run_for(600_000)
    assert not page.is_visible("#still-there")
    page.fill("main #q", "half a word")
    page.clock.run_for(125_000)
    assert page.is_visible("#still-there")


def test_words_in_the_box_and_a_language_go_too(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    follow(page, ".top-bar a[hreflang=es]")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    follow(page, ".brand")
    page.fill("main #q", WORDS)
    follow(page, ".start-over")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.go_back()
    expect(page.locator("main #q")).to_have_value("")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_terminal_works_without_a_script(visit, terminal_address):
    page = visit(terminal_address, javascript=False)
    page.fill("main #q", "food")
    follow(page, "main form .btn")
    assert "Food" in page.inner_text("h1")
    assert "food" not in page.url
    follow(page, ".result-name a")
    follow(page, ".start-over")
    page.go_back()
    assert page.inner_text("h1") == START


def test_the_server_goes_away_and_comes_back(visit, sample_instance):
    app = create_app(terminal_settings(sample_instance), sample_instance)
    with serving(app) as address:
        page = visit(address, width=1024)
        search(page)
        port = int(address.rpartition(":")[2])
    page.click(".brand")
    expect(page.locator("#server-away")).to_be_visible()
    assert "988" in page.inner_text("#server-away")
    assert not accessibility_faults(page)
    with serving(app, port):
        expect(page.locator("h1")).to_have_text(START)


def test_leaving_in_mid_form(visit, sample_instance):
    settings = replace(sample_instance.settings, exit_address="/about")
    with serving(create_app(settings, sample_instance)) as address:
        page = visit(address)
        page.goto(address + "/?lang=es")
        page.fill("#q", WORDS)
        with next_page(page):
            for _ in range(3):
                page.keyboard.press("Shift")
        assert page.url == f"{address}/about"
        assert page.context.cookies() == []
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.go_back()
        assert WORDS not in page.content()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_leaving_a_terminal_in_mid_form(visit, terminal_address, sample_cards, script):
    page = visit(terminal_address, javascript=script)
    page.goto(f"{terminal_address}/services/{sample_cards[0].service.id}/wrong")
    page.fill("main textarea", WORDS)
    follow(page, ".exit-button")
    expect(page.locator("h1")).to_have_text("About this list")  # the neutral site of these tests
    assert {cookie["name"] for cookie in page.context.cookies()} <= {"visit"}
    for _ in range(3):
        if page.go_back() is None:
            break
        assert WORDS not in page.content()
        if page.url != "about:blank":
            assert page.locator("main textarea").count() == 0


def test_capital_letters_do_not_leave(visit, sample_address):
    page = visit(sample_address)
    page.focus("#q")
    for letter in "ABCD":
        page.keyboard.press(f"Shift+{letter}")
    assert page.url == f"{sample_address}/"
    assert not page.is_visible(".exit-progress")


def test_the_first_shift_says_how_many_are_left(visit, sample_address):
    page = visit(sample_address)
    page.keyboard.press("Shift")
    assert page.is_visible(".exit-progress")
    assert "2 more times" in page.inner_text(".top-bar [role=status]")
    page.keyboard.press("Shift")
    assert "once more" in page.inner_text(".top-bar [role=status]")


def test_leaving_blanks_the_screen_before_anything_answers(visit, sample_address):
    page = visit(sample_address + "/search?q=food", leaves_for="www.weather.gov")
    blanked = page.evaluate(
        """() => { document.querySelector(".exit-button").click();
                   const blank = document.querySelector(".exit-blank");
                   return [document.body.children.length, blank.clientHeight >= innerHeight]; }"""
    )
    assert blanked == [1, True]


def test_a_marked_device_stays_a_terminal_and_forgets_its_visits(visit, sample_instance):
    settings = sample_instance.settings
    link = make_link(sample_instance, COMMAND_LINE, "Lobby")
    with serving(create_app(settings, sample_instance)) as address:
        page = visit(f"{address}/terminal/{link}", width=1024)
        follow(page, "main button")
        expect(page.locator("html")).to_have_class("is-terminal")
        search(page)
        before = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
        follow(page, ".start-over")
        expect(page.locator("h1")).to_have_text(START)
        after = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
        assert set(before) == set(after) == {"terminal", "visit"}
        assert before["terminal"] == after["terminal"]
        assert before["visit"] != after["visit"]
        page.go_back()
        expect(page.locator("h1")).to_have_text(START)


def test_somebody_who_opens_a_new_tab_finds_nothing_of_the_visit(visit, terminal_address):
    page = visit(f"{terminal_address}/?lang=es", width=1024)
    search(page)
    left = page.url
    page.goto(terminal_address)
    expect(page.locator("html")).to_have_attribute("lang", "es")  # the same tab: the same person
    tab = page.context.new_page()
    page.close()
    tab.goto(terminal_address)
    expect(tab.locator("html")).to_have_attribute("lang", "en")
    tab.goto(left)
    expect(tab.locator("h1")).to_have_text(START)


def test_a_link_opened_in_a_new_tab_stays_in_the_visit(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    search(page, "food")
    name = page.inner_text(".result-name a >> nth=0")
    with page.context.expect_page() as opened:
        page.click(".result-name a >> nth=0", modifiers=["ControlOrMeta"])
    tab = opened.value
    expect(tab.locator("h1")).to_have_text(name)
    expect(tab.locator("html")).not_to_have_class(re.compile("is-new-tab"))
    tab.click(".list-link")
    expect(tab.locator("h1")).not_to_have_text(name)
    tab.go_back()
    expect(tab.locator("h1")).to_have_text(name)
    tab.go_forward()
    tab.wait_for_timeout(1600)  # as long as other tabs have to answer
    expect(tab.locator("h1")).not_to_have_text(START)
    expect(page.locator("main #q")).to_have_value("food")


def test_who_reads_in_one_tab_has_not_gone_from_another(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    page.context.clock.install()
    search(page, "food")
    with page.context.expect_page() as opened:
        page.click(".result-name a >> nth=0", modifiers=["ControlOrMeta"])
    tab = opened.value
    expect(tab.locator("html")).not_to_have_class(re.compile("is-new-tab"))
    for _ in range(3):
        page.context.clock.run_for(60_000)
        tab.keyboard.press("Shift")
        tab.wait_for_timeout(300)  # until the other tab has heard of it
    expect(page.locator("main #q")).to_have_value("food")
    expect(tab.locator("h1")).not_to_have_text(START)


def test_an_address_from_the_history_finds_nothing_after_the_window_was_closed(
    visit, terminal_address
):
    page = visit(terminal_address, width=1024)
    search(page)
    left = page.url
    tab = page.context.new_page()
    page.close()
    tab.goto(left)
    expect(tab.locator("h1")).to_have_text(START)
    assert tab.input_value("main #q") == ""


def test_an_inner_page_that_begins_a_visit_is_shown(visit, terminal_address):
    page = visit(f"{terminal_address}/help-now", width=1024)
    page.wait_for_timeout(1600)
    expect(page.locator("h1")).not_to_have_text(START)


def test_a_touch_on_a_page_whose_visit_is_over_leads_to_the_start(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    page.clock.install()
    search(page)
    assert page.context.request.post(f"{terminal_address}/exit").status == 204
    with next_page(page):
        page.clock.run_for(16_000)
        page.mouse.move(300, 300)
        page.mouse.move(320, 310)
    expect(page.locator("h1")).to_have_text(START)


def test_reading_without_opening_a_page_is_reported(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    page.clock.install()
    search(page)
    with page.expect_response("**/still-here") as answer:
        page.clock.run_for(16_000)
        page.mouse.move(300, 300)
        page.mouse.move(320, 310)
    assert answer.value.status == 204


def test_a_start_page_that_nobody_touches_is_made_anew(visit, terminal_address):
    page = visit(terminal_address, width=1024)
    page.clock.install()
    page.reload()
    with next_page(page):
        page.clock.run_for(1_201_000)
    expect(page.locator("h1")).to_have_text(START)
