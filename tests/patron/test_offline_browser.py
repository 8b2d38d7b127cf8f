"""In a real browser without a network: help lines and the list, and everything else forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest
from itsdangerous import Signer
from playwright.sync_api import Page, expect

from referral.app import create_app
from referral.web.offline import LIST_KEY
from referral.web.terminal_device import COOKIE as DEVICE_COOKIE
from tests.support.browser import accessibility_faults, follow, sign_in
from tests.support.pages import terminal_settings
from tests.support.server import serving
from tests.support.staff import add_account

pytestmark = pytest.mark.browser

RESULTS = "/search?q=food&near=16335"
# What is stored on the device, in every cache of this site.
STORED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const each of await (await caches.open(name)).keys()) {
      const { pathname, search } = new URL(each.url);
      found.push([name, pathname + search]);
    }
  }
  return found;
}"""
HAS_LIST = f"""async () => Boolean(await caches.match('/my-list/offline'))
  && document.cookie.includes('{LIST_KEY}=')"""
HAS_NOTHING = f"""async () => !(await caches.keys()).length
  && !(await navigator.serviceWorker.getRegistrations()).length
  && !document.cookie.includes('{LIST_KEY}=')"""


def weather(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html><html lang=en><title>Weather</title><h1>Sunny</h1></html>"]


@pytest.fixture(scope="module")
def neutral():
    """Serve the site that people leave for."""
    with serving(weather) as address:
        yield address


@pytest.fixture(scope="module")
def app(own_directory, neutral):
    """Give the site that people leave from."""
    settings = replace(own_directory.settings, exit_address=f"{neutral}/")
    return create_app(settings, own_directory)


@pytest.fixture(scope="module")
def site(app):
    with serving(app) as address:
        yield address


@pytest.fixture
def phone(visit, site, neutral):
    """Open a page on a person's own device, whose service worker is ready."""
    options = {"service_workers": "allow", "leaves_for": neutral.removeprefix("http://")}
    page = visit(site + "/about", width=390, **options)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def wait_until(page: Page, script: str) -> None:
    """Wait until an asynchronous script gives true; playwright's own wait takes any promise for it."""
    for _ in range(100):
        if page.evaluate(script):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"This never came true: {script}")


def keep_list(page: Page, address: str, count: int = 2) -> list[str]:
    """Put services on the list, look at it, and wait until it is kept; give their names."""
    page.goto(address + RESULTS)
    for chosen in range(1, count + 1):
        page.click("button[name=add] >> nth=0")
        expect(page.locator(".list-count")).to_have_text(str(chosen))
    assert not page.evaluate("caches.has('referral-list')"), "it was not looked at yet"
    follow(page, ".list-link")
    wait_until(page, HAS_LIST)
    return page.locator(".my-list .result-name a").all_inner_texts()


def test_list_and_help_lines_open_without_a_network(phone, site):
    names = keep_list(phone, site)
    phone.context.set_offline(True)
    phone.goto(site + "/my-list")
    expect(phone.locator("h1:visible")).to_have_text("Your list")
    expect(phone.locator(".kept-list h2")).to_have_text(names)
    expect(phone.locator("#kept-list .notice")).to_contain_text("You are offline. This is from ")
    expect(phone.locator(".help-lines")).to_contain_text("988")
    assert "Open now" not in phone.inner_text("main")
    faults = accessibility_faults(phone)
    for path in ("/help-now", RESULTS):
        phone.goto(site + path)
        expect(phone.locator("h1:visible")).to_have_text("You are offline")
        expect(phone.locator(".help-lines")).to_contain_text("1-800-799-7233")
        expect(phone.locator("#to-kept-list")).to_be_visible()
        assert not any(name in phone.inner_text("body") for name in names)
    faults += accessibility_faults(phone)
    assert not faults
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    follow(phone, "#to-kept-list a")
    expect(phone.locator(".kept-list h2")).to_have_text(names)
    phone.context.set_offline(False)
    follow(phone, "#try-again")
    expect(phone.locator(".my-list")).to_be_visible()


def test_nothing_else_is_stored_and_the_list_is_locked(phone, site):
    names = keep_list(phone, site)
    phone.goto(site + RESULTS)
    follow(phone, ".result-name a")
    for path in ("/help-now", "/headings/basic-needs", "/my-list"):
        phone.goto(site + path)
    stored = phone.evaluate(STORED)
    pages = {path for _, path in stored if not path.startswith("/static/")}
    assert pages == {"/offline", "/my-list/offline"}
    assert {name.partition("-shell")[0] for name, _ in stored} == {"referral", "referral-list"}
    kept, shell = phone.evaluate(
        """async () => Promise.all(['/my-list/offline', '/offline'].map(
             async (each) => (await caches.match(each)).text()))"""
    )
    assert not any(name in kept + shell for name in names)
    assert "list-count" not in shell


@pytest.mark.parametrize("way", ["clear", "take out", "leave", "closed", "sign in", "terminal"])
def test_the_kept_list_never_outlives_the_list(phone, site, own_directory, way):
    names = keep_list(phone, site, count=1)
    if way == "clear":
        follow(phone, "button[name=clear]")
        expect(phone.locator("main")).to_contain_text("There is nothing on it yet.")
    elif way == "take out":
        phone.goto(site + RESULTS)
        phone.click("button[name=out]")
        expect(phone.locator(".list-count")).to_have_count(0)
    elif way == "leave":
        follow(phone, ".exit-button")
        expect(phone.locator("h1")).to_have_text("Sunny")
        phone.goto(site + "/safety")
    elif way == "closed":
        phone.context.clear_cookies()
    elif way == "sign in":
        phone.goto(site + "/staff/sign-in")
        wait_until(phone, HAS_NOTHING)
        return
    else:
        settings = own_directory.settings
        mark = Signer(settings.secret_key, salt="terminal mark").sign("lobby").decode()
        phone.context.add_cookies([{"name": DEVICE_COOKIE, "value": mark, "url": site}])
        phone.goto(site + "/")
        wait_until(phone, HAS_NOTHING)
        return
    if way != "closed":  # at once; a closed browser does nothing, and has the list under no key
        wait_until(
            phone,
            f"async () => !(await caches.has('referral-list')) && !document.cookie.includes('{LIST_KEY}=')",
        )
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.context.set_offline(True)
    phone.goto(site + "/my-list")
    expect(phone.locator(".help-lines")).to_contain_text("988")
    wait_until(phone, "async () => !(await caches.has('referral-list'))")
    expect(phone.locator("h1:visible")).to_have_text("You are offline")
    assert not any(name in phone.inner_text("body") for name in names)


def test_another_language_keeps_another_page(phone, site):
    phone.goto(site + "/help-now?lang=es")
    wait_until(
        phone,
        """async () => {
             const shells = (await caches.keys()).filter((each) => each.includes("shell"));
             const page = await caches.match("/offline");
             return shells.length === 1 && (await page.text()).includes('lang="es"');
           }""",
    )
    phone.context.set_offline(True)
    phone.goto(site + "/help-now")
    expect(phone.locator("h1:visible")).to_have_text("Está sin internet")


def test_leaving_works_without_a_network(phone, site):
    keep_list(phone, site, count=1)
    phone.context.set_offline(True)
    phone.goto(site + "/my-list")
    expect(phone.locator(".kept-list h2")).to_have_count(1)
    phone.evaluate("document.dispatchEvent(new Event('leaving'))")
    wait_until(
        phone,
        f"async () => !(await caches.has('referral-list')) && !document.cookie.includes('{LIST_KEY}=')",
    )


def test_a_terminal_and_staff_never_have_a_worker(visit, own_directory, app, site):
    settings = terminal_settings(own_directory)
    with serving(create_app(settings, own_directory)) as terminal:
        page = visit(terminal, service_workers="allow")
        page.fill("main #q", "food")
        follow(page, "main form .btn")
        page.click("button[name=add] >> nth=0")
        expect(page.locator(".list-count")).to_have_text("1")
        follow(page, ".list-link")
        expect(page.locator(".my-list")).to_be_visible()
        assert page.evaluate(HAS_NOTHING)
    add_account(own_directory, email="offline@example.org")
    page = visit(site, service_workers="allow")
    sign_in(page, site, email="offline@example.org")
    for path in ("/", "/my-list", RESULTS):
        page.goto(site + path)
        assert page.evaluate(HAS_NOTHING)
