"""Sign-in by the county's service, tried against a real provider on this machine."""

import logging
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from oidc_provider_mock import run_server_in_thread
from sqlalchemy import select, update

from referral.accounts import account_admin
from referral.accounts.audit import read_audit_log
from referral.accounts.openid import roles_of
from referral.accounts.rows import AccountRow, AccountSessionRow
from referral.app import create_app
from referral.records.accounts import COMMAND_LINE, Role
from tests.support.inspector import inspecting, soup_of
from tests.support.staff import PASSWORD, add_account, post

# The provider, which is only for tests, is written for an older release of Authlib.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")
SITE = "https://help.example.org"
BACK = f"{SITE}/staff/openid/back"
DEE = {
    "email": "dee@example.org",
    "email_verified": True,
    "name": "Dee",
    "groups": ["library-desk", "parks"],
}
ROLES = (("library-desk", "desk"), ("library-lists", "curation"), ("library-it", "admin"))


@pytest.fixture(scope="module")
def provider():
    """Give the address of a provider; whoever signs in there has the claims that a test puts."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def service(issuer, **more):
    values = {"client_id": "referral", "client_secret": "a secret", "name": "Elm County"}
    found = {"issuer": issuer, "roles": ROLES, **values, **more}
    return {f"openid_{name}": value for name, value in found.items()}


@pytest.fixture
def make_site(instance, provider):
    """Give a function that makes a site which trusts the provider."""

    def make(issuer=provider, **more):
        settings = replace(instance.settings, public_url=SITE, **service(issuer), **more)
        return create_app(settings, replace(instance, given=settings))

    return make


@pytest.fixture
def app(make_site):
    return make_site()


def put(provider, sub, claims):
    requests.put(f"{provider}/users/{sub}", json=claims, timeout=5).raise_for_status()


def at_provider(client, sub, start="/staff/openid?next=/staff/account"):
    """Go there, let the person sign in, and return the way back, which is not yet gone."""
    led = client.get(start)
    assert led.status_code == 302, led.text
    granted = requests.post(led.location, data={"sub": sub}, allow_redirects=False, timeout=5)
    assert granted.headers["Location"].startswith(f"{BACK}?"), granted.text
    return granted.headers["Location"].removeprefix(SITE)


def sign_in(app, sub):
    client = inspecting(app)
    return client, client.get(at_provider(client, sub))


def find(instance, email="dee@example.org"):
    return account_admin.find_account(instance, email)


def test_the_first_time_makes_an_account_with_the_roles_of_the_claim(app, provider, instance):
    put(provider, "dee", DEE)
    assert "Sign in with Elm County" in inspecting(app).get("/staff/sign-in").text
    client, answer = sign_in(app, "dee")
    assert answer.status_code == 200  # a page of ours: our cookie is for no way from elsewhere
    assert answer.headers["Refresh"] == "0; url=/staff/account"
    assert client.get("/staff/account").status_code == 200
    assert client.get("/admin/accounts").status_code == 403
    dee = find(instance)
    assert (dee.name, dee.roles, dee.has_password) == ("Dee", {Role.DESK}, False)
    assert {"account-made-by-openid", "signed-in"} <= set(read_audit_log(instance).actions)
    with instance.store.read() as session:
        (kept,) = session.scalars(select(AccountRow))
        assert len(kept.openid_key) == 64
    sign_in(app, "dee")
    assert len(account_admin.list_accounts(instance)) == 1


def test_at_a_terminal_only_the_way_back_has_an_open_address(instance, provider, caplog):
    """The service knows that one; what it adds there is good once, and the page after is sealed."""
    caplog.set_level(logging.DEBUG)
    put(provider, "dee", DEE)
    at_terminal = {"terminal": True, "exit_address": "/about"}
    settings = replace(instance.settings, public_url=SITE, **service(provider), **at_terminal)
    client = inspecting(create_app(settings, replace(instance, given=settings)))
    client._unchecked = frozenset({"title"})
    client.get("/")
    page = client.get("/staff/sign-in?next=/staff/account", follow_redirects=True)
    start = soup_of(page).find("a", string=re.compile("Elm County"))["href"]
    back = at_provider(client, "dee", start)
    led = client.get(back)
    assert (led.status_code, led.location[:4]) == (303, "/at/")
    signed_in = client.get(led.location)
    onward = signed_in.headers["Refresh"].removeprefix("0; url=")
    assert onward.startswith("/at/")
    own = client.get(onward)
    assert "dee@example.org" in own.text
    addresses = [start, led.location, onward]
    addresses += re.findall(r'(?:href|action)="(/[^"]*)"', page.text + signed_in.text + own.text)
    told = {each for each in addresses if not each.startswith(("/at/", "/static/", "/#"))}
    assert not {each for each in told if "staff" in each or "openid" in each or "dee" in each}
    code = parse_qs(urlsplit(back).query)["code"][0]
    logged = "\n".join(record.getMessage() for record in caplog.records if is_ours(record))
    assert logged
    for word in ("dee@example.org", code, urlsplit(back).query):
        assert word not in logged


def is_ours(record):
    return record.name.startswith("referral")


def test_without_a_role_there_is_no_account(app, provider, instance):
    put(provider, "eve", {**DEE, "groups": ["parks"]})
    client, answer = sign_in(app, "eve")
    assert answer.status_code == 400
    assert "You have no work here yet." in answer.text
    assert client.get("/staff").status_code == 302
    assert account_admin.list_accounts(instance) == []


def test_the_claim_decides_at_each_sign_in(app, provider, instance):
    put(provider, "dee", DEE)
    first, _ = sign_in(app, "dee")
    put(provider, "dee", {**DEE, "groups": ["library-lists"]})
    second, _ = sign_in(app, "dee")
    assert find(instance).roles == {Role.CURATION}
    assert first.get("/staff").status_code == 302  # other roles end older sessions
    put(provider, "dee", {**DEE, "groups": []})
    _, refused = sign_in(app, "dee")
    assert refused.status_code == 400
    assert second.get("/staff").status_code == 302
    assert "openid-gave-no-role" in read_audit_log(instance).actions


def test_who_was_turned_off_here_stays_off(app, provider, instance):
    put(provider, "dee", DEE)
    client, _ = sign_in(app, "dee")
    account_admin.disable_account(instance, COMMAND_LINE, find(instance).id)
    assert client.get("/staff").status_code == 302
    _, answer = sign_in(app, "dee")
    assert "turned off" in answer.text
    assert find(instance).is_disabled


def test_an_invited_person_is_known_by_a_checked_address_only(app, provider, instance):
    pat = add_account(instance, [Role.DESK], "dee@example.org", "Dee here")
    put(provider, "dee", {**DEE, "email_verified": False})
    _, answer = sign_in(app, "dee")
    assert "Another account has your e-mail address." in answer.text
    put(provider, "dee", {**DEE, "email": "ｄee@example.org"})  # another address, of its look
    _, answer = sign_in(app, "dee")
    assert answer.status_code == 400
    put(provider, "dee", {**DEE, "email": "DEE@example.org"})
    sign_in(app, "dee")
    found = find(instance)
    assert (found.id, found.by_openid, found.name) == (pat.id, True, "Dee here")
    put(provider, "other", DEE)  # the same address, and somebody else
    _, answer = sign_in(app, "other")
    assert answer.status_code == 400


def test_the_last_admin_stays_one(app, provider, instance):
    add_account(instance, [Role.ADMIN], "dee@example.org", "Dee")
    put(provider, "dee", DEE)
    client, _ = sign_in(app, "dee")
    assert find(instance).roles == {Role.ADMIN, Role.DESK}
    assert client.get("/admin/accounts").status_code == 200
    add_account(instance, [Role.ADMIN], "lee@example.org", "Lee")
    sign_in(app, "dee")
    assert find(instance).roles == {Role.DESK}


@pytest.mark.parametrize(("amr", "status"), [(["pwd"], 302), (["pwd", "mfa"], 200)])
def test_a_second_factor_there_counts_here(make_site, provider, amr, status):
    app = make_site(second_factor_roles=frozenset({"desk"}))
    put(provider, "dee", {**DEE, "amr": amr})
    client, _ = sign_in(app, "dee")
    assert client.get("/staff").status_code == status


def test_local_sign_in_can_be_kept_for_admins(make_site, instance, provider):
    add_account(instance, [Role.ADMIN])
    add_account(instance, [Role.DESK], "lee@example.org", "Lee")
    app = make_site(local_sign_in="admins")
    client = inspecting(app)
    fields = {"email": "lee@example.org", "password": PASSWORD}
    refused = post(client, "/staff/sign-in", **fields)
    assert refused.status_code == 400
    assert "only admins sign in with a password" in refused.text
    fields["email"] = "pat@example.org"
    assert post(client, "/staff/sign-in", **fields).status_code == 302


@pytest.mark.slow
def test_a_service_that_is_away_leaves_the_local_way(make_site, instance):
    add_account(instance, [Role.ADMIN])
    client = inspecting(make_site("http://localhost:9"))
    answer = client.get("/staff/openid")
    assert answer.status_code == 502
    assert "did not work" in answer.text
    fields = {"email": "pat@example.org", "password": PASSWORD}
    assert post(client, "/staff/sign-in", **fields).status_code == 302


def test_only_the_way_back_that_this_browser_began_leads_in(app, provider, instance):
    put(provider, "dee", DEE)
    mine = inspecting(app)
    way_back = at_provider(mine, "dee")
    other = inspecting(app)
    assert other.get(way_back).status_code == 400
    other.get("/staff/openid")
    assert other.get(way_back).status_code == 502
    assert mine.get(way_back).status_code == 200
    assert mine.get(way_back).status_code == 400  # once
    denied = inspecting(app)
    denied.get("/staff/openid")
    assert denied.get("/staff/openid/back?error=access_denied").status_code == 502
    assert len(account_admin.list_accounts(instance)) == 1


@pytest.mark.slow
def test_a_big_step_asks_the_service_again(app, provider, instance):
    put(provider, "dee", {**DEE, "groups": ["library-it"]})
    client, _ = sign_in(app, "dee")
    with instance.store.write() as session:
        session.execute(update(AccountSessionRow).values(confirmed_at=None))
    page = "/admin/accounts/new"
    typed = {"email": "new@example.org", "name": "New", "roles": ["desk"]}
    asked = post(client, page, **typed)
    assert asked.status_code == 403
    assert "Sign in again with Elm County" in asked.text
    assert "Your password" not in asked.text
    assert client.get("/staff/openid-shown").status_code == 403
    start = "/staff/openid?again=1"
    assert "prompt=login" in client.get(start).location
    put(provider, "lee", {**DEE, "groups": ["library-it"]})
    for sub, status in (("lee", 403), ("dee", 200)):
        back = client.get(at_provider(client, sub, start))
        assert back.headers["Refresh"] == "0; url=/staff/openid-shown"
        assert client.get("/staff/openid-shown").status_code == status
    assert "/staff/link/" in post(client, page, **typed).text


@pytest.mark.parametrize(
    ("claim", "claims", "roles"),
    [
        ("groups", {"groups": ["library-desk", "library-it"]}, [Role.ADMIN, Role.DESK]),
        ("groups", {"groups": "library-lists"}, [Role.CURATION]),
        ("realm.roles", {"realm": {"roles": ["library-desk"]}}, [Role.DESK]),
        ("https://elm.example/r", {"https://elm.example/r": ["library-desk"]}, [Role.DESK]),
        ("groups", {"groups": {"library-desk": True}}, []),
        ("groups", {"groups": [["library-desk"], 7, None]}, []),
        ("groups", {"groups": ["Library-Desk", "library-desk2"]}, []),
        ("groups.more", {"groups": ["library-desk"]}, []),
        ("groups", {}, []),
    ],
)
def test_roles_of_a_claim(instance, claim, claims, roles):
    settings = replace(instance.settings, **service("https://id.example", claim=claim))
    assert roles_of(settings, claims) == roles
