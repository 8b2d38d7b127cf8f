"""Staff pages in a real browser: accessible, narrow, by keyboard, without a script."""

import pytest

from referral.accounts.links import make_reset_link
from referral.app import create_app
from referral.records.accounts import COMMAND_LINE, Role
from referral.settings import Settings
from tests.conftest import settings_for
from tests.support.browser import (
    COLOR_RULES,
    accessibility_faults,
    follow,
    next_page,
    page_faults,
    sign_in,
)
from tests.support.server import serving
from tests.support.staff import PASSWORD, add_account

pytestmark = pytest.mark.browser

EMAIL = "pat@example.org"
PAGES = (
    "/staff/account/passkeys",
    "/staff/forgot",
    "/admin/terminals",
)  # others: tests/app/test_routes.py


@pytest.fixture
def staff_site(sqlite_databases, tmp_path):
    """Give the address of a site with accounts, and pages that are there only with them."""
    from referral.directory.instance import opened_instance

    settings: Settings = settings_for(tmp_path, sqlite_databases.migrated())
    with opened_instance(settings) as instance:
        pat = add_account(instance, Role)
        dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
        link = make_reset_link(instance, COMMAND_LINE, dee.id)
        with serving(create_app(settings, instance)) as address:
            yield address, [f"/admin/accounts/{pat.id}", f"/staff/link/{link.token}"]


def all_faults(page):
    """What is wrong on a page in a wide window and a narrow one, in the light and in the dark.

    In the dark only where forms say what is wrong.
    """
    faults = page_faults(page)
    if not page.locator(".field-error, .error-summary, [role=alert]").count():
        return faults
    page.emulate_media(color_scheme="dark")
    faults += accessibility_faults(page, COLOR_RULES)
    page.emulate_media(color_scheme="light")
    return faults


def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, staff_site):
    address, more = staff_site
    page = visit(f"{address}/staff/sign-in")
    faults = {"sign-in": all_faults(page)}
    page.fill("#email", EMAIL)
    page.fill("#password", "not this one")
    follow(page, "main button[type=submit]")
    faults["wrong"] = all_faults(page)
    sign_in(page, address)
    for path in (*PAGES, *more):
        page.goto(address + path)
        faults[path] = all_faults(page)
    page.goto(f"{address}/staff/account/second-factor")
    follow(page, "text=Begin")
    faults["picture"] = all_faults(page)
    page.goto(f"{address}/admin/accounts/new")
    page.fill("#email", "new@example.org")
    follow(page, "main button[type=submit]")
    faults["no role"] = all_faults(page)
    page.goto(f"{address}/admin/terminals")
    page.fill("#label", "Lobby")
    follow(page, "main .btn-primary")
    page.wait_for_selector("code.secret")
    faults["link for terminals"] = all_faults(page)
    page.goto(f"{address}/admin/help-lines/new")
    follow(page, "main .line-form button")
    faults["nothing typed"] = all_faults(page)
    assert not any(faults.values()), faults


def test_a_password_can_be_looked_at_with_the_script_and_chosen_without(visit, staff_site):
    address, (_, link) = staff_site
    page = visit(address + link)
    box = page.get_by_label("Show the password")
    page.fill("#password", "Erie Pennsylvania")
    box.check()
    assert page.get_attribute("#password", "type") == "text"
    assert not all_faults(page)
    follow(page, "main button[type=submit]")
    assert "easy to guess" in page.inner_text(".field-error")
    plain = visit(address + link, javascript=False)
    assert not plain.get_by_label("Show the password").is_visible()
    plain.fill("#password", "purple kettle argues often")
    follow(plain, "main button[type=submit]")
    assert plain.url == f"{address}/staff/sign-in?ready=1"


def test_by_keyboard_alone_without_a_script(visit, staff_site):
    """Sign in, invite somebody, and be signed out; paste into the password field."""
    address, _ = staff_site
    page = visit(f"{address}/staff/sign-in?next=/admin/accounts/new", javascript=False)
    keys = page.keyboard
    page.focus("#email")
    keys.type(EMAIL)
    keys.press("Tab")
    keys.insert_text(PASSWORD)  # as pasting does
    with next_page(page):
        keys.press("Enter")
    assert page.url == f"{address}/admin/accounts/new"
    page.focus("#email")
    keys.type("new@example.org")
    keys.press("Tab")
    keys.type("Nora")
    keys.press("Tab")
    keys.press("Space")
    with next_page(page):
        keys.press("Enter")
    page.wait_for_selector("code.secret")
    assert "/staff/link/" in page.inner_text("code.secret")
    page.focus(".is-account summary")
    keys.press("Enter")
    page.focus(".is-account button")
    with next_page(page):
        keys.press("Enter")
    assert page.url == f"{address}/staff/sign-in"
