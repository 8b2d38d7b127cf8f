"""Pages of webhooks, for admins only."""

from dataclasses import replace

import pytest

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from referral.app.doctor import diagnose
from referral.app.job_kinds import do_work
from referral.records.accounts import Role
from referral.webhooks.registered_webhooks import list_webhooks
from referral.webhooks.webhook_calls import queue_due_calls
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client

PAGE = "/admin/webhooks"


@pytest.fixture
def admin(calling):
    add_account(calling, [Role.ADMIN])
    return signed_in_client(create_app(calling.settings, calling))


def text_of(answer):
    return " ".join(soup_of(answer).get_text(" ").split())


def added(calling, admin, url):
    page = post(admin, PAGE, name="Erie 2-1-1", address=url)
    assert page.status_code == 200, text_of(page)
    (hook,) = list_webhooks(calling)
    return f"{PAGE}/{hook.id}", page


def test_an_admin_adds_a_webhook_tests_it_and_turns_it_on(calling, admin, receiver):
    assert "No program is called." in text_of(admin.get(PAGE))
    here, page = added(calling, admin, receiver.url)
    secret = soup_of(page).select_one("code.secret").text
    assert secret.startswith("whsec_")
    assert secret not in admin.get(here).text
    assert "Not called yet." in text_of(admin.get(here))
    post(admin, f"{here}/test", here)
    assert "It was accepted. (Status 204)" in text_of(admin.get(here))
    assert queue_due_calls(calling) == 0
    post(admin, f"{here}/on", here)
    assert queue_due_calls(calling) == 1
    do_work(calling, "w")
    assert len(receiver.calls) == 2
    assert "It was accepted." in text_of(admin.get(PAGE))
    another = soup_of(post(admin, f"{here}/secret", here)).select_one("code.secret").text
    assert another not in {secret, ""}
    post(admin, f"{here}/off", here)
    post(admin, f"{here}/remove", here)
    assert list_webhooks(calling) == ()
    log = read_audit_log(calling).entries.items
    assert [entry.action.removeprefix("webhook-") for entry in reversed(log)][-6:] == [
        "added", "tested", "turned-on", "renewed", "turned-off", "removed",
    ]  # fmt: skip


@pytest.mark.slow
def test_what_cannot_be_called_is_said(calling, admin):
    for address in ("http://hooks.example.org/", "https://a:b@hooks.example.org/", "ftp://x"):
        page = text_of(post(admin, PAGE, name="Erie", address=address))
        assert "The address must begin with https." in page
    assert "Say whose program it is, please." in text_of(post(admin, PAGE, address="https://x.org"))
    assert list_webhooks(calling) == ()


@pytest.mark.slow
def test_one_that_ended_waits_on_the_start_page_and_the_doctor_says_it(calling, admin, receiver):
    here, _ = added(calling, admin, receiver.url)
    post(admin, f"{here}/on", here)
    receiver.status = 410
    queue_due_calls(calling)
    do_work(calling, "w")
    assert "Webhooks that did not work and were turned off" in text_of(admin.get("/staff"))
    page = text_of(admin.get(here))
    assert "We turned it off on" in page
    assert "It said that it wants no more calls." in page
    assert "turned off by itself" in text_of(admin.get(PAGE))
    assert "webhooks" in {finding.about for finding in diagnose(calling).findings}


@pytest.mark.slow
def test_without_an_address_of_the_site_it_cannot_be_turned_on(calling, admin, receiver):
    here, _ = added(calling, admin, receiver.url)
    settings = replace(calling.settings, public_url="")
    bare = replace(calling, settings=settings)
    client = signed_in_client(create_app(settings, bare))
    assert "Nothing can be sent now." in text_of(client.get(PAGE))
    post(client, f"{here}/on", here)
    assert "Set REFERRAL_PUBLIC_URL on the server" in text_of(client.get(here))
    assert not list_webhooks(bare)[0].is_on


@pytest.mark.parametrize("role", [Role.DESK, Role.CURATION])
def test_only_admins_see_it(calling, role):
    add_account(calling, [role])
    client = signed_in_client(create_app(calling.settings, calling))
    assert client.get(PAGE).status_code == 403
    assert post(client, PAGE, name="Erie", address="https://x.org").status_code == 403
