"""Files of the directory for others: asked for, made in the background, handed out while true."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest

from referral.accounts.audit import read_audit_log
from referral.app.job_kinds import do_work
from referral.open_data.files.export_files import delete_expired_exports, list_exports
from referral.records.accounts import Role
from referral.store.rows import ServiceRow
from referral.store.stored_files import stored_bytes
from tests.support.databases import database_filled
from tests.support.editing import PANTRY, SOURCE, the_county
from tests.support.inspector import soup_of
from tests.support.staff import add_account, post, signed_in_client

PAGE = "/admin/exports"

directory_url = database_filled(the_county)


def make(client, instance, form="hsds-csv", source=""):
    """Ask for a file and have it made; the address of the file, "" where there is none."""
    assert post(client, PAGE, form=form, source=source).status_code == 302
    assert "The file is being made" in client.get(PAGE).text
    assert client.get(f"{PAGE}/progress").get_json()["working"] is True
    do_work(instance, "w")
    assert client.get(f"{PAGE}/progress").get_json()["working"] is False
    return link_on(client)


def link_on(client):
    link = soup_of(client.get(PAGE)).select_one("main table a[href]")
    return link["href"] if link else ""


def rename(instance):
    with instance.store.write() as session:
        session.get_one(ServiceRow, PANTRY).name = "Bread"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["hsds-csv", "hsds-json", "xlsx"])
def test_a_file_is_made_and_handed_out(admin, instance, form):
    answer = admin.get(make(admin, instance, form))
    assert answer.status_code == 200
    assert f"directory-{form}-" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    content = answer.data
    answer.close()
    assert b"9 Secret Way" not in content
    if form != "hsds-json":
        assert zipfile.ZipFile(BytesIO(content)).testzip() is None


@pytest.mark.slow
def test_who_made_a_file_is_in_the_audit_log(admin, instance):
    make(admin, instance, source=SOURCE)
    entry = read_audit_log(instance).entries[0]
    assert (entry.action, entry.actor_name, entry.detail) == (
        "directory-exported", "Pat", {"form": "hsds-csv"},
    )  # fmt: skip
    assert "made a file of the directory" in admin.get("/admin/audit-log").text


@pytest.mark.slow
def test_a_file_is_not_handed_out_once_something_changed(admin, instance):
    address = make(admin, instance)
    rename(instance)
    assert link_on(admin) == ""
    assert "Listings changed since." in admin.get(PAGE).text
    assert admin.get(address).status_code == 302
    assert "The directory changed since this file was made." in admin.get(PAGE).text


@pytest.mark.slow
def test_the_last_file_of_a_kind_takes_the_place_of_the_one_before(admin, instance):
    first, second = make(admin, instance), make(admin, instance)
    assert first != second
    assert len(list_exports(instance)) == 1
    assert admin.get(first).status_code == 404


@pytest.mark.slow
def test_a_file_has_its_day(admin, instance, monkeypatch):
    make(admin, instance)
    now = instance.now()
    monkeypatch.setattr(type(instance), "now", lambda _: now + timedelta(days=2))
    assert delete_expired_exports(instance) == 1
    assert not list_exports(instance)
    assert not stored_bytes(instance.store)


@pytest.mark.slow
def test_a_file_that_finds_no_room_says_so(admin, instance, monkeypatch):
    assert post(admin, PAGE, form="hsds-csv", source="").status_code == 302
    monkeypatch.setattr("referral.open_data.files.export_files.FILE_ROOM", 0)
    do_work(instance, "w")
    assert "It could not be made. Try again." in admin.get(PAGE).text


def test_what_is_odd_in_the_form_makes_nothing(admin, instance):
    assert post(admin, PAGE, form="pdf", source="").status_code == 400
    assert post(admin, PAGE, form="xlsx", source="nobody").status_code == 400
    assert not list_exports(instance)


def test_the_desk_makes_no_files(app, instance):
    add_account(instance, [Role.DESK])
    assert signed_in_client(app).get(PAGE).status_code == 403
