"""Suggested topics in a real browser: worked through by keys, and looked at by axe."""

import pytest

from referral.app import create_app
from referral.records.accounts import Role
from referral.topic_suggestions.decisions import list_category_decisions
from tests.support.browser import next_page, page_faults, sign_in
from tests.support.server import serving
from tests.support.staff import add_account

pytestmark = pytest.mark.browser

HOME = "/curation/suggestions"


@pytest.fixture
def address(suggested):
    """Serve the directory with somebody who may decide."""
    add_account(suggested, Role)
    with serving(create_app(suggested.settings, suggested)) as address:
        yield address


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, address):
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address)
    page.goto(address + HOME)
    decide(page, "1")
    page.wait_for_selector(".queue-last")
    faults = {}
    for path in (HOME, f"{HOME}/services", f"{HOME}/decided"):
        page.goto(address + path)
        faults[path] = page_faults(page)
    assert not any(faults.values()), faults


def decide(page, key):
    """Press a key that sends a decision; the queue without it is loaded then."""
    with next_page(page):
        page.keyboard.press(key)


def first_line(page):
    return page.inner_text(".queue h2 >> nth=0")


def test_keys_decide_skip_and_take_back(visit, address, suggested):
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address)
    page.goto(address + HOME)
    first, second = page.locator(".queue h2").all_inner_texts()[:2]

    decide(page, "1")
    assert first_line(page) != first
    assert [each.name for each in list_category_decisions(suggested)] == [first]
    decide(page, "u")
    assert first_line(page) == first
    assert not list_category_decisions(suggested)
    decide(page, "ArrowRight")
    assert first_line(page) == second
    assert "later=" in page.url
    decide(page, "n")
    assert first_line(page) not in (first, second)
    assert [each.name for each in list_category_decisions(suggested)] == [second]
    page.keyboard.press("o")
    page.keyboard.type("Jobs 123")
    assert page.locator("[name=other]").first.input_value() == "Jobs 123"
    assert len(list_category_decisions(suggested)) == 1, "keys in a field are letters"


def test_keys_do_nothing_outside_of_the_lines(visit, address, suggested):
    page = visit(f"{address}/staff/sign-in")
    sign_in(page, address)
    page.goto(address + HOME)
    page.focus("nav.staff-bar a")
    page.keyboard.press("1")
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert not list_category_decisions(suggested)
