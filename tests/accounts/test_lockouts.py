"""Wrong tries of one person stop no other: known browsers, recovery, proxies."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from referral.accounts.links import make_reset_link
from referral.accounts.sessions import add_known_account, known_browser, sign_in
from referral.app import create_app
from referral.records.accounts import COMMAND_LINE, AccountRefusedError, Refusal, Role
from tests.support.inspector import inspecting
from tests.support.staff import PASSWORD, add_account, post

EMAIL = "pat@example.org"
PROXY = "10.0.3.2"


@pytest.fixture
def pat(instance):
    return add_account(instance)


def sign_in_status(client, password=PASSWORD, email=EMAIL):
    return post(client, "/staff/sign-in", email=email, password=password).status_code


def attack(app, count=8, client=None):
    stranger = client or inspecting(app)
    return {sign_in_status(stranger, "not this one at all") for _ in range(count)}


def test_a_browser_that_signed_in_before_gets_in_while_others_try(app, pat):
    known, new = inspecting(app), inspecting(app)
    assert sign_in_status(known) == 302
    post(known, "/staff/sign-out", "/staff/account")
    assert 429 in attack(app)
    assert sign_in_status(new) == 429
    assert sign_in_status(known) == 302


def test_wrong_tries_of_a_known_browser_wait_too(app, pat):
    known = inspecting(app)
    assert sign_in_status(known) == 302
    post(known, "/staff/sign-out", "/staff/account")
    assert attack(app, client=known) == {400, 429}
    assert sign_in_status(known) == 429
    assert sign_in_status(inspecting(app)) == 302, "which stops nobody else"


@pytest.mark.slow
def test_a_browser_is_known_by_the_account_that_signed_in_only(instance, app, pat):
    add_account(instance, [Role.DESK], "lee@example.org", "Lee")
    lees = inspecting(app)
    assert sign_in_status(lees, email="lee@example.org") == 302
    post(lees, "/staff/sign-out", "/staff/account")
    attack(app)
    assert sign_in_status(lees) == 429
    assert sign_in_status(lees, email="lee@example.org") == 302


@pytest.mark.slow
def test_the_link_of_an_admin_opens_the_door_while_others_try(instance, app, pat):
    attack(app)
    owner = inspecting(app)
    link = make_reset_link(instance, COMMAND_LINE, pat.id)
    password = "four odd teapots sing"
    assert post(owner, f"/staff/link/{link.token}", password=password).status_code == 302
    attack(app)
    assert sign_in_status(owner, password) == 302


def test_who_is_signed_in_changes_the_password_while_others_try(app, pat):
    owner = inspecting(app)
    assert sign_in_status(owner) == 302
    attack(app)
    answer = post(
        owner,
        "/staff/account/password",
        "/staff/account",
        present=PASSWORD,
        password="four odd teapots sing",
    )
    assert answer.status_code == 302, answer.text


def test_the_cookie_of_a_known_browser_cannot_be_made_up_or_read(instance):
    settings = instance.settings
    cookie = add_known_account(settings, "", EMAIL)
    both = add_known_account(settings, cookie, "lee@example.org")
    assert "pat" not in both
    assert known_browser(settings, cookie, EMAIL) == known_browser(settings, both, EMAIL) != ""
    assert known_browser(settings, cookie, "lee@example.org") == ""
    for wrong in ("", "x", "é/é", cookie[1:], cookie.replace(".", "x", 1)):
        assert known_browser(settings, wrong, EMAIL) == ""
    other = replace(settings, secret_key="another key of another library")
    assert known_browser(other, cookie, EMAIL) == ""


def test_nobody_is_limited_by_an_address_that_all_share(instance, pat):
    """Loopback, or a proxy that no setting names: a stranger there stops no librarian."""
    for number in range(30):
        with pytest.raises(AccountRefusedError) as caught:
            sign_in(instance, f"somebody{number}@example.org", "not this one at all", "")
        assert caught.value.refusal is Refusal.WRONG
    assert sign_in(instance, EMAIL, PASSWORD, "").token


@pytest.mark.slow
@pytest.mark.parametrize("is_named", [True, False])
def test_strangers_behind_a_proxy_stop_nobody_there(instance, pat, is_named):
    proxies = (ip_network("10.0.3.0/24"),) if is_named else ()
    app = create_app(replace(instance.settings, trusted_proxies=proxies), instance)
    stranger, owner = inspecting(app), inspecting(app)
    for client, address in ((stranger, "203.0.113.9"), (owner, "198.51.100.4")):
        client.environ_base["REMOTE_ADDR"] = PROXY
        client.environ_base["HTTP_X_FORWARDED_FOR"] = address
    tried = [sign_in_status(stranger, "no", f"somebody{n}@example.org") for n in range(21)]
    assert (429 in tried) is is_named
    assert sign_in_status(owner) == 302


def test_a_header_that_a_public_client_made_up_lifts_no_limit(instance, app, pat):
    stranger, owner = inspecting(app), inspecting(app)
    stranger.environ_base |= {"REMOTE_ADDR": "9.9.9.9", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}
    owner.environ_base["REMOTE_ADDR"] = "9.9.9.8"
    tried = [sign_in_status(stranger, "no", f"somebody{n}@example.org") for n in range(21)]
    assert tried[-1] == 429
    assert sign_in_status(owner) == 302
