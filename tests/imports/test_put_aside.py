"""Columns that no field took: found by staff, and never public."""

from io import BytesIO

import pytest

from referral.app.job_kinds import do_work
from referral.imports.batches import batch_row, drop_batch, upload_list
from referral.imports.records import BatchState
from referral.imports.review import read_batch
from referral.open_data.records import ExportFormat
from referral.records.accounts import Role
from referral.store.rows import ServiceRow
from tests.open_data.files.random_lists import exported, take_in_rows
from tests.support.staff import add_account, signed_in_client

LIST = {
    "organizations": [{"id": "o1", "name": "Kitchen Trust", "website": "", "Door colour": "vermilion"}],
    "services": [
        {"id": "s1", "organization_id": "o1", "name": "Soup", "status": "active", "alert": "",
         "Bus": "Route 7, Ümlaut stop", "Confidential notes": "", "Least age": "sixty"},
        {"id": "s2", "organization_id": "o1", "name": "Bread", "status": "active",
         "alert": "Closed in May", "Bus": "Route 9", "Confidential notes": "", "Least age": "18"},
        {"id": "s3", "organization_id": "o1", "name": "Milk", "status": "active", "alert": "",
         "Bus": "", "Confidential notes": "", "Least age": ""},
    ],
    "phones": [{"id": "p1", "service_id": "s1", "number": "814-555-0101", "description": "",
                "Shift": "zorblaxian"}],
}  # fmt: skip


@pytest.fixture
def listed(instance, tmp_path):
    take_in_rows(instance, tmp_path / "list", LIST, source="county")
    instance.index.sync()
    return instance


@pytest.mark.slow
def test_nothing_put_aside_is_public(listed, app):
    client = app.test_client()
    for word in ("vermilion", "Ümlaut", "zorblaxian"):
        text = client.get("/search", query_string={"q": word}).text
        assert "Soup" not in text
        assert word not in client.get(f"/services/{service_id(listed)}").text
    for form in ExportFormat:
        content = exported(listed, form)
        assert b"vermilion" not in content
        assert "Ümlaut".encode() not in content
        assert b"zorblaxian" not in content


def service_id(instance, name="Soup"):
    with instance.store.read() as session:
        return session.query(ServiceRow.id).filter(ServiceRow.name == name).scalar()


@pytest.mark.slow
@pytest.mark.parametrize("words", ["ümlaut", "ÜMLAUT route", "vermilion", "zorblaxian"])
def test_curators_find_and_read_it(listed, app, words):
    add_account(listed, [Role.CURATION])
    pat = signed_in_client(app)
    records = "/curation/records"
    found = pat.get(records, query_string={"q": words, "aside": "1"}).text
    assert ("Kitchen Trust" if words == "vermilion" else "Soup") in found
    assert "1 record" in found
    assert "0 records" in pat.get(records, query_string={"q": words}).text
    for page in ("", "/edit"):
        text = pat.get(f"{records}/service/{service_id(listed)}{page}").text
        assert "Also in the list" in text
        assert "Route 7, Ümlaut stop" in text
        assert "zorblaxian" in text


def test_an_import_of_one_column_that_still_waits_is_refused(instance):
    """The release before queued such imports."""
    batch_id = upload_list(instance, BytesIO(b"{}"), name="put-aside.json", source="county")
    with instance.store.write() as session:
        batch_row(session, batch_id).wanted_format = "put-aside"
    do_work(instance, "w")
    page = read_batch(instance, batch_id)
    assert page.state is BatchState.FAILED
    assert "Drop this import" in str(page.message)
    drop_batch(instance, batch_id)
