"""A second factor that a role must have: who lacks one can set it up, and do nothing else."""

import re
from dataclasses import replace

import pyotp
import pytest

from referral.accounts.account_admin import drop_second_factor
from referral.accounts.sample_accounts import make_sample_accounts
from referral.app import create_app
from referral.records.accounts import COMMAND_LINE, Role
from referral.web.staff.access import permission_of
from tests.support.inspector import inspecting
from tests.support.staff import add_account, post, signed_in_client

SETUP = "/staff/account/second-factor"
OPEN = {"passkeys.show", "passkeys.add", "staff.sign_out", "staff.confirm", "staff.openid_shown", "staff.second_factor", "staff.begin_second_factor",
        "staff.take_second_factor"}  # fmt: skip


def strict(instance, **more):
    """Return a site where admins must have a second factor."""
    roles = frozenset({"admin"})
    settings = replace(instance.settings, second_factor_roles=roles, **more)
    return create_app(settings, replace(instance, given=settings))


@pytest.fixture
def strict_app(instance):
    return strict(instance)


def turn_on(client, instance):
    post(client, f"{SETUP}/start", SETUP)
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', client.get(SETUP).text)[1]
    code = pyotp.TOTP(secret.replace(" ", "")).at(instance.now())
    return post(client, SETUP, code=code)


def test_every_page_leads_to_setting_it_up(strict_app, instance):
    """Not only pages of staff: pages for everybody show what staff see only afterwards."""
    add_account(instance, Role)
    client = signed_in_client(strict_app)
    strict_app.config["WTF_CSRF_ENABLED"] = False
    led = 0
    for rule in strict_app.url_map.iter_rules():
        view = strict_app.view_functions[rule.endpoint]
        if not permission_of(view) or rule.arguments or rule.endpoint in OPEN:
            continue
        for method in {"GET", "POST"} & rule.methods:
            answer = client.open(rule.rule, method=method)
            assert (answer.status_code, answer.location) == (302, SETUP), rule.rule
            led += 1
    strict_app.config["WTF_CSRF_ENABLED"] = True
    assert led > 80
    assert "staff-parts" not in client.get("/about").text
    assert "Set it up now" in client.get(SETUP).text


def test_once_set_up_the_person_goes_on_in_the_same_session(strict_app, instance):
    pat = add_account(instance)
    client = signed_in_client(strict_app)
    assert "recovery" in turn_on(client, instance).text
    assert client.get("/admin/accounts").status_code == 200
    drop_second_factor(instance, COMMAND_LINE, pat.id)
    again = signed_in_client(strict_app)
    assert again.get("/admin/accounts").location == SETUP
    assert post(again, "/staff/sign-out", SETUP).location == "/staff/sign-in"
    assert again.get(SETUP).location == f"/staff/sign-in?next={SETUP}"


def test_other_roles_are_asked_for_nothing_and_an_admin_sees_who_lacks_it(strict_app, instance):
    add_account(instance)
    add_account(instance, [Role.DESK], "dee@example.org", "Dee")
    add_account(instance, [Role.ADMIN, Role.DESK], "lee@example.org", "Lee")
    assert signed_in_client(strict_app, "dee@example.org").get("/staff").status_code == 200
    client = signed_in_client(strict_app)
    turn_on(client, instance)
    assert client.get("/admin/accounts").text.count("must add a second step") == 1
    assert "set it up again at once" in client.get(SETUP).text


def test_the_buttons_of_the_demo_need_none(instance):
    app = strict(instance, sample_data=True)
    make_sample_accounts(app.extensions["referral"])
    client = inspecting(app)
    post(client, "/staff/try/admin", "/staff/sign-in")
    assert client.get("/admin/accounts").status_code == 200
