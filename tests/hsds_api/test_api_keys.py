"""Keys of partners: made and ended by admins, shown once, and they change the limit only."""

import logging
from dataclasses import replace

import pytest
from sqlalchemy import select

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from referral.directory.context import local_today
from referral.hsds_api.api_keys import end_key, list_keys, make_key
from referral.hsds_api.rows import ApiKeyRow
from referral.records.accounts import COMMAND_LINE, Role
from tests.hsds_api.conftest import ApiClient
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client

PAGE = "/admin/api-keys"
ELSEWHERE = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}


def bearing(key, address="203.0.113.9"):
    """Give what a request has that brings a key; each address is counted for a minute."""
    return {
        "headers": {"Authorization": f"Bearer {key}"}, "environ_base": {"REMOTE_ADDR": address},
    }  # fmt: skip


@pytest.fixture
def limited_api(directory):
    """Ask an API that one address may ask three times a minute."""
    web = replace(directory.settings.open_web, open_data_per_minute=3)
    return ApiClient(create_app(replace(directory.settings, open_web=web), directory))


@pytest.fixture
def admin(app, directory):
    add_account(directory)
    return signed_in_client(app)


def test_a_key_has_a_limit_of_its_own_from_wherever_it_comes(directory, limited_api):
    key = make_key(directory, COMMAND_LINE, "United Way", 5)
    for _ in range(3):
        limited_api.send("/taxonomies", **ELSEWHERE)
    limited_api.send("/taxonomies", status=429, **ELSEWHERE)
    left = [limited_api.send("/taxonomies", **bearing(key)).headers["RateLimit"] for _ in range(5)]
    assert [each.split(";")[1] for each in left] == ["r=4", "r=3", "r=2", "r=1", "r=0"]
    limited_api.send(
        "/taxonomies",
        status=429,
        headers={"Authorization": f"bearer {key}"},
        environ_base={"REMOTE_ADDR": "203.0.113.77"},
    )


def test_a_key_shows_what_everybody_sees(directory, limited_api):
    key = make_key(directory, COMMAND_LINE, "United Way", 5)
    bare, keyed = (limited_api.send("/services", **more) for more in ({}, bearing(key)))
    assert bare.data == keyed.data
    assert bare.headers["ETag"] == keyed.headers["ETag"]


def test_a_key_that_does_not_work_is_401_and_says_what_to_do(directory, limited_api):
    ended = make_key(directory, COMMAND_LINE, "United Way", 5)
    limited_api.send("/services", **bearing(ended))
    end_key(directory, COMMAND_LINE, list_keys(directory)[0].id)
    for each in (ended, "nothing", "é"):
        response = limited_api.send("/services", status=401, **bearing(each, "203.0.113.20"))
        assert response.mimetype == "application/problem+json"
        assert "new one" in response.get_json()["detail"]
        assert response.headers["WWW-Authenticate"] == "Bearer"
    limited_api.send("/services", status=429, **bearing("a fourth", "203.0.113.20"))


def test_what_a_proxy_asks_for_is_no_key(limited_api):
    limited_api.send("/services", headers={"Authorization": "Basic cGF0OnNlY3JldA=="})


@pytest.mark.parametrize("name", ["api_key", "key", "access_token", "API-Key", "token"])
def test_a_key_is_refused_in_an_address(directory, limited_api, name):
    key = make_key(directory, COMMAND_LINE, "United Way", 5)
    for more in ({"query_string": {name: key}}, {"method": "POST", "json": {name: key}}):
        found = limited_api.problem("/services", **more)
        assert "Authorization" in found["detail"]
        assert key not in str(found)


def test_only_a_digest_and_days_are_kept(directory, limited_api, caplog):
    caplog.set_level(logging.DEBUG)
    key = make_key(directory, COMMAND_LINE, "United Way", 5)
    assert list_keys(directory)[0].seen_on is None
    limited_api.send("/services?organization_id=shelter", **bearing(key))
    (found,) = list_keys(directory)
    assert found.seen_on == found.made_on == local_today(directory)
    with directory.store.read() as session:
        row = session.scalar(select(ApiKeyRow))
        stored = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    assert stored.keys() == {
        "id", "token_hash", "name", "per_minute", "made_on", "seen_on", "ended_on",
    }  # fmt: skip
    assert key not in str(stored) + caplog.text
    assert "shelter" not in caplog.text


@pytest.mark.slow
def test_an_admin_makes_a_key_and_sees_it_once(admin, directory, limited_api):
    page = post(admin, PAGE, name="United Way", per_minute="50")
    key = soup_of(page).select_one("code.secret").text
    assert page.headers["Cache-Control"] == "no-store"
    assert (
        limited_api.send("/services", **bearing(key))
        .headers["RateLimit"]
        .startswith('"client";r=49')
    )
    again = admin.get(PAGE).text
    assert "United Way" in again
    assert key not in again
    key_id = list_keys(directory)[0].id
    assert post(admin, f"{PAGE}/{key_id}/end", PAGE).status_code == 303
    limited_api.send("/services", status=401, **bearing(key, "203.0.113.21"))
    assert "Ended on" in admin.get(PAGE).text
    assert post(admin, f"{PAGE}/{key_id}/end", PAGE).status_code == 404
    noted = [(each.action, each.record_id) for each in read_audit_log(directory).entries]
    assert noted[:2] == [("api-key-ended", key_id), ("api-key-made", key_id)]


@pytest.mark.parametrize("said", [{"name": ""}, {"per_minute": "0"}, {"per_minute": "many"}])
def test_what_is_missing_is_said(admin, directory, said):
    response = post(admin, PAGE, **{"name": "United Way", "per_minute": "50", **said})
    assert response.status_code == 400
    assert list_keys(directory) == ()


def test_only_admins_see_keys(app, directory):
    add_account(directory, [Role.DESK, Role.CURATION])
    assert signed_in_client(app).get(PAGE).status_code == 403
