"""An admin makes the link for shared computers; whoever leaves one is signed out there."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from tests.support.inspector import inspecting, soup_of
from tests.support.staff import add_account, post, signed_in_client, token_of

PAGE = "/admin/terminals"


@pytest.fixture
def admin(app, directory):
    add_account(directory)
    return signed_in_client(app)


def made_link(client, wish):
    page = post(client, PAGE, wish=wish)
    assert page.headers["Cache-Control"] == "no-store"
    return soup_of(page).select_one("code.secret").text


@pytest.mark.parametrize("wish", ["terminal", "end"])
def test_the_page_makes_a_link_and_notes_who_did(admin, app, directory, wish):
    link = made_link(admin, wish)
    browser = inspecting(app)
    path = urlsplit(link).path
    browser.post(path, data={"csrf_token": token_of(browser, path)})
    assert ("is-terminal" in browser.get("/").text) is (wish == "terminal")
    (newest, *_) = read_audit_log(directory).entries
    assert (
        newest.action == {"terminal": "terminal-link-made", "end": "terminal-end-link-made"}[wish]
    )
    assert newest.actor_name == "Pat"
    assert link not in admin.get("/admin/audit-log").text


def test_an_end_link_ends_a_marked_device(admin, app):
    browser = inspecting(app)
    for wish, is_terminal in (("terminal", True), ("end", False)):
        path = urlsplit(made_link(admin, wish)).path
        browser.post(path, data={"csrf_token": token_of(browser, path)})
        assert ("is-terminal" in browser.get("/").text) is is_terminal


def test_the_page_says_what_is_set(admin):
    text = admin.get(PAGE).text
    assert "after 120 seconds without a touch" in text
    assert "https://www.weather.gov/" in text


def test_a_link_that_only_this_computer_can_open_says_so(admin, directory):
    warning = "This address works on this computer only."
    assert warning in post(admin, PAGE).text
    settings = replace(directory.settings, public_url="https://help.example.org")
    answer = post(signed_in_client(create_app(settings, directory)), PAGE)
    assert warning not in answer.text
    assert "https://help.example.org/terminal/" in answer.text


@pytest.mark.parametrize("path", ["/start-over", "/exit"])
def test_leaving_signs_a_librarian_out_here_and_on_the_server(app, directory, path):
    add_account(directory)
    client = signed_in_client(app)
    kept = client.get_cookie("referral_staff").value
    client.get(path)
    assert client.get_cookie("referral_staff") is None
    client.set_cookie("referral_staff", kept)  # somebody who wrote the cookie down
    assert client.get("/staff").status_code == 302
