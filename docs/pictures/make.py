"""Takes the pictures of README.md and docs/: python docs/pictures/make.py ADDRESS [TERMINAL].

The first is a running demo; the second one with REFERRAL_TERMINAL=1.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.chromium import find_chromium

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RESULTS = "/search?q=food+pantry&near=16335"


def main(address: str, terminal: str = "") -> None:
    """Overwrite the pictures in this folder."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address.rstrip("/") + RESULTS)
        save(page, "results-desk")
        take_a_list(browser, address.rstrip("/"))
        if terminal:
            page = browser.new_page(viewport={"width": 1024, "height": 768})
            page.goto(terminal)
            save(page, "terminal-start")
        take_the_desk(browser, address.rstrip("/"))
        browser.close()


def take_a_list(browser: Browser, address: str) -> None:
    """Choose three services, and take a service, the list and its sheet."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address + RESULTS)
    for count in (1, 2, 3):
        page.click("button[name=add] >> nth=0")
        page.wait_for_selector(f".list-count:text-is('{count}')")
    page.goto(f"{address}/my-list")
    save(page, "my-list")
    page.click(".list-actions .btn-primary")
    page.wait_for_url("**/print")
    page.set_viewport_size({"width": 800, "height": 1035})
    page.emulate_media(media="print")
    save(page, "my-list-paper")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/my-list")
    page.click(".result-name a >> nth=0")
    page.wait_for_load_state()
    save(page, "service")


def take_the_desk(browser: Browser, address: str) -> None:
    """Begin an inquiry at the desk, give a service, and take the results beside its steps."""
    page = browser.new_page(viewport={"width": 1440, "height": 960})
    page.goto(f"{address}/staff/sign-in")
    with page.expect_navigation():
        page.get_by_role("button", name="Try as desk").click()
    page.goto(address + RESULTS)
    page.click(".desk-card button >> nth=0")
    page.wait_for_selector(".is-given")
    page.evaluate("scrollTo(0, 0)")
    save(page, "desk")


def save(page: Page, name: str) -> None:
    """Write one picture of what fits the window."""
    page.screenshot(path=HERE / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
