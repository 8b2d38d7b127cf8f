"""Passkeys: added, used beside a password and alone, removed; what does not fit opens nothing."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from referral.accounts import account_admin
from referral.accounts.audit import read_audit_log
from referral.accounts.passkey_challenges import (
    NoPasskeys,
    PasskeySite,
    passkey_origin,
    passkey_site,
)
from referral.accounts.passkeys import list_passkeys
from referral.accounts.rows import AccountSessionRow, PasskeyRow
from referral.app import create_app
from referral.records.accounts import COMMAND_LINE, Role
from tests.support.authenticator import Authenticator, base64url
from tests.support.inspector import inspecting
from tests.support.staff import PASSWORD, add_account, post, signed_in_client

EMAIL = "pat@example.org"
SITE = "https://help.example.org"
PAGE = "/staff/account/passkeys"
OPTIONS = "/staff/passkey/options"


@pytest.fixture
def site_with_address(instance):
    """Give a site with an address."""
    roles = frozenset({"curation"})
    settings = replace(instance.settings, public_url=SITE, second_factor_roles=roles)
    return create_app(settings, replace(instance, given=settings))


@pytest.fixture
def signed_in(site_with_address, pat):
    return signed_in_client(site_with_address)


@pytest.fixture
def device():
    return Authenticator(SITE)


def asked(client, path):
    return json.loads(client.get(path).data)


def add(client, device, name="Blue key"):
    made = device.make(asked(client, f"{PAGE}/options/add"))
    return post(client, PAGE, name=name, credential=made)


def half_way(site_with_address):
    """Return a client in which the password was given."""
    client = inspecting(site_with_address)
    answer = post(client, "/staff/sign-in", email=EMAIL, password=PASSWORD, next="/admin/accounts")
    assert answer.location == "/staff/code?next=/admin/accounts"
    client.form_token = ""
    return client


def alone(client, answer):
    return post(
        client, "/staff/passkey", "/staff/sign-in", credential=answer, next="/staff/account"
    )


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("", NoPasskeys.NO_ADDRESS),
        ("http://help.example.org", NoPasskeys.NO_HTTPS),
        ("https://192.0.2.7", NoPasskeys.NO_NAME),
        ("https://[2001:db8::1]:8443", NoPasskeys.NO_NAME),
        ("https://help.example.org/directory", PasskeySite("help.example.org", SITE)),
        ("https://help.example.org:443", PasskeySite("help.example.org", SITE)),
        ("https://help.example.org:8443", PasskeySite("help.example.org", f"{SITE}:8443")),
        ("http://localhost:8211", PasskeySite("localhost", "http://localhost:8211")),
    ],
)
def test_what_passkeys_are_bound_to(sample_instance, address, found):
    settings = replace(sample_instance.settings, public_url=address)
    assert passkey_site(settings) == found
    assert passkey_origin(settings) == getattr(found, "origin", "")


def test_a_site_that_cannot_have_them_says_why(app, pat):
    page = signed_in_client(app).get(PAGE).text
    assert "It is not set here." in page
    assert "data-passkey=" not in page
    assert "Sign in with a passkey" not in inspecting(app).get("/staff/sign-in").text


@pytest.mark.slow
def test_the_first_comes_with_recovery_codes_and_the_next_without(signed_in, device, instance, pat):
    first = add(signed_in, device)
    assert len(re.findall(r"<code>([a-z2-9-]{19})</code>", first.text)) == 10
    assert add(signed_in, Authenticator(SITE), "").location == f"{PAGE}?done=added"
    page = signed_in.get(f"{PAGE}?done=added").text
    assert "is added" in page
    assert "Blue key" in page
    assert "2 passkeys" in signed_in.get("/staff/account").text
    assert {each.last_used_on for each in list_passkeys(instance, pat)} == {None}
    known = asked(signed_in, f"{PAGE}/options/add")["excludeCredentials"]
    assert len(known) == 2
    again = add(signed_in, device)
    assert (again.status_code, "did not work" in again.text) == (400, True)
    assert read_audit_log(instance).actions.count("passkey-added") == 1


@pytest.mark.slow
def test_beside_the_password(site_with_address, signed_in, device, instance, pat):
    add(signed_in, device)
    client = half_way(site_with_address)
    assert client.get("/admin/accounts").status_code == 302
    assert "Use your passkey" in client.get("/staff/code").text
    question = asked(client, f"{OPTIONS}/second-step")
    answer = device.answer(question, verified=False)
    sent = {"credential": answer, "next": "/admin/accounts"}
    assert post(client, "/staff/code/passkey", "/staff/code", **sent).location == "/admin/accounts"
    assert client.get("/admin/accounts").status_code == 200
    (kept,) = list_passkeys(instance, pat)
    assert kept.last_used_on == kept.added_on
    other = half_way(site_with_address)
    assert post(other, "/staff/code/passkey", "/staff/code", **sent).status_code == 400
    assert other.get("/admin/accounts").status_code == 302


def test_alone_only_where_the_device_knows_its_owner(site_with_address, signed_in, device):
    add(signed_in, device)
    client = inspecting(site_with_address)
    assert "Sign in with a passkey" in client.get("/staff/sign-in").text
    unknown = device.answer(asked(client, f"{OPTIONS}/sign-in"), verified=False)
    assert alone(client, unknown).status_code == 400
    answer = device.answer(asked(client, f"{OPTIONS}/sign-in"))
    assert alone(client, answer).location == "/staff/account"
    assert client.get("/admin/accounts").status_code == 200
    again = alone(inspecting(site_with_address), answer)
    assert again.status_code == 400
    assert "did not work" in again.text


def test_an_answer_is_good_for_one_use_by_one_browser(site_with_address, signed_in, device):
    add(signed_in, device)
    one, other = half_way(site_with_address), half_way(site_with_address)
    theirs = device.answer(asked(other, f"{OPTIONS}/second-step"))
    fields = {"credential": theirs}
    assert post(one, "/staff/code/passkey", "/staff/code", **fields).status_code == 400
    assert alone(inspecting(site_with_address), theirs).status_code == 400
    confirm = device.answer(asked(signed_in, f"{PAGE}/options/confirm"))
    assert alone(inspecting(site_with_address), confirm).status_code == 400
    assert inspecting(site_with_address).get(f"{OPTIONS}/second-step").status_code == 403


def test_a_false_site_a_copy_and_a_late_answer_open_nothing(
    site_with_address, signed_in, device, instance
):
    add(signed_in, device)
    client = inspecting(site_with_address)
    device.origin = "https://help.example.evil"
    assert alone(client, device.answer(asked(client, f"{OPTIONS}/sign-in"))).status_code == 400
    device.origin = SITE
    device.count = 9
    assert alone(client, device.answer(asked(client, f"{OPTIONS}/sign-in"))).status_code == 302
    client = inspecting(site_with_address)
    device.count = 8  # a copy made before signs with a number that was seen
    assert alone(client, device.answer(asked(client, f"{OPTIONS}/sign-in"))).status_code == 400
    device.count = 20
    late = device.answer(asked(client, f"{OPTIONS}/sign-in"))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        assert alone(client, late).status_code == 400


def test_who_is_turned_off_stays_out(site_with_address, signed_in, device, instance, pat):
    add(signed_in, device)
    add_account(instance, [Role.ADMIN], "lee@example.org", "Lee")
    account_admin.disable_account(instance, COMMAND_LINE, pat.id)
    client = inspecting(site_with_address)
    assert alone(client, device.answer(asked(client, f"{OPTIONS}/sign-in"))).status_code == 400


@pytest.mark.parametrize(
    "odd",
    [
        "", "{}", "[]", "null", "9" * 5000, "\0", '{"id": 1}', "[" * 3000,
        '{"id": "a", "rawId": "a", "type": "public-key", "response": {"clientDataJSON": "a"}}',
        '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "bnVsbA"}}',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_in_words(site_with_address, signed_in, device, odd):
    add(signed_in, device)
    assert alone(inspecting(site_with_address), odd).status_code == 400
    assert post(signed_in, PAGE, name="", credential=odd).status_code == 400


@pytest.mark.parametrize("object_", [b"", b"\xff", b"\x81" * 2000, b"\xa1\x01\x02", b"\x5f" * 9])
def test_a_device_that_sends_something_else_adds_nothing(signed_in, device, instance, pat, object_):
    made = json.loads(device.make(asked(signed_in, f"{PAGE}/options/add")))
    made["response"]["attestationObject"] = base64url(object_)
    assert post(signed_in, PAGE, name="", credential=json.dumps(made)).status_code == 400
    assert list_passkeys(instance, pat) == []


def test_a_passkey_answers_before_a_big_step(signed_in, device, instance):
    add(signed_in, device)
    with instance.store.write() as session:
        session.execute(update(AccountSessionRow).values(confirmed_at=None))
    page = "/admin/accounts/new"
    typed = {"email": "dee@example.org", "name": "Dee", "roles": ["desk"]}
    question = post(signed_in, page, **typed)
    assert question.status_code == 403
    assert "Use your passkey" in question.text
    wrong = post(signed_in, page, **typed, again_passkey="{}")
    assert wrong.status_code == 403
    assert "did not work" in wrong.text
    answer = device.answer(asked(signed_in, f"{PAGE}/options/confirm"))
    assert "/staff/link/" in post(signed_in, page, **typed, again_passkey=answer).text


def test_it_is_enough_for_a_role_that_needs_a_second_factor(site_with_address, instance, device):
    cora = add_account(instance, [Role.CURATION], "cora@example.org", "Cora")
    client = signed_in_client(site_with_address, cora.email)
    assert client.get("/staff").location == "/staff/account/second-factor"
    assert "recovery" in add(client, device).text
    assert client.get("/staff").status_code == 200
    (kept,) = list_passkeys(instance, cora)
    assert post(client, f"{PAGE}/{kept.id}/remove", PAGE).location == f"{PAGE}?done=removed"
    assert client.get(PAGE).status_code == 200
    assert client.get("/staff").location == "/staff/account/second-factor"


def test_nobody_removes_what_is_another_s_and_an_admin_takes_all(
    site_with_address, signed_in, device, instance
):
    dee = add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    client, other = signed_in_client(site_with_address, dee.email), Authenticator(SITE)
    add(client, device)
    add(signed_in, other)
    (kept,) = list_passkeys(instance, dee)
    waiting = inspecting(site_with_address)
    post(waiting, "/staff/sign-in", email=dee.email, password=PASSWORD)
    waiting.form_token = ""
    answer = other.answer(asked(waiting, f"{OPTIONS}/second-step"))
    refused = post(waiting, "/staff/code/passkey", "/staff/code", credential=answer)
    assert refused.status_code == 400
    assert post(signed_in, f"{PAGE}/{kept.id}/remove", PAGE).location == PAGE
    assert list_passkeys(instance, dee)
    page = f"/admin/accounts/{dee.id}"
    post(signed_in, f"{page}/second-factor", page)
    assert client.get("/staff").status_code == 302
    with instance.store.read() as session:
        [owner] = session.scalars(select(PasskeyRow.account_id))
        assert owner != dee.id
    found = account_admin.read_account(instance, dee.id)
    assert (found.has_second_factor, found.recovery_codes_left) == (False, 0)
