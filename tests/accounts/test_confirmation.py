"""Before links, exports and roles a person shows again who it is, and nothing typed is lost."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import update

from referral.accounts import account_admin, own_account
from referral.accounts.audit import read_audit_log
from referral.accounts.rows import AccountRow, AccountSessionRow
from referral.accounts.sample_accounts import make_sample_accounts
from referral.accounts.second_factor import secret_of
from referral.records.accounts import Role
from tests.support.inspector import soup_of
from tests.support.staff import PASSWORD, add_account, post, signed_in_client

ASKED = {
    "admin.invite", "admin.change_account", "admin.make_link", "admin.drop_second_factor",
    "admin.disable", "admin.enable", "capacity.make_link", "exports.make_file", "exports.take_file",
    "staff.confirm",
    "staff.begin_second_factor", "passkeys.add", "passkeys.remove", "terminals.add", "terminals.end_link",
}  # fmt: skip
SOME_FILE = "/admin/exports/00000000-0000-4000-8000-000000000000/file"


def make_stale(instance):
    with instance.store.write() as session:
        long_ago = datetime.now(UTC) - timedelta(minutes=16)
        session.execute(update(AccountSessionRow).values(confirmed_at=long_ago))


@pytest.fixture
def pat(instance):
    return add_account(instance, Role)


@pytest.fixture
def stale(app, pat, instance):
    """Give a client whose person signed in a while ago."""
    client = signed_in_client(app)
    make_stale(instance)
    return client


def kept_in(answer):
    """Return what the page that asks sends again, and where to."""
    form = soup_of(answer).select_one("main form")
    fields = [
        (field["name"], field["value"])
        for field in form.select("input[type=hidden]")
        if field["name"] != "csrf_token"
    ]
    return form["action"], fields


def answer_with(client, answer, **given):
    action, kept = kept_in(answer)
    fields = {}
    for name, value in kept:
        fields.setdefault(name, []).append(value)
    return post(client, action, "/staff/account/password", **fields, **given)


def test_which_views_ask(app):
    marked = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if getattr(view, "needs_confirmation", False)
    }
    assert marked == ASKED


@pytest.mark.slow
def test_what_was_typed_goes_on_with_the_password(stale, instance):
    roles = ["desk", "curation"]
    page = "/admin/accounts/new"
    asked = post(stale, page, email="dee@example.org", name='"Dee" <D>', roles=roles)
    assert asked.status_code == 403
    assert "is kept on this page" in asked.text
    wrong = answer_with(stale, asked, again_password="not this one")
    assert wrong.status_code == 403
    assert "not your present password" in wrong.text
    assert "not this one" not in wrong.text
    assert len(account_admin.list_accounts(instance)) == 1
    done = answer_with(stale, wrong, again_password=PASSWORD)
    assert "/staff/link/" in done.text
    dee = account_admin.find_account(instance, "dee@example.org")
    assert (dee.name, dee.roles) == ('"Dee" <D>', {Role.DESK, Role.CURATION})
    assert "confirmed" in read_audit_log(instance).actions
    assert "/staff/link/" in post(stale, f"/admin/accounts/{dee.id}/link", page).text


def test_a_page_that_was_to_be_read_is_opened_afterwards(stale):
    asked = stale.get(SOME_FILE)
    assert asked.status_code == 403
    assert "is kept" not in asked.text
    assert kept_in(asked) == ("/staff/confirm", [("next", SOME_FILE)])
    assert answer_with(stale, asked, again_password=PASSWORD).location == SOME_FILE
    outside = post(stale, "/staff/confirm", "/staff/account", next="https://elsewhere.example/")
    assert outside.location == "/staff"


@pytest.mark.slow
def test_guessing_is_slowed_down(stale):
    asked = stale.get(SOME_FILE)
    for _ in range(5):
        answer_with(stale, asked, again_password="x")
    assert answer_with(stale, asked, again_password=PASSWORD).status_code == 429


@pytest.mark.slow
def test_with_a_second_step_a_code_is_asked_for(app, instance, pat):
    secret = own_account.start_second_factor(instance, pat).secret
    codes = pyotp.TOTP(secret)
    own_account.confirm_second_factor(instance, pat, codes.at(instance.now()))
    with instance.store.read() as session:
        assert secret == secret_of(instance, session.get_one(AccountRow, pat.id).second_factor_seed)
    client = signed_in_client(app)
    later = datetime.now(UTC) + timedelta(minutes=1)
    with time_machine.travel(later):
        post(client, "/staff/code", "/staff/code", code=codes.at(later))
        make_stale(instance)
        asked = client.get(SOME_FILE)
        assert "Your password" not in asked.text
        used = answer_with(client, asked, again_code=codes.at(later))
        assert used.status_code == 403
        fresh = answer_with(client, used, again_code=codes.at(later + timedelta(seconds=30)))
        assert fresh.location == SOME_FILE


@pytest.mark.slow
def test_another_browser_of_the_same_person_is_still_asked(app, stale, instance):
    other = signed_in_client(app)
    make_stale(instance)
    answer_with(stale, stale.get(SOME_FILE), again_password=PASSWORD)
    assert stale.get(SOME_FILE).status_code != 403
    assert other.get(SOME_FILE).status_code == 403


def test_the_demo_asks_for_nothing(demo):
    from referral.app import create_app
    from tests.support.inspector import inspecting

    make_sample_accounts(demo)
    client = inspecting(create_app(demo.settings, demo))
    post(client, "/staff/try/admin", "/staff/sign-in")
    make_stale(demo)
    page = "/admin/accounts/new"
    link = post(client, page, email="dee@example.org", name="Dee", roles=["desk"])
    assert "/staff/link/" in link.text
