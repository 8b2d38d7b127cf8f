"""Ten visits in a real browser, and what of them is in the files of its profile afterwards."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect

from referral.app import create_app
from referral.directory.instance import Instance
from tests.support.browser import FLAGS, TIMEOUT_MS, follow, next_page
from tests.support.browser_files import forms_of, unpack_snappy, written_by_browser
from tests.support.chromium import find_whole_chromium
from tests.support.pages import terminal_settings
from tests.support.server import serving

pytestmark = pytest.mark.browser

START = "What do you need help with?"
OVER = timedelta(seconds=120 + 30 + 20)
ZIP = "16335"


@dataclass(frozen=True, slots=True)
class LaterInstance(Instance):
    """A directory whose clock a test can put forward."""

    later: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        """The present instant, and as much as was put forward."""
        return sum(self.later, start=Instance.now(self))


@pytest.fixture(scope="module")
def terminal_instance(sample_instance):
    own = {each.name: getattr(sample_instance, each.name) for each in fields(Instance)}
    return LaterInstance(**own)


@pytest.fixture(scope="module")
def terminal_address(terminal_instance):
    app = create_app(terminal_settings(terminal_instance), terminal_instance)
    with serving(app) as address:
        yield address


@contextmanager
def browser(whole_chromium, profile: Path, *flags: str) -> Iterator[BrowserContext]:
    context = whole_chromium.browser_type.launch_persistent_context(
        profile,
        executable_path=find_whole_chromium(),
        args=[*FLAGS, *flags],
        viewport={"width": 1024, "height": 768},
    )
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    with suppress(Error):
        context.close()


class Patron:
    """Does at a terminal what people do, and notes all that nobody may find afterwards."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.secrets: set[str] = set()

    def search(self, words: str) -> None:
        self.secrets.add(words)
        self.page.goto(self.address)
        self.page.fill("main #q", words)
        self.page.fill("main #near", ZIP)
        follow(self.page, "main form .btn")
        expect(self.page.locator("main #q")).to_have_value(words)

    def open_first(self) -> None:
        link = self.page.locator(".result-name a").first
        name = link.inner_text()
        self.secrets.add(name)
        follow(self.page, link)
        expect(self.page.locator("h1")).to_have_text(name)
        self.secrets.add(self.page.locator(".btn-list").first.get_attribute("value"))

    def choose_two(self) -> None:
        for number in (1, 2):
            button = self.page.locator("button[name=add]").first
            self.secrets.add(button.get_attribute("value"))
            button.click()
            expect(self.page.locator(".list-count")).to_have_text(str(number))

    def start_over(self) -> None:
        follow(self.page, ".start-over")
        expect(self.page.locator("h1")).to_have_text(START)

    def write(self, selector: str, words: str) -> None:
        self.secrets.add(words)
        self.page.fill(selector, words)


def visits_that_start_over(patron: Patron) -> None:
    page = patron.page
    patron.search("xylophone-one lessons")
    page.go_back()
    page.go_forward()
    expect(page.locator("main #q")).to_have_value("xylophone-one lessons")
    patron.start_over()

    patron.search("food xylophone-two")
    patron.open_first()
    patron.start_over()

    patron.search("clothes xylophone-three")
    patron.choose_two()
    follow(page, ".list-link")
    follow(page, "button[name=down]")
    expect(page.locator(".my-list > li").last).to_be_visible()
    follow(page, ".list-actions .btn-primary")
    expect(page.locator(".print-hint")).to_be_attached()
    patron.start_over()

    patron.search("rent xylophone-four")
    patron.choose_two()
    follow(page, ".list-link")
    follow(page, ".list-actions .btn-quiet")
    page.wait_for_selector("main svg")
    patron.secrets.add(page.locator("main strong").first.inner_text().rsplit("/", 1)[-1].strip())
    patron.start_over()


def visits_that_leave_or_close(patron: Patron) -> None:
    page = patron.page
    patron.search("cribs xylophone-five")
    patron.open_first()
    follow(page, "main a >> text=wrong")
    patron.write("main textarea", "xylophone-words")
    page.evaluate("document.querySelector('main form').noValidate = true")
    follow(page, "main form .btn-primary")
    expect(page.locator("[aria-invalid], .field-error").first).to_be_visible()
    follow(page, ".exit-button")
    expect(page.locator("h1")).to_have_text("About this list")

    page.goto(f"{patron.address}/?lang=es")
    patron.write("main #q", "xilófono seis")
    follow(page, "main form .btn")
    expect(page.locator("main #q")).to_have_value("xilófono seis")
    patron.page = page.context.new_page()
    page.close()

    page = patron.page
    page.goto(patron.address)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    patron.write("main #q", "xylophone-seven")
    with next_page(page):
        for _ in range(3):
            page.keyboard.press("Shift")
    expect(page.locator("h1")).to_have_text("About this list")


def visits_with_other_forms(patron: Patron) -> None:
    page = patron.page
    page.goto(patron.address)
    follow(page, "main a >> text=I have a code")
    patron.write("main #code", "XYLOFON8")
    follow(page, "main form .btn")
    expect(page.locator("main form")).to_be_visible()
    patron.start_over()

    follow(page, "footer a >> text=Staff")
    patron.write("main [name=email]", "xylophone-nine@example.org")
    patron.write("main [name=password]", "xylophone-password")
    follow(page, "main form .btn")
    expect(page.locator("[aria-invalid]").first).to_be_visible()
    patron.start_over()

    patron.search("doctor xylophone-ten")
    page.locator(".show-map").first.click()
    patron.open_first()  # the browser is closed on this page


def assert_not_written(profile: Path, secrets: set[str]) -> None:
    found = [
        (secret, path.relative_to(profile).as_posix())
        for path, data in written_by_browser(profile)
        for secret in secrets
        for form in forms_of(secret)
        if form in data
    ]
    assert not found


def assert_all_tabs_at_the_start(context: BrowserContext) -> None:
    seen = 0
    for page in context.pages:
        if page.url.startswith("http"):
            expect(page.locator("h1")).to_have_text(START)
            while page.go_back() is not None and page.url.startswith("http"):
                expect(page.locator("h1")).to_have_text(START)
                seen += 1
            seen += 1
    assert seen


def test_nothing_of_ten_visits_is_in_the_profile(
    whole_chromium, tmp_path, terminal_address, terminal_instance, sample_address
):
    profile, control = tmp_path / "profile", "control-zebra"
    with browser(whole_chromium, profile) as context:
        patron = Patron(context.pages[0], terminal_address)
        visits_that_start_over(patron)
        visits_that_leave_or_close(patron)
        visits_with_other_forms(patron)
        last, secrets = patron.page.url, patron.secrets
        home = context.new_page()
        home.goto(f"{sample_address}/search?q={control}")
    assert len(secrets) > 15
    assert_not_written(profile, secrets)
    with pytest.raises(AssertionError, match="History"):
        assert_not_written(profile, {control})  # what is there is found

    terminal_instance.later.append(OVER)
    restore = ("--restore-last-session", "--hide-crash-restore-bubble")
    with browser(whole_chromium, profile, *restore) as context:
        page = context.new_page()
        page.goto(last)
        expect(page.locator("h1")).to_have_text(START)
        home_pages = [each for each in context.pages if each.url.startswith(sample_address)]
        assert home_pages  # the session was restored
        for each in home_pages:
            each.close()
        assert_all_tabs_at_the_start(context)
    assert_not_written(profile, secrets)


@pytest.mark.parametrize("words", ["food", "comida"])
@pytest.mark.release
def test_a_browser_closed_and_opened_again_at_once_finds_nothing(
    whole_chromium, tmp_path, sample_instance, words
):
    """Within the idle time, with the pages, cookies and storage of its session restored."""
    profile = tmp_path / "profile"
    preferences = profile / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text('{"session": {"restore_on_startup": 1}}')  # cookies come back too
    app = create_app(terminal_settings(sample_instance), sample_instance)
    restore = ("--restore-last-session", "--hide-crash-restore-bubble")
    with serving(app) as address:
        with browser(whole_chromium, profile, *restore) as context:
            patron = Patron(context.pages[0], address)
            if words == "comida":
                patron.page.goto(f"{address}/?lang=es")
            patron.search(words)
            patron.open_first()
            last = patron.page.url
            [visit] = [each for each in context.cookies() if each["name"] == "visit"]
        time.sleep(6)
        with browser(whole_chromium, profile, *restore) as context:
            restored = [each for each in context.pages if each.url.startswith(address)]
            assert restored  # a sealed address, or the start page to which it led
            for page in restored:
                expect(page.locator("h1")).to_have_text(START)
                expect(page.locator("html")).to_have_attribute("lang", "en")
            page = context.new_page()
            page.goto(last)
            expect(page.locator("h1")).to_have_text(START)
            assert visit["value"] not in {each["value"] for each in context.cookies()}
    assert_not_written(profile, patron.secrets)


def test_packed_files_are_unpacked():
    # From the description of the format: a literal, and a copy of it.
    assert unpack_snappy(bytes([12, 2 << 2]) + b"abc" + bytes([(9 - 4) << 2 | 1, 3])) == b"abc" * 4
    with pytest.raises(ValueError, match="Snappy"):
        unpack_snappy(bytes([9, 2 << 2]) + b"abc")
