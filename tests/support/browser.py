"""Fixtures and helpers for tests in a real Chromium, which may reach only the server under test.

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
from tests.support.skips import skip_or_fail
from tests.support.staff import PASSWORD

WIDE_SPACING_CSS = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
               word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""
OPEN_ALL_DETAILS_JS = "for (const each of document.querySelectorAll('details')) each.open = true"
TIMEOUT_MS = 90_000
"""Milliseconds that a test waits for a page or a text: the machine may be busy."""
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--no-first-run",
    "--no-sandbox",  # root and containers lack a user namespace for it; only our pages are opened
    # Only this machine's name is resolved, whatever a page requests.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
Visit = Callable[..., Page]
_AXE = Axe().axe_script
_NARROW = 320
COLOR_RULES = ("color-contrast", "link-in-text-block")  # the rules that other colors can break
SIZE_RULES = ("target-size", "scrollable-region-focusable")  # those that other sizes can break


class Visitor:
    """Opens pages, and records foreign requests, script errors and violations of the CSP."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def visit(
        self, address: str, *, width: int = 1280, leaves_for: str = "", **options: Any
    ) -> Page:
        """Open an address in a new browser context.

        Args:
            address: a page of the server under test.
            width: the width of the window, in CSS pixels.
            leaves_for: the one other host that the page may request.
            options: for playwright's new_context; javascript=False is short for
                java_script_enabled=False.
        """
        if "javascript" in options:
            options["java_script_enabled"] = options.pop("javascript")
        options.setdefault("service_workers", "block")  # except in the tests of the service worker
        options.setdefault("viewport", {"width": width, "height": 800})
        context = self._browser.new_context(**options)
        context.set_default_timeout(TIMEOUT_MS)
        self._contexts.append(context)
        hosts = {urlsplit(address).netloc, leaves_for}
        # Listened to, not routed: routed requests pass through Python and are never cached.
        context.on("request", lambda request: self._record_request(request.url, hosts))
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", self._record_console_error)
        page.goto(address)
        return page

    def close(self) -> None:
        """Close all pages, and fail if one of them had a fault."""
        for context in self._contexts:
            context.close()
        assert not self.faults, "In the browser:\n  " + "\n  ".join(self.faults)

    def _record_request(self, address: str, hosts: set[str]) -> None:
        parts = urlsplit(address)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc not in hosts:
            self.faults.append(f"a page asked another host: {address}")

    def _record_console_error(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(f"blocked by the policy: {message.text}")


@contextmanager
def next_page(page: Page) -> Iterator[None]:
    """Run a block that leads to another page, and wait at its end until that page is loaded.

    Playwright's click waits only for immediate actions of the browser, and its keys wait for nothing,
    so the next line could run on either page. A page with the same address counts too.
    """
    with page.expect_navigation():
        yield


def follow(page: Page, target: str | Locator) -> None:
    """Click a link or a button, and wait until the page that it leads to is loaded."""
    with next_page(page):
        (page.locator(target).first if isinstance(target, str) else target).click()


def tab_to(page: Page, target: str | Locator, *, backwards: bool = False) -> None:
    """Press Tab until an element has the focus, and fail if it never has."""
    wanted = page.locator(target) if isinstance(target, str) else target
    for _ in range(300):
        if wanted.evaluate_all("found => found.includes(document.activeElement)"):
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"Tab never comes to {target}.")


def press(page: Page, target: str | Locator) -> None:
    """Reach a link or a button by Tab, press Enter, and wait until the next page is loaded."""
    tab_to(page, target)
    with next_page(page):
        page.keyboard.press("Enter")


def sign_in(
    page: Page, address: str, wanted: str = "/staff", email: str = "pat@example.org"
) -> None:
    """Sign in with ``PASSWORD`` at the site of an address, and continue to the wanted page."""
    page.goto(f"{address}/staff/sign-in?next={wanted}")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    follow(page, "main button[type=submit]")
    assert page.url == f"{address}{wanted}"


def wait_for_page(page: Page, selector: str) -> None:
    """Wait until an element is on a page and the page is loaded.

    Needed after a script or a form has led to another page: leaving a page that is still loading may
    fail with "net::ERR_ABORTED".
    """
    page.wait_for_selector(selector)
    page.wait_for_load_state()


def goto_until(page: Page, address: str, selector: str, *, seen: bool, seconds: float = 10) -> None:
    """Reload a page until an element is on it (``seen``) or no longer on it.

    For effects that follow a change a moment later: in the index, and on other nodes.
    """
    end = monotonic() + seconds
    while True:
        page.goto(address)
        if bool(page.query_selector(selector)) is seen:
            return
        assert monotonic() < end, f"{selector} is {'not ' * seen}on {address}"


def accessibility_faults(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Return the violations that axe-core finds on a page: rule, help and the first elements.

    The page must have been opened with scripts on, or axe would be awaited forever.

    Args:
        rules: axe's names of the rules to check; all if empty.
    """
    options: dict[str, Any] = {
        "resultTypes": ["violations"],
        "preload": False,  # no page has media that play by themselves
        "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2; axe skips it by default
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


def layout_faults(page: Page) -> list[str]:
    """Return by how many pixels a page scrolls sideways, and the elements whose text is cut off."""
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
    """Return the violations that axe-core finds on a page, and a sideways scroll on a phone.

    The window is made narrow for this and wide again, because opening every page twice takes twice as
    long.
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
    """Yield playwright's launcher of Chromium."""
    find_whole_chromium()  # may start playwright, which cannot run twice at a time
    with sync_playwright() as playwright:
        expect.set_options(timeout=TIMEOUT_MS)
        yield playwright.chromium


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest, browsers: BrowserType) -> Iterator[Browser]:
    """Yield the one Chromium of a test process."""
    path = find_chromium()
    if path is None:
        skip_or_fail(request, "no Chromium: install one, or name it in REFERRAL_CHROMIUM")
    yield from _launched(browsers, path)


@pytest.fixture(scope="session")
def whole_chromium(request: pytest.FixtureRequest, browsers: BrowserType) -> Iterator[Browser]:
    """Yield a Chromium with a history, as on a library's computer; ``chromium`` may lack one."""
    path = find_whole_chromium()
    if path is None:
        skip_or_fail(request, "only a headless shell: name a Chromium in REFERRAL_CHROMIUM")
    yield from _launched(browsers, path)


def _launched(browsers: BrowserType, path: str | None) -> Iterator[Browser]:
    browser = browsers.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Yield a function that opens a page. Faults of all opened pages fail the test at its end."""
    visitor = Visitor(chromium)
    yield visitor.visit
    visitor.close()
