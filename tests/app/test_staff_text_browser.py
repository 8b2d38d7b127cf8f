"""In a real browser: pages of staff with text at twice its size, and with wide spaces."""

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import FLAGS, WIDE_SPACING_CSS, Visitor, layout_faults
from tests.support.chromium import find_chromium
from tests.support.staff import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.release]

PATHS = (
    "/staff", "/desk", "/curation/records", "/curation/records/service/{service}",
    "/curation/records/service/{service}/edit", "/admin/imports", "/admin/imports/new",
    "/curation/duplicates", "/desk/reports", "/desk/ledger", "/admin/exports",
    "/curation/held-back", "/curation/verification", "/curation/suggestions", "/curation/guides",
    "/curation/vocabulary", "/admin/audit-log", "/admin/accounts",
)  # fmt: skip


@pytest.fixture
def paths(sample_service):
    full = sample_service(lambda each: len(each.sites) > 3).service.id
    return [path.format(service=full) for path in PATHS]


def signed_in(page: Page, demo_address: str, language: str) -> Page:
    page.goto(f"{demo_address}/staff/sign-in?lang={language}")
    page.fill("main [name=email]", "pat@example.org")
    page.fill("main [name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("main [name=password]", "Enter")
    return page


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [1280, 390])
def test_text_with_wide_spaces_fits(visit, demo_address, paths, width, language):
    page = signed_in(visit(demo_address, width=width, bypass_csp=True), demo_address, language)
    wrong = {}
    for path in paths:
        assert page.goto(demo_address + path).status == 200, path
        page.add_style_tag(content=WIDE_SPACING_CSS)
        if found := layout_faults(page):
            wrong[path] = found
    assert not wrong


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [1280, 390])
def test_text_at_twice_its_size_fits(chromium: Browser, demo_address, paths, width, language):
    flags = [*FLAGS, "--blink-settings=defaultFontSize=32"]
    browser = chromium.browser_type.launch(executable_path=find_chromium(), args=flags)
    visitor = Visitor(browser)
    page = signed_in(visitor.visit(demo_address, width=width), demo_address, language)
    wrong = {}
    for path in paths:
        assert page.goto(demo_address + path).status == 200, path
        if found := layout_faults(page):
            wrong[path] = found
    visitor.close()
    browser.close()
    assert not wrong


def test_a_table_stands_as_rows_on_a_phone(visit, demo_address):
    page = signed_in(visit(demo_address, width=390), demo_address, "en")
    page.goto(f"{demo_address}/curation/verification")
    table = page.locator(".table-scroll")
    assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
    cell = table.locator("tbody td").first
    label = cell.evaluate("each => getComputedStyle(each, '::before').content")
    assert label == '"Last checked: "'
    assert cell.get_attribute("role") == "cell"
    assert not layout_faults(page)
