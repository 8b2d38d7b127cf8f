"""The way to the county's service and back in a real browser, between two sites."""

import logging
import re

import pytest
import requests
from flask import Response
from oidc_provider_mock import app as make_provider
from playwright.sync_api import expect
from sqlalchemy import update

from referral.accounts.rows import AccountSessionRow
from referral.app import create_app
from referral.directory.instance import opened_instance
from tests.conftest import settings_for
from tests.support.browser import follow, page_faults
from tests.support.server import free_port, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib"),
]


def without_style(response: Response) -> Response:
    """Take out the style sheet, which the provider has from another host."""
    if response.mimetype == "text/html":
        response.set_data(re.sub(r"<link[^>]*>", "", response.get_data(as_text=True)))
    return response


@pytest.fixture
def sites(sqlite_databases, tmp_path):
    """Give the addresses of a service and of a site that trusts it, under two names."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    provider = make_provider()
    provider.after_request(without_style)
    with serving(provider) as served:
        service = served.replace("127.0.0.1", "localhost")
        settings = settings_for(
            tmp_path,
            sqlite_databases.migrated(),
            public_url=address,
            openid_issuer=service,
            openid_client_id="referral",
            openid_client_secret="secret",
            openid_name="Elm County",
            openid_roles=(("library-it", "admin"),),
        )
        claims = {"email": "dee@example.org", "name": "Dee", "groups": ["library-it"]}
        requests.put(f"{service}/users/dee", json=claims, timeout=5).raise_for_status()
        with (
            opened_instance(settings) as instance,
            serving(create_app(settings, instance), port),
        ):
            yield service, address, instance


def at_service(page, address):
    page.fill("input[name=sub]", "dee")
    page.click("text=Authorize >> nth=-1")
    page.wait_for_url(f"{address}/staff/**")


def test_there_and_back_and_again_before_a_big_step(visit, sites):
    service, address, instance = sites
    leaves_for = service.removeprefix("http://")
    page = visit(f"{address}/staff/sign-in?next=/admin/accounts/new", leaves_for=leaves_for)
    faults = {"sign in": page_faults(page)}
    follow(page, "text=Sign in with Elm County")
    at_service(page, address)
    page.wait_for_url(f"{address}/admin/accounts/new")
    page.fill("#email", "new@example.org")
    page.check("input[value=desk]")
    with instance.store.write() as session:
        session.execute(update(AccountSessionRow).values(confirmed_at=None))
    follow(page, "main form .btn-primary")
    faults["asked again"] = page_faults(page)
    with page.expect_popup() as opened:
        page.click("text=Sign in again with Elm County")
    tab = opened.value
    at_service(tab, address)
    expect(tab.locator(".notice")).to_contain_text("Close this tab")
    faults["shown"] = page_faults(tab)
    tab.close()
    follow(page, "main form .btn-primary")
    expect(page.locator("code.secret")).to_contain_text("/staff/link/")
    assert not any(faults.values()), faults
