"""Draws the icons of the site into ``static/icons/``, from shapes of Bootstrap's icons.

To be run after a change of colors or shapes: ``python -m tests.support.site_icons``.
"""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from referral.web.assets import icon
from tests.support.browser import FLAGS
from tests.support.chromium import find_chromium

ICONS = Path(__file__).parents[2] / "static" / "icons"
GROUND_COLOR, SIGNPOST_COLOR, HEADING_COLOR = "#0b5563", "#ffbf47", "#e4eff1"
HEADINGS = ("basket2", "heart-pulse", "briefcase", "cup-hot", "people", "gift", "bank",
            "life-preserver")  # fmt: skip


def signpost_svg(share: float, radius: float = 0) -> str:
    """Return an SVG of 32 by 32 with a signpost that takes up ``share`` of its width."""
    shape = str(icon("signpost-2-fill")).partition(">")[2].removesuffix("</svg>")
    scale = 32 * share / 16
    offset = 16 - 8 * scale
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="{radius:g}" fill="{GROUND_COLOR}"/>'
        f'<g transform="translate({offset:g} {offset:g}) scale({scale:g})" fill="{SIGNPOST_COLOR}">{shape}</g>'
        "</svg>\n"
    )


def preview_html() -> str:
    """Return the HTML of the picture for shared links. It has no words, so it fits any language."""
    row = "".join(str(icon(name)) for name in HEADINGS)
    return (
        f"<body style='margin:0;width:1200px;height:630px;background:{GROUND_COLOR};display:flex;"
        "flex-direction:column;align-items:center;justify-content:center;gap:72px'>"
        f"<div style='color:{SIGNPOST_COLOR}'>{icon('signpost-2-fill')}</div><div class=row style='color:{HEADING_COLOR}'>"
        f"{row}</div><style>svg{{fill:currentcolor;width:260px;height:260px}}"
        ".row{display:flex;gap:48px}.row svg{width:64px;height:64px}</style></body>"
    )


def draw(page: Page, name: str, content: str, width: int, height: int) -> None:
    """Write a PNG file with a screenshot of HTML or SVG content."""
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(content)
    page.screenshot(path=ICONS / name, omit_background=True)


def main() -> None:
    """Write all icons of the site."""
    (ICONS / "favicon.svg").write_text(signpost_svg(0.72, 7), encoding="utf-8")
    fill = "<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>"
    pictures = (
        ("favicon-32.png", signpost_svg(0.72, 7), 32),
        ("apple-touch-icon.png", signpost_svg(0.62), 180),
        ("icon-192.png", signpost_svg(0.72, 7), 192),
        ("icon-512.png", signpost_svg(0.72, 7), 512),
        ("icon-maskable-512.png", signpost_svg(0.5), 512),
    )
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page()
        for name, content, size in pictures:
            draw(page, name, fill + content, size, size)
        draw(page, "social.png", preview_html(), 1200, 630)
        browser.close()


if __name__ == "__main__":
    main()
