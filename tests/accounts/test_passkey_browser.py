"""Passkeys in a real browser, with an authenticator that the browser simulates."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from referral.accounts.rows import AccountSessionRow
from referral.app import create_app
from referral.directory.context import opened_directory
from tests.conftest import settings_for
from tests.support.browser import follow, next_page, page_faults
from tests.support.server import free_port, serving
from tests.support.staff import PASSWORD, add_account

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(sqlite_databases, tmp_path):
    """Give a site under a name that browsers trust without HTTPS, and its directory."""
    port = free_port()
    address = f"http://localhost:{port}"
    settings = settings_for(tmp_path, sqlite_databases.migrated(), public_url=address)
    with opened_directory(settings) as directory:
        add_account(directory)
        with serving(create_app(settings, directory), port):
            yield address, directory


def add_device(page):
    """Give the browser a device, and what talks to it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return devtools, made["authenticatorId"]


def sign_in(page, address):
    page.goto(f"{address}/staff/sign-in")
    page.fill("#email", "pat@example.org")
    page.fill("#password", PASSWORD)
    follow(page, "main form .btn-primary")


def sign_out(page):
    page.focus(".is-account summary")
    page.keyboard.press("Enter")
    follow(page, ".is-account button")


def test_from_adding_one_to_signing_in_by_it_alone(visit, site):
    address, directory = site
    page = visit(f"{address}/staff/sign-in")
    devtools, device = add_device(page)
    sign_in(page, address)
    page.goto(f"{address}/staff/account/passkeys")
    faults = {"none yet": page_faults(page)}
    page.fill("#name", "Blue key")
    with next_page(page):
        page.keyboard.press("Enter")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.goto(f"{address}/staff/account/passkeys")
    expect(page.locator("main tbody")).to_contain_text("Blue key")
    faults["one"] = page_faults(page)

    sign_out(page)
    faults["sign in"] = page_faults(page)
    page.focus("text=Sign in with a passkey")
    with next_page(page):
        page.keyboard.press("Enter")
    assert page.url == f"{address}/staff"

    sign_out(page)
    sign_in(page, address)
    assert page.url.startswith(f"{address}/staff/code")
    faults["second step"] = page_faults(page)
    follow(page, "text=Use your passkey")
    assert page.url == f"{address}/staff"

    with directory.store.write() as session:
        session.execute(update(AccountSessionRow).values(confirmed_at=None))
    page.goto(f"{address}/admin/accounts/new")
    page.fill("#email", "dee@example.org")
    page.check("input[value=desk]")
    follow(page, "main form .btn-primary")
    faults["asked again"] = page_faults(page)
    follow(page, "text=Use your passkey")
    expect(page.locator("code.secret")).to_contain_text("/staff/link/")

    sign_out(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.click("text=Sign in with a passkey")
    expect(page.get_by_role("alert")).to_contain_text("That did not work.")
    faults["did not work"] = page_faults(page)
    assert not any(faults.values()), faults


def test_under_another_name_the_page_says_where_to_go(visit, site):
    address, _ = site
    here = address.replace("localhost", "127.0.0.1")
    page = visit(f"{here}/staff/sign-in")
    sign_in(page, here)
    page.goto(f"{here}/staff/account/passkeys")
    expect(page.get_by_role("alert")).to_contain_text(f"only at {address}")
    expect(page.locator("main form .btn-primary")).to_be_hidden()


def test_without_a_script_the_page_says_so(visit, site):
    address, _ = site
    page = visit(f"{address}/staff/sign-in", javascript=False)
    sign_in(page, address)
    page.goto(f"{address}/staff/account/passkeys")
    expect(page.locator("[data-without-passkeys]")).to_be_visible()
    expect(page.locator("form[data-passkey]")).to_be_hidden()
