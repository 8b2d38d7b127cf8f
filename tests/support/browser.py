"""A real Chromium that may talk to the server under test and to nobody else.

def test_search(visit, site):
    page = visit(site + "/", javascript=False)
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from tests.support.chromium import find_chromium, find_whole_chromium
from tests.support.skips import lacking
from tests.support.staff import PASSWORD

SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
               word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""
OPEN_ALL = "for (const each of document.querySelectorAll('details')) each.open = true"
PATIENCE = 90_000
"""For how many milliseconds a page or a text may be awaited: the machine may be busy."""
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--no-first-run",
    "--no-sandbox",  # root and containers have no user namespace for it; only our pages are opened
    # No name but this machine's leads anywhere, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
Visit = Callable[..., Page]


class Visitor:
    """Opens pages, and keeps what no page may do: foreign requests, script and policy errors."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def visit(
        self, address: str, *, width: int = 1280, leaves_for: str = "", **options: Any
    ) -> Page:
        """Open an address in a fresh context.

        Args:
            address: a page of the server under test.
            width: of the window, in CSS pixels.
            leaves_for: the one other host that the test leads to; nothing of it is loaded.
            options: for playwright's new_context; javascript=False is short for
                java_script_enabled=False.
        """
        if "javascript" in options:
            options["java_script_enabled"] = options.pop("javascript")
        options.setdefault("service_workers", "block")  # for all but the tests that are about it
        options.setdefault("viewport", {"width": width, "height": 800})
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        hosts = {urlsplit(address).netloc, leaves_for}
        # To listen, not to route: what is routed passes through Python, and is never cached.
        context.on("request", lambda request: self._see(request.url, hosts))
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", self._listen)
        page.goto(address)
        return page

    def close(self) -> None:
        """Close all pages, and fail if one of them did what it may not."""
        for context in self._contexts:
            context.close()
        assert not self.faults, "In the browser:\n  " + "\n  ".join(self.faults)

    def _see(self, address: str, hosts: set[str]) -> None:
        parts = urlsplit(address)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc not in hosts:
            self.faults.append(f"a page asked another host: {address}")

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(f"blocked by the policy: {message.text}")


@contextmanager
def next_page(page: Page) -> Iterator[None]:
    """Wait, at the end of a block, until the page that something in it leads to is loaded.

    Playwright's click waits only for what a browser does at once, and its keys wait for nothing:
    what follows would read, fill or leave either page. A page with the same address counts too.
    """
    with page.expect_navigation():
        yield


def follow(page: Page, target: str | Locator) -> None:
    """Click what leads to another page, and wait until that is loaded."""
    with next_page(page):
        (page.locator(target).first if isinstance(target, str) else target).click()


def tab_to(page: Page, target: str | Locator, *, backwards: bool = False) -> None:
    """Press Tab until something has the focus, and fail where it never has."""
    wanted = page.locator(target) if isinstance(target, str) else target
    for _ in range(300):
        if wanted.evaluate_all("found => found.includes(document.activeElement)"):
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"Tab never comes to {target}.")


def press(page: Page, target: str | Locator) -> None:
    """Go by Tab to what leads to another page, press Enter, and wait until that is loaded."""
    tab_to(page, target)
    with next_page(page):
        page.keyboard.press("Enter")


def sign_in(
    page: Page, address: str, wanted: str = "/staff", email: str = "pat@example.org"
) -> None:
    """Sign in with ``PASSWORD`` at the site of an address, and go on to a page of it."""
    page.goto(f"{address}/staff/sign-in?next={wanted}")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    follow(page, "main button[type=submit]")
    assert page.url == f"{address}{wanted}"


def wait_for_page(page: Page, selector: str) -> None:
    """Wait until something is on a page and the page is loaded.

    For what leads on by script or by a form: to leave a page that is still loading may fail with
    "net::ERR_ABORTED".
    """
    page.wait_for_selector(selector)
    page.wait_for_load_state()


def goto_until(page: Page, address: str, selector: str, *, seen: bool, seconds: float = 10) -> None:
    """Open a page again and again until something is on it, or is no longer.

    For what follows a change a moment later: the index, and other nodes.
    """
    end = monotonic() + seconds
    while True:
        page.goto(address)
        if bool(page.query_selector(selector)) is seen:
            return
        assert monotonic() < end, f"{selector} is {'not ' * seen}on {address}"


_AXE = Axe().axe_script
_NARROW = 320
COLOUR_RULES = ("color-contrast", "link-in-text-block")  # all that other colours can break
SIZE_RULES = ("target-size", "scrollable-region-focusable")  # and other sizes


def accessibility_faults(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe-core finds wrong on a page: rule, help, and the first places.

    The page must have been opened with scripts on: axe is one, and would be waited for.

    Args:
        rules: axe's names of those to ask about; all if none is named.
    """
    options: dict[str, Any] = {
        "resultTypes": ["violations"],
        "preload": False,  # nothing here plays by itself
        "rules": {"target-size": {"enabled": True}},  # WCAG 2.2; axe leaves it out unless asked
    }
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    ask = "options => axe.run(document, options).then(found => found.violations)"
    violations = page.evaluate(ask, options)
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']} "
        + "; ".join(node["html"][:120] for node in violation["nodes"][:3])
        for violation in violations
    ]


def misfits(page: Page) -> list[str]:
    """How far a page goes sideways, and the texts whose end cannot be seen."""
    found: list[str] = page.evaluate(
        """() => {
             const wide = document.documentElement.scrollWidth - innerWidth;
             const cut = [...document.querySelectorAll('main *, header *, nav *, footer *')]
               .filter(each => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1
                   && each.clientWidth > 1 && getComputedStyle(each).overflowX === 'hidden')
               .map(each => 'cut: ' + each.outerHTML.slice(0, 100));
             return wide > 0 ? ['sideways: ' + wide, ...cut] : cut;
           }"""
    )
    return found


def page_faults(page: Page) -> list[str]:
    """Return what axe-core finds wrong on a page, and whether it scrolls sideways on a phone.

    The window is made narrow for that and wide again: to go everywhere twice takes twice as long.
    """
    faults = accessibility_faults(page)
    wide = page.viewport_size
    assert wide is not None, "the window of a test has a size"
    page.set_viewport_size({"width": _NARROW, "height": wide["height"]})
    if (needed := page.evaluate("document.documentElement.scrollWidth")) > _NARROW:
        faults.append(f"It scrolls sideways: {needed} pixels in a window of {_NARROW}.")
    page.set_viewport_size(wide)
    return faults


@pytest.fixture(scope="session")
def browsers() -> Iterator[BrowserType]:
    """Give what starts a Chromium."""
    find_whole_chromium()  # may ask playwright, which does not run twice at a time
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        yield playwright.chromium


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest, browsers: BrowserType) -> Iterator[Browser]:
    """Give one Chromium per test process."""
    path = find_chromium()
    if path is None:
        lacking(request, "no Chromium: install one, or name it in REFERRAL_CHROMIUM")
    yield from _launched(browsers, path)


@pytest.fixture(scope="session")
def whole_chromium(request: pytest.FixtureRequest, browsers: BrowserType) -> Iterator[Browser]:
    """Give a browser as at a library's computer, with a history, where that one may have none."""
    path = find_whole_chromium()
    if path is None:
        lacking(request, "only a headless shell: name a Chromium in REFERRAL_CHROMIUM")
    yield from _launched(browsers, path)


def _launched(browsers: BrowserType, path: str | None) -> Iterator[Browser]:
    browser = browsers.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Give a function that opens a page; faults of all opened pages fail the test at its end."""
    visitor = Visitor(chromium)
    yield visitor.visit
    visitor.close()
