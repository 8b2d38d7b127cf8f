"""Takes the pictures of components for ``docs/look.md`` from the page ``/look`` of the demo.

To be run beside the demo: ``python -m tests.support.component_pictures http://127.0.0.1:8000``.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support.browser import FLAGS
from tests.support.chromium import find_chromium

PICTURES = Path(__file__).parents[2] / "docs" / "pictures" / "look"
WIDTH = 760


def main(address: str) -> None:
    """Write a light picture of each part and of the header, and dark ones of tokens and card."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": WIDTH, "height": 900}, color_scheme=scheme, locale="en-US"
            )
            page.goto(f"{address}/look")
            for part in page.locator(".gallery-part").all():
                name = str(part.get_attribute("id")).removeprefix("part-")
                if scheme == "light" or name in {"tokens", "result"}:
                    ending = "" if scheme == "light" else "-dark"
                    part.screenshot(path=PICTURES / f"{name}{ending}.png")
        page = browser.new_page(viewport={"width": 1280, "height": 400}, locale="en-US")
        page.goto(f"{address}/about")
        page.screenshot(
            path=PICTURES / "header.png", clip={"x": 0, "y": 0, "width": 1280, "height": 102}
        )
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
