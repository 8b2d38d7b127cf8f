"""Pages of followed sources, for admins only."""

import pytest

from referral.accounts.audit import read_audit_log
from referral.app import create_app
from referral.app.job_kinds import do_work
from referral.following.followed_sources import list_followed
from referral.following.pulls import queue_due_pulls
from referral.records.accounts import Role
from tests.support.inspector import text_of
from tests.support.staff import add_account, post, signed_in_client

PAGE = "/admin/following"
SAID = {
    "name": "Erie 2-1-1", "kind": "file", "address": "https://lists.example.org/all.zip",
    "format": "auto", "every_hours": "24", "small_changes": ["gone", "phones"],
    "publisher": "Erie County 2-1-1", "licence": "CC BY 4.0", "contact": "lists@example.org",
    "handed_on": "yes",
}  # fmt: skip


def test_an_admin_adds_a_source_that_is_off_and_then_follows_it(instance, admin):
    assert "No list is followed." in text_of(admin.get(PAGE))
    page = text_of(admin.get(f"{PAGE}/new"))
    assert "We fetch the file when it is new." in page
    assert "Nothing about visitors or staff is sent." in page
    answer = post(admin, f"{PAGE}/new", **SAID)
    (source,) = list_followed(instance)
    assert answer.location == f"{PAGE}/{source.id}"
    assert not source.settings.is_on
    assert source.settings.small_changes == {"gone", "phones"}
    assert queue_due_pulls(instance) == 0
    post(admin, f"{PAGE}/{source.id}", **SAID, is_on="y")
    assert queue_due_pulls(instance) == 1
    assert [entry.action for entry in read_audit_log(instance).entries.items[:2]] == [
        "source-followed",
        "source-set",
    ]


def test_what_cannot_be_followed_is_said(instance, admin):
    page = text_of(post(admin, f"{PAGE}/new", **{**SAID, "address": "http://lists.example.org/"}))
    assert page.count("The address must begin with https.") == 2
    page = text_of(post(admin, f"{PAGE}/new", **{**SAID, "kind": "folder", "address": "county"}))
    assert "Set REFERRAL_DROP_FOLDER on the server first." in page
    assert list_followed(instance) == ()


@pytest.mark.slow
def test_why_a_pull_failed_stands_on_the_page(instance, admin):
    inside = "https://127.0.0.1/all.zip"
    post(admin, f"{PAGE}/new", **{**SAID, "address": inside}, is_on="y")
    (source,) = list_followed(instance)
    assert "We look now." not in text_of(admin.get(f"{PAGE}/{source.id}"))
    queue_due_pulls(instance)
    assert "We look now." in text_of(admin.get(f"{PAGE}/{source.id}"))
    do_work(instance, "w")
    page = text_of(admin.get(f"{PAGE}/{source.id}"))
    assert "We look again on" in page
    assert "It did not work" in page
    assert "It has no https, or is in a private network." in page
    assert admin.post(f"{PAGE}/{source.id}/forget").status_code in {302, 400}


def test_a_source_is_forgotten(instance, admin):
    post(admin, f"{PAGE}/new", **SAID)
    (source,) = list_followed(instance)
    page = text_of(admin.get(f"{PAGE}/{source.id}"))
    assert "To take its listings off, undo its lists, the newest first." in page
    post(admin, f"{PAGE}/{source.id}/forget")
    assert list_followed(instance) == ()


@pytest.mark.parametrize("role", [Role.DESK, Role.CURATION])
def test_only_admins_see_it(instance, role):
    add_account(instance, [role])
    client = signed_in_client(create_app(instance.settings, instance))
    assert client.get(PAGE).status_code == 403
    assert post(client, f"{PAGE}/new", **SAID).status_code == 403
