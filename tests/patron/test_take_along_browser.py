"""In a real browser: what a device offers by itself, sharing and a voice of its own."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import accessibility_faults

pytestmark = pytest.mark.browser

# Stands in for the voices of a device, and notes what they are given to say.
SPEECH = """
  const voices = %s;
  const said = [];
  window.said = said;
  window.silenced = 0;
  class Utterance { constructor(text) { this.text = text; } }
  window.SpeechSynthesisUtterance = Utterance;
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => voices,
    addEventListener: () => {},
    cancel: () => { window.silenced += 1; },
    speak: (each) => {
      said.push([each.voice.name, each.text]);
      if (said.length < 4) setTimeout(() => each.onend(), 0);
    },
  } });
"""
LOCAL_ENGLISH = '{ name: "english", lang: "en_US", localService: true }'
LOCAL_SPANISH = '{ name: "spanish", lang: "es-MX", localService: true }'
REMOTE = '{ name: "remote", lang: "en-US", localService: false, default: true }'


@pytest.fixture(scope="module")
def path(sample_service):
    """Give a page that has everything, translated but for its documents."""
    found = sample_service(
        lambda each: each.phone and each.sites and each.documents and "es" in each.translations
    )
    return f"/services/{found.service.id}"


def open_with(visit, address, *voices, **options):
    page = visit(address + "/about", **options)
    page.add_init_script(SPEECH % f"[{', '.join(voices)}]")
    return page


def test_a_voice_of_the_device_reads_and_no_other(visit, sample_address, path):
    page = open_with(visit, sample_address, REMOTE)
    page.goto(sample_address + path)
    expect(page.locator(".take-along")).to_be_visible()
    expect(page.locator("[data-read-aloud]")).to_be_hidden()  # the text would go to a server
    page = open_with(visit, sample_address, REMOTE, LOCAL_ENGLISH)
    page.goto(sample_address + path)
    button, stop = page.locator("[data-read-aloud]"), page.locator("[data-read-stop]")
    expect(button).to_have_text("Read aloud")
    button.click()
    expect(button).to_have_text("Pause")
    assert not accessibility_faults(page)
    button.click()
    expect(button).to_have_text("Go on")
    button.click()
    stop.click()
    expect(button).to_have_text("Read aloud")
    expect(button).to_be_focused()
    expect(stop).to_be_hidden()
    said = page.evaluate("said")
    assert {voice for voice, _ in said} == {"english"}
    assert said[0][1] == page.locator("h1").inner_text()
    assert said[-1] == said[-2]  # going on begins the sentence again


def test_each_text_has_a_voice_of_its_language_or_none_is_read(visit, sample_address, path):
    page = open_with(visit, sample_address, LOCAL_SPANISH)
    page.goto(f"{sample_address}{path}?lang=es")
    expect(page.locator(".take-along")).to_be_visible()
    expect(page.locator("[data-read-aloud]")).to_be_hidden()
    page = open_with(visit, sample_address, LOCAL_SPANISH, LOCAL_ENGLISH)
    page.goto(f"{sample_address}{path}?lang=es")
    languages = page.locator(".read-aloud [data-spoken]").evaluate(
        "each => [...each.children].map(part => part.lang)"
    )
    assert set(languages) == {"en", "es"}
    page.click("[data-read-aloud]")
    expect(page.locator("[data-read-aloud]")).to_have_text("Pausa")
    assert page.evaluate("said[0][0]") == "spanish"


@pytest.mark.parametrize("leaving", ["exit", "page"])
def test_the_voice_ends_with_the_page(visit, sample_address, path, leaving):
    page = open_with(visit, sample_address, LOCAL_ENGLISH, leaves_for="www.weather.gov")
    page.goto(sample_address + path)
    page.click("[data-read-aloud]")
    expect(page.locator("[data-read-aloud]")).to_have_text("Pause")
    silenced = page.evaluate(
        """leaving => {
             document.dispatchEvent(leaving === "exit" ? new Event("leaving") : new Event("x"));
             if (leaving === "page") window.dispatchEvent(new Event("pagehide"));
             return window.silenced;
           }""",
        leaving,
    )
    assert silenced == 1


def test_sharing_is_offered_where_the_device_can(visit, sample_address, path):
    page = visit(sample_address + "/about")
    page.add_init_script("navigator.share = async (what) => { window.shared = what; };")
    page.goto(sample_address + path)
    page.click(".take-along summary")
    page.click("[data-share]")
    shared = page.evaluate("shared")
    assert shared["url"] == sample_address + path
    assert shared["title"] == page.locator("h1").inner_text()
    assert set(shared) == {"title", "text", "url"}
    assert not accessibility_faults(page)


def test_without_a_script_nothing_is_missing_or_dead(visit, sample_address, path):
    page = visit(sample_address + path, javascript=False)
    page.click(".take-along summary")
    expect(page.locator(".take-along a").first).to_be_visible()
    for name in ("[data-share]", "[data-read-aloud]"):
        expect(page.locator(name)).to_be_hidden()
    with page.expect_download() as found:
        page.click("text=Hours for my calendar")
    assert found.value.suggested_filename == "hours.ics"


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_it_is_one_row_that_opens(visit, sample_address, path, width):
    page = visit(sample_address + path, width=width)
    row = page.locator(".take-along")
    assert row.bounding_box()["height"] < 60
    page.click(".take-along summary")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heights = row.locator("a.btn:visible, button:visible, select:visible").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
