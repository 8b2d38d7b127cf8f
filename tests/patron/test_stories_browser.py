"""Twelve people with a need, in a real browser: from the start page to a number to call.

Each asks in English and Spanish, on a phone and at a desk, by day and in the dark, on the sample
county and on a list that others made. Each takes one window, language and
scheme, by turns. What is right is said by the words of a card, its page aside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from referral.app import create_app
from tests.support.browser import accessibility_faults, follow, next_page
from tests.support.server import serving

pytestmark = pytest.mark.browser

DC = "dc-directory/2023-export"
NEAR = {"county": "16335", DC: "20002"}
WINDOWS = ((390, 844), (1280, 800))
SCHEMES = ("light", "dark")
VARIANTS = tuple(product(("en", "es"), WINDOWS, SCHEMES))
FIRST = 3  # cards, of which one at least must be right


@dataclass(frozen=True)
class Story:
    """What somebody types, by language, and a pattern of what helps."""

    name: str
    english: str
    spanish: str
    right: str
    is_danger: bool = False

    def words(self, language: str) -> str:
        return self.spanish if language == "es" else self.english


STORIES = (
    Story("food", "food tonight with two kids", "comida para hoy con dos niños",
          r"food|meal|grocer|pantry|comida|despensa|alimento"),
    Story("eviction", "I got an eviction notice", "me quieren desalojar",
          r"evict|rent|tenant|legal|desaloj|renta|inquilin|abogad"),
    Story("power", "they shut off my power", "me cortaron la luz",
          r"utilit|electric|energy|heat|bill|luz|energ|calefac"),
    Story("tooth", "my tooth hurts and I have no insurance",
          "me duele una muela y no tengo seguro", r"dent|tooth|teeth|oral"),
    Story("rides", "my grandmother needs rides to the doctor",
          "mi abuela necesita transporte al doctor", r"ride|transport|driver|\bbus\b|shuttle"),
    Story("doctor", "a doctor who speaks Spanish", "un doctor que hable español",
          r"clinic|health|medic|doctor|clínica|salud"),
    Story("teenager", "my parents kicked me out im 16",
          "mis papás me corrieron de la casa y tengo 16 años",
          r"youth|teen|runaway|shelter|homeless|jóven|joven|adolescent|refugio|albergue"),
    Story("job", "a job after prison", "trabajo después de la cárcel",
          r"job|employ|work|reentry|re-entry|returning|trabajo|empleo"),
    Story("giving", "I want to volunteer", "quiero ser voluntario", r"volunt"),
    Story("flood", "my house flooded", "se inundó mi casa",
          r"disaster|flood|emergency|red cross|desastre|inunda|emergencia"),
    Story("veteran", "help for a veteran", "ayuda para un veterano", r"veteran"),
    Story("danger", "my boyfriend hits me", "mi novio me pega",
          r"violen|abus|shelter|safe|victim|surviv|refugio|segur", is_danger=True),
)  # fmt: skip


@pytest.fixture(scope="module")
def addresses(request, listed_instance) -> Iterator[Callable[[str], str]]:
    """Give the address of the site with the county or the list, by its name."""
    served = {"county": request.getfixturevalue("sample_address")}
    running = []

    def address_of(name: str) -> str:
        if name not in served:
            instance = listed_instance(name)
            running.append(serving(create_app(instance.settings, instance)))
            served[name] = running[-1].__enter__()
        return served[name]

    yield address_of
    for each in running:
        each.__exit__(None, None, None)


def _walks():
    for number, (story, listing) in enumerate(product(STORIES, NEAR)):
        for place, variant in enumerate(VARIANTS):
            if place != (number * 3 + number // len(VARIANTS)) % len(VARIANTS):
                continue
            language, (width, _), scheme = variant
            kind = "list" if listing == DC else listing
            yield pytest.param(
                story, listing, variant,
                id=f"{story.name}-{kind}-{language}-{width}-{scheme}",
            )  # fmt: skip


@pytest.mark.parametrize(("story", "listing", "variant"), list(_walks()))
def test_a_story_leads_to_a_number_to_call(visit, addresses, story, listing, variant):
    language, (width, height), scheme = variant
    page = visit(
        f"{addresses(listing)}/?lang={language}",
        viewport={"width": width, "height": height}, color_scheme=scheme,
    )  # fmt: skip
    ask(page, story.words(language), NEAR[listing])
    if story.is_danger:
        first = page.locator(".danger-lines .help-line").first
        expect(first).to_contain_text("1-800-799-7233")
        expect(first).to_be_in_viewport()
    assert story.words(language) not in page.title()
    cards = page.locator(".result").all_inner_texts()[:FIRST]
    assert any(re.search(story.right, card, re.IGNORECASE) for card in cards), cards
    look_well(page, width)
    follow(page, ".result-name a")
    expect(page.locator(".start-step")).to_be_in_viewport()
    look_well(page, width)
    page.click("button[name=add] >> nth=0")
    expect(page.locator(".list-count")).to_have_text("1")
    follow(page, ".list-link")
    expect(page.locator(".my-list > li")).to_have_count(1)
    look_well(page, width)


DANGERS = {
    "en": {"i want to die": "988", "my kid drank bleach": "1-800-222-1222",
           "my boyfriend hits me": "1-800-799-7233"},
    "es": {"me quiero morir": "988", "mi hijo tomó cloro": "1-800-222-1222",
           "mi novio me pega": "1-800-799-7233"},
}  # fmt: skip


@pytest.mark.parametrize("listing", NEAR)
@pytest.mark.parametrize("language", DANGERS)
def test_in_danger_the_first_screen_of_a_phone_has_the_number_and_asks_for_no_place(
    visit, addresses, listing, language
):
    page = visit(f"{addresses(listing)}/?lang={language}", viewport={"width": 390, "height": 664})
    for words, number in DANGERS[language].items():
        page.goto(f"{addresses(listing)}/search?q={words}")
        called = page.locator(".danger-lines a", has_text=number).first
        expect(called).to_be_in_viewport()
        expect(page.locator("main input[name=near]")).not_to_be_visible()


def ask(page: Page, words: str, near: str) -> None:
    page.fill("#q", words)
    page.fill("#near", near)
    with next_page(page):
        page.press("#near", "Enter")
    expect(page.locator(".result").first).to_be_visible()


def look_well(page: Page, width: int) -> None:
    """Nothing scrolls sideways, and axe finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert accessibility_faults(page) == []
