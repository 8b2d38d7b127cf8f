"""Takes the pictures of the pages for the first time: ``python -m tests.support.help_pictures``.

Beside each picture lies what could be read in it. ``tests/app/test_first_steps.py`` takes them again
and compares these words, since fonts differ by machine.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import time_machine
from playwright.sync_api import FilePayload, FloatRect, Page, sync_playwright

from referral.demo.sample_inquiries import add_sample_inquiries
from referral.directory.instance import opened_instance
from referral.imports.seed_lists import load_sample
from referral.open_data.ledger.ledger_updates import update_ledger
from referral.records.accounts import Role
from referral.settings import Settings
from tests.support.browser import FLAGS, follow, sign_in
from tests.support.chromium import find_chromium
from tests.support.working_site import working_site

PICTURES = Path(__file__).parents[2] / "static" / "help"
WORDS = PICTURES / "words.json"
COMMAND = "python -m tests.support.help_pictures"
_WIDTH, _MARGIN, _HIGHEST = 800, 8, 560
_TUESDAY = "2026-11-24 15:00Z"
_LIST = (
    "Agency,Program,Phone,Address,City,State,Zip,Blurb\n"
    "Elm Street Pantry,Groceries,814-555-0101,12 Elm St,Meadville,PA,16335,Bags on Mondays\n"
    "Elm Street Pantry,Diapers,814-555-0101,12 Elm St,Meadville,PA,16335,Sizes 1 to 6\n"
    "Maple Legal Aid,Help with rent papers,814-555-0102,40 Maple Ave,Meadville,PA,16335,By phone\n"
)
# All texts of a page that can be seen between two heights.
_WORDS_BETWEEN = """([top, end]) => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect(), middle = (box.top + box.bottom) / 2;
    const isSeen = node.parentElement.checkVisibility({visibilityProperty: true})
      && !node.parentElement.closest('header.top-bar, .visually-hidden, select');
    if (isSeen && node.data.trim() && middle > top && middle < end) found.push(node.data);
  }
  return found;
}"""


@contextmanager
def sample_site(settings: Settings) -> Iterator[str]:
    """Serve the sample county with a year of inquiries, on one Tuesday morning for ever."""
    with time_machine.travel(_TUESDAY):
        with opened_instance(settings) as instance:
            load_sample(instance)
            add_sample_inquiries(instance)
            update_ledger(instance)
        with working_site(settings, Role) as address:
            yield address


def take_pictures(page: Page, address: str, folder: Path) -> dict[str, list[str]]:
    """Write the pictures into a folder, and return the words that each of them shows."""
    taking = _Taking(page, folder)
    page.set_viewport_size({"width": _WIDTH, "height": 900})
    sign_in(page, address, "/desk")
    _shift(page, taking)
    _list(page, address, folder, taking)
    _report(page, address, taking)
    return taking.words


class _Taking:
    def __init__(self, page: Page, folder: Path) -> None:
        self._page, self._folder = page, folder
        self.words: dict[str, list[str]] = {}

    def take(self, name: str, selector: str, *, down_to: str = "") -> None:
        """Take what one thing shows, or all from there down to the end of another."""
        first = self._page.locator(selector).first
        last = self._page.locator(down_to).first if down_to else first
        self._page.mouse.move(0, 0)
        self._page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        top, end = first.bounding_box(), last.bounding_box()
        assert top
        assert end
        height = min(end["y"] + end["height"] - top["y"] + 2 * _MARGIN, _HIGHEST)
        clip = FloatRect(x=0, y=max(top["y"] - _MARGIN, 0), width=_WIDTH, height=height)
        path = self._folder / f"{name}.png"
        self._page.screenshot(path=path, clip=clip, full_page=True, animations="disabled")
        shown = self._page.evaluate(_WORDS_BETWEEN, [top["y"], end["y"] + end["height"]])
        self.words[name] = [" ".join(words.split()) for words in shown]


def _shift(page: Page, taking: _Taking) -> None:
    page.fill("main [name=q]", "help with rent")
    page.fill("main [name=near]", "16335")
    taking.take("ask", "h1", down_to=".ask-form")
    follow(page, "main .ask-form button[type=submit]")
    taking.take("give", ".result >> nth=1")
    follow(page, ".desk-card button")
    page.wait_for_selector("text=Noted from the search.")  # a script puts the column in anew then
    taking.take("inquiry", "#desk-assist")


def _list(page: Page, address: str, folder: Path, taking: _Taking) -> None:
    page.goto(f"{address}/admin/imports/new")
    file = FilePayload(name="pantries.csv", mimeType="text/csv", buffer=_LIST.encode())
    page.set_input_files("#list", file)
    page.fill("#source", "County pantries")
    taking.take("upload", "h1", down_to=".staff-form")
    page.click("text=Upload and read")
    page.wait_for_selector("#columns-form", timeout=60_000)
    taking.take("columns", ".columns-sheet h3", down_to=".columns-list")
    follow(page, "text=Read the list this way")
    page.wait_for_selector("#apply", timeout=60_000)
    taking.take("review", "h1", down_to=".review-unit")


def _report(page: Page, address: str, taking: _Taking) -> None:
    page.goto(f"{address}/desk/reports?time=2026-Q3")
    taking.take("overview", "h1", down_to=".report-figure > p")
    page.goto(f"{address}/desk/reports/board?time=2026-Q3")
    taking.take("board", ".board-library", down_to=".board-sums")


def main() -> None:
    """Take all pictures again, and write down their words."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings.from_environment(
            environ={}, instance_path=Path(folder), sample_data=True, testing=True
        )
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        with sample_site(settings) as address:
            words = take_pictures(browser.new_page(locale="en-US"), address, PICTURES)
        browser.close()
    WORDS.write_text(json.dumps(words, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
