"""Words in a real browser: a curator adds one by keyboard, a patron finds by it, it is taken back."""

import pytest

from tests.support.browser import follow, goto_until, next_page, page_faults, sign_in, wait_for_page

pytestmark = pytest.mark.browser

HOME = "/curation/vocabulary"
FOOD = "68c2ce28-8656-5542-9359-bc15b0a136ea"
PAGES = (  # others: tests/app/test_routes.py
    f"{HOME}/questions/rent-help",
    f"{HOME}/taxonomies/topics?name=Referral%20needs&above={FOOD}",
    "/about/what-we-list",
)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, demo_address):
    page = visit(f"{demo_address}/staff/sign-in")
    sign_in(page, demo_address)
    faults = {}
    for path in PAGES:
        page.goto(demo_address + path)
        faults[path] = page_faults(page)
    page.goto(f"{demo_address}{HOME}/danger/new")
    page.fill("#words", "part time")
    page.select_option("#first", "988")
    with next_page(page):
        page.press("#note", "Enter")
    page.wait_for_selector(".error-summary")
    faults["asks"] = page_faults(page)
    assert not any(faults.values()), faults


def test_a_word_by_keyboard_from_adding_to_taking_back(visit, demo_address):
    page = visit(f"{demo_address}/staff/sign-in")
    sign_in(page, demo_address)
    page.goto(f"{demo_address}{HOME}/words/new")
    page.focus("#phrase")
    page.keyboard.type("qqzorblatt")
    page.focus("#term_search")
    page.keyboard.type("food pantry")
    page.keyboard.press("Tab")
    with next_page(page):
        page.keyboard.press("Enter")
    page.wait_for_selector("#topics-0")
    page.focus("#topics-0")
    page.keyboard.press("Space")
    page.focus("button[value=save]")
    with next_page(page):
        page.keyboard.press("Enter")
    wait_for_page(page, "[role=status] >> text=Saved")
    goto_until(page, f"{demo_address}/search?q=qqzorblatt", ".results", seen=True)
    page.goto(demo_address + HOME)
    page.focus(".changes li:first-child button")
    with next_page(page):
        page.keyboard.press("Enter")
    wait_for_page(page, "[role=status] >> text=Taken back")
    goto_until(page, f"{demo_address}/search?q=qqzorblatt", ".results", seen=False)


def test_a_notice_is_read_without_a_script_and_in_spanish(visit, demo_address):
    page = visit(f"{demo_address}/staff/sign-in", javascript=False)
    sign_in(page, demo_address)
    page.goto(f"{demo_address}{HOME}/texts/notice")
    page.fill("#english", "Closed on Monday.")
    page.fill("#spanish", "Cerrado el lunes.")
    follow(page, ".staff-form button[type=submit]")
    wait_for_page(page, "[role=status]")
    page.goto(f"{demo_address}/?lang=es")
    assert "Cerrado el lunes." in page.inner_text(".site-notice")


def test_questions_by_keyboard_until_they_can_be_read(visit, demo_address):
    page = visit(f"{demo_address}/staff/sign-in")
    sign_in(page, demo_address)
    page.goto(f"{demo_address}{HOME}/questions/pets")
    page.fill("#english", "Is it urgent?\n- Yes [topic=nowhere]\n- No")
    page.fill("#spanish", "")
    page.focus("main .btn-primary")
    with next_page(page):
        page.keyboard.press("Enter")
    page.wait_for_selector(".error-summary")
    assert "nowhere" in page.inner_text("main")
    page.fill("#english", "Is it urgent?\n- Yes\n- No")
    page.focus("main .btn-primary")
    with next_page(page):
        page.keyboard.press("Enter")
    page.wait_for_selector("text=changed here")
