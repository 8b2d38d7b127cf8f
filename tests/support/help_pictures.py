"""Takes the pictures for the page on first steps: ``python -m tests.support.help_pictures``.

The texts visible in each picture are stored beside it. ``tests/app/test_first_steps.py`` takes the
pictures again and compares these texts, because fonts differ between machines.
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
_NOW = "2026-11-24 15:00Z"
_SOURCE_LIST = (
    "Agency,Program,Phone,Address,City,State,Zip,Blurb\n"
    "Elm Street Pantry,Groceries,814-555-0101,12 Elm St,Meadville,PA,16335,Bags on Mondays\n"
    "Elm Street Pantry,Diapers,814-555-0101,12 Elm St,Meadville,PA,16335,Sizes 1 to 6\n"
    "Maple Legal Aid,Help with rent papers,814-555-0102,40 Maple Ave,Meadville,PA,16335,By phone\n"
)
# Returns all texts of a page that are visible between two heights.
_VISIBLE_TEXTS_JS = """([top, end]) => {
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
    """Serve the sample county with a year of inquiries, at a fixed time, and yield its address."""
    with time_machine.travel(_NOW):
        with opened_instance(settings) as instance:
            load_sample(instance)
            add_sample_inquiries(instance)
            update_ledger(instance)
        with working_site(settings, Role) as address:
            yield address


def take_pictures(page: Page, address: str, folder: Path) -> dict[str, list[str]]:
    """Write the pictures into a folder, and return the texts that each of them shows."""
    pictures = _PictureTaker(page, folder)
    page.set_viewport_size({"width": _WIDTH, "height": 900})
    sign_in(page, address, "/desk")
    _take_desk(page, pictures)
    _take_import(page, address, folder, pictures)
    _take_reports(page, address, pictures)
    return pictures.words


class _PictureTaker:
    def __init__(self, page: Page, folder: Path) -> None:
        self._page, self._folder = page, folder
        self.words: dict[str, list[str]] = {}

    def take(self, name: str, selector: str, *, down_to: str = "") -> None:
        """Take a picture of an element, or of the page from there to the end of ``down_to``."""
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
        shown = self._page.evaluate(_VISIBLE_TEXTS_JS, [top["y"], end["y"] + end["height"]])
        self.words[name] = [" ".join(words.split()) for words in shown]


def _take_desk(page: Page, pictures: _PictureTaker) -> None:
    page.fill("main [name=q]", "help with rent")
    page.fill("main [name=near]", "16335")
    pictures.take("ask", "h1", down_to=".ask-form")
    follow(page, "main .ask-form button[type=submit]")
    pictures.take("give", ".result >> nth=1")
    follow(page, ".desk-card button")
    page.wait_for_selector("text=Noted from the search.")  # until a script has replaced the column
    pictures.take("inquiry", "#desk-assist")


def _take_import(page: Page, address: str, folder: Path, pictures: _PictureTaker) -> None:
    page.goto(f"{address}/admin/imports/new")
    file = FilePayload(name="pantries.csv", mimeType="text/csv", buffer=_SOURCE_LIST.encode())
    page.set_input_files("#list", file)
    page.fill("#source", "County pantries")
    pictures.take("upload", "h1", down_to=".staff-form")
    page.click("text=Upload and read")
    page.wait_for_selector("#columns-form", timeout=60_000)
    pictures.take("columns", ".columns-sheet h3", down_to=".columns-list")
    follow(page, "text=Read the list this way")
    page.wait_for_selector("#apply", timeout=60_000)
    pictures.take("review", "h1", down_to=".review-unit")


def _take_reports(page: Page, address: str, pictures: _PictureTaker) -> None:
    page.goto(f"{address}/desk/reports?time=2026-Q3")
    pictures.take("overview", "h1", down_to=".report-figure > p")
    page.goto(f"{address}/desk/reports/board?time=2026-Q3")
    pictures.take("board", ".board-library", down_to=".board-sums")


def main() -> None:
    """Take all pictures, and write their texts to ``WORDS``."""
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
