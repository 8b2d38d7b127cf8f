"""The command palette: what it finds for whom, with and without script, and that words stay out."""

import logging

import pytest
from playwright.sync_api import expect

from referral.app import create_app
from referral.desk.inquiries import open_inquiry, read_inquiry
from referral.records.accounts import Role
from referral.web.staff.palette import LONGEST_ASKED
from tests.support.browser import accessibility_faults, follow, next_page, sign_in
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client

GO = "/staff/go"


@pytest.fixture
def app(demo):
    return create_app(demo.settings, demo)


def staff(app, demo, *roles):
    account = add_account(demo, roles, "pat@example.org", "Pat")
    return signed_in_client(app), account


def found(client, words):
    """Give what the page finds: address → text."""
    page = soup_of(post(client, GO, words=words))
    return {link["href"]: link.text for link in page.select(".record-lines a")}


def test_it_finds_pages_listings_records_topics_and_inquiries(app, demo):
    client, account = staff(app, demo, *Role)
    assert "/curation/duplicates" in found(client, "dupl")
    pantry = found(client, "food help line")
    assert "Food Help Line" in pantry.values()
    assert {address.split("/")[1] for address in pantry} >= {"services", "curation"}
    assert any(address.startswith("/topics/") for address in found(client, "rent"))
    inquiry = read_inquiry(demo, open_inquiry(demo, account.id))
    by_code = found(client, inquiry.code.lower())  # a topic may be spelled like it by chance
    assert by_code[f"/desk/inquiries/{inquiry.id}"] == inquiry.code
    assert found(client, "") == {}
    assert "We found nothing like that" in post(client, GO, words="qqqqzzzz").text
    assert post(client, GO, words="x" * 5 * LONGEST_ASKED).status_code == 200


@pytest.mark.slow
def test_nobody_is_led_where_they_may_not_go(app, demo):
    client, _ = staff(app, demo, Role.DESK)
    assert "/desk/follow-ups" in found(client, "follow")
    for words in ("dupl", "accounts", "food help line"):
        assert not [
            each for each in found(client, words) if "/curation" in each or "/admin" in each
        ]
    assert app.test_client().get(GO).status_code == 302
    assert app.test_client().post(GO, data={"words": "rent"}).status_code == 400


@pytest.mark.slow
def test_what_is_typed_is_in_no_address_and_no_log(app, demo, caplog):
    client, _ = staff(app, demo, *Role)
    caplog.set_level(logging.DEBUG)
    page = post(client, GO, words="xylophone")
    assert soup_of(page).select_one(f"form[action='{GO}']")["method"] == "post"
    assert client.get(f"{GO}?words=rent").text.count("/topics/") == 0
    assert "xylophone" not in caplog.text


@pytest.mark.browser
def test_ctrl_k_leads_on_by_keyboard(visit, demo_address):
    page = visit(f"{demo_address}/staff/sign-in")
    sign_in(page, demo_address)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Page, listing, topic or inquiry code")
    expect(box).to_be_focused()
    page.keyboard.type("food help line")
    options = page.locator("#palette-words-suggestions [role=option]")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "palette-words-suggestions-0")
    expect(page.locator(".palette [role=status]")).to_contain_text("Found:")
    assert accessibility_faults(page) == []
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("dupl")
    expect(options.first).to_contain_text("Duplicates")
    with next_page(page):
        page.keyboard.press("Enter")
    assert page.url == f"{demo_address}/curation/duplicates"


@pytest.mark.browser
def test_without_script_the_button_leads_to_a_page(visit, demo_address):
    page = visit(f"{demo_address}/staff/sign-in", javascript=False)
    sign_in(page, demo_address)
    follow(page, "[data-palette]")
    page.fill("#go-words", "dupl")
    with next_page(page):
        page.keyboard.press("Enter")
    follow(page, "main .record-lines a")
    assert page.url == f"{demo_address}/curation/duplicates"
