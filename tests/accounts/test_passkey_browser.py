"""Passkeys in a real browser, with an authenticator that the browser simulates."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from referral.accounts.rows import AccountSessionRow
from referral.app import create_app
from tests.support.browser import follow, next_page, page_faults
from tests.support.server import free_port, serving
from tests.support.staff import PASSWORD

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
def localhost_site(instance, pat):
    """Serve a site under a name that browsers trust without HTTPS, and give its address."""
    port = free_port()
    address = f"http://localhost:{port}"
    settings = replace(instance.settings, public_url=address)
    with serving(create_app(settings, replace(instance, given=settings)), port):
        yield address


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


def test_from_adding_one_to_signing_in_by_it_alone(visit, localhost_site, instance):
    page = visit(f"{localhost_site}/staff/sign-in")
    devtools, device = add_device(page)
    sign_in(page, localhost_site)
    page.goto(f"{localhost_site}/staff/account/passkeys")
    faults = {"none yet": page_faults(page)}
    page.fill("#name", "Blue key")
    with next_page(page):
        page.keyboard.press("Enter")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.goto(f"{localhost_site}/staff/account/passkeys")
    expect(page.locator("main tbody")).to_contain_text("Blue key")
    faults["one"] = page_faults(page)

    sign_out(page)
    faults["sign in"] = page_faults(page)
    page.focus("text=Sign in with a passkey")
    with next_page(page):
        page.keyboard.press("Enter")
    assert page.url == f"{localhost_site}/staff"

    sign_out(page)
    sign_in(page, localhost_site)
    assert page.url.startswith(f"{localhost_site}/staff/code")
    faults["second step"] = page_faults(page)
    follow(page, "text=Use your passkey")
    assert page.url == f"{localhost_site}/staff"

    with instance.store.write() as session:
        session.execute(update(AccountSessionRow).values(confirmed_at=None))
    page.goto(f"{localhost_site}/admin/accounts/new")
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


def test_under_another_name_the_page_says_where_to_go(visit, localhost_site):
    here = localhost_site.replace("localhost", "127.0.0.1")
    page = visit(f"{here}/staff/sign-in")
    sign_in(page, here)
    page.goto(f"{here}/staff/account/passkeys")
    expect(page.get_by_role("alert")).to_contain_text(f"only at {localhost_site}")
    expect(page.locator("main form .btn-primary")).to_be_hidden()


def test_without_a_script_the_page_says_so(visit, localhost_site):
    page = visit(f"{localhost_site}/staff/sign-in", javascript=False)
    sign_in(page, localhost_site)
    page.goto(f"{localhost_site}/staff/account/passkeys")
    expect(page.locator("[data-without-passkeys]")).to_be_visible()
    expect(page.locator("form[data-passkey]")).to_be_hidden()
