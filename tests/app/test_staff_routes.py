"""Every staff route names what it needs, and holds to it."""

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter

from referral.records.accounts import ROLE_PERMISSIONS, Permission, Role
from referral.web.staff.access import PUBLIC_BLUEPRINTS, permission_of, requires
from tests.support.inspector import inspecting
from tests.support.staff import add_account, post, signed_in_client


def unguarded(app: Flask) -> list[str]:
    return [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and rule.endpoint.split(".")[0] not in PUBLIC_BLUEPRINTS
        and not isinstance(permission_of(app.view_functions[rule.endpoint]), Permission)
    ]


def test_every_route_outside_the_public_areas_names_a_permission(sample_app):
    missing = unguarded(sample_app)
    assert not missing, f"Put @requires(Permission.…) above these views: {missing}"


def test_a_view_without_one_would_be_found():
    app = Flask("probe")
    app.add_url_rule("/a", "desk.a", lambda: "")
    app.add_url_rule("/b", "desk.b", requires(Permission.USE_DESK)(lambda: ""))
    assert unguarded(app) == ["desk.a"]


def test_each_permission_belongs_to_some_role():
    assert {each for held in ROLE_PERMISSIONS.values() for each in held} == set(Permission)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_reaches_a_staff_page_without_signing_in(app, method):
    client = inspecting(app)
    app.config["WTF_CSRF_ENABLED"] = False
    nobody = "00000000-0000-4000-8000-000000000000"
    for rule in app.url_map.iter_rules():
        if permission_of(app.view_functions[rule.endpoint]) and method.upper() in rule.methods:
            with app.test_request_context():
                some = {
                    name: 1 if isinstance(converter, IntegerConverter)
                    else next(iter(getattr(converter, "items", [nobody])))
                    for name, converter in rule._converters.items()
                }  # fmt: skip
                path = rule.build(some)[1]
            answer = getattr(client, method)(path)
            assert answer.status_code == 302, path
            assert answer.location.startswith("/staff/sign-in?"), path


def test_the_wrong_role_gets_a_plain_page_and_no_link(instance, app):
    add_account(instance)
    add_account(instance, [Role.DESK], email="desk@example.org", name="Dee")
    client = signed_in_client(app, "desk@example.org")
    assert "/admin/accounts" not in client.get("/staff").text
    answer = client.get("/admin/accounts")
    assert answer.status_code == 403
    assert "another role" in answer.text


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/admin/accounts", "/admin/accounts"),
        ("/search?q=food&near=16335", "/search?q=food&near=16335"),
        ("https://elsewhere.example/staff", "/staff"),
        ("//elsewhere.example", "/staff"),
        ("/\\elsewhere.example", "/staff"),
        ("/\t/elsewhere.example", "/staff"),
        ("\\\\elsewhere.example", "/staff"),
        ("/nowhere", "/staff"),
        ("javascript:alert(1)", "/staff"),
        ("/staff/sign-in", "/staff"),
        ("", "/staff"),
    ],
)
def test_after_signing_in_only_pages_of_ours_come(instance, app, wanted, led):
    add_account(instance)
    fields = {"email": "pat@example.org", "password": "three odd teapots sing", "next": wanted}
    assert post(inspecting(app), "/staff/sign-in", **fields).location == led
