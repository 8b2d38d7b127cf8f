"""Takes the pictures of the README from a running demo: python docs/pictures/make.py ADDRESS."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support.chromium import find_chromium

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PICTURES = {
    "home-desk": ("/", 1280, 900),
    "results-desk": ("/search?q=food+pantry&near=16335", 1280, 900),
    "results-phone": ("/search?q=food+pantry&near=16335", 390, 844),
}


def main(address: str) -> None:
    """Overwrite the pictures in this folder."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for name, (path, width, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(address.rstrip("/") + path)
            page.screenshot(path=HERE / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
