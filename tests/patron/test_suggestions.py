"""Suggestions while typing, in a real browser, and the page that answers them."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import accessibility_faults, follow, next_page


def test_suggestions_are_words_that_search_knows(sample_client):
    answer = sample_client.get("/suggest?q=diap").json
    assert answer["suggestions"]
    for suggestion in answer["suggestions"]:
        assert set(suggestion) == {"kind", "text", "detail"}
        found = sample_client.get("/search", query_string={"q": suggestion["text"]})
        assert "We could not find" not in found.text, suggestion


@pytest.mark.parametrize("text", ["", " ", "\x00", "%", "'" * 300, "zzzqqqxx", "日本"])
def test_any_text_is_answered(sample_client, text):
    response = sample_client.get("/suggest", query_string={"q": text})
    assert response.status_code == 200
    assert len(response.json["suggestions"]) <= 8


def test_nothing_withheld_is_suggested(sample_client):
    """The client itself looks for every planted name and address."""
    for text in ("safe", "hid", "417", "orchard", "relo", "quiet", "motel", "creamery"):
        sample_client.get("/suggest", query_string={"q": text})


@pytest.mark.browser
class TestInABrowser:
    def test_the_keyboard_is_enough(self, visit, sample_address):
        page = visit(sample_address)
        box = page.get_by_role("combobox", name="Type what you need")
        box.press_sequentially("diap")
        options = page.get_by_role("option")
        expect(options.first).to_be_visible()
        expect(box).to_have_attribute("aria-expanded", "true")
        box.press("ArrowDown")
        expect(options.first).to_have_attribute("aria-selected", "true")
        active = box.get_attribute("aria-activedescendant")
        assert active == options.first.get_attribute("id")
        chosen = options.first.locator(".suggestion-text").text_content()
        box.press("Enter")
        expect(box).to_have_value(chosen)
        expect(page.locator("main #near")).to_be_focused()
        with next_page(page):
            page.keyboard.press("Enter")
        assert "/search?q=" in page.url
        expect(page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first).to_have_value(
            chosen
        )

    def test_escape_closes_and_keeps_what_was_typed(self, visit, sample_address):
        page = visit(sample_address)
        box = page.get_by_role("combobox", name="Type what you need")
        box.press_sequentially("foo")
        expect(page.get_by_role("option").first).to_be_visible()
        box.press("Escape")
        expect(page.get_by_role("listbox")).to_be_hidden()
        expect(box).to_have_value("foo")

    def test_their_number_is_announced(self, visit, sample_address):
        page = visit(sample_address)
        page.get_by_role("combobox", name="Type what you need").press_sequentially("food")
        expect(page.locator("main").get_by_role("status").first).to_contain_text("Suggestions:")

    def test_axe_finds_nothing_while_they_are_open(self, visit, sample_address):
        for width in (1280, 390):
            page = visit(sample_address, width=width)
            page.get_by_role("combobox", name="Type what you need").press_sequentially("food")
            expect(page.get_by_role("option").first).to_be_visible()
            assert accessibility_faults(page) == []

    def test_without_a_script_the_box_is_a_plain_one(self, visit, sample_address):
        page = visit(sample_address, javascript=False)
        page.get_by_label("Type what you need").fill("food")
        follow(page, page.get_by_role("button", name="Search"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("Food")
