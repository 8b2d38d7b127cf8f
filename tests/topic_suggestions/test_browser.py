"""Suggested topics in a real browser: worked through by keys, and looked at by axe."""

import pytest

from referral.records.accounts import Role
from referral.topic_suggestions.decisions import list_category_decisions
from tests.support.browser import next_page, page_faults, sign_in
from tests.support.databases import database_filled
from tests.support.staff import add_account
from tests.topic_suggestions.conftest import with_suggestions

pytestmark = pytest.mark.browser

HOME = "/curation/suggestions"


def suggestions_for_staff(instance):
    """Fill a directory with a list and suggestions for it, and somebody who may decide."""
    with_suggestions(instance)
    add_account(instance, Role)


directory_url = database_filled(suggestions_for_staff)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, site):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(site + HOME)
    decide(page, "1")
    page.wait_for_selector(".queue-last")
    faults = {}
    for path in (HOME, f"{HOME}/services", f"{HOME}/decided"):
        page.goto(site + path)
        faults[path] = page_faults(page)
    assert not any(faults.values()), faults


def decide(page, key):
    """Press a key that sends a decision; the queue without it is loaded then."""
    with next_page(page):
        page.keyboard.press(key)


def first_line(page):
    return page.inner_text(".queue h2 >> nth=0")


def test_keys_decide_skip_and_take_back(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(site + HOME)
    first, second = page.locator(".queue h2").all_inner_texts()[:2]

    decide(page, "1")
    assert first_line(page) != first
    assert [each.name for each in list_category_decisions(instance)] == [first]
    decide(page, "u")
    assert first_line(page) == first
    assert not list_category_decisions(instance)
    decide(page, "ArrowRight")
    assert first_line(page) == second
    assert "later=" in page.url
    decide(page, "n")
    assert first_line(page) not in (first, second)
    assert [each.name for each in list_category_decisions(instance)] == [second]
    page.keyboard.press("o")
    page.keyboard.type("Jobs 123")
    assert page.locator("[name=other]").first.input_value() == "Jobs 123"
    assert len(list_category_decisions(instance)) == 1, "keys in a field are letters"


def test_keys_do_nothing_outside_of_the_lines(visit, site, instance):
    page = visit(f"{site}/staff/sign-in")
    sign_in(page, site)
    page.goto(site + HOME)
    page.focus("nav.staff-bar a")
    page.keyboard.press("1")
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert not list_category_decisions(instance)
