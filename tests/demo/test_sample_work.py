"""Work that waits in the demo, and its buttons to sign in: only there, and once."""

from dataclasses import replace

import pytest

from referral.accounts.sample_accounts import SAMPLE_ROLES, make_sample_accounts
from referral.app import create_app
from referral.app.job_kinds import do_work
from referral.demo.sample_work import add_sample_work
from referral.duplicates.duplicate_queue import waiting_duplicates
from referral.imports.batches import waiting_batches
from referral.verification.feedback import waiting_reports
from tests.support.inspector import inspecting, soup_of
from tests.support.staff import add_account, token_of

LABELS = ["Try as desk", "Try as listings", "Try as admin", "Try all"]


def sign_in_as(client, name):
    return client.post(
        f"/staff/try/{name}", data={"csrf_token": token_of(client, "/staff/sign-in")}
    )


@pytest.mark.slow
def test_reports_duplicates_and_a_list_wait(demo):
    assert add_sample_work(demo)
    assert not add_sample_work(demo)
    do_work(demo, "test")
    today = demo.now().date()
    reports, pairs = waiting_reports(demo), waiting_duplicates(demo)
    assert (reports.count, (today - reports.since).days in {8, 9, 10}) == (2, True)
    assert pairs.count >= 2
    assert waiting_batches(demo).count == 1


def test_no_library_gets_it(instance):
    assert not instance.settings.sample_data
    assert not add_sample_work(instance)
    assert waiting_batches(instance).count == 0


@pytest.mark.slow
def test_one_press_signs_in_with_the_roles_it_says(demo):
    make_sample_accounts(demo)
    app = create_app(demo.settings, demo)
    for name, roles in SAMPLE_ROLES.items():
        client = inspecting(app)
        buttons = soup_of(client.get("/staff/sign-in")).select("section button")
        assert [each.get_text() for each in buttons] == LABELS
        assert sign_in_as(client, name).location == "/staff"
        opened = {path: client.get(path).status_code for path in ("/desk", "/admin/accounts")}
        assert opened == {
            "/desk": 200 if "desk" in roles else 403,
            "/admin/accounts": 200 if "admin" in roles else 403,
        }


@pytest.mark.slow
def test_only_the_demo_has_the_buttons_and_only_for_sample_accounts(demo):
    make_sample_accounts(demo)
    add_account(demo)
    own = replace(demo, given=replace(demo.settings, sample_data=False))
    library = inspecting(create_app(own.settings, own))
    assert "/staff/try/" not in library.get("/staff/sign-in").text
    assert sign_in_as(library, "all").status_code == 404
    client = inspecting(create_app(demo.settings, demo))
    assert sign_in_as(client, "pat").status_code == 404
    assert client.get("/staff").status_code == 302


@pytest.mark.parametrize("name", list(SAMPLE_ROLES))
def test_without_sample_accounts_nobody_gets_in(demo, name):
    client = inspecting(create_app(demo.settings, demo))
    assert sign_in_as(client, name).status_code == 404
